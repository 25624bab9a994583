// SPDX-License-Identifier: MIT
// The same expectations, row by row, for Qt's own dispatcher and for ours: where they differ, ours is wrong.
#include "net/descriptors.h"
#include "net/epolldispatcher.h"

#include <QAbstractEventDispatcher>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QSemaphore>
#include <QSocketNotifier>
#include <QTemporaryFile>
#include <QTest>
#include <QThread>
#include <QTimer>

#include <functional>
#include <memory>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

using patchbay::net::EpollDispatcher;

namespace {

// The thread sanitizer cannot see into Qt's own dispatcher, and makes it too slow for the counts below.
#ifdef __SANITIZE_THREAD__
constexpr bool kQtToo = false;
#else
constexpr bool kQtToo = true;
#endif

/// Runs a function on a thread with the wanted dispatcher and an event loop.
class LoopThread
{
public:
    explicit LoopThread(bool epoll)
    {
        if (epoll)
            m_thread.setEventDispatcher(new EpollDispatcher);
        m_context = new QObject;
        m_context->moveToThread(&m_thread);
        QObject::connect(&m_thread, &QThread::finished, m_context, &QObject::deleteLater);
        m_thread.start();
    }
    ~LoopThread()
    {
        m_thread.quit();
        m_thread.wait();
    }
    /// Waits until \a body has returned.
    void run(const std::function<void()> &body)
    {
        QMetaObject::invokeMethod(m_context, body, Qt::BlockingQueuedConnection);
    }
    QObject *context() { return m_context; }

private:
    QThread m_thread;
    QObject *m_context;
};

struct Pair
{
    int a = -1;
    int b = -1;
    Pair()
    {
        int ends[2];
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0) {
            a = ends[0];
            b = ends[1];
        }
    }
    ~Pair() { closeBoth(); }
    Pair(const Pair &) = delete;
    void closeBoth()
    {
        if (a >= 0)
            ::close(a);
        if (b >= 0)
            ::close(b);
        a = b = -1;
    }
};

bool put(int descriptor)
{
    return ::write(descriptor, "x", 1) == 1;
}

bool takeOne(int descriptor)
{
    char c = 0;
    return ::read(descriptor, &c, 1) == 1;
}

} // namespace

class TestEpollDispatcher : public QObject
{
    Q_OBJECT

    static void rows()
    {
        QTest::addColumn<bool>("epoll");
        if (kQtToo)
            QTest::newRow("qt") << false;
        QTest::newRow("epoll") << true;
    }

private Q_SLOTS:
    void initTestCase()
    {
        patchbay::net::raiseDescriptorLimit();
        qputenv("QT_NO_GLIB", "1"); // compare with QEventDispatcherUNIX
    }

    void isTheDispatcherOfItsThread()
    {
        LoopThread thread(true);
        bool ours = false;
        thread.run([&] { ours = qobject_cast<EpollDispatcher *>(QAbstractEventDispatcher::instance()) != nullptr; });
        QVERIFY(ours);
    }

    void timersFireInOrder_data() { rows(); }
    void timersFireInOrder()
    {
        QFETCH(bool, epoll);
        LoopThread thread(epoll);
        QList<int> order;
        qint64 elapsed = 0;
        thread.run([&] {
            QEventLoop loop;
            QElapsedTimer clock;
            clock.start();
            for (const int wait : {60, 20, 40, 0}) {
                QTimer::singleShot(wait, Qt::PreciseTimer, &loop, [&, wait] {
                    order.append(wait);
                    if (wait == 60)
                        loop.quit();
                });
            }
            loop.exec();
            elapsed = clock.elapsed();
        });
        QCOMPARE(order, (QList<int>{0, 20, 40, 60}));
        QVERIFY2(elapsed >= 60, qPrintable(QString::number(elapsed)));
    }

    void repeatingTimerKeepsItsRhythm_data() { rows(); }
    void repeatingTimerKeepsItsRhythm()
    {
        QFETCH(bool, epoll);
        LoopThread thread(epoll);
        int fired = 0;
        qint64 elapsed = 0;
        thread.run([&] {
            QEventLoop loop;
            QTimer timer;
            timer.setTimerType(Qt::PreciseTimer);
            QElapsedTimer clock;
            clock.start();
            QObject::connect(&timer, &QTimer::timeout, &loop, [&] {
                if (++fired == 20)
                    loop.quit();
            });
            timer.start(5);
            loop.exec();
            elapsed = clock.elapsed();
        });
        QCOMPARE(fired, 20);
        QVERIFY2(elapsed >= 99, qPrintable(QString::number(elapsed)));
    }

    void zeroTimerDoesNotStarveTheRest_data() { rows(); }
    void zeroTimerDoesNotStarveTheRest()
    {
        QFETCH(bool, epoll);
        LoopThread thread(epoll);
        int zero = 0;
        bool read = false;
        bool timed = false;
        thread.run([&] {
            QEventLoop loop;
            Pair pair;
            QTimer busy;
            QObject::connect(&busy, &QTimer::timeout, &loop, [&] {
                if (++zero == 10)
                    put(pair.b);
            });
            busy.start(0);
            QSocketNotifier notifier(pair.a, QSocketNotifier::Read);
            QObject::connect(&notifier, &QSocketNotifier::activated, &loop, [&] { read = takeOne(pair.a); });
            QTimer::singleShot(30, &loop, [&] {
                timed = true;
                loop.quit();
            });
            loop.exec();
        });
        QVERIFY(zero >= 10);
        QVERIFY(read);
        QVERIFY(timed);
    }

    void remainingTimeAndList_data() { rows(); }
    void remainingTimeAndList()
    {
        QFETCH(bool, epoll);
        LoopThread thread(epoll);
        int remaining = 0;
        int unknown = 0;
        QList<QAbstractEventDispatcher::TimerInfo> list;
        qsizetype afterKill = -1;
        thread.run([&] {
            QObject object;
            const int id = object.startTimer(10'000, Qt::PreciseTimer);
            auto *dispatcher = QAbstractEventDispatcher::instance();
            remaining = dispatcher->remainingTime(id);
            list = dispatcher->registeredTimers(&object);
            object.killTimer(id);
            afterKill = dispatcher->registeredTimers(&object).size();
            unknown = epoll ? dispatcher->remainingTime(id) : -1; // Qt warns here
        });
        QVERIFY2(remaining > 9'000 && remaining <= 10'000, qPrintable(QString::number(remaining)));
        QCOMPARE(list.size(), 1);
        QCOMPARE(list.first().interval, 10'000);
        QCOMPARE(list.first().timerType, Qt::PreciseTimer);
        QCOMPARE(afterKill, 0);
        QCOMPARE(unknown, -1);
    }

    void timerKilledBySlotOfAnother_data() { rows(); }
    void timerKilledBySlotOfAnother()
    {
        QFETCH(bool, epoll);
        LoopThread thread(epoll);
        bool secondFired = false;
        thread.run([&] {
            QEventLoop loop;
            QTimer first;
            QTimer second;
            QObject::connect(&first, &QTimer::timeout, &loop, [&] { second.stop(); });
            QObject::connect(&second, &QTimer::timeout, &loop, [&] { secondFired = true; });
            first.setTimerType(Qt::PreciseTimer);
            second.setTimerType(Qt::PreciseTimer);
            first.start(10);
            second.start(11);
            QThread::msleep(30); // both are due in the same turn
            QTimer::singleShot(40, &loop, &QEventLoop::quit);
            loop.exec();
        });
        QVERIFY(!secondFired);
    }

    void timerSlotWithLoopOfItsOwn_data() { rows(); }
    void timerSlotWithLoopOfItsOwn()
    {
        QFETCH(bool, epoll);
        LoopThread thread(epoll);
        int depth = 0;
        int deepest = 0;
        int others = 0;
        thread.run([&] {
            QEventLoop loop;
            QTimer outer;
            QTimer other;
            QObject::connect(&other, &QTimer::timeout, &loop, [&] { ++others; });
            QObject::connect(&outer, &QTimer::timeout, &loop, [&] {
                deepest = qMax(deepest, ++depth);
                QEventLoop inner;
                QTimer::singleShot(30, &inner, &QEventLoop::quit);
                inner.exec();
                --depth;
                loop.quit();
            });
            outer.start(1);
            other.start(5);
            loop.exec();
        });
        QCOMPARE(deepest, 1); // a timer does not fire inside its own slot
        QVERIFY(others >= 2);
    }

    void notifiersReadAndWrite_data() { rows(); }
    void notifiersReadAndWrite()
    {
        QFETCH(bool, epoll);
        LoopThread thread(epoll);
        int read = 0;
        int writable = 0;
        bool hangUp = false;
        thread.run([&] {
            QEventLoop loop;
            Pair pair;
            QSocketNotifier reader(pair.a, QSocketNotifier::Read);
            QSocketNotifier writer(pair.a, QSocketNotifier::Write);
            QObject::connect(&writer, &QSocketNotifier::activated, &loop, [&] {
                if (++writable == 3) {
                    writer.setEnabled(false);
                    put(pair.b);
                }
            });
            QObject::connect(&reader, &QSocketNotifier::activated, &loop, [&] {
                if (takeOne(pair.a)) {
                    if (++read < 5) {
                        put(pair.b);
                    } else {
                        ::close(pair.b);
                        pair.b = -1;
                    }
                } else {
                    hangUp = true;
                    reader.setEnabled(false);
                    loop.quit();
                }
            });
            QTimer::singleShot(5'000, &loop, &QEventLoop::quit);
            loop.exec();
        });
        QCOMPARE(writable, 3);
        QCOMPARE(read, 5);
        QVERIFY(hangUp);
    }

    void unreadBytesAreAnnouncedAgain_data() { rows(); }
    void unreadBytesAreAnnouncedAgain()
    {
        QFETCH(bool, epoll);
        LoopThread thread(epoll);
        int calls = 0;
        thread.run([&] {
            QEventLoop loop;
            Pair pair;
            put(pair.b);
            QSocketNotifier reader(pair.a, QSocketNotifier::Read);
            QObject::connect(&reader, &QSocketNotifier::activated, &loop, [&] {
                if (++calls == 3)
                    loop.quit();
            });
            QTimer::singleShot(5'000, &loop, &QEventLoop::quit);
            loop.exec();
        });
        QCOMPARE(calls, 3);
    }

    void toggledOffAndOnInOneTurn_data() { rows(); }
    void toggledOffAndOnInOneTurn()
    {
        QFETCH(bool, epoll);
        LoopThread thread(epoll);
        int read = 0;
        thread.run([&] {
            QEventLoop loop;
            Pair pair;
            QSocketNotifier reader(pair.a, QSocketNotifier::Read);
            QSocketNotifier writer(pair.a, QSocketNotifier::Write);
            writer.setEnabled(false);
            QObject::connect(&reader, &QSocketNotifier::activated, &loop, [&] {
                takeOne(pair.a);
                for (int i = 0; i < 10; ++i) {
                    reader.setEnabled(i % 2 == 1);
                    writer.setEnabled(i % 2 == 0);
                }
                if (++read == 10)
                    loop.quit();
                else
                    put(pair.b);
            });
            put(pair.b);
            QTimer::singleShot(5'000, &loop, &QEventLoop::quit);
            loop.exec();
        });
        QCOMPARE(read, 10);
    }

    // The number of a closed descriptor is given to the next one opened: its notifier must get its own events.
    void descriptorNumberUsedAgain_data() { rows(); }
    void descriptorNumberUsedAgain()
    {
        QFETCH(bool, epoll);
        LoopThread thread(epoll);
        int rounds = 0;
        bool sameNumber = true;
        thread.run([&] {
            QEventLoop loop;
            std::unique_ptr<Pair> pair;
            std::unique_ptr<QSocketNotifier> reader;
            int number = -1;
            std::function<void()> next = [&] {
                reader.reset();
                pair.reset();
                pair = std::make_unique<Pair>();
                sameNumber = sameNumber && (number == -1 || number == pair->a);
                number = pair->a;
                reader = std::make_unique<QSocketNotifier>(pair->a, QSocketNotifier::Read);
                QObject::connect(reader.get(), &QSocketNotifier::activated, &loop, [&] {
                    takeOne(pair->a);
                    if (++rounds == 50)
                        loop.quit();
                    else
                        QMetaObject::invokeMethod(&loop, next, Qt::QueuedConnection);
                });
                put(pair->b);
            };
            next();
            QTimer::singleShot(5'000, &loop, &QEventLoop::quit);
            loop.exec();
            reader.reset();
        });
        QCOMPARE(rounds, 50);
        QVERIFY(sameNumber);
    }

    void slotDeletesAnotherNotifierOfTheSameTurn_data() { rows(); }
    void slotDeletesAnotherNotifierOfTheSameTurn()
    {
        QFETCH(bool, epoll);
        LoopThread thread(epoll);
        int calls = 0;
        thread.run([&] {
            QEventLoop loop;
            Pair one;
            Pair two;
            put(one.b);
            put(two.b);
            auto first = std::make_unique<QSocketNotifier>(one.a, QSocketNotifier::Read);
            auto second = std::make_unique<QSocketNotifier>(two.a, QSocketNotifier::Read);
            QObject::connect(first.get(), &QSocketNotifier::activated, &loop, [&] {
                ++calls;
                takeOne(one.a);
                second.reset();
            });
            QObject::connect(second.get(), &QSocketNotifier::activated, &loop, [&] {
                ++calls;
                takeOne(two.a);
                first.reset();
            });
            QTimer::singleShot(30, &loop, &QEventLoop::quit);
            loop.exec();
        });
        QCOMPARE(calls, 1);
    }

    void plainFileIsAlwaysReady_data() { rows(); }
    void plainFileIsAlwaysReady()
    {
        QFETCH(bool, epoll);
        LoopThread thread(epoll);
        QTemporaryFile file;
        QVERIFY(file.open());
        int calls = 0;
        thread.run([&] {
            QEventLoop loop;
            QSocketNotifier reader(file.handle(), QSocketNotifier::Read);
            QObject::connect(&reader, &QSocketNotifier::activated, &loop, [&] {
                if (++calls == 3) {
                    reader.setEnabled(false);
                    QTimer::singleShot(20, &loop, &QEventLoop::quit);
                }
            });
            QTimer::singleShot(5'000, &loop, &QEventLoop::quit);
            loop.exec();
        });
        QCOMPARE(calls, 3);
    }

    void excludedSocketNotifiersWait_data() { rows(); }
    void excludedSocketNotifiersWait()
    {
        QFETCH(bool, epoll);
        LoopThread thread(epoll);
        int during = -1;
        int after = -1;
        bool timed = false;
        thread.run([&] {
            Pair pair;
            put(pair.b);
            int calls = 0;
            QSocketNotifier reader(pair.a, QSocketNotifier::Read);
            QObject::connect(&reader, &QSocketNotifier::activated, &reader, [&] {
                ++calls;
                takeOne(pair.a);
            });
            QEventLoop loop;
            QTimer::singleShot(20, &loop, [&] {
                timed = true;
                loop.quit();
            });
            loop.exec(QEventLoop::ExcludeSocketNotifiers);
            during = calls;
            QTimer::singleShot(20, &loop, &QEventLoop::quit);
            loop.exec();
            after = calls;
        });
        QVERIFY(timed);
        QCOMPARE(during, 0);
        QCOMPARE(after, 1);
    }

    void postsFromManyThreadsAllArrive_data() { rows(); }
    void postsFromManyThreadsAllArrive()
    {
        QFETCH(bool, epoll);
        LoopThread thread(epoll);
        constexpr int kThreads = 4;
        constexpr int kPosts = 5'000;
        QSemaphore arrived;
        std::vector<std::unique_ptr<QThread>> posters;
        for (int i = 0; i < kThreads; ++i) {
            posters.emplace_back(QThread::create([&] {
                for (int post = 0; post < kPosts; ++post) {
                    QMetaObject::invokeMethod(
                        thread.context(), [&] { arrived.release(); }, Qt::QueuedConnection);
                }
            }));
            posters.back()->start();
        }
        QVERIFY(arrived.tryAcquire(kThreads * kPosts, 10'000));
        for (auto &poster : posters)
            QVERIFY(poster->wait(5'000));
    }

    // One post at a time, each into a loop that has gone to sleep: a lost wake-up would hang here.
    void everyPostWakesASleepingLoop_data() { rows(); }
    void everyPostWakesASleepingLoop()
    {
        QFETCH(bool, epoll);
        LoopThread thread(epoll);
        QSemaphore arrived;
        for (int i = 0; i < 5'000; ++i) {
            QMetaObject::invokeMethod(
                thread.context(), [&] { arrived.release(); }, Qt::QueuedConnection);
            QVERIFY2(arrived.tryAcquire(1, 5'000), qPrintable(QString::number(i)));
        }
    }

    void quitFromAnotherThreadInterrupts_data() { rows(); }
    void quitFromAnotherThreadInterrupts()
    {
        QFETCH(bool, epoll);
        for (int i = 0; i < 50; ++i) {
            QThread thread;
            if (epoll)
                thread.setEventDispatcher(new EpollDispatcher);
            thread.start();
            thread.quit();
            QVERIFY(thread.wait(5'000));
        }
    }

    void processEventsSaysWhetherThereWereAny_data() { rows(); }
    void processEventsSaysWhetherThereWereAny()
    {
        QFETCH(bool, epoll);
        LoopThread thread(epoll);
        bool idle = true;
        bool busy = false;
        thread.run([&] {
            auto *dispatcher = QAbstractEventDispatcher::instance();
            while (dispatcher->processEvents(QEventLoop::AllEvents)) { }
            idle = dispatcher->processEvents(QEventLoop::AllEvents);
            Pair pair;
            QSocketNotifier reader(pair.a, QSocketNotifier::Read);
            put(pair.b);
            busy = dispatcher->processEvents(QEventLoop::AllEvents);
        });
        QVERIFY(!idle);
        QVERIFY(busy);
    }

    // Prints the cost of one wake-up beside many idle descriptors; with ours it must not grow with them.
    void manyIdleDescriptors_data()
    {
        QTest::addColumn<bool>("epoll");
        QTest::addColumn<int>("idle");
        for (const int idle : {0, 400, 4'000}) {
            QTest::addRow("qt %d", idle) << false << idle;
            QTest::addRow("epoll %d", idle) << true << idle;
        }
    }
    void manyIdleDescriptors()
    {
        QFETCH(bool, epoll);
        QFETCH(int, idle);
        LoopThread thread(epoll);
        int echoes = 0;
        qint64 nanoseconds = 0;
        bool opened = true;
        thread.run([&] {
            std::vector<std::unique_ptr<Pair>> pairs;
            std::vector<std::unique_ptr<QSocketNotifier>> notifiers;
            for (int i = 0; i < idle; ++i) {
                pairs.push_back(std::make_unique<Pair>());
                opened = opened && pairs.back()->a >= 0;
                if (!opened)
                    return;
                notifiers.push_back(std::make_unique<QSocketNotifier>(pairs.back()->a, QSocketNotifier::Read));
            }
            QEventLoop loop;
            Pair pair;
            QElapsedTimer clock;
            QSocketNotifier reader(pair.a, QSocketNotifier::Read);
            QObject::connect(&reader, &QSocketNotifier::activated, &loop, [&] {
                takeOne(pair.a);
                if (++echoes == 500)
                    loop.quit();
                else
                    put(pair.b);
            });
            put(pair.b);
            clock.start();
            loop.exec();
            nanoseconds = clock.nsecsElapsed() / 500;
        });
        QVERIFY(opened);
        QCOMPARE(echoes, 500);
        qInfo("%s, %d idle: %lld ns a turn", epoll ? "epoll" : "qt", idle, static_cast<long long>(nanoseconds));
        if (epoll)
            QVERIFY2(nanoseconds < 1'000'000, qPrintable(QString::number(nanoseconds)));
    }
};

QTEST_GUILESS_MAIN(TestEpollDispatcher)
#include "tst_epolldispatcher.moc"
