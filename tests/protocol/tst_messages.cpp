// SPDX-License-Identifier: MIT
// Members, types and messages (PROTOCOL.md 5): to one, to everyone, undeliverable, queues, types that come and go.
#include "support/rawpeer.h"

#include <QtTest>

using namespace patchbay::protocol;
using namespace patchbay::protocol::testing;

namespace {

const QString kRare = QStringLiteral("org.example.rare/1");

#define NO_PROBLEMS(world) QVERIFY2((world).problems().isEmpty(), qPrintable((world).problems().join(u'\n')))

} // namespace

class TestMessages final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void toOne()
    {
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        Endpoint &bob = world.join(QStringLiteral("bob"));
        QVERIFY(!alice.send(bob.self, "to bob").isFault());
        QVERIFY(!bob.send(kHubMember, "to hub").isFault());
        QVERIFY(!world.hub().send(alice.self, "from hub").isFault());
        QVERIFY(!alice.send(bob.self, {}).isFault());
        world.settle();
        QCOMPARE(bob.messages.size(), 2);
        QCOMPARE(bob.messages[0].body, QByteArray("to bob"));
        QCOMPARE(bob.messages[0].from, alice.self);
        QCOMPARE(bob.messages[0].type, messageType().name);
        QVERIFY(!bob.messages[0].toEveryone);
        QVERIFY(bob.messages[1].body.isEmpty());
        QCOMPARE(world.hub().messages.size(), 1);
        QCOMPARE(world.hub().messages[0].from, bob.self);
        QCOMPARE(alice.messages.size(), 1);
        QCOMPARE(alice.messages[0].from, kHubMember);
        NO_PROBLEMS(world);
    }

    void toEveryone()
    {
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        Endpoint &bob = world.join(QStringLiteral("bob"));
        Endpoint &deaf = world.join(QStringLiteral("deaf"), {});
        QVERIFY(!alice.send(kEveryone, "a").isFault());
        QVERIFY(!world.hub().send(kEveryone, "h").isFault());
        QVERIFY(!deaf.send(kEveryone, "d").isFault()); // a sender needs no plugin
        world.settle();
        const auto bodies = [](const Endpoint &host) {
            QByteArrayList result;
            for (const MessageReceived &message : host.messages) {
                result.append(message.body);
                if (!message.toEveryone)
                    result.append("not to everyone");
            }
            std::sort(result.begin(), result.end());
            return result.join();
        };
        QCOMPARE(bodies(alice), QByteArray("dh"));
        QCOMPARE(bodies(bob), QByteArray("adh"));
        QCOMPARE(bodies(world.hub()), QByteArray("ad"));
        QCOMPARE(bodies(deaf), QByteArray());
        QVERIFY(alice.undeliverable.isEmpty());
        NO_PROBLEMS(world);
    }

    void oneBufferForABroadcast()
    {
        World world;
        for (int i = 0; i < 3; ++i)
            world.join(QStringLiteral("client%1").arg(i));
        (void)world.hub().send(kEveryone, QByteArray(1000, 'x'));
        const char *data = nullptr;
        for (const auto &link : world.links()) {
            const QByteArray frame = world.hub().node().pollTransmit(link->hubId, 1'000'000);
            QCOMPARE(frame.size(), 1016);
            QVERIFY(!data || frame.constData() == data);
            data = frame.constData();
        }
    }

    void forwardedWithoutThePlugin()
    {
        World world(config(QStringLiteral("hub"), {}));
        const QList<TypeInfo> rare{messageType(kRare, 100)};
        Endpoint &alice = world.join(QStringLiteral("alice"), rare);
        Endpoint &bob = world.join(QStringLiteral("bob"), rare);
        QVERIFY(!alice.send(bob.self, "one", kRare).isFault());
        QVERIFY(!alice.send(kEveryone, "all", kRare).isFault());
        world.settle();
        QCOMPARE(bob.messages.size(), 2);
        QVERIFY(world.hub().messages.isEmpty());
        NO_PROBLEMS(world);
    }

    void refusedAtOnce_data()
    {
        QTest::addColumn<bool>("fromHub");
        QTest::newRow("client") << false;
        QTest::newRow("hub") << true;
    }

    void refusedAtOnce()
    {
        QFETCH(bool, fromHub);
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        Endpoint &deaf = world.join(QStringLiteral("deaf"), {});
        Endpoint &from = fromHub ? world.hub() : alice;
        QCOMPARE(from.send(77, "x").code, Code::NoSuchMember);
        QCOMPARE(from.send(kNobody, "x").code, Code::NoSuchMember);
        QCOMPARE(from.send(deaf.self, "x").code, Code::NotAccepted);
        QCOMPARE(from.send(deaf.self, "x", QStringLiteral("org.example.unknown/1")).code, Code::NotAccepted);
        QCOMPARE(from.send(from.self, "x").code, Code::InvalidArgument);
        QCOMPARE(from.send(kEveryone, "x", streamType().name).code, Code::ModeMismatch);
        const qsizetype max = messageType().maxBytes;
        Endpoint &to = fromHub ? alice : world.hub();
        QVERIFY(!from.send(to.self, QByteArray(max, 'x')).isFault());
        QCOMPARE(from.send(to.self, QByteArray(max + 1, 'x')).code, Code::TooLarge);
        world.settle();
        QCOMPARE(to.messages.size(), 1);
        NO_PROBLEMS(world);
    }

    void notLinked()
    {
        World world;
        Endpoint &alice = world.addClient(QStringLiteral("alice"));
        QCOMPARE(alice.send(kHubMember, "x").code, Code::NotConnected);
        world.connect(alice);
        QCOMPARE(alice.send(kEveryone, "x").code, Code::NotConnected);
        world.settle();
        QVERIFY(!alice.send(kEveryone, "x").isFault());
        world.cut(world.linkOf(alice));
        QCOMPARE(alice.send(kEveryone, "x").code, Code::NotConnected);
    }

    void undeliverableWhenTheMemberIsGone()
    {
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        Endpoint &bob = world.join(QStringLiteral("bob"));
        const MemberNumber gone = bob.self;
        world.linkOf(alice).toClient.blocked = true; // alice does not know yet
        world.cut(world.linkOf(bob));
        QVERIFY(!alice.send(gone, "x").isFault());
        QVERIFY(!alice.send(kEveryone, "fine").isFault());
        world.settle();
        world.linkOf(alice).toClient.blocked = false;
        world.settle();
        QCOMPARE(alice.undeliverable.size(), 1);
        QCOMPARE(alice.undeliverable[0].token, alice.lastToken() - 1);
        QCOMPARE(alice.undeliverable[0].member, gone);
        QCOMPARE(alice.undeliverable[0].reason.code, Code::NoSuchMember);
        NO_PROBLEMS(world);
    }

    void tokensKeepTheirHighHalf()
    {
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        const quint64 big = (quint64(7) << 32) | 0xFFFFFFFE;
        world.linkOf(alice).toClient.blocked = true;
        Endpoint &bob = world.join(QStringLiteral("bob"));
        Q_UNUSED(bob);
        world.linkOf(alice).toClient.blocked = false;
        world.settle();
        const MemberNumber to = alice.find(QStringLiteral("bob"));
        world.linkOf(alice).toClient.blocked = true;
        world.cut(world.linkOf(bob));
        QList<quint64> seen;
        alice.onEvent = [&](const NodeEvent &event) {
            if (const auto *e = std::get_if<MessageUndeliverable>(&event))
                seen.append(e->token);
        };
        for (const quint64 token : {big, big + 1, big + 3})
            QVERIFY(!alice.node().sendMessage(to, messageType().name, "x", token, world.now).isFault());
        world.settle();
        world.linkOf(alice).toClient.blocked = false;
        world.settle();
        QCOMPARE(seen, QList<quint64>({big, big + 1, big + 3}));
    }

    void fullQueueIsToldAndWritableFollows_data()
    {
        QTest::addColumn<int>("body");
        QTest::addColumn<int>("fits");
        const int frame = 16;
        QTest::newRow("2,000 small frames") << 10 << limits::kSendQueueFrames;
        QTest::newRow("2 MiB exactly") << 64 * 1024 - frame << 32;
    }

    void fullQueueIsToldAndWritableFollows()
    {
        QFETCH(int, body);
        QFETCH(int, fits);
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        Endpoint &bob = world.join(QStringLiteral("bob"));
        Endpoint &carol = world.join(QStringLiteral("carol"));
        Link &link = world.linkOf(bob);
        link.toClient.capacity = 0; // the hub cannot hand over anything
        for (int i = 0; i < fits; ++i) {
            QVERIFY(!alice.send(i % 2 == 0 ? bob.self : kEveryone, QByteArray(body, 'x')).isFault());
            world.settle();
        }
        QVERIFY(alice.undeliverable.isEmpty());
        QVERIFY(!alice.send(bob.self, QByteArray(body, 'x')).isFault());
        QVERIFY(!alice.send(kEveryone, QByteArray(body, 'y')).isFault());
        world.settle();
        QCOMPARE(alice.undeliverable.size(), 2); // each one is named
        for (int i = 0; i < 2; ++i) {
            QCOMPARE(alice.undeliverable[i].member, bob.self);
            QCOMPARE(alice.undeliverable[i].reason.code, Code::QueueFull);
            QCOMPARE(alice.undeliverable[i].token, alice.lastToken() - 1 + quint64(i));
        }
        QCOMPARE(carol.messages.last().body.at(0), 'y'); // nobody else waits
        QVERIFY(alice.writable.isEmpty());
        QCOMPARE(world.hub().send(bob.self, "h").code, Code::QueueFull);

        link.toClient.capacity = 1024 * 1024;
        world.settle();
        QCOMPARE(bob.messages.size(), fits);
        QCOMPARE(alice.writable.size(), 1);
        QCOMPARE(alice.writable[0].member, bob.self);
        QCOMPARE(world.hub().writable.size(), 1);
        QCOMPARE(world.hub().writable[0].member, bob.self);
        NO_PROBLEMS(world);
    }

    void aClientsOwnQueue()
    {
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        Endpoint &bob = world.join(QStringLiteral("bob"));
        world.linkOf(alice).toHub.capacity = 0;
        for (int i = 0; i < limits::kSendQueueFrames; ++i)
            QVERIFY(!alice.send(bob.self, "x").isFault());
        QCOMPARE(alice.send(bob.self, "x").code, Code::QueueFull);
        world.linkOf(alice).toHub.capacity = 1024 * 1024;
        world.settle();
        QCOMPARE(alice.writable.size(), 1);
        QCOMPARE(alice.writable[0].member, bob.self);
        QCOMPARE(bob.messages.size(), limits::kSendQueueFrames);
        NO_PROBLEMS(world);
    }

    void replacedLinkTellsWritable()
    {
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        Endpoint &bob = world.join(QStringLiteral("bob"));
        world.linkOf(bob).toClient.capacity = 0;
        for (int i = 0; i <= limits::kSendQueueFrames; ++i) {
            (void)alice.send(bob.self, "x");
            world.settle();
        }
        QCOMPARE(alice.undeliverable.size(), 1);
        Endpoint &again = world.addClient(QStringLiteral("bob"));
        world.connect(again);
        world.settle();
        QCOMPARE(alice.writable.size(), 1);
        QCOMPARE(alice.writable[0].member, bob.self);
    }

    void typesComeAndGo()
    {
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        Endpoint &bob = world.join(QStringLiteral("bob"));
        const QList<TypeInfo> rare{messageType(kRare)};
        QCOMPARE(alice.send(bob.self, "x", kRare).code, Code::NotAccepted);
        bob.node().acceptTypes(rare, world.now);
        world.hub().node().acceptTypes(rare, world.now);
        world.settle();
        for (Endpoint *host : {&alice, &bob, &world.hub()}) {
            QVERIFY(host->members.at(bob.self).types.contains(kRare));
            QVERIFY(host->members.at(kHubMember).types.contains(kRare));
            QVERIFY(!host->members.at(alice.self).types.contains(kRare));
        }
        QVERIFY(!alice.send(bob.self, "x", kRare).isFault());
        world.settle();
        QCOMPARE(bob.messages.size(), 1);
        bob.node().withdrawTypes({kRare}, world.now);
        bob.withdrawn.insert(kRare);
        // One is on its way before the others know.
        QVERIFY(!alice.send(bob.self, "late", kRare).isFault());
        world.settle();
        QCOMPARE(bob.messages.size(), 1);
        QCOMPARE(alice.undeliverable.size(), 1);
        QCOMPARE(alice.undeliverable[0].reason.code, Code::NotAccepted);
        QCOMPARE(alice.send(bob.self, "x", kRare).code, Code::NotAccepted);
        QVERIFY(!alice.send(kEveryone, "x", kRare).isFault());
        world.settle();
        QCOMPARE(world.hub().messages.size(), 1);
        world.hub().node().withdrawTypes({kRare}, world.now);
        world.settle();
        QCOMPARE(alice.send(kHubMember, "x", kRare).code, Code::NotAccepted);
        NO_PROBLEMS(world);
    }

    void typesSwitchedBeforeWelcome()
    {
        World world;
        Endpoint &alice = world.addClient(QStringLiteral("alice"));
        world.connect(alice);
        alice.node().withdrawTypes({messageType().name}, world.now);
        alice.node().acceptTypes({messageType(kRare)}, world.now);
        world.settle();
        QCOMPARE(world.hub().members.at(alice.self).types, QStringList({streamType().name, kRare}));
        NO_PROBLEMS(world);
    }

    void oneNumberForAType()
    {
        World world(config(QStringLiteral("hub"), {}));
        auto first = rawClient(world, config(QStringLiteral("a"), {messageType(kRare)}), 1);
        auto second = rawClient(world, config(QStringLiteral("b"), {messageType(), messageType(kRare)}), 2);
        const auto numberOf = [](const RawPeer &peer) {
            quint16 number = 0;
            for (const auto &frame : peer.frames) {
                if (frame.header.kind != Kind::TypeTable)
                    continue;
                const auto types = decodeTypeTable(frame.payload);
                for (const NumberedType &type : *types) {
                    if (type.info.name == kRare)
                        number = type.number;
                }
            }
            return number;
        };
        QCOMPARE(numberOf(*first), quint16(1));
        QCOMPARE(numberOf(*second), quint16(1));
        // Withdrawn by all and announced again: the same number.
        for (RawPeer *peer : {first.get(), second.get()})
            peer->send(Kind::Accept, encode(AcceptBody{1, {}, {kRare}}));
        first->send(Kind::Accept, encode(AcceptBody{2, {messageType(kRare)}, {}}));
        first->poll();
        QCOMPARE(numberOf(*first), quint16(1));
        const auto *accepted = first->last(Kind::Accepted);
        QVERIFY(accepted);
        QCOMPARE(decodeAccepted(accepted->payload)->sequence, 2u);
    }

    void modeMismatchIsRefused()
    {
        World world;
        const QList<TypeInfo> wrong{{streamType().name, TypeMode::Message, 100}, messageType()};
        Endpoint &alice = world.join(QStringLiteral("alice"), wrong);
        QVERIFY(alice.ready);
        QCOMPARE(alice.refused.size(), 1);
        QCOMPARE(alice.refused[0].type, streamType().name);
        QCOMPARE(alice.refused[0].reason.code, Code::ModeMismatch);
        QCOMPARE(world.hub().members.at(alice.self).types, QStringList{messageType().name});
        world.hub().node().acceptTypes({{kRare, TypeMode::Stream, 0}}, world.now);
        alice.node().acceptTypes({messageType(kRare)}, world.now);
        world.settle();
        QCOMPARE(alice.refused.size(), 2);
        NO_PROBLEMS(world);
    }

    void largerLimitGrowsForAll()
    {
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"), {messageType(kRare, 100)});
        Endpoint &bob = world.join(QStringLiteral("bob"), {messageType(kRare, 100)});
        QCOMPARE(alice.send(bob.self, QByteArray(101, 'x'), kRare).code, Code::TooLarge);
        world.join(QStringLiteral("carol"), {messageType(kRare, limits::kLargeMessageBytes)});
        QVERIFY(!alice.send(bob.self, QByteArray(limits::kLargeMessageBytes, 'x'), kRare).isFault());
        QCOMPARE(alice.send(bob.self, QByteArray(limits::kLargeMessageBytes + 1, 'x'), kRare).code, Code::TooLarge);
        world.settle();
        QCOMPARE(bob.messages.size(), 1);
        NO_PROBLEMS(world);
    }

    void notAllowedTypesStayHere()
    {
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        alice.node().acceptTypes({messageType(QStringLiteral("no dots")), messageType(kRare, 2'000'000)}, world.now);
        world.settle();
        QCOMPARE(alice.refused.size(), 2);
        QVERIFY(alice.ready); // it cost no link
    }

    void messagesKeepTheirOrder()
    {
        World world;
        world.cuts = Cuts::Random;
        world.transmitMax = 700;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        Endpoint &bob = world.join(QStringLiteral("bob"));
        for (int i = 0; i < 500; ++i) {
            (void)alice.send(i % 3 == 0 ? kEveryone : bob.self, QByteArray::number(i));
            if (i % 7 == 0)
                world.step();
        }
        world.settle();
        QCOMPARE(bob.messages.size(), 500);
        for (int i = 0; i < 500; ++i)
            QCOMPARE(bob.messages[i].body, QByteArray::number(i));
        NO_PROBLEMS(world);
    }

    void lastWordsBeforeGoodbye()
    {
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        Endpoint &bob = world.join(QStringLiteral("bob"));
        (void)alice.send(bob.self, "farewell");
        alice.node().closeAll({Code::GoingAway, QStringLiteral("done"), Party::Local}, world.now);
        world.settle();
        QCOMPARE(bob.messages.size(), 1);
        QCOMPARE(bob.left.size(), 1);
        QCOMPARE(world.hub().closings.size(), 1);
        QCOMPARE(world.hub().closings[0].reason.code, Code::GoingAway);
        QCOMPARE(world.hub().closings[0].reason.text, QStringLiteral("done"));
        NO_PROBLEMS(world);
    }
};

QTEST_GUILESS_MAIN(TestMessages)
#include "tst_messages.moc"
