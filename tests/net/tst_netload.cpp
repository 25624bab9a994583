// SPDX-License-Identifier: MIT
// Net services under load: bulk through the hub, a client that never reads, a main thread that is frozen.
#include "service.h"

#include <QElapsedTimer>
#include <QFile>
#include <QSemaphore>
#include <QThread>

#include <memory>
#include <vector>

using namespace patchbay::net;
using namespace patchbay::protocol;

namespace {

constexpr qint64 kMebibyte = 1024 * 1024;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr qint64 kMemoryFactor = 8; // a sanitizer keeps freed blocks and shadows of them
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr qint64 kMemoryFactor = 8;
#else
constexpr qint64 kMemoryFactor = 1;
#endif
#else
constexpr qint64 kMemoryFactor = 1;
#endif

qint64 residentBytes()
{
    QFile file(QStringLiteral("/proc/self/statm"));
    if (!file.open(QIODevice::ReadOnly))
        return -1;
    return file.readAll().split(' ').value(1).toLongLong() * 4096;
}

/// Opens a stream from \a from to the member named \a to, who takes it, and waits for its end.
bool moveBulk(Service &from, Service &to, const QString &toName, StreamKey key, qint64 bytes, int timeoutMs)
{
    const MemberNumber member = from.member(toName);
    const auto acceptor =
        QObject::connect(&to.net, &NetService::nodeEvents, &to.net, [&](const QList<NodeEvent> &batch) {
            for (const NodeEvent &event : batch) {
                if (const auto *offer = std::get_if<StreamOffered>(&event))
                    to.net.post([offered = offer->key](Node &node, auto now) { node.acceptStream(offered, now); });
            }
        });
    from.bulk.send(key, bytes);
    from.net.post([&from, key, member, bytes](Node &node, auto now) {
        (void)node.openStream(key, member, QStringLiteral("test.stream/1"), {}, bytes, now);
        from.bulk.pump(node, now);
    });
    const auto closed = [&]() -> const StreamClosed * {
        for (const NodeEvent &event : from.events) {
            const auto *end = std::get_if<StreamClosed>(&event);
            if (end && end->key == key)
                return end;
        }
        return nullptr;
    };
    const bool inTime = QTest::qWaitFor([&] { return closed() != nullptr; }, timeoutMs);
    QObject::disconnect(acceptor);
    return inTime && closed()->reason.code == Code::None;
}

} // namespace

class TestNetLoad : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // Both must hold at once: the pair's bulk is not slowed down to nothing, and what nobody reads does not pile up.
    void clientThatNeverReadsDoesNotGrowTheHub()
    {
        Service hub(QStringLiteral("hub"));
        hub.serve();
        QTRY_COMPARE(hub.phase(), Phase::Listening);
        const quint16 port = hub.net.status().localPort;
        Service a(QStringLiteral("a"));
        Service b(QStringLiteral("b"));
        Service stuck(QStringLiteral("stuck"));
        a.connectTo(port);
        b.connectTo(port);
        stuck.connectTo(port);
        QTRY_VERIFY(a.member(QStringLiteral("stuck")) && a.member(QStringLiteral("b")));
        QTRY_VERIFY(b.member(QStringLiteral("stuck")) && b.member(QStringLiteral("a")));
        QVERIFY(moveBulk(a, b, QStringLiteral("b"), 1, 32 * kMebibyte, 20'000)); // warm up

        QSemaphore release;
        QSemaphore blocked;
        stuck.net.post([&](Node &, auto) {
            blocked.release();
            release.acquire();
        });
        QVERIFY(blocked.tryAcquire(1, 5'000));
        const qint64 before = residentBytes();
        // Everything that may be on the way to it: a stream and far more messages than its queue holds.
        const MemberNumber number = b.member(QStringLiteral("stuck"));
        b.net.post([number](Node &node, auto now) {
            (void)node.openStream(3, number, QStringLiteral("test.stream/1"), {}, -1, now);
        });
        const QByteArray body(64 * 1024, 'm');
        const bool overflowed = QTest::qWaitFor(
            [&] {
                for (int i = 0; i < 8; ++i)
                    b.say(number, body);
                return !b.all<MessageUndeliverable>().isEmpty();
            },
            10'000);
        const bool moved = moveBulk(a, b, QStringLiteral("b"), 5, 1024 * kMebibyte, 60'000);
        const qint64 grown = residentBytes() - before;
        release.release();
        QVERIFY(moved);
        QVERIFY(overflowed); // and the sender is told
        QVERIFY2(grown < 24 * kMebibyte * kMemoryFactor, qPrintable(QString::number(grown)));
        qInfo("resident memory grew by %lld KiB", static_cast<long long>(grown / 1024));
    }

    // The hub's own main thread does nothing at all, while two clients talk through it and one floods the hub.
    void frozenMainThreadDoesNotStopTheRelay()
    {
        QThread thread;
        thread.start();
        QObject context;
        auto *mover = new QObject;
        mover->moveToThread(&thread);
        std::unique_ptr<Service> hub;
        std::atomic<quint16> port = 0;
        QMetaObject::invokeMethod(
            mover,
            [&] {
                hub = std::make_unique<Service>(QStringLiteral("hub"));
                QObject::connect(&hub->net, &NetService::statusChanged, mover,
                                 [&port](const LinkStatus &status) { port = status.localPort; });
                hub->serve();
            },
            Qt::BlockingQueuedConnection);
        QTRY_VERIFY(port != 0);
        Service a(QStringLiteral("a"));
        Service b(QStringLiteral("b"));
        a.connectTo(port);
        b.connectTo(port);
        QTRY_VERIFY(a.member(QStringLiteral("b")) && b.member(QStringLiteral("a")));

        QSemaphore release;
        QMetaObject::invokeMethod(
            mover, [&] { release.acquire(); }, Qt::QueuedConnection);
        const qint64 before = residentBytes();
        const QByteArray body(64 * 1024, 'm');
        int sent = 0;
        for (int round = 0; round < 100; ++round) { // 200 MiB in all, within the sender's own queue
            for (int i = 0; i < 16; ++i, ++sent)
                a.say(kHubMember, body);
            for (int i = 0; i < 16; ++i, ++sent)
                b.say(kHubMember, body);
            a.say(a.member(QStringLiteral("b")), QByteArray::number(round));
            QVERIFY2(QTest::qWaitFor([&] { return b.all<MessageReceived>().size() == round + 1; }, 5'000),
                     qPrintable(QString::number(round)));
        }
        const qint64 grown = residentBytes() - before;
        release.release();

        int kept = 0;
        QString dropped;
        const auto look = [&] {
            QMetaObject::invokeMethod(
                mover,
                [&] {
                    kept = int(hub->all<MessageReceived>().size());
                    dropped = hub->lines.join(QLatin1Char('\n'));
                },
                Qt::BlockingQueuedConnection);
            return !dropped.isEmpty();
        };
        const bool told = QTest::qWaitFor(look, 5'000);
        QMetaObject::invokeMethod(
            mover, [&] { hub.reset(); }, Qt::BlockingQueuedConnection);
        mover->deleteLater();
        thread.quit();
        thread.wait();
        QVERIFY(told);
        QVERIFY2(dropped.contains(QStringLiteral("dropped")), qPrintable(dropped));
        QVERIFY2(kept > 100 && kept < sent, qPrintable(QString::number(kept)));
        QVERIFY2(grown < 96 * kMebibyte * kMemoryFactor, qPrintable(QString::number(grown)));
        qInfo("%d of %d messages kept, memory grew by %lld MiB", kept, sent, static_cast<long long>(grown / kMebibyte));
    }

    // Prints the rate: client to client through the hub, all in one process.
    void bulkThroughTheHub()
    {
        Service hub(QStringLiteral("hub"));
        hub.serve();
        QTRY_COMPARE(hub.phase(), Phase::Listening);
        Service a(QStringLiteral("a"));
        Service b(QStringLiteral("b"));
        a.connectTo(hub.net.status().localPort);
        b.connectTo(hub.net.status().localPort);
        QTRY_VERIFY(a.member(QStringLiteral("b")) && b.member(QStringLiteral("a")));
        QVERIFY(moveBulk(a, b, QStringLiteral("b"), 1, 64 * kMebibyte, 20'000));
        QElapsedTimer clock;
        clock.start();
        const qint64 bytes = 1024 * kMebibyte;
        QVERIFY(moveBulk(a, b, QStringLiteral("b"), 3, bytes, 60'000));
        qInfo("client to client: %.2f GB/s", double(bytes) / double(clock.nsecsElapsed()));
        QCOMPARE(b.bulk.received.load(), bytes + 64 * kMebibyte);
        QCOMPARE(b.bulk.ended.load(), 2);
    }

    void bulkToTheHub()
    {
        Service hub(QStringLiteral("hub"));
        hub.serve();
        QTRY_COMPARE(hub.phase(), Phase::Listening);
        Service a(QStringLiteral("a"));
        a.connectTo(hub.net.status().localPort);
        QTRY_VERIFY(a.member(QStringLiteral("hub")));
        QVERIFY(moveBulk(a, hub, QStringLiteral("hub"), 1, 64 * kMebibyte, 20'000));
        QElapsedTimer clock;
        clock.start();
        const qint64 bytes = 1024 * kMebibyte;
        QVERIFY(moveBulk(a, hub, QStringLiteral("hub"), 3, bytes, 60'000));
        qInfo("client to hub: %.2f GB/s", double(bytes) / double(clock.nsecsElapsed()));
        QCOMPARE(hub.bulk.received.load(), bytes + 64 * kMebibyte);
    }

    void messageRoundTrip()
    {
        Service hub(QStringLiteral("hub"));
        hub.serve();
        QTRY_COMPARE(hub.phase(), Phase::Listening);
        Service a(QStringLiteral("a"));
        Service b(QStringLiteral("b"));
        a.connectTo(hub.net.status().localPort);
        b.connectTo(hub.net.status().localPort);
        QTRY_VERIFY(a.member(QStringLiteral("b")) && b.member(QStringLiteral("a")));
        constexpr int kRounds = 2'000;
        int rounds = 0;
        QEventLoop loop;
        const MemberNumber toA = b.member(QStringLiteral("a"));
        const MemberNumber toB = a.member(QStringLiteral("b"));
        QObject::connect(&b.net, &NetService::nodeEvents, &loop, [&] { b.say(toA, "pong"); });
        QObject::connect(&a.net, &NetService::nodeEvents, &loop, [&] {
            if (++rounds == kRounds)
                loop.quit();
            else
                a.say(toB, "ping");
        });
        QTimer::singleShot(20'000, &loop, &QEventLoop::quit);
        QElapsedTimer clock;
        clock.start();
        a.say(toB, "ping");
        loop.exec();
        QCOMPARE(rounds, kRounds);
        qInfo("main thread to main thread and back through the hub: %lld us",
              static_cast<long long>(clock.nsecsElapsed() / 1000 / kRounds));
    }
};

QTEST_GUILESS_MAIN(TestNetLoad)
#include "tst_netload.moc"
