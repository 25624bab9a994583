// SPDX-License-Identifier: MIT
// What the operator of a hub can do to its members (PROTOCOL.md 5.6), and who is to blame when a link ends.
#include "support/rawpeer.h"

#include <QtTest>

using namespace patchbay::protocol;
using namespace patchbay::protocol::testing;

namespace {

#define NO_PROBLEMS(world) QVERIFY2((world).problems().isEmpty(), qPrintable((world).problems().join(u'\n')))

} // namespace

class TestOperator final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void mutedMessages_data()
    {
        QTest::addColumn<MemberNumber>("to");
        QTest::newRow("to the hub") << kHubMember;
        QTest::newRow("to a member") << MemberNumber(3);
        QTest::newRow("to everyone") << kEveryone;
    }

    void mutedMessages()
    {
        QFETCH(MemberNumber, to);
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        Endpoint &bob = world.join(QStringLiteral("bob"));
        world.hub().node().setMuted(alice.self, true, world.now);
        world.settle();
        for (Endpoint *host : {&alice, &bob, &world.hub()})
            QVERIFY(host->members.at(alice.self).muted && !host->members.at(bob.self).muted);
        QVERIFY(!alice.send(to, "x").isFault());
        world.settle();
        QVERIFY(bob.messages.isEmpty() && world.hub().messages.isEmpty());
        QCOMPARE(alice.undeliverable.size(), 1);
        QCOMPARE(alice.undeliverable[0].reason.code, Code::PermissionDenied);
        QCOMPARE(alice.undeliverable[0].member, to);
        QVERIFY(alice.undeliverable[0].reason.text.contains(QStringLiteral("muted")));
        // It still hears, and the others are not touched.
        (void)bob.send(kEveryone, "from bob");
        (void)world.hub().send(alice.self, "from the hub");
        world.settle();
        QCOMPARE(alice.messages.size(), 2);
        QCOMPARE(world.hub().messages.size(), 1);

        world.hub().node().setMuted(alice.self, false, world.now);
        world.settle();
        QVERIFY(!bob.members.at(alice.self).muted);
        (void)alice.send(to, "again");
        world.settle();
        QCOMPARE(alice.undeliverable.size(), 1);
        QCOMPARE(bob.messages.size() + world.hub().messages.size(), to == kEveryone ? 3 : 2);
        NO_PROBLEMS(world);
    }

    void mutedStreams()
    {
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        Endpoint &bob = world.join(QStringLiteral("bob"));
        const StreamKey toBob = alice.open(bob.self, 1);
        const StreamKey toHub = alice.open(kHubMember, 2);
        const StreamKey fromBob = bob.open(alice.self, 3);
        world.settle();
        bob.accept(bob.offers.back());
        alice.accept(alice.offers.back());
        world.settle();
        alice.pour(toBob, 100'000);
        bob.pour(fromBob, 100'000);
        world.settle();
        world.hub().node().setMuted(alice.self, true, world.now);
        world.settle();
        for (const StreamKey key : {toBob, toHub}) {
            QVERIFY(alice.streams.at(key).closed);
            QCOMPARE(alice.streams.at(key).reason.code, Code::PermissionDenied);
        }
        QVERIFY(bob.streams.at(bob.offers.back()).closed);
        QVERIFY(world.hub().streams.at(world.hub().offers.back()).closed);
        QVERIFY(!bob.streams.at(fromBob).closed); // it still receives

        const size_t offers = bob.offers.size() + world.hub().offers.size();
        for (const MemberNumber to : {bob.self, kHubMember}) {
            const StreamKey key = alice.open(to, 4);
            world.settle();
            QCOMPARE(alice.streams.at(key).reason.code, Code::PermissionDenied);
        }
        QCOMPARE(bob.offers.size() + world.hub().offers.size(), offers);
        QVERIFY(alice.ready);
        world.hub().node().setMuted(alice.self, false, world.now);
        alice.open(bob.self, 5);
        world.settle();
        QCOMPARE(bob.offers.size() + world.hub().offers.size(), offers + 1);
        NO_PROBLEMS(world);
    }

    void mutedStaysMuted()
    {
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        world.hub().node().setMuted(alice.self, true, world.now);
        world.settle();
        world.cut(world.linkOf(alice));
        world.connect(alice);
        world.settle();
        QVERIFY(alice.members.at(alice.self).muted);
        (void)alice.send(kHubMember, "x");
        world.settle();
        QVERIFY(world.hub().messages.isEmpty());
        world.cut(world.linkOf(alice));
        world.hub().node().setMuted(alice.self, false, world.now); // while it is away
        world.connect(alice);
        world.settle();
        QVERIFY(!alice.members.at(alice.self).muted);
        NO_PROBLEMS(world);
    }

    void mutedNobody()
    {
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        int changes = 0;
        world.hub().onEvent = [&](const NodeEvent &event) { changes += std::holds_alternative<MemberChanged>(event); };
        for (const MemberNumber number : {kNobody, kHubMember, MemberNumber(99), kEveryone}) {
            world.hub().node().setMuted(number, true, world.now);
            world.hub().node().kick(number, {}, world.now);
        }
        world.hub().node().setMuted(alice.self, false, world.now);
        world.settle();
        QCOMPARE(changes, 0);
        QVERIFY(world.hub().closings.isEmpty());
        alice.node().setMuted(kHubMember, true, world.now); // a client is nobody's operator
        alice.node().kick(kHubMember, {}, world.now);
        world.settle();
        QVERIFY(alice.ready && alice.closings.isEmpty());
        QVERIFY(alice.node().pausedConnections().empty());
        NO_PROBLEMS(world);
    }

    void kick_data()
    {
        QTest::addColumn<int>("given");
        QTest::addColumn<int>("told");
        QTest::newRow("without a reason") << 0 << int(Code::Rejected);
        QTest::newRow("rejected") << int(Code::Rejected) << int(Code::Rejected);
        QTest::newRow("denied") << int(Code::PermissionDenied) << int(Code::PermissionDenied);
    }

    void kick()
    {
        QFETCH(int, given);
        QFETCH(int, told);
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        Endpoint &bob = world.join(QStringLiteral("bob"));
        const MemberNumber number = alice.self;
        world.hub().node().kick(number, {Code(given), QStringLiteral("enough"), Party::Local}, world.now);
        world.settle();
        QCOMPARE(int(alice.closings.at(0).reason.code), told);
        QCOMPARE(alice.closings.at(0).reason.party, Party::Remote);
        QCOMPARE(bob.left, QList<MemberNumber>{number});
        QVERIFY(!isMisbehaviour(world.hub().closings.at(0).reason));
        NO_PROBLEMS(world);
    }

    void misbehaviour_data()
    {
        QTest::addColumn<int>("code");
        QTest::addColumn<bool>("counts");
        for (int code = 0; code <= int(Code::TransportLost) + 1; ++code) {
            const bool counts = QList<Code>{Code::ProtocolError, Code::Malformed,       Code::FrameTooLarge,
                                            Code::FlowControl,   Code::TooManyGlitches, Code::TooMany}
                                    .contains(Code(code));
            QTest::addRow("%d", code) << code << counts;
        }
    }

    void misbehaviour()
    {
        QFETCH(int, code);
        QFETCH(bool, counts);
        QCOMPARE(isMisbehaviour({Code(code), {}, Party::Remote}), counts);
        QVERIFY(!isMisbehaviour({Code(code), {}, Party::Local}));
    }

    /// Who is accused must not count that against the accuser.
    void whoIsToBlame()
    {
        for (const Code code : {Code::ProtocolError, Code::Malformed, Code::FlowControl, Code::TooMany}) {
            World world;
            auto peer = rawClient(world, config(QStringLiteral("raw")));
            peer->send(Kind::Bye, encode(Fault{code, QStringLiteral("you did"), Party::Remote}));
            world.hub().drain();
            QCOMPARE(world.hub().closings.at(0).reason.code, code);
            QCOMPARE(world.hub().closings.at(0).reason.party, Party::Local);
        }
        World world;
        auto peer = rawClient(world, config(QStringLiteral("raw")));
        peer->send(Kind::Roster, "x");
        world.hub().drain();
        QVERIFY(isMisbehaviour(world.hub().closings.at(0).reason));
    }
};

QTEST_GUILESS_MAIN(TestOperator)
#include "tst_operator.moc"
