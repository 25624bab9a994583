// SPDX-License-Identifier: MIT
// The pump between a plugin's source or sink and the I/O thread, with a fake node.
#include "hub/streampump.h"

#include <QSemaphore>
#include <QTest>
#include <QThreadPool>

#include <atomic>
#include <map>
#include <mutex>
#include <vector>

using namespace patchbay;
using hub::StreamPump;

namespace {

constexpr protocol::StreamKey kKey = 1;

/// Only the stream commands mean anything; the test is the I/O thread.
class FakeNode final : public protocol::Node
{
public:
    void connectionOpened(protocol::ConnectionId, const QByteArray &, base::TimePoint) override { }
    void handleReceived(protocol::ConnectionId, QByteArrayView, base::TimePoint) override { }
    void handleTransportClosed(protocol::ConnectionId, base::TimePoint) override { }
    void handleTimeout(base::TimePoint) override { }
    std::optional<base::TimePoint> pollTimeout() const override { return {}; }
    std::vector<protocol::ConnectionId> takePending() override { return {}; }
    QByteArray pollTransmit(protocol::ConnectionId, qsizetype) override { return {}; }
    std::optional<protocol::NodeEvent> pollEvent() override { return {}; }
    void acceptTypes(const QList<protocol::TypeInfo> &, base::TimePoint) override { }
    void withdrawTypes(const QStringList &, base::TimePoint) override { }
    protocol::Fault sendMessage(protocol::MemberNumber, const QString &, const QByteArray &, quint64,
                                base::TimePoint) override
    {
        return {};
    }
    protocol::Fault openStream(protocol::StreamKey, protocol::MemberNumber, const QString &, const QByteArray &, qint64,
                               base::TimePoint) override
    {
        return {};
    }
    void acceptStream(protocol::StreamKey, base::TimePoint) override { }
    qsizetype streamSpace(protocol::StreamKey) const override { return space; }
    bool sendStreamData(protocol::StreamKey, const QByteArray &chunk, base::TimePoint) override
    {
        if (chunk.isEmpty() || chunk.size() > 65536 || chunk.size() > space) {
            misuse = true;
            return false;
        }
        sent += chunk;
        space -= chunk.size();
        return true;
    }
    void endStream(protocol::StreamKey, base::TimePoint) override { ended = true; }
    void consumeStream(protocol::StreamKey, qint64 bytes, base::TimePoint) override { consumed += bytes; }
    void confirmStream(protocol::StreamKey, base::TimePoint) override { confirmed = true; }
    void resetStream(protocol::StreamKey, const protocol::Fault &reason, base::TimePoint) override { reset = reason; }
    void closeConnection(protocol::ConnectionId, const protocol::Fault &, base::TimePoint) override { }
    void closeAll(const protocol::Fault &, base::TimePoint) override { }
    void admitConnection(protocol::ConnectionId, bool, base::TimePoint) override { }
    bool sendPairing(protocol::ConnectionId, const QByteArray &, base::TimePoint) override { return false; }
    void setMuted(protocol::MemberNumber, bool, base::TimePoint) override { }
    void kick(protocol::MemberNumber, const protocol::Fault &, base::TimePoint) override { }
    qsizetype memoryOf(protocol::ConnectionId) const override { return 0; }
    qsizetype totalMemory() const override { return 0; }
    std::vector<protocol::ConnectionId> pausedConnections() const override { return {}; }

    QByteArray sent;
    qsizetype space = 0;
    qint64 consumed = 0;
    bool misuse = false;
    bool ended = false;
    bool confirmed = false;
    protocol::Fault reset;
};

class Source final : public IByteSource
{
public:
    virtual ~Source() = default;
    qint64 read(char *data, qint64 max) override
    {
        if (blocks)
            gate.acquire();
        if (cancelled)
            return StreamFailed;
        if (throws)
            throw 1;
        if (laters > 0) {
            --laters;
            return StreamLater;
        }
        const qint64 count = std::min({max, step, qint64(content.size()) - at});
        std::copy_n(content.constData() + at, count, data);
        at += count;
        return lies ? max + 1 : count;
    }
    void cancel() override
    {
        cancelled = true;
        gate.release();
    }
    QString errorText() const override { return QStringLiteral("source text"); }

    QByteArray content;
    qint64 step = 1 << 30;
    qint64 at = 0;
    std::atomic<int> laters = 0;
    bool blocks = false;
    bool throws = false;
    bool lies = false;
    std::atomic<bool> cancelled = false;
    QSemaphore gate;
};

class Sink final : public IByteSink
{
public:
    virtual ~Sink() = default;
    qint64 write(const char *data, qint64 size) override
    {
        if (laters > 0) {
            --laters;
            return StreamLater;
        }
        if (fails)
            return StreamFailed;
        const qint64 taken = std::min(size, step);
        content.append(data, taken);
        return taken;
    }
    bool finish() override { return finishes; }
    void cancel() override { }
    QString errorText() const override { return QStringLiteral("sink text"); }

    QByteArray content;
    qint64 step = 1 << 30;
    std::atomic<int> laters = 0;
    bool fails = false;
    bool finishes = true;
};

QByteArray pattern(qsizetype size)
{
    QByteArray bytes(size, Qt::Uninitialized);
    for (qsizetype i = 0; i < size; ++i)
        bytes[i] = char(i * 31 + i / 256);
    return bytes;
}

} // namespace

class StreamPumpTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sourceReachesTheNode_data();
    void sourceReachesTheNode();
    void laterWaitsForWake();
    void badSourcesEndTheStream_data();
    void badSourcesEndTheStream();
    void sinkGetsEverything_data();
    void sinkGetsEverything();
    void badSinksEndTheStream_data();
    void badSinksEndTheStream();
    void closingWaitsForTheCallUnderWay();

private:
    StreamPump::Post post()
    {
        return [this](net::NetService::Command command) {
            const std::lock_guard lock(m_mutex);
            m_commands.push_back(std::move(command));
        };
    }
    /// What the I/O thread would do now.
    bool run(FakeNode &node)
    {
        std::vector<net::NetService::Command> commands;
        {
            const std::lock_guard lock(m_mutex);
            commands.swap(m_commands);
        }
        for (auto &command : commands)
            command(node, {});
        return !commands.empty();
    }

    QThreadPool m_workers;
    std::mutex m_mutex;
    std::vector<net::NetService::Command> m_commands;
};

void StreamPumpTest::sourceReachesTheNode_data()
{
    QTest::addColumn<qsizetype>("size");
    QTest::addColumn<qint64>("step");
    QTest::addColumn<qsizetype>("grant");
    QTest::newRow("empty") << qsizetype(0) << qint64(1 << 30) << qsizetype(1000);
    QTest::newRow("one byte") << qsizetype(1) << qint64(1 << 30) << qsizetype(1);
    QTest::newRow("tiny grants") << qsizetype(5000) << qint64(1 << 30) << qsizetype(100);
    QTest::newRow("tiny reads") << qsizetype(5000) << qint64(7) << qsizetype(300000);
    QTest::newRow("large") << qsizetype(3000000) << qint64(1 << 30) << qsizetype(400000);
}

void StreamPumpTest::sourceReachesTheNode()
{
    QFETCH(qsizetype, size);
    QFETCH(qint64, step);
    QFETCH(qsizetype, grant);
    Source source;
    source.content = pattern(size);
    source.step = step;
    FakeNode node;
    const auto pump = std::make_shared<StreamPump>(kKey, &source, m_workers, post());
    QTRY_VERIFY_WITH_TIMEOUT(([&] {
                                 if (node.space == 0) {
                                     node.space = grant;
                                     pump->addSpace(grant);
                                 }
                                 run(node);
                                 return node.ended;
                             }()),
                             10000);
    QCOMPARE(node.sent, source.content);
    QVERIFY(!node.misuse);
    QCOMPARE(pump->progress(), qint64(size));
    m_workers.waitForDone();
}

void StreamPumpTest::laterWaitsForWake()
{
    Source source;
    source.content = pattern(1000);
    source.laters = 1;
    FakeNode node;
    node.space = 100000;
    const auto pump = std::make_shared<StreamPump>(kKey, &source, m_workers, post());
    pump->addSpace(node.space);
    QVERIFY(m_workers.waitForDone(5000));
    QVERIFY(!run(node)); // nothing came, and the worker is free
    pump->wake();
    QTRY_VERIFY((run(node), node.ended));
    QCOMPARE(node.sent, source.content);
    m_workers.waitForDone();
}

void StreamPumpTest::badSourcesEndTheStream_data()
{
    QTest::addColumn<bool>("throws");
    QTest::addColumn<bool>("lies");
    QTest::newRow("throws") << true << false;
    QTest::newRow("claims more than it was asked for") << false << true;
}

void StreamPumpTest::badSourcesEndTheStream()
{
    QFETCH(bool, throws);
    QFETCH(bool, lies);
    Source source;
    source.content = pattern(1000);
    source.throws = throws;
    source.lies = lies;
    FakeNode node;
    node.space = 100000;
    const auto pump = std::make_shared<StreamPump>(kKey, &source, m_workers, post());
    pump->addSpace(node.space);
    QTRY_VERIFY((run(node), node.reset.isFault()));
    QCOMPARE(node.reset.code, protocol::Code::IoFailed);
    QCOMPARE(node.reset.text, QStringLiteral("source text"));
    QVERIFY(node.sent.isEmpty());
    m_workers.waitForDone();
}

void StreamPumpTest::sinkGetsEverything_data()
{
    QTest::addColumn<qsizetype>("size");
    QTest::addColumn<qint64>("step");
    QTest::addColumn<int>("laters");
    QTest::newRow("empty") << qsizetype(0) << qint64(1 << 30) << 0;
    QTest::newRow("one byte") << qsizetype(1) << qint64(1 << 30) << 0;
    QTest::newRow("takes little") << qsizetype(100000) << qint64(1000) << 0;
    QTest::newRow("large") << qsizetype(3000000) << qint64(1 << 30) << 0;
    QTest::newRow("not now") << qsizetype(100000) << qint64(1 << 30) << 1;
}

void StreamPumpTest::sinkGetsEverything()
{
    QFETCH(qsizetype, size);
    QFETCH(qint64, step);
    QFETCH(int, laters);
    Sink sink;
    sink.step = step;
    sink.laters = laters;
    FakeNode node;
    const QByteArray content = pattern(size);
    const auto pump = std::make_shared<StreamPump>(kKey, &sink, m_workers, post());
    for (qsizetype at = 0; at < size; at += 65536)
        pump->addData(content.mid(at, 65536));
    pump->addEnd();
    QTRY_VERIFY((run(node), laters == 0 || sink.laters == 0));
    if (laters > 0)
        pump->wake();
    QTRY_VERIFY((run(node), node.confirmed));
    QCOMPARE(sink.content, content);
    QCOMPARE(node.consumed, qint64(size)); // all of the credit goes back
    QCOMPARE(pump->progress(), qint64(size));
    m_workers.waitForDone();
}

void StreamPumpTest::badSinksEndTheStream_data()
{
    QTest::addColumn<bool>("fails");
    QTest::addColumn<bool>("finishes");
    QTest::newRow("cannot write") << true << true;
    QTest::newRow("cannot make it durable") << false << false;
}

void StreamPumpTest::badSinksEndTheStream()
{
    QFETCH(bool, fails);
    QFETCH(bool, finishes);
    Sink sink;
    sink.fails = fails;
    sink.finishes = finishes;
    FakeNode node;
    const auto pump = std::make_shared<StreamPump>(kKey, &sink, m_workers, post());
    pump->addData(pattern(1000));
    pump->addEnd();
    QTRY_VERIFY((run(node), node.reset.isFault()));
    QCOMPARE(node.reset.text, QStringLiteral("sink text"));
    QVERIFY(!node.confirmed);
    m_workers.waitForDone();
}

void StreamPumpTest::closingWaitsForTheCallUnderWay()
{
    Source source;
    source.content = pattern(1000);
    source.blocks = true;
    const auto pump = std::make_shared<StreamPump>(kKey, &source, m_workers, post());
    pump->addSpace(100000);
    QTRY_COMPARE(m_workers.activeThreadCount(), 1);
    QVERIFY(!source.cancelled);
    std::atomic<int> idle = 0;
    pump->close(StreamPump::CloseMode::Abort, [&idle] { ++idle; });
    QTRY_COMPARE(idle.load(), 1);
    QVERIFY(source.cancelled);
    pump->addSpace(100000); // no new call begins
    QVERIFY(m_workers.waitForDone(5000));
    QCOMPARE(idle.load(), 1);

    // Nothing under way: idle at once.
    Sink sink;
    const auto second = std::make_shared<StreamPump>(kKey, &sink, m_workers, post());
    second->close(StreamPump::CloseMode::Finished, [&idle] { ++idle; });
    QCOMPARE(idle.load(), 2);
}

QTEST_GUILESS_MAIN(StreamPumpTest)
#include "tst_streampump.moc"
