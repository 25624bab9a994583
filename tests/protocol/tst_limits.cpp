// SPDX-License-Identifier: MIT
// Every limit of protocol/limits.h that is not tested where its subject is: one below, at it, one above.
#include "support/rawpeer.h"

#include <QtTest>

using namespace patchbay::protocol;
using namespace patchbay::protocol::testing;

namespace {

const QString kLarge = QStringLiteral("org.example.large/1");

#define NO_PROBLEMS(world) QVERIFY2((world).problems().isEmpty(), qPrintable((world).problems().join(u'\n')))

QList<TypeInfo> manyTypes(int first, int count)
{
    QList<TypeInfo> types;
    for (int i = first; i < first + count; ++i)
        types.append(messageType(QStringLiteral("a.b%1/1").arg(i)));
    return types;
}

} // namespace

class TestLimits final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    /// Only the 16 bytes of the header come: who would allocate first would wait for more.
    void frameLength_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("type");
        QTest::addColumn<quint32>("limit");
        QTest::newRow("control") << int(Kind::Accept) << 0 << limits::kControlBytes;
        QTest::newRow("Bye") << int(Kind::Bye) << 0 << limits::kControlBytes;
        QTest::newRow("StreamOpen") << int(Kind::StreamOpen) << 2 << limits::kControlBytes;
        QTest::newRow("unknown kind") << 99 << 0 << limits::kControlBytes;
        QTest::newRow("message") << int(Kind::Message) << 1 << limits::kMessageBytes;
        QTest::newRow("large message") << int(Kind::Message) << 3 << limits::kLargeMessageBytes;
        QTest::newRow("message of no known type") << int(Kind::Message) << 77 << limits::kMessageBytes;
        QTest::newRow("chunk") << int(Kind::StreamData) << 2 << limits::kChunkBytes;
        QTest::newRow("ping") << int(Kind::Ping) << 0 << 8u;
        QTest::newRow("credit") << int(Kind::StreamCredit) << 2 << 8u;
        QTest::newRow("end") << int(Kind::StreamEnd) << 2 << 0u;
        QTest::newRow("done") << int(Kind::StreamDone) << 2 << 0u;
    }

    void frameLength()
    {
        QFETCH(int, kind);
        QFETCH(int, type);
        QFETCH(quint32, limit);
        const auto closes = [&](quint32 length) {
            NodeConfig hub = config(QStringLiteral("hub"));
            hub.accepted.append(messageType(kLarge, limits::kLargeMessageBytes));
            World world(hub);
            auto peer = rawClient(world, config(QStringLiteral("raw")));
            char header[kHeaderBytes];
            writeHeader({length, Kind(kind), 0, quint16(type), 1, kHubMember}, header);
            peer->feed(QByteArrayView(header, kHeaderBytes));
            world.hub().drain();
            return !world.hub().closings.isEmpty() && world.hub().closings[0].reason.code == Code::FrameTooLarge;
        };
        if (limit > 0)
            QVERIFY(!closes(limit - 1));
        QVERIFY(!closes(limit));
        QVERIFY(closes(limit + 1));
        QVERIFY(closes(0xFFFFFFFF));
    }

    void streamsOfOneMember()
    {
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        Fault fault;
        for (int i = 0; i < limits::kStreamsPerMember; ++i)
            QVERIFY(alice.open(kHubMember, 1, streamType().name, &fault) != 0);
        alice.open(kHubMember, 1, streamType().name, &fault);
        QCOMPARE(fault.code, Code::TooMany);
        for (int i = 0; i < limits::kStreamsPerMember; ++i)
            QVERIFY(world.hub().open(alice.self, 1, streamType().name, &fault) != 0);
        world.hub().open(alice.self, 1, streamType().name, &fault);
        QCOMPARE(fault.code, Code::TooMany);
        world.settle();
        QCOMPARE(int(world.hub().offers.size()), limits::kStreamsPerMember);
        QCOMPARE(int(alice.offers.size()), limits::kStreamsPerMember);
        alice.reset(1);
        QVERIFY(alice.open(kHubMember, 1, streamType().name, &fault) != 0);
        world.settle();
        QCOMPARE(int(world.hub().offers.size()), limits::kStreamsPerMember + 1);
        NO_PROBLEMS(world);
    }

    void streamsOfOneMemberThatDoesNotCount()
    {
        World world;
        auto peer = rawClient(world, config(QStringLiteral("raw")));
        const QByteArray body = encode(StreamOpenBody{-1, {}});
        const auto open = [&](quint32 number) {
            peer->send({0, Kind::StreamOpen, 0, 2, number * 2 + 1, kHubMember}, body);
            world.hub().drain();
        };
        const quint32 most = limits::kStreamsPerMember;
        for (quint32 i = 0; i < most; ++i)
            open(i);
        QCOMPARE(peer->count(Kind::StreamReset), 0);
        open(most);
        QCOMPARE(peer->count(Kind::StreamReset), 1);
        QCOMPARE(decodeFault(peer->last(Kind::StreamReset)->payload)->code, Code::TooMany);
        QCOMPARE(world.hub().offers.size(), size_t(most));
        // One that never answers the refusals is cut off.
        for (quint32 i = most + 1; i < 4 * most; ++i)
            open(i);
        QVERIFY(world.hub().closings.isEmpty());
        open(4 * most);
        QCOMPARE(world.hub().closings.size(), 1);
        QCOMPARE(world.hub().closings[0].reason.code, Code::TooMany);
        NO_PROBLEMS(world);
    }

    /// Each in the name of another member, so that none of those has too many.
    void streamsOfAHubThatDoesNotCount()
    {
        World world;
        RawHub hub(world);
        hub.welcome();
        RosterBody roster;
        for (MemberNumber member = 100; member < 150; ++member)
            roster.present.append({member, QByteArray(32, char(member)), QStringLiteral("m"), {}});
        hub.peer.send(Kind::Roster, encode(roster));
        const QByteArray body = encode(StreamOpenBody{-1, {}});
        const auto open = [&](quint32 number) {
            hub.peer.send({0, Kind::StreamOpen, 0, RawHub::kStreamNumber, 2 * number + 2, 100 + number % 50}, body);
            hub.client.drain();
        };
        for (quint32 i = 0; i < limits::kStreamsOnLink; ++i)
            open(i);
        QVERIFY(hub.client.closings.isEmpty());
        open(limits::kStreamsOnLink);
        QCOMPARE(hub.client.closings.size(), 1);
        QCOMPARE(hub.client.closings[0].reason.code, Code::TooMany);
        for (const auto &[key, record] : hub.client.streams)
            QVERIFY(record.closed);
        NO_PROBLEMS(world);
    }

    void streamsTowardsOneMember()
    {
        World world;
        Endpoint &bob = world.join(QStringLiteral("bob"));
        std::vector<StreamKey> keys;
        Endpoint *last = nullptr;
        for (int i = 0; i < 3; ++i) {
            Endpoint &sender = world.join(QStringLiteral("sender%1").arg(i));
            for (int n = 0; n < limits::kStreamsPerMember && int(keys.size()) <= limits::kStreamsTowardsMember; ++n) {
                keys.push_back(sender.open(bob.self, 1));
                world.settle();
                last = &sender;
            }
        }
        QCOMPARE(int(bob.offers.size()), limits::kStreamsTowardsMember);
        QVERIFY(last->streams.at(keys.back()).closed);
        QCOMPARE(last->streams.at(keys.back()).reason.code, Code::TooMany);
        bob.reset(bob.offers.front());
        world.settle();
        last->open(bob.self, 1);
        world.settle();
        QCOMPARE(int(bob.offers.size()), limits::kStreamsTowardsMember + 1);
        NO_PROBLEMS(world);
    }

    void typesOfOneMember()
    {
        const int most = limits::kTypesPerMember;
        World world(config(QStringLiteral("hub"), {}));
        Endpoint &alice = world.join(QStringLiteral("alice"), manyTypes(0, most - 1));
        alice.node().acceptTypes(manyTypes(most - 1, 1), world.now);
        world.settle();
        QVERIFY(alice.refused.isEmpty());
        QCOMPARE(int(world.hub().members.at(alice.self).types.size()), most);
        alice.node().acceptTypes(manyTypes(most, 1), world.now);
        world.settle();
        QCOMPARE(alice.refused.size(), 1);
        QCOMPARE(alice.refused[0].reason.code, Code::TooMany);
        QVERIFY(alice.ready);

        // One that does not count for itself.
        auto peer = rawClient(world, config(QStringLiteral("raw"), {}));
        peer->send(Kind::Accept, encode(AcceptBody{1, manyTypes(0, most), {}}));
        QVERIFY(decodeAccepted(peer->last(Kind::Accepted)->payload)->refused.isEmpty());
        peer->send(Kind::Accept, encode(AcceptBody{2, manyTypes(most, 1), {}}));
        QCOMPARE(decodeAccepted(peer->last(Kind::Accepted)->payload)->refused.size(), 1);
        peer->send(Kind::Accept, encode(AcceptBody{3, manyTypes(0, most + 1), {}}));
        QCOMPARE(peer->byeCode(), Code::Malformed);
        NO_PROBLEMS(world);
    }

    void typesOfTheHub()
    {
        World world(config(QStringLiteral("hub"), {}));
        auto peer = rawClient(world, config(QStringLiteral("raw"), {}));
        QStringList before;
        for (int first = 0; first < limits::kTypesPerHub; first += limits::kTypesPerMember) {
            const QList<TypeInfo> types = manyTypes(first, limits::kTypesPerMember);
            peer->send(Kind::Accept, encode(AcceptBody{1, {}, before}));
            peer->send(Kind::Accept, encode(AcceptBody{2, types, {}}));
            QVERIFY(decodeAccepted(peer->last(Kind::Accepted)->payload)->refused.isEmpty());
            before.clear();
            for (const TypeInfo &type : types)
                before.append(type.name);
        }
        peer->send(Kind::Accept, encode(AcceptBody{1, {}, before}));
        peer->send(Kind::Accept, encode(AcceptBody{2, manyTypes(limits::kTypesPerHub, 1), {}}));
        const auto refused = decodeAccepted(peer->last(Kind::Accepted)->payload)->refused;
        QCOMPARE(refused.size(), 1);
        QCOMPARE(refused[0].second.code, Code::TooMany);
        peer->send(Kind::Accept, encode(AcceptBody{2, manyTypes(0, 1), {}})); // a known one still
        QVERIFY(decodeAccepted(peer->last(Kind::Accepted)->payload)->refused.isEmpty());
        // Who comes now gets the whole table, in pages.
        Endpoint &late = world.join(QStringLiteral("late"), manyTypes(16000, 3));
        QVERIFY(late.ready);
        QVERIFY(late.refused.isEmpty());
        NO_PROBLEMS(world);
    }

    void membersInOneRoster()
    {
        const auto survives = [](int others) {
            World world;
            RawHub hub(world);
            hub.welcome(); // with three
            RosterBody page;
            for (int i = 0; i < others; ++i) {
                page.present.append({MemberNumber(100 + i), QByteArray(32, 'x'), QStringLiteral("m"), {}});
                if (page.present.size() == 300 || i + 1 == others) {
                    hub.peer.send(Kind::Roster, encode(page));
                    page = {};
                }
            }
            hub.client.drain();
            return hub.client.ready;
        };
        QVERIFY(survives(limits::kMembersPerHub - 3));
        QVERIFY(survives(limits::kMembersPerHub - 2));
        QVERIFY(!survives(limits::kMembersPerHub - 1));
    }

    void largeRostersComeInPages()
    {
        NodeConfig hub = config(QStringLiteral("hub"));
        hub.maxMembers = 2000;
        World world(hub);
        for (ConnectionId id = 1000; id < 2000; ++id) {
            NodeConfig member = config(QStringLiteral("member %1 with quite a long name for a member").arg(id));
            member.accepted = manyTypes(0, 30);
            RawPeer peer(world.hub().node(), world.now, id);
            peer.sendHello(member, false);
        }
        world.hub().drain();
        Endpoint &alice = world.join(QStringLiteral("alice"));
        QVERIFY(alice.ready);
        QCOMPARE(alice.members.size(), size_t(1002));
        QCOMPARE(alice.members.at(500).types.size(), 30);
        NO_PROBLEMS(world);
    }

    void answersNobodyReads()
    {
        World world;
        auto peer = rawClient(world, config(QStringLiteral("raw")));
        peer->reads = false;
        const QByteArray frame = encodeFrame({0, Kind::Message, 0, 1, 7, 99}, "x"); // to nobody: each is answered
        qint64 sent = 0;
        while (world.hub().closings.isEmpty() && sent < 1'000'000) {
            peer->feed(frame);
            world.hub().drain();
            ++sent;
        }
        QCOMPARE(world.hub().closings.size(), 1);
        QCOMPARE(world.hub().closings[0].reason.code, Code::SlowReader);
    }

    /// What others do must not be able to cut off one who reads slowly.
    void floodOfOffersTowardsASlowReader()
    {
        World world;
        Endpoint &bob = world.join(QStringLiteral("bob"));
        world.linkOf(bob).toClient.capacity = 0;
        auto peer = rawClient(world, config(QStringLiteral("raw")), 1);
        const QByteArray body = encode(StreamOpenBody{-1, QByteArray(limits::kStreamHeaderBytes, 'h')});
        const QByteArray fault = encode(Fault{Code::Cancelled, QString(500, u'x'), Party::Local});
        for (quint32 i = 0; i < 5000; ++i) {
            peer->send({0, Kind::StreamOpen, 0, 2, 2 * i + 1, bob.self}, body);
            peer->send({0, Kind::StreamReset, 0, 2, 2 * i + 1, bob.self}, fault);
            world.hub().drain();
            if (!world.hub().closings.isEmpty())
                break;
        }
        for (const ConnectionClosing &closing : std::as_const(world.hub().closings))
            QVERIFY(closing.id != world.linkOf(bob).hubId);
        world.linkOf(bob).toClient.capacity = 1024 * 1024;
        world.settle();
        QVERIFY(bob.ready);
        NO_PROBLEMS(world);
    }

    void floodOfAnswersTowardsASlowReader()
    {
        World world;
        Endpoint &bob = world.join(QStringLiteral("bob"));
        world.linkOf(bob).toClient.capacity = 0;
        auto peer = rawClient(world, config(QStringLiteral("raw")), 1);
        const QByteArray fault = encode(Fault{Code::Failed, QString(500, u'x'), Party::Local});
        for (int i = 0; i < 20'000 && world.hub().closings.isEmpty(); ++i) {
            peer->send({0, Kind::Undeliverable, 0, 1, 5, bob.self}, fault);
            world.hub().drain();
        }
        QCOMPARE(world.hub().closings.size(), 1);
        QCOMPARE(world.hub().closings[0].id, 1u);
        QCOMPARE(world.hub().closings[0].reason.code, Code::TooManyGlitches);
    }
};

QTEST_GUILESS_MAIN(TestLimits)
#include "tst_limits.moc"
