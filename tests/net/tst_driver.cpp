// SPDX-License-Identifier: MIT
// The driver between a fake engine and transports in memory, whose capacity plays the slow link.
#include "fakenode.h"

#include "net/driver.h"
#include "net/memorytransport.h"

#include <QSignalSpy>
#include <QTest>

#include <memory>

using namespace patchbay;
using namespace patchbay::net;
using namespace patchbay::protocol;
using namespace std::chrono_literals;

namespace {

class BulkLog final : public IBulkHandler
{
public:
    QStringList calls;
    void streamData(StreamKey key, const QByteArray &chunk) override
    {
        calls.append(QStringLiteral("data %1 %2").arg(key).arg(chunk.size()));
    }
    void streamEnded(StreamKey key) override { calls.append(QStringLiteral("ended %1").arg(key)); }
    void streamSpace(StreamKey key, qsizetype bytes) override
    {
        calls.append(QStringLiteral("space %1 %2").arg(key).arg(bytes));
    }
};

/// A driver with the loop turns that the I/O thread would give it.
class Bench
{
public:
    Bench()
    {
        auto owned = std::make_unique<FakeNode>();
        node = owned.get();
        DriverContext context;
        context.bulk = &bulk;
        context.traffic = &traffic;
        context.sendEvent = [this](NodeEvent &&event) { events.push_back(std::move(event)); };
        context.requestTurn = [this] {
            if (!std::exchange(m_turnRequested, true)) {
                QMetaObject::invokeMethod(
                    &m_context,
                    [this] {
                        m_turnRequested = false;
                        ++turns;
                        driver->turn();
                    },
                    Qt::QueuedConnection);
            }
        };
        context.now = [this] { return now; };
        context.readBuffer = &buffer;
        m_request = context.requestTurn;
        driver = std::make_unique<Driver>(std::move(owned), context);
    }
    /// A link of the driver; the other end comes back.
    std::unique_ptr<MemoryTransport> link(qint64 capacity)
    {
        auto [ours, theirs] = MemoryTransport::makePair(capacity);
        last = ours.get();
        driver->adopt(std::move(ours));
        return std::move(theirs);
    }
    void turn()
    {
        m_request();
        settle();
    }
    static void settle()
    {
        for (int i = 0; i < 50; ++i) {
            QCoreApplication::sendPostedEvents();
            QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        }
    }

    FakeNode *node;
    BulkLog bulk;
    TrafficCounters traffic;
    std::vector<NodeEvent> events;
    QByteArray buffer;
    base::TimePoint now{1h};
    std::unique_ptr<Driver> driver;
    MemoryTransport *last = nullptr;
    int turns = 0;

private:
    QObject m_context;
    std::function<void()> m_request;
    bool m_turnRequested = false;
};

QByteArray readAll(Transport &transport)
{
    QByteArray all;
    QByteArray buffer(64 * 1024, 0);
    for (qint64 count = 0; (count = transport.read(buffer.data(), buffer.size())) > 0;)
        all.append(buffer.constData(), count);
    return all;
}

} // namespace

class TestDriver : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bytesReachTheNode()
    {
        Bench bench;
        auto other = bench.link(1 << 20);
        Bench::settle();
        other->write("hello");
        other->flush();
        Bench::settle();
        QCOMPARE(bench.node->links[1].received, QByteArray("hello"));
        QCOMPARE(bench.traffic.bytesIn.load(), 5u);
    }

    void everythingOfATurnLeavesInOneBlock()
    {
        Bench bench;
        auto other = bench.link(1 << 20);
        Bench::settle();
        bench.node->transmits = 0;
        for (int i = 0; i < 100; ++i)
            bench.node->say(1, "x");
        bench.turn();
        QCOMPARE(readAll(*other).size(), 100);
        QCOMPARE(bench.node->transmits, 2); // the block, and the empty answer
        QCOMPARE(bench.traffic.bytesOut.load(), 100u);
    }

    void bulkIsPulledOnlyWhileLittleIsUnsent()
    {
        Bench bench;
        auto other = bench.link(64 * 1024); // takes 64 KiB, then the reader must read
        bench.node->sendBulk(1, 100 << 20);
        bench.turn();
        QVERIFY2(bench.last->unsentBytes() <= SendPacer::kStart,
                 qPrintable(QString::number(bench.last->unsentBytes())));
        const qint64 left = bench.node->links[1].bulk;
        QVERIFY(left >= (100 << 20) - 64 * 1024 - SendPacer::kStart - SendPacer::kMaxBlock);
        bench.turn();
        QCOMPARE(bench.node->links[1].bulk, left); // nobody reads, nothing moves
        for (qint64 got = 0; got < 100 << 20;) {
            const qint64 count = readAll(*other).size();
            QVERIFY2(count > 0, qPrintable(QString::number(got)));
            got += count;
            Bench::settle();
        }
        QCOMPARE(bench.node->links[1].bulk, 0);
    }

    // 100 Mbit/s as seen by the pacer: a message that comes while bulk saturates the link must leave within 20 ms.
    void messageOvertakesBulkOnASlowLink()
    {
        Bench bench;
        auto other = bench.link(16 * 1024);
        bench.node->sendBulk(1, 64 << 20);
        bench.turn();
        QByteArray buffer(12'500, 0);
        for (int ms = 0; ms < 1'000; ++ms) {
            bench.now += 1ms;
            other->read(buffer.data(), buffer.size());
            Bench::settle();
        }
        QVERIFY2(bench.last->unsentBytes() <= 145'000, qPrintable(QString::number(bench.last->unsentBytes())));
        bench.node->say(1, "MESSAGE");
        bench.turn();
        int waited = 0;
        bool arrived = false;
        while (!arrived && waited < 200) {
            ++waited;
            bench.now += 1ms;
            const qint64 count = other->read(buffer.data(), buffer.size());
            arrived = QByteArrayView(buffer.constData(), count).contains('M');
            Bench::settle();
        }
        QVERIFY(arrived);
        QVERIFY2(waited <= 20, qPrintable(QString::number(waited)));
    }

    void oneFastLinkDoesNotKeepTheOthersWaiting()
    {
        Bench bench;
        auto fast = bench.link(1LL << 40);
        auto other = bench.link(1 << 20);
        Bench::settle();
        bench.node->sendBulk(1, 100 << 20);
        bench.node->say(2, "x");
        const int before = bench.turns;
        bench.driver->turn();
        QCoreApplication::sendPostedEvents();
        QVERIFY(bench.turns - before <= 2);
        QCOMPARE(readAll(*other), QByteArray("x"));
        QVERIFY(bench.node->links[1].bulk > 0);
        Bench::settle();
        Bench::settle();
        Bench::settle();
        QCOMPARE(readAll(*fast).size(), qsizetype(100) << 20);
    }

    void bulkEventsStayOffTheMainThread()
    {
        Bench bench;
        auto other = bench.link(1 << 20);
        bench.node->events = {StreamData{4, "abc"}, MemberLeft{9}, StreamEnded{4}, StreamSpace{5, 77}};
        bench.turn();
        QCOMPARE(bench.bulk.calls, (QStringList{u"data 4 3"_qs, u"ended 4"_qs, u"space 5 77"_qs}));
        QCOMPARE(bench.events.size(), 1u);
        QCOMPARE(std::get<MemberLeft>(bench.events.front()).number, 9u);
    }

    void closingLinkFlushesItsByeAndWaitsForTheOtherSide()
    {
        Bench bench;
        auto other = bench.link(1 << 20);
        Bench::settle();
        QSignalSpy ended(bench.driver.get(), &Driver::connectionEnded);
        QSignalSpy otherClosed(other.get(), &Transport::closed);
        bench.node->closeConnection(1, {Code::Rejected, u"no"_qs, Party::Local}, bench.now);
        bench.turn();
        QCOMPARE(readAll(*other), QByteArray("BYE"));
        QCOMPARE(otherClosed.size(), 1);
        QCOMPARE(ended.size(), 0); // lingers: what the other side still says must not turn into a reset
        other->write("noise");
        other->flush();
        Bench::settle();
        QCOMPARE(bench.node->links[1].received, QByteArray());
        other->finish();
        Bench::settle();
        QCOMPARE(ended.size(), 1);
        QCOMPARE(ended.first().at(1).value<Fault>().code, Code::Rejected);
        QVERIFY(bench.node->links[1].transportClosed);
        QVERIFY(bench.driver->connections().empty());
    }

    void closingLinkIsCutWhenTheOtherSideIsStuck()
    {
        Bench bench;
        auto other = bench.link(1);
        Bench::settle();
        QSignalSpy ended(bench.driver.get(), &Driver::connectionEnded);
        bench.node->closeConnection(1, {Code::Rejected, u"no"_qs, Party::Local}, bench.now);
        bench.turn();
        QCOMPARE(ended.size(), 0);
        QTRY_COMPARE_WITH_TIMEOUT(ended.size(), 1, 3'000);
        QCOMPARE(ended.first().at(1).value<Fault>().code, Code::Rejected);
    }

    void lastWordsAreReadBeforeTheEnd()
    {
        Bench bench;
        auto other = bench.link(1 << 20);
        Bench::settle();
        QSignalSpy ended(bench.driver.get(), &Driver::connectionEnded);
        other->write("last words");
        other->finish();
        Bench::settle();
        QCOMPARE(bench.node->links[1].received, QByteArray("last words"));
        QCOMPARE(ended.size(), 1);
        QCOMPARE(ended.first().at(1).value<Fault>().code, Code::TransportLost);
    }

    void abortOfTheOtherSide()
    {
        Bench bench;
        auto other = bench.link(1 << 20);
        bench.node->sendBulk(1, 100 << 20);
        Bench::settle();
        other->abort();
        Bench::settle();
        QVERIFY(bench.driver->connections().empty());
        bench.turn(); // and nothing is left over that would pump it
        QVERIFY(bench.node->links[1].transportClosed);
    }

    void timerFollowsTheNode()
    {
        Bench bench;
        bench.node->timeout = bench.now + 20ms;
        bench.turn();
        QCOMPARE(bench.node->timeouts, 0);
        QTRY_COMPARE(bench.node->timeouts, 1);
        bench.turn();
        QCOMPARE(bench.node->timeouts, 1);
    }

    void earlierTimeoutReplacesALaterOne()
    {
        Bench bench;
        bench.node->timeout = bench.now + 1h;
        bench.turn();
        bench.node->timeout = bench.now + 5ms;
        bench.turn();
        QTRY_COMPARE_WITH_TIMEOUT(bench.node->timeouts, 1, 1'000);
    }
};

QTEST_GUILESS_MAIN(TestDriver)
#include "tst_driver.moc"
