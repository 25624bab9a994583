// SPDX-License-Identifier: MIT
// Streams (PROTOCOL.md 6): credit from end to end, what the hub holds, turns, ends of every kind.
#include "support/rawpeer.h"

#include <QtTest>

using namespace patchbay::protocol;
using namespace patchbay::protocol::testing;

namespace {

#define NO_PROBLEMS(world) QVERIFY2((world).problems().isEmpty(), qPrintable((world).problems().join(u'\n')))

/// Three hosts; alice sends, bob receives.
struct Trio
{
    World world;
    Endpoint &alice = world.join(QStringLiteral("alice"));
    Endpoint &bob = world.join(QStringLiteral("bob"));

    StreamKey opened(Endpoint &from, Endpoint &to, quint32 seed, StreamKey *offered)
    {
        const size_t before = to.offers.size();
        const StreamKey key = from.open(to.self, seed);
        world.settle();
        if (to.offers.size() != before + 1)
            return 0;
        *offered = to.offers.back();
        to.accept(*offered);
        world.settle();
        return key;
    }
    void run(Endpoint &from, StreamKey key, Endpoint &to, StreamKey offered, qint64 bytes)
    {
        const qint64 target = from.streams.at(key).sent + bytes;
        for (int i = 0; i < 100000 && from.streams.at(key).sent < target; ++i) {
            from.pour(key, target - from.streams.at(key).sent);
            world.step();
            to.consumeAll(offered);
        }
        world.settle();
        to.consumeAll(offered);
        world.settle();
    }
};

} // namespace

class TestStreams final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void fromEndToEnd_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::addColumn<int>("size");
        const QString hub = QStringLiteral("hub");
        const QString alice = QStringLiteral("alice");
        const QString bob = QStringLiteral("bob");
        for (const int size : {0, 1, 70'000, 256 * 1024, 3'000'000}) {
            QTest::addRow("client to client, %d", size) << alice << bob << size;
            QTest::addRow("client to hub, %d", size) << alice << hub << size;
            QTest::addRow("hub to client, %d", size) << hub << bob << size;
        }
    }

    void fromEndToEnd()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        QFETCH(int, size);
        Trio trio;
        const auto host = [&](const QString &name) -> Endpoint & {
            return name == QLatin1String("hub") ? trio.world.hub()
                                                : (name == QLatin1String("bob") ? trio.bob : trio.alice);
        };
        Endpoint &sender = host(from);
        Endpoint &receiver = host(to);
        StreamKey offered = 0;
        const StreamKey key = trio.opened(sender, receiver, 5, &offered);
        QVERIFY(key != 0);
        QCOMPARE(receiver.streams.at(offered).from, sender.self);
        QCOMPARE(receiver.streams.at(offered).type, streamType().name);
        QVERIFY(sender.streams.at(key).accepted);
        QCOMPARE(sender.spaces.size(), 1); // told once after it was accepted
        trio.run(sender, key, receiver, offered, size);
        sender.end(key);
        trio.world.settle();
        QCOMPARE(receiver.streams.at(offered).received, size);
        QVERIFY(receiver.streams.at(offered).ended);
        QVERIFY(!sender.streams.at(key).closed);
        receiver.confirm(offered);
        trio.world.settle();
        for (const StreamRecord &record : {sender.streams.at(key), receiver.streams.at(offered)}) {
            QVERIFY(record.closed);
            QVERIFY(!record.reason.isFault());
        }
        NO_PROBLEMS(trio.world);
    }

    void endGoesAfterTheQueue()
    {
        Trio trio;
        StreamKey offered = 0;
        const StreamKey key = trio.opened(trio.alice, trio.bob, 9, &offered);
        QCOMPARE(trio.alice.pour(key, 200'000), 200'000);
        trio.alice.end(key);
        QCOMPARE(trio.alice.node().streamSpace(key), 0);
        QVERIFY(!trio.alice.node().sendStreamData(key, "x", trio.world.now));
        trio.world.settle();
        QCOMPARE(trio.bob.streams.at(offered).received, 200'000);
        QVERIFY(trio.bob.streams.at(offered).ended);
        NO_PROBLEMS(trio.world);
    }

    void firstWindowIsTheLimit()
    {
        Trio trio;
        StreamKey offered = 0;
        const StreamKey key = trio.opened(trio.alice, trio.bob, 1, &offered);
        QCOMPARE(trio.alice.node().streamSpace(key), limits::kInitialWindow);
        QVERIFY(!trio.alice.node().sendStreamData(key, {}, trio.world.now));
        QVERIFY(!trio.alice.node().sendStreamData(key, QByteArray(limits::kChunkBytes + 1, 'x'), trio.world.now));
        QCOMPARE(trio.alice.pour(key, 10'000'000), limits::kInitialWindow);
        trio.world.settle();
        QCOMPARE(trio.alice.pour(key, 10'000'000), 0);
        trio.bob.consume(offered, limits::kInitialWindow / 2 - 1);
        trio.world.settle();
        QCOMPARE(trio.alice.node().streamSpace(key), 0);
        const qsizetype spaces = trio.alice.spaces.size();
        trio.bob.consume(offered, 1);
        trio.world.settle();
        QCOMPARE(trio.alice.spaces.size(), spaces + 1);
        QVERIFY(trio.alice.node().streamSpace(key) >= limits::kInitialWindow / 2);
        NO_PROBLEMS(trio.world);
    }

    void windowGrowsForAFastConsumerOnly()
    {
        Trio trio;
        StreamKey offered = 0;
        StreamKey key = trio.opened(trio.alice, trio.bob, 1, &offered);
        trio.run(trio.alice, key, trio.bob, offered, 40'000'000);
        do {
            trio.alice.pour(key, 100'000'000);
        } while (trio.world.step());
        const qint64 ahead = trio.bob.streams.at(offered).received - trio.bob.streams.at(offered).consumed;
        QVERIFY2(ahead > limits::kMaxWindow / 2 && ahead <= limits::kMaxWindow, qPrintable(QString::number(ahead)));

        // A slow one: it takes a little, and most of the window lies at its door all the time.
        key = trio.opened(trio.alice, trio.bob, 2, &offered);
        for (int i = 0; i < 2000; ++i) {
            trio.alice.pour(key, 1'000'000);
            trio.world.settle();
            trio.bob.consume(offered, 10'000);
        }
        const StreamRecord &record = trio.bob.streams.at(offered);
        QVERIFY(record.received - record.consumed <= limits::kInitialWindow);
        NO_PROBLEMS(trio.world);
    }

    void slowReceiverHoldsOneWindowInTheHub()
    {
        Trio trio;
        Endpoint &carol = trio.world.join(QStringLiteral("carol"));
        std::vector<std::pair<StreamKey, StreamKey>> streams;
        for (int i = 0; i < 6; ++i) {
            StreamKey offered = 0;
            const StreamKey key = trio.opened(trio.alice, trio.bob, quint32(i), &offered);
            trio.run(trio.alice, key, trio.bob, offered, 20'000'000); // so that their windows are large
            streams.emplace_back(key, offered);
        }
        trio.world.mostHeld = 0;
        trio.world.linkOf(trio.bob).toClient.capacity = 0; // bob's transport takes nothing
        for (int i = 0; i < 300; ++i) {
            for (const auto &[key, offered] : streams)
                trio.alice.pour(key, 1'000'000);
            trio.world.settle();
        }
        QVERIFY2(trio.world.mostHeld > limits::kRelayWindow / 2, qPrintable(QString::number(trio.world.mostHeld)));
        QVERIFY2(trio.world.mostHeld <= limits::kRelayWindow, qPrintable(QString::number(trio.world.mostHeld)));

        // Reading from the sender did not stop: its other stream and its messages go on.
        StreamKey offered = 0;
        const StreamKey key = trio.opened(trio.alice, carol, 77, &offered);
        trio.run(trio.alice, key, carol, offered, 10'000'000);
        QCOMPARE(carol.streams.at(offered).received, 10'000'000);
        QVERIFY(!trio.alice.send(carol.self, "still here").isFault());
        trio.world.settle();
        QCOMPARE(carol.messages.size(), 1);

        // When it reads again, everything comes.
        trio.world.linkOf(trio.bob).toClient.capacity = 1024 * 1024;
        for (const auto &[sent, received] : streams) {
            trio.run(trio.alice, sent, trio.bob, received, 2'000'000);
            QCOMPARE(trio.bob.streams.at(received).received, trio.alice.streams.at(sent).sent);
        }
        NO_PROBLEMS(trio.world);
    }

    void stalledSendersStarveNobody()
    {
        // Many streams towards bob get credit, and their sources have nothing to say.
        Trio trio;
        std::vector<Endpoint *> senders{&trio.alice, &trio.world.join(QStringLiteral("dave"))};
        for (Endpoint *sender : senders) {
            for (int i = 0; i < 31; ++i) {
                StreamKey offered = 0;
                const StreamKey key = trio.opened(*sender, trio.bob, 3, &offered);
                QVERIFY(key != 0);
                trio.run(*sender, key, trio.bob, offered, 2'000'000); // a large window of credit waits unused
            }
        }
        // And one more, for what was too little to be worth a frame to those.
        StreamKey offered = 0;
        QVERIFY(trio.opened(*senders.back(), trio.bob, 3, &offered) != 0);

        const StreamKey key = trio.opened(trio.alice, trio.bob, 4, &offered);
        QVERIFY(key != 0);
        trio.run(trio.alice, key, trio.bob, offered, 5'000'000);
        QCOMPARE(trio.bob.streams.at(offered).received, 5'000'000);
        NO_PROBLEMS(trio.world);
    }

    void streamsTakeTurns()
    {
        Trio trio;
        std::vector<StreamKey> keys;
        for (quint32 i = 0; i < 4; ++i) {
            StreamKey offered = 0;
            keys.push_back(trio.opened(trio.world.hub(), trio.bob, i, &offered));
        }
        for (const StreamKey key : keys)
            QCOMPARE(trio.world.hub().pour(key, 200'000), 200'000);
        Link &link = trio.world.linkOf(trio.bob);
        link.toClient.sniffer.keep = true;
        trio.world.settle();
        std::vector<quint32> order;
        for (const FrameHeader &header : link.toClient.sniffer.frames) {
            if (header.kind == Kind::StreamData)
                order.push_back(header.stream);
        }
        QVERIFY(order.size() >= 16);
        for (size_t i = 0; i + 4 <= 12; i += 4)
            QCOMPARE(std::set<quint32>(order.begin() + long(i), order.begin() + long(i) + 4).size(), size_t(4));
        NO_PROBLEMS(trio.world);
    }

    void messagesAndControlOvertakeBulk()
    {
        Trio trio;
        StreamKey offered = 0;
        const StreamKey key = trio.opened(trio.world.hub(), trio.bob, 1, &offered);
        QCOMPARE(trio.world.hub().pour(key, 256 * 1024), 256 * 1024);
        (void)trio.world.hub().send(trio.bob.self, "first");
        trio.world.hub().open(trio.bob.self, 2);
        std::vector<Kind> kinds;
        Sniffer sniffer;
        sniffer.onFrame = [&](const FrameHeader &header, QByteArrayView) { kinds.push_back(header.kind); };
        const ConnectionId id = trio.world.linkOf(trio.bob).hubId;
        while (true) {
            const QByteArray bytes = trio.world.hub().node().pollTransmit(id, 100'000);
            if (bytes.isEmpty())
                break;
            QVERIFY(bytes.size() <= 100'000);
            sniffer.feed(bytes);
        }
        QCOMPARE(kinds.size(), size_t(6));
        QCOMPARE(kinds[0], Kind::Message);
        QCOMPARE(kinds[1], Kind::StreamOpen);
        QCOMPARE(kinds[2], Kind::StreamData);
    }

    void aSlowTransportGetsSmallPieces()
    {
        Trio trio;
        trio.world.transmitMax = 5000;
        trio.world.linkOf(trio.alice).toHub.capacity = 5000;
        Link &link = trio.world.linkOf(trio.alice);
        StreamKey offered = 0;
        const StreamKey key = trio.opened(trio.alice, trio.bob, 1, &offered);
        link.toHub.sniffer.keep = true;
        trio.run(trio.alice, key, trio.bob, offered, 300'000);
        QCOMPARE(trio.bob.streams.at(offered).received, 300'000);
        for (const FrameHeader &header : link.toHub.sniffer.frames)
            QVERIFY(header.length <= 5000);
        NO_PROBLEMS(trio.world);
    }

    void declined()
    {
        Trio trio;
        const StreamKey key = trio.alice.open(trio.bob.self, 1);
        trio.world.settle();
        trio.bob.reset(trio.bob.offers.back(), Code::Rejected);
        trio.world.settle();
        QVERIFY(trio.alice.streams.at(key).closed);
        QCOMPARE(trio.alice.streams.at(key).reason.code, Code::Rejected);
        QCOMPARE(trio.alice.streams.at(key).reason.party, Party::Remote);
        QCOMPARE(trio.bob.streams.at(trio.bob.offers.back()).reason.party, Party::Local);
        NO_PROBLEMS(trio.world);
    }

    void resetByEitherSide_data()
    {
        QTest::addColumn<bool>("bySender");
        QTest::addColumn<bool>("byReceiver");
        QTest::newRow("sender") << true << false;
        QTest::newRow("receiver") << false << true;
        QTest::newRow("both at once") << true << true;
    }

    void resetByEitherSide()
    {
        QFETCH(bool, bySender);
        QFETCH(bool, byReceiver);
        Trio trio;
        // Many times: late frames of a stream that was reset must not count as oddities.
        for (quint32 i = 0; i < 300; ++i) {
            StreamKey offered = 0;
            const StreamKey key = trio.opened(trio.alice, trio.bob, i, &offered);
            QVERIFY2(key != 0, qPrintable(QString::number(i)));
            // Nothing of the hub's window was lost on the way.
            QCOMPARE(trio.alice.pour(key, 1'000'000), limits::kInitialWindow);
            for (int step = 0; step < int(i % 4); ++step)
                trio.world.step();
            trio.bob.consumeAll(offered);
            if (bySender)
                trio.alice.reset(key);
            if (byReceiver)
                trio.bob.reset(offered);
            trio.world.settle();
            QVERIFY(trio.alice.streams.at(key).closed);
            QVERIFY(trio.bob.streams.at(offered).closed);
            QCOMPARE(trio.alice.streams.at(key).reason.code, Code::Cancelled);
            QCOMPARE(trio.bob.streams.at(offered).reason.code, Code::Cancelled);
        }
        QVERIFY(trio.alice.ready && trio.bob.ready);
        StreamKey offered = 0;
        const StreamKey key = trio.opened(trio.alice, trio.bob, 5, &offered);
        trio.run(trio.alice, key, trio.bob, offered, 30'000'000);
        QCOMPARE(trio.bob.streams.at(offered).received, 30'000'000);
        NO_PROBLEMS(trio.world);
    }

    void linkLost_data()
    {
        QTest::addColumn<QString>("who");
        QTest::newRow("sender") << QStringLiteral("alice");
        QTest::newRow("receiver") << QStringLiteral("bob");
    }

    void linkLost()
    {
        QFETCH(QString, who);
        Trio trio;
        StreamKey offered = 0;
        const StreamKey key = trio.opened(trio.alice, trio.bob, 1, &offered);
        trio.alice.pour(key, 200'000);
        const StreamKey waiting = trio.alice.open(trio.bob.self, 2);
        trio.world.settle();
        Endpoint &lost = who == QLatin1String("alice") ? trio.alice : trio.bob;
        trio.world.cut(trio.world.linkOf(lost));
        trio.world.settle();
        for (const StreamKey stream : {key, waiting}) {
            QVERIFY(trio.alice.streams.at(stream).closed);
            QCOMPARE(trio.alice.streams.at(stream).reason.code, Code::NotConnected);
        }
        for (const StreamKey stream : trio.bob.offers) {
            QVERIFY(trio.bob.streams.at(stream).closed);
            QCOMPARE(trio.bob.streams.at(stream).reason.code, Code::NotConnected);
        }
        NO_PROBLEMS(trio.world);
    }

    void withdrawnTypeEndsItsStreams()
    {
        for (const bool receiver : {true, false}) {
            Trio trio;
            StreamKey offered = 0;
            const StreamKey key = trio.opened(trio.alice, trio.bob, 1, &offered);
            trio.alice.pour(key, 200'000);
            trio.world.step();
            Endpoint &host = receiver ? trio.bob : trio.alice;
            host.node().withdrawTypes({streamType().name}, trio.world.now);
            host.drain();
            host.withdrawn.insert(streamType().name);
            trio.world.settle();
            QVERIFY(trio.alice.streams.at(key).closed);
            QVERIFY(trio.bob.streams.at(offered).closed);
            QCOMPARE(trio.alice.streams.at(key).reason.code, Code::PluginStopped);
            QCOMPARE(trio.bob.streams.at(offered).reason.code, Code::PluginStopped);
            NO_PROBLEMS(trio.world);
        }
    }

    void hubWithdrawsOnlyItsOwn()
    {
        Trio trio;
        StreamKey offered = 0;
        StreamKey toHub = 0;
        const StreamKey relayed = trio.opened(trio.alice, trio.bob, 1, &offered);
        const StreamKey own = trio.opened(trio.alice, trio.world.hub(), 2, &toHub);
        trio.world.hub().node().withdrawTypes({streamType().name}, trio.world.now);
        trio.world.settle();
        QVERIFY(trio.alice.streams.at(own).closed);
        QVERIFY(!trio.alice.streams.at(relayed).closed);
        trio.run(trio.alice, relayed, trio.bob, offered, 100'000);
        QCOMPARE(trio.bob.streams.at(offered).received, 100'000);
        NO_PROBLEMS(trio.world);
    }

    void openedTowardsOneThatLeftOrWithdrew()
    {
        Trio trio;
        trio.world.linkOf(trio.alice).toClient.blocked = true; // alice does not know
        trio.bob.node().withdrawTypes({streamType().name}, trio.world.now);
        trio.world.settle();
        const StreamKey first = trio.alice.open(trio.bob.self, 1);
        const MemberNumber gone = trio.bob.self;
        trio.world.settle();
        trio.world.cut(trio.world.linkOf(trio.bob));
        const StreamKey second = trio.alice.open(gone, 1);
        trio.world.settle();
        trio.world.linkOf(trio.alice).toClient.blocked = false;
        trio.world.settle();
        QVERIFY(trio.alice.streams.at(first).closed && trio.alice.streams.at(second).closed);
        QCOMPARE(trio.alice.streams.at(first).reason.code, Code::NotAccepted);
        QCOMPARE(trio.alice.streams.at(second).reason.code, Code::NoSuchMember);
        NO_PROBLEMS(trio.world);
    }

    void refusedAtOnce()
    {
        Trio trio;
        Endpoint &deaf = trio.world.join(QStringLiteral("deaf"), {});
        for (Endpoint *from : {&trio.alice, &trio.world.hub()}) {
            Fault fault;
            QCOMPARE(from->open(77, 1, streamType().name, &fault), StreamKey(0));
            QCOMPARE(fault.code, Code::NoSuchMember);
            from->open(kEveryone, 1, streamType().name, &fault);
            QCOMPARE(fault.code, Code::InvalidArgument);
            from->open(from->self, 1, streamType().name, &fault);
            QCOMPARE(fault.code, Code::InvalidArgument);
            from->open(deaf.self, 1, streamType().name, &fault);
            QCOMPARE(fault.code, Code::NotAccepted);
            from->open(trio.bob.self, 1, messageType().name, &fault);
            QCOMPARE(fault.code, Code::ModeMismatch);
            const auto header = [&](qsizetype size) {
                return from->node().openStream(99'999, trio.bob.self, streamType().name, QByteArray(size, 'h'), -1,
                                               trio.world.now);
            };
            QCOMPARE(header(limits::kStreamHeaderBytes + 1).code, Code::TooLarge);
        }
        NO_PROBLEMS(trio.world);
    }

    void staleKeysAreIgnored()
    {
        Trio trio;
        for (const StreamKey key : {StreamKey(1), StreamKey(2), StreamKey(12345)}) {
            Node &node = trio.alice.node();
            node.acceptStream(key, trio.world.now);
            node.consumeStream(key, 1000, trio.world.now);
            node.confirmStream(key, trio.world.now);
            node.endStream(key, trio.world.now);
            node.resetStream(key, {Code::Failed, {}, Party::Local}, trio.world.now);
            QVERIFY(!node.sendStreamData(key, "x", trio.world.now));
            QCOMPARE(node.streamSpace(key), 0);
        }
        trio.world.settle();
        QVERIFY(trio.alice.ready);
        NO_PROBLEMS(trio.world);
    }
};

QTEST_GUILESS_MAIN(TestStreams)
#include "tst_streams.moc"
