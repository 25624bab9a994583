// SPDX-License-Identifier: MIT
// Deadlines (PROTOCOL.md 7): one moment before, and at it.
#include "support/rawpeer.h"

#include <QtTest>

using namespace patchbay::protocol;
using namespace patchbay::protocol::testing;
using namespace std::chrono_literals;

class TestTimeouts final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void helloDeadline_data()
    {
        QTest::addColumn<bool>("hub");
        QTest::newRow("hub") << true;
        QTest::newRow("client") << false;
    }

    void helloDeadline()
    {
        QFETCH(bool, hub);
        World world;
        Endpoint &host = hub ? world.hub() : world.addClient(QStringLiteral("alice"));
        RawPeer peer(host.node(), world.now);
        // One byte per second does not help: the deadline is absolute.
        const QByteArray hello = encodeFrame({0, Kind::Hello, 0, 0, 0, 0}, QByteArray(100, 'x'));
        for (int i = 0; i < 9; ++i) {
            world.advance(1s);
            peer.feed(hello.mid(i, 1));
        }
        world.advance(1s - 1ns);
        QVERIFY(host.closings.isEmpty());
        world.advance(1ns);
        QCOMPARE(host.closings.size(), 1);
        QCOMPARE(host.closings[0].reason.code, Code::Timeout);
    }

    void aHubThatNeverWelcomes()
    {
        World world;
        Endpoint &alice = world.addClient(QStringLiteral("alice"));
        RawPeer peer(alice.node(), world.now);
        peer.sendHello(config(QStringLiteral("hub")), true);
        world.advance(10s);
        QCOMPARE(alice.closings.size(), 1);
        QCOMPARE(alice.closings[0].reason.code, Code::Timeout);
    }

    void pingWhenIdleAndDead()
    {
        World world;
        auto peer = rawClient(world, config(QStringLiteral("alice")));
        world.advance(20s - 1ns);
        peer->poll();
        QCOMPARE(peer->count(Kind::Ping), 0);
        world.advance(1ns);
        peer->poll();
        QCOMPARE(peer->count(Kind::Ping), 1);
        peer->send(Kind::Pong, peer->last(Kind::Ping)->payload);
        world.advance(20s);
        peer->poll();
        QCOMPARE(peer->count(Kind::Ping), 2);
        world.advance(40s - 1ns);
        peer->poll();
        QCOMPARE(peer->count(Kind::Ping), 2); // one is enough
        QVERIFY(world.hub().closings.isEmpty());
        world.advance(1ns);
        QCOMPARE(world.hub().closings.size(), 1);
        QCOMPARE(world.hub().closings[0].reason.code, Code::Timeout);
        QCOMPARE(world.hub().left.size(), 1);
    }

    void livePeersStayForEver()
    {
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        world.advance(10h);
        QVERIFY(alice.ready);
        QVERIFY(world.hub().closings.isEmpty());
    }

    void slowReader()
    {
        World world;
        auto peer = rawClient(world, config(QStringLiteral("alice")));
        peer->reads = false;
        const auto stay = [&] { peer->send(Kind::Pong, QByteArray(8, '\0')); }; // it sends, but it does not read
        for (int i = 0; i < 6; ++i) {
            world.advance(10s);
            stay();
            peer->reads = true; // nothing was queued in vain so far
            peer->poll();
            peer->reads = false;
        }
        QVERIFY(world.hub().closings.isEmpty());
        (void)world.hub().send(2, "x");
        world.advance(15s);
        stay();
        world.advance(15s - 1ns);
        QVERIFY(world.hub().closings.isEmpty());
        world.advance(1ns);
        QCOMPARE(world.hub().closings.size(), 1);
        QCOMPARE(world.hub().closings[0].reason.code, Code::SlowReader);
    }

    void aReaderThatTakesALittleIsNotSlow()
    {
        World world;
        auto peer = rawClient(world, config(QStringLiteral("alice")));
        for (int i = 0; i < 300; ++i)
            (void)world.hub().send(2, QByteArray(1000, 'x'));
        for (int i = 0; i < 200; ++i) {
            world.advance(10s);
            QVERIFY(!world.hub().node().pollTransmit(1, 1).isEmpty());
            world.hub().node().handleReceived(1, encodeFrame({0, Kind::Pong, 0, 0, 0, 0}, QByteArray(8, '\0')),
                                              world.now);
            world.hub().drain();
            QVERIFY(world.hub().closings.isEmpty());
        }
    }

    void creditThatIsMissingIsNotSlowness()
    {
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        Endpoint &bob = world.join(QStringLiteral("bob"));
        const StreamKey key = alice.open(bob.self, 1);
        world.settle();
        bob.accept(bob.offers.back());
        world.settle();
        alice.pour(key, 10'000'000);
        world.settle();
        world.advance(1h); // bob's sink sleeps
        QVERIFY(alice.ready && bob.ready);
        QVERIFY(!alice.streams.at(key).closed);
        QVERIFY2(world.problems().isEmpty(), qPrintable(world.problems().join(u'\n')));
    }

    void glitches_data()
    {
        QTest::addColumn<int>("kind");
        QTest::newRow("unknown, may be skipped") << 200;
        QTest::newRow("ping") << int(Kind::Ping);
        QTest::newRow("pong nobody asked for") << int(Kind::Pong);
    }

    void glitches()
    {
        QFETCH(int, kind);
        World world;
        auto peer = rawClient(world, config(QStringLiteral("alice")));
        const FrameHeader header{0, Kind(kind), kIgnorable, 0, 0, 0};
        const auto glitch = [&](int times) {
            for (int i = 0; i < times; ++i)
                peer->send(header, QByteArray(8, 'x'));
            world.hub().drain();
        };
        glitch(limits::kGlitchBucket - 1);
        glitch(1);
        QVERIFY(world.hub().closings.isEmpty());
        world.advance(1s); // ten more
        glitch(10);
        QVERIFY(world.hub().closings.isEmpty());
        glitch(1);
        QCOMPARE(world.hub().closings.size(), 1);
        QCOMPARE(world.hub().closings[0].reason.code, Code::TooManyGlitches);
        QCOMPARE(peer->byeCode(), Code::TooManyGlitches);
    }

    void aClockThatStandsOrJumps()
    {
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        for (int i = 0; i < 100; ++i) {
            alice.node().handleTimeout(world.now);
            world.hub().node().handleTimeout(world.now);
            alice.node().handleTimeout(world.now - 1h);
        }
        world.settle();
        QVERIFY(alice.ready);
        world.advance(5s);
        QVERIFY(alice.ready);
    }
};

QTEST_GUILESS_MAIN(TestTimeouts)
#include "tst_timeouts.moc"
