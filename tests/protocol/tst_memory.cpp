// SPDX-License-Identifier: MIT
// Budgets of memory (PROTOCOL.md 7), with small ones. And the table of limits that people read.
#include "support/rawpeer.h"

#include "protocol/limitstable.h"

#include <QtTest>

using namespace patchbay::protocol;
using namespace patchbay::protocol::testing;
using namespace std::chrono_literals;

namespace {

#define NO_PROBLEMS(world) QVERIFY2((world).problems().isEmpty(), qPrintable((world).problems().join(u'\n')))

using Ids = std::vector<ConnectionId>;

NodeConfig hubWith(qsizetype member, qsizetype all)
{
    NodeConfig hub = config(QStringLiteral("hub"));
    hub.memberMemory = member;
    hub.allMemory = all;
    return hub;
}

} // namespace

class TestMemory final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatIsCounted()
    {
        World world;
        HubNode &hub = world.hubNode();
        auto peer = rawClient(world, config(QStringLiteral("raw")));
        QCOMPARE(hub.totalMemory(), qsizetype(0));
        // A frame of which a part came.
        const QByteArray frame = encodeFrame({0, Kind::Message, 0, 1, 0, kHubMember}, QByteArray(100'000, 'x'));
        peer->feed(frame.first(kHeaderBytes)); // what a header claims is not believed yet
        QCOMPARE(hub.memoryOf(1), qsizetype(0));
        peer->feed(frame.mid(kHeaderBytes, 1000 - kHeaderBytes));
        QVERIFY(hub.memoryOf(1) >= 100'000);
        peer->feed(frame.mid(1000));
        QCOMPARE(hub.memoryOf(1), qsizetype(0));
        // Messages that wait.
        peer->reads = false;
        (void)world.hub().send(2, QByteArray(50'000, 'x'));
        QVERIFY(hub.memoryOf(1) >= 50'000 && hub.memoryOf(1) < 51'000);
        // Answers that wait.
        for (int i = 0; i < 50; ++i)
            peer->send(Kind::Ping, QByteArray(8, 'x'));
        QVERIFY(hub.memoryOf(1) >= 51'000);
        QCOMPARE(hub.totalMemory(), hub.memoryOf(1));
        peer->reads = true;
        peer->poll();
        QCOMPARE(hub.totalMemory(), qsizetype(0));
        peer->reads = false;
        (void)world.hub().send(2, QByteArray(50'000, 'x'));
        peer->close();
        QCOMPARE(hub.totalMemory(), qsizetype(0));
        QCOMPARE(hub.memoryOf(1), qsizetype(0));
    }

    void relayedStreamsCount()
    {
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        Endpoint &bob = world.join(QStringLiteral("bob"));
        const StreamKey key = alice.open(bob.self, 1);
        world.settle();
        bob.accept(bob.offers.back());
        world.settle();
        Link &link = world.linkOf(bob);
        link.toClient.capacity = 0;
        alice.pour(key, 200'000);
        world.settle();
        const qsizetype held = world.hubNode().memoryOf(link.hubId);
        QVERIFY(held >= 190'000);
        QCOMPARE(world.hubNode().totalMemory(), held);
        alice.reset(key); // what waited is dropped with it
        world.settle();
        QVERIFY(world.hubNode().memoryOf(link.hubId) < 1000);
        link.toClient.capacity = 1024 * 1024;
        world.settle();
        QCOMPARE(world.hubNode().totalMemory(), qsizetype(0));
        // Its own streams are the host's business.
        const StreamKey own = world.hub().open(bob.self, 2);
        world.settle();
        bob.accept(bob.offers.back());
        world.settle();
        link.toClient.capacity = 0;
        QVERIFY(world.hub().pour(own, 100'000) > 0);
        QVERIFY(world.hubNode().totalMemory() < 1000);
        NO_PROBLEMS(world);
    }

    void oneMember_data()
    {
        QTest::addColumn<int>("over");
        QTest::newRow("one below") << -1;
        QTest::newRow("at the limit") << 0;
        QTest::newRow("one above") << 1;
    }

    void oneMember()
    {
        QFETCH(int, over);
        World world;
        qsizetype cost = 0;
        { // what such a message costs
            auto probe = rawClient(world, config(QStringLiteral("probe")));
            probe->reads = false;
            (void)world.hub().send(2, QByteArray(10'000, 'x'));
            cost = world.hubNode().memoryOf(1);
        }
        World small(hubWith(cost - over, limits::kAllMemoryBytes));
        HubNode &hub = small.hubNode();
        auto peer = rawClient(small, config(QStringLiteral("raw")));
        small.hub().drain();
        peer->reads = false;
        (void)small.hub().send(2, QByteArray(10'000, 'x'));
        small.hub().node().handleTimeout(small.now);
        QCOMPARE(hub.pausedConnections(), over > 0 ? Ids{1} : Ids{});
        small.advance(limits::kOverMemory - 1ns);
        QVERIFY(small.hub().closings.isEmpty());
        small.advance(1ns);
        QCOMPARE(small.hub().closings.size(), over > 0 ? 1 : 0);
        QVERIFY(hub.pausedConnections().empty());
        if (over > 0) {
            QCOMPARE(small.hub().closings[0].reason.code, Code::SlowReader);
            peer->reads = true;
            peer->poll();
            QCOMPARE(peer->byeCode(), Code::SlowReader);
        }
        QVERIFY(hub.totalMemory() < 11'000);
    }

    void oneMemberThatReadsInTime()
    {
        World world(hubWith(10'000, limits::kAllMemoryBytes));
        auto peer = rawClient(world, config(QStringLiteral("raw")));
        world.hub().drain();
        for (int i = 0; i < 5; ++i) {
            peer->reads = false;
            (void)world.hub().send(2, QByteArray(10'000, 'x'));
            world.advance(9s);
            QCOMPARE(world.hubNode().pausedConnections(), Ids{1});
            peer->reads = true;
            peer->poll();
            QVERIFY(world.hubNode().pausedConnections().empty());
            peer->send(Kind::Pong, QByteArray(8, 'x'));
        }
        QVERIFY(world.hub().closings.isEmpty());
    }

    void allTogether()
    {
        World world(hubWith(limits::kMemberMemoryBytes, 100'000));
        HubNode &hub = world.hubNode();
        std::vector<std::unique_ptr<RawPeer>> peers;
        for (ConnectionId id = 1; id <= 4; ++id) {
            peers.push_back(rawClient(world, config(QStringLiteral("raw%1").arg(id)), id));
            peers.back()->reads = false;
        }
        world.hub().drain();
        for (MemberNumber member = 2; member <= 5; ++member) // 10, 20, 30 and 40 kB, and what a frame costs
            (void)world.hub().send(member, QByteArray(10'000 * int(member - 1), 'x'));
        hub.handleTimeout(world.now);
        QCOMPARE(hub.pausedConnections(), Ids{4}); // the largest
        world.advance(limits::kOverMemory - 1ns);
        QVERIFY(world.hub().closings.isEmpty());
        world.advance(1ns);
        QCOMPARE(world.hub().closings.size(), 1);
        QCOMPARE(world.hub().closings[0].id, ConnectionId(4));
        QCOMPARE(world.hub().closings[0].reason.code, Code::SlowReader);
        QVERIFY(hub.pausedConnections().empty()); // the others together are under it
        QVERIFY(hub.totalMemory() < 100'000);
        world.advance(limits::kOverMemory);
        QCOMPARE(world.hub().closings.size(), 1);
    }

    void anotherIsTheLargestByThen()
    {
        World world(hubWith(limits::kMemberMemoryBytes, 50'000));
        HubNode &hub = world.hubNode();
        auto first = rawClient(world, config(QStringLiteral("first")), 1);
        auto second = rawClient(world, config(QStringLiteral("second")), 2);
        world.hub().drain();
        first->reads = second->reads = false;
        (void)world.hub().send(2, QByteArray(60'000, 'x'));
        hub.handleTimeout(world.now);
        QCOMPARE(hub.pausedConnections(), Ids{1});
        (void)world.hub().send(3, QByteArray(70'000, 'x'));
        world.advance(limits::kOverMemory);
        QVERIFY(world.hub().closings.isEmpty());
        QCOMPARE(hub.pausedConnections(), Ids{2});
        world.advance(limits::kOverMemory);
        QCOMPARE(world.hub().closings.size(), 1);
        QCOMPARE(world.hub().closings[0].id, ConnectionId(2));
        QCOMPARE(hub.pausedConnections(), Ids{1}); // still over: now it is its turn
        first->reads = true;
        first->poll();
        QVERIFY(hub.pausedConnections().empty());
    }

    /// No credit goes out for streams towards a link that is paused, and all of it when it reads again.
    void credit()
    {
        World world(hubWith(300'000, limits::kAllMemoryBytes));
        Endpoint &alice = world.join(QStringLiteral("alice"));
        Endpoint &bob = world.join(QStringLiteral("bob"));
        const StreamKey key = alice.open(bob.self, 1);
        world.settle();
        bob.accept(bob.offers.back());
        world.settle();
        Link &link = world.linkOf(bob);
        link.toClient.capacity = 0;
        for (int i = 0; i < 6; ++i)
            (void)world.hub().send(bob.self, QByteArray(60'000, 'm'));
        world.settle();
        QCOMPARE(world.hubNode().pausedConnections(), Ids{link.hubId});
        qint64 sent = 0;
        for (int i = 0; i < 20; ++i) {
            sent += alice.pour(key, 10'000'000);
            world.settle();
        }
        QVERIFY(sent <= limits::kInitialWindow);
        link.toClient.capacity = 1024 * 1024;
        world.settle();
        QVERIFY(world.hubNode().pausedConnections().empty());
        for (int i = 0; i < 50; ++i) {
            sent += alice.pour(key, 10'000'000);
            world.settle();
            bob.consumeAll(bob.offers.back());
            world.settle();
        }
        QVERIFY(sent > 4 * limits::kInitialWindow);
        QVERIFY(alice.ready && bob.ready);
        QCOMPARE(world.hubNode().totalMemory(), qsizetype(0));
        NO_PROBLEMS(world);
    }

    /// Everything that the engine queues for an honest member that does not read stays under its budget.
    void anHonestSlowReaderIsUnderBudget()
    {
        World world;
        Endpoint &bob = world.join(QStringLiteral("bob"));
        world.linkOf(bob).toClient.capacity = 0;
        std::vector<Endpoint *> senders;
        for (int i = 0; i < 2; ++i) {
            Endpoint &sender = world.join(QStringLiteral("sender%1").arg(i));
            senders.push_back(&sender);
            for (int n = 0; n < limits::kStreamsPerMember; ++n)
                sender.open(bob.self, 1);
        }
        world.linkOf(bob).toClient.capacity = 1024 * 1024;
        world.settle();
        for (const StreamKey key : std::vector(bob.offers))
            bob.accept(key);
        world.settle();
        world.linkOf(bob).toClient.capacity = 0;
        for (int round = 0; round < 40; ++round) {
            for (Endpoint *sender : senders) {
                for (const auto &[key, record] : sender->streams)
                    sender->pour(key, 1'000'000);
                (void)sender->send(bob.self, QByteArray(200'000, 'm'));
            }
            world.settle();
        }
        const qsizetype held = world.hubNode().memoryOf(world.linkOf(bob).hubId);
        QVERIFY(held > 3 * 1024 * 1024); // it was a burden
        QVERIFY(held <= limits::kMemberMemoryBytes);
        QVERIFY(world.hubNode().pausedConnections().empty());
        NO_PROBLEMS(world);
    }

    void limitsAreListed()
    {
        const QList<LimitRow> rows = limitsTable();
        QVERIFY(rows.size() >= 20);
        QStringList names;
        QString values;
        for (const LimitRow &row : rows) {
            QVERIFY2(!row.value.isEmpty() && !row.whenExceeded.isEmpty(), qPrintable(row.name));
            QVERIFY2(!row.value.contains(u'%') && !row.whenExceeded.contains(u'%'), qPrintable(row.name));
            QVERIFY2(!names.contains(row.name), qPrintable(row.name));
            names.append(row.name);
            values += row.value + u'\n';
        }
        for (const char *value : {"4 KiB", "10 s", "120 s", "64 KiB / 256 KiB / 1 MiB / 64 KiB", "8 / 4096 / 64 KiB",
                                  "bucket of 100, 10/s", "20 s / 60 s", "2 MiB or 2000 frames", "8 MiB / 256 MiB",
                                  "32 / 64", "256 KiB / 8 MiB", "64 B", "64 unless set, at most 10000"})
            QVERIFY2(values.contains(QLatin1String(value) + u'\n'), value);
    }
};

QTEST_GUILESS_MAIN(TestMemory)
#include "tst_memory.moc"
