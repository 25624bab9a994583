// SPDX-License-Identifier: MIT
// One exchange with everything in it: fed a byte at a time, at random cuts, and with the transport broken after every
// single byte. Nothing hangs, nothing ends twice, nobody else is touched.
#include "support/world.h"

#include <QtTest>

using namespace patchbay::protocol;
using namespace patchbay::protocol::testing;

namespace {

const QString kRare = QStringLiteral("org.example.rare/1");

/// Alice and bob on a hub; alice's link may break at a byte. Small, so that every byte can be tried.
class Exchange
{
public:
    World world;
    Endpoint *alice = nullptr;
    Endpoint *bob = nullptr;
    Link *link = nullptr;
    StreamKey relayed = 0, own = 0, dropped = 0;

    void run(Cuts cuts, qint64 cutToHub = -1, qint64 cutToClient = -1)
    {
        world.cuts = cuts;
        world.random.seed(3);
        bob = &world.join(QStringLiteral("bob"));
        autoReceive(*bob);
        autoReceive(world.hub());
        alice = &world.addClient(QStringLiteral("alice"));
        autoReceive(*alice);
        link = &world.connect(*alice);
        link->toHub.cutAfter = cutToHub;
        link->toClient.cutAfter = cutToClient;
        world.settle();
        (void)alice->send(bob->self, "one");
        (void)alice->send(kEveryone, "all");
        (void)bob->send(kEveryone, "back");
        relayed = alice->open(bob->self, 1);
        own = alice->open(kHubMember, 2);
        dropped = bob->open(bob->find(QStringLiteral("alice")), 3);
        world.settle();
        for (const StreamKey key : {relayed, own}) {
            if (key == 0)
                continue;
            alice->pour(key, 300);
            alice->end(key);
        }
        alice->node().acceptTypes({messageType(kRare)}, world.now);
        world.settle();
        if (dropped != 0)
            bob->reset(dropped);
        alice->node().withdrawTypes({kRare}, world.now);
        world.settle();
        world.advance(std::chrono::seconds(25)); // pings
        alice->node().closeAll({Code::GoingAway, QStringLiteral("bye"), Party::Local}, world.now);
        world.settle();
        world.advance(std::chrono::seconds(70));
    }

    QString faultFound() const
    {
        if (!world.problems().isEmpty())
            return world.problems().join(u'\n');
        for (const Endpoint *host : {static_cast<const Endpoint *>(alice), static_cast<const Endpoint *>(bob)}) {
            for (const auto &[key, record] : host->streams) {
                if (!record.closed)
                    return QStringLiteral("stream %1 of %2 hangs").arg(key).arg(host->name());
            }
        }
        if (!bob->ready || bob->members.size() != 2)
            return QStringLiteral("bob was touched");
        if (alice->closings.size() != 1)
            return QStringLiteral("alice's link closed %1 times").arg(alice->closings.size());
        return {};
    }

private:
    void autoReceive(Endpoint &host)
    {
        host.onEvent = [&host](const NodeEvent &event) {
            if (const auto *e = std::get_if<StreamOffered>(&event))
                host.accept(e->key);
            else if (const auto *e = std::get_if<StreamData>(&event))
                host.consume(e->key, e->chunk.size());
            else if (const auto *e = std::get_if<StreamEnded>(&event))
                host.confirm(e->key);
        };
    }
};

} // namespace

class TestCuts final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void anyCuts_data()
    {
        QTest::addColumn<int>("cuts");
        QTest::newRow("whole") << int(Cuts::Whole);
        QTest::newRow("single bytes") << int(Cuts::SingleBytes);
        QTest::newRow("random") << int(Cuts::Random);
    }

    void anyCuts()
    {
        QFETCH(int, cuts);
        Exchange exchange;
        exchange.run(Cuts(cuts));
        QVERIFY2(exchange.faultFound().isEmpty(), qPrintable(exchange.faultFound()));
        // And it was the whole exchange.
        QVERIFY(!exchange.alice->streams.at(exchange.relayed).reason.isFault());
        QVERIFY(!exchange.alice->streams.at(exchange.own).reason.isFault());
        QCOMPARE(exchange.bob->streams.at(exchange.dropped).reason.code, Code::Cancelled);
        QCOMPARE(exchange.bob->messages.size(), 2);
        QCOMPARE(exchange.alice->messages.size(), 1);
        QCOMPARE(exchange.world.hub().messages.size(), 2);
        QCOMPARE(exchange.alice->closings[0].reason.code, Code::GoingAway);
    }

    void brokenAfterEveryByte_data()
    {
        QTest::addColumn<bool>("towardsHub");
        QTest::newRow("towards the hub") << true;
        QTest::newRow("towards the client") << false;
    }

    void brokenAfterEveryByte()
    {
        QFETCH(bool, towardsHub);
        Exchange whole;
        whole.run(Cuts::Whole);
        const qint64 total = towardsHub ? whole.link->toHub.carried : whole.link->toClient.carried;
        QVERIFY(total > 700);
        for (qint64 at = 0; at < total; ++at) {
            Exchange exchange;
            if (towardsHub)
                exchange.run(Cuts::Whole, at, -1);
            else
                exchange.run(Cuts::Whole, -1, at);
            const QString fault = exchange.faultFound();
            QVERIFY2(fault.isEmpty(), qPrintable(QStringLiteral("after byte %1: %2").arg(at).arg(fault)));
            QVERIFY(!exchange.link->open);
        }
    }
};

QTEST_GUILESS_MAIN(TestCuts)
#include "tst_cuts.moc"
