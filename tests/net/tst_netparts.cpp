// SPDX-License-Identifier: MIT
// The parts of core/net that need neither socket nor thread.
#include "net/address.h"
#include "net/backoff.h"
#include "net/descriptors.h"
#include "net/eventqueue.h"
#include "net/loglimiter.h"
#include "net/problem.h"
#include "net/sendpacer.h"

#include <QTest>

using namespace patchbay;
using namespace patchbay::net;
using namespace patchbay::protocol;
using namespace std::chrono_literals;

Q_DECLARE_METATYPE(patchbay::net::Reason)
Q_DECLARE_METATYPE(patchbay::protocol::Code)

class TestNetParts : public QObject
{
    Q_OBJECT

    static std::vector<EventQueue::Item> one(NodeEvent event)
    {
        std::vector<EventQueue::Item> items;
        items.emplace_back(std::move(event));
        return items;
    }
    static EventQueue::Appended append(EventQueue &queue, NodeEvent event)
    {
        auto items = one(std::move(event));
        return queue.append(items);
    }

private Q_SLOTS:
    // ---- addresses ----

    void loopback_data()
    {
        QTest::addColumn<QString>("address");
        QTest::addColumn<bool>("isLoopback");
        QTest::newRow("v4") << u"127.0.0.1"_qs << true;
        QTest::newRow("v4 high") << u"127.255.255.254"_qs << true;
        QTest::newRow("v6") << u"::1"_qs << true;
        QTest::newRow("mapped") << u"::ffff:127.0.0.1"_qs << true;
        QTest::newRow("mapped high") << u"::ffff:127.9.9.9"_qs << true;
        QTest::newRow("any v4") << u"0.0.0.0"_qs << false;
        QTest::newRow("any v6") << u"::"_qs << false;
        QTest::newRow("just below") << u"126.255.255.255"_qs << false;
        QTest::newRow("just above") << u"128.0.0.0"_qs << false;
        QTest::newRow("private") << u"192.168.1.1"_qs << false;
        QTest::newRow("mapped private") << u"::ffff:10.0.0.1"_qs << false;
        QTest::newRow("link local") << u"fe80::1"_qs << false;
        QTest::newRow("v6 two") << u"::2"_qs << false;
        QTest::newRow("compatible") << u"::127.0.0.1"_qs << false;
        QTest::newRow("not an address") << u"localhost"_qs << false;
        QTest::newRow("empty") << QString() << false;
    }
    void loopback()
    {
        QFETCH(QString, address);
        QTEST(net::isLoopback(QHostAddress(address)), "isLoopback");
    }

    void displayed()
    {
        QCOMPARE(displayAddress(QHostAddress(u"::ffff:127.0.0.1"_qs)), u"127.0.0.1"_qs);
        QCOMPARE(displayAddress(QHostAddress(u"::1"_qs)), u"::1"_qs);
        QCOMPARE(withoutBrackets(u"[::1]"_qs), u"::1"_qs);
        QCOMPARE(withoutBrackets(u"[]"_qs), u"[]"_qs);
        QCOMPARE(withoutBrackets(u"localhost"_qs), u"localhost"_qs);
    }

    // ---- problems ----

    void dialProblems_data()
    {
        QTest::addColumn<int>("error");
        QTest::addColumn<Reason>("reason");
        QTest::addColumn<QString>("part");
        QTest::newRow("refused") << int(QAbstractSocket::ConnectionRefusedError) << Reason::Refused
                                 << u"Nothing listens on 127.0.0.1 port 7229"_qs;
        QTest::newRow("not found") << int(QAbstractSocket::HostNotFoundError) << Reason::HostNotFound
                                   << u"No host named \"127.0.0.1\""_qs;
        QTest::newRow("timeout") << int(QAbstractSocket::SocketTimeoutError) << Reason::Timeout
                                 << u"127.0.0.1 port 7229 does not answer"_qs;
        QTest::newRow("unreachable") << int(QAbstractSocket::NetworkError) << Reason::Unreachable
                                     << u"127.0.0.1 port 7229 cannot be reached"_qs;
        QTest::newRow("firewall") << int(QAbstractSocket::SocketAccessError) << Reason::PermissionDenied
                                  << u"does not allow"_qs;
        QTest::newRow("other") << int(QAbstractSocket::SocketResourceError) << Reason::Unreachable
                               << u"not possible: out of things"_qs;
    }
    void dialProblems()
    {
        QFETCH(int, error);
        QFETCH(QString, part);
        const Problem problem =
            dialProblem(QAbstractSocket::SocketError(error), u"out of things"_qs, u"127.0.0.1"_qs, 7229);
        QTEST(problem.reason, "reason");
        QVERIFY2(problem.text.contains(part), qPrintable(problem.text));
        QVERIFY(problem.text.endsWith(QLatin1Char('.')));
    }

    void linkProblems_data()
    {
        QTest::addColumn<Code>("code");
        QTest::addColumn<bool>("greeted");
        QTest::addColumn<Reason>("reason");
        QTest::addColumn<bool>("final");
        QTest::newRow("lost") << Code::TransportLost << true << Reason::Lost << false;
        QTest::newRow("closed before hello") << Code::TransportLost << false << Reason::Lost << false;
        QTest::newRow("silent") << Code::Timeout << false << Reason::Timeout << false;
        QTest::newRow("dead") << Code::Timeout << true << Reason::Lost << false;
        QTest::newRow("other service") << Code::NotPatchbay << false << Reason::NotPatchbay << false;
        QTest::newRow("version") << Code::VersionMismatch << false << Reason::VersionMismatch << true;
        QTest::newRow("full") << Code::ServerFull << false << Reason::ServerFull << false;
        QTest::newRow("self") << Code::SelfConnection << false << Reason::SelfConnection << true;
        QTest::newRow("replaced") << Code::Replaced << true << Reason::ClosedByPeer << true;
        QTest::newRow("bye") << Code::GoingAway << true << Reason::ClosedByPeer << false;
        QTest::newRow("malformed") << Code::Malformed << true << Reason::Protocol << false;
        QTest::newRow("glitches") << Code::TooManyGlitches << true << Reason::Protocol << false;
    }
    void linkProblems()
    {
        QFETCH(Code, code);
        QFETCH(bool, greeted);
        QFETCH(bool, final);
        const Fault fault{code, u"evil\x1b[31m\ntext"_qs, Party::Remote};
        const Problem problem = linkProblem(fault, greeted ? Greeted::Yes : Greeted::No, u"::1"_qs, 7229);
        QTEST(problem.reason, "reason");
        QVERIFY2(problem.text.contains(u"::1 port 7229"), qPrintable(problem.text));
        QVERIFY(!problem.text.contains(QChar(0x1b)) && !problem.text.contains(QLatin1Char('\n')));
        QCOMPARE(isFinal(fault), final);
    }

    // ---- back-off ----

    void backoffDoublesToItsCeiling()
    {
        Backoff backoff([] { return 0.5; }); // no jitter
        QList<qint64> waits;
        for (int i = 0; i < 9; ++i)
            waits.append(backoff.next().count());
        QCOMPARE(waits, (QList<qint64>{250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000}));
        backoff.reset();
        QCOMPARE(backoff.next().count(), 250);
    }

    void backoffJitterStaysWithinTwentyPercent()
    {
        Backoff low([] { return 0.0; });
        Backoff high([] { return 0.999999; });
        QCOMPARE(low.next().count(), 200);
        QVERIFY(high.next().count() >= 299 - 1);
        for (int i = 0; i < 20; ++i)
            QVERIFY(high.next() <= Backoff::kLast);
    }

    // ---- pacing ----

    void pacerFollowsTheRateOfASlowLink_data()
    {
        QTest::addColumn<qint64>("bytesPerSecond");
        QTest::addColumn<qint64>("lowWater");
        QTest::newRow("1 Mbit/s") << qint64(125'000) << SendPacer::kMin;
        QTest::newRow("100 Mbit/s") << qint64(12'500'000) << qint64(125'000);
        QTest::newRow("400 Mbit/s") << qint64(50'000'000) << qint64(500'000);
        QTest::newRow("10 Gbit/s") << qint64(1'250'000'000) << SendPacer::kMax;
    }
    void pacerFollowsTheRateOfASlowLink()
    {
        QFETCH(qint64, bytesPerSecond);
        QFETCH(qint64, lowWater);
        SendPacer pacer;
        base::TimePoint now{};
        for (int ms = 0; ms <= 500; ++ms)
            pacer.update(quint64(bytesPerSecond * ms / 1000), true, now += 1ms);
        QVERIFY2(qAbs(pacer.lowWater() - lowWater) <= lowWater / 50, qPrintable(QString::number(pacer.lowWater())));
    }

    void pacerTakesAnIdleSenderForNoSlowLink()
    {
        SendPacer pacer;
        base::TimePoint now{};
        for (int second = 0; second < 10; ++second) { // one chat line a second, gone at once
            pacer.update(quint64(second * 100), true, now += 500ms);
            pacer.update(quint64(second * 100), false, now += 1ms);
            now += 499ms;
        }
        // The short waits are windows of under 100 ms: nothing is learnt from them.
        QCOMPARE(pacer.lowWater(), SendPacer::kStart);
    }

    void pacerBlocks()
    {
        const SendPacer pacer;
        QCOMPARE(pacer.nextBlock(0), SendPacer::kMaxBlock);
        QCOMPARE(pacer.nextBlock(SendPacer::kStart - 100'000), 100'000);
        QCOMPARE(pacer.nextBlock(SendPacer::kStart - 1), 16 * 1024);
        QCOMPARE(pacer.nextBlock(SendPacer::kStart), 0);
        QCOMPARE(pacer.nextBlock(SendPacer::kStart + 1), 0);
    }

    // ---- log ----

    void logIsLimitedPerClass()
    {
        LogLimiter limiter;
        base::TimePoint now{};
        now += 1h;
        for (int i = 0; i < LogLimiter::kLinesPerWindow; ++i)
            QCOMPARE(limiter
                         .offer(LogClass::Accept,
                                u"a\x1b"
                                "b"_qs,
                                now)
                         .size(),
                     1);
        QVERIFY(!limiter.nextSummary());
        for (int i = 0; i < 7; ++i)
            QVERIFY(limiter.offer(LogClass::Accept, u"x"_qs, now).isEmpty());
        QCOMPARE(limiter.offer(LogClass::Peer, u"other"_qs, now), QStringList{u"other"_qs});
        QCOMPARE(limiter.nextSummary(), std::optional(now + LogLimiter::kWindow));
        QVERIFY(limiter.takeSummaries(now + LogLimiter::kWindow - 1ns).isEmpty());
        const QStringList summary = limiter.takeSummaries(now + LogLimiter::kWindow);
        QCOMPARE(summary.size(), 1);
        QVERIFY2(summary.first().startsWith(u"7 "), qPrintable(summary.first()));
        QVERIFY(limiter.takeSummaries(base::TimePoint::max()).isEmpty());
        const QStringList next = limiter.offer(LogClass::Accept, u"evil\nline"_qs, now + LogLimiter::kWindow);
        QCOMPARE(next.size(), 1);
        QVERIFY(!next.first().contains(QLatin1Char('\n')));
    }

    void logTellsWhatItKeptBackBeforeTheNextLine()
    {
        LogLimiter limiter;
        base::TimePoint now{};
        now += 1h;
        for (int i = 0; i < 8; ++i)
            (void)limiter.offer(LogClass::Accept, u"x"_qs, now);
        const QStringList lines = limiter.offer(LogClass::Accept, u"later"_qs, now + 2min);
        QCOMPARE(lines.size(), 2);
        QVERIFY(lines.first().startsWith(u"3 "));
        QCOMPARE(lines.last(), u"later"_qs);
    }

    // ---- what waits for the main thread ----

    void queueWakesOnce()
    {
        EventQueue queue;
        QVERIFY(append(queue, MemberLeft{5}).needsWakeUp);
        QVERIFY(!append(queue, MemberLeft{6}).needsWakeUp);
        QCOMPARE(queue.take().size(), 2u);
        QVERIFY(append(queue, MemberLeft{7}).needsWakeUp);
    }

    void queueDropsMessagesOverTheLimitOfTheirSender()
    {
        EventQueue queue;
        const QByteArray body(1024 * 1024 - EventQueue::kEventOverhead, 'x');
        int dropped = 0;
        for (int i = 0; i < 100; ++i)
            dropped += append(queue, MessageReceived{7, u"t/1"_qs, body, false}).droppedMessages;
        QCOMPARE(dropped, 92); // 8 MiB kept
        QCOMPARE(append(queue, MessageReceived{8, u"t/1"_qs, body, false}).droppedMessages, 0);
        QCOMPARE(queue.take().size(), 9u);
        QCOMPARE(append(queue, MessageReceived{7, u"t/1"_qs, body, false}).droppedMessages, 0);
    }

    void queueIsBoundedInAll()
    {
        EventQueue queue;
        const QByteArray body(1024 * 1024 - EventQueue::kEventOverhead, 'x');
        int dropped = 0;
        for (MemberNumber member = 2; member < 102; ++member)
            dropped += append(queue, MessageReceived{member, u"t/1"_qs, body, false}).droppedMessages;
        QCOMPARE(dropped, 76); // 24 MiB kept
        // Offers are declined, and their end is not told to somebody who never heard of them.
        QCOMPARE(append(queue, StreamOffered{4, 3, u"s/1"_qs, {}, 1}).declined, QList<StreamKey>{4});
        (void)append(queue, StreamClosed{4, {}});
        (void)append(queue, StreamClosed{6, {}});
        (void)append(queue, ConnectionClosing{1, {}});
        QCOMPARE(queue.take().size(), 25u);
    }

    void queueKeepsOnlyTheNewestChangeOfAMember()
    {
        EventQueue queue;
        (void)append(queue, MemberJoined{{5, {}, u"Five"_qs, false, {}}});
        for (int i = 0; i < 1000; ++i)
            (void)append(queue, MemberChanged{{5, {}, u"Five"_qs, false, {QString::number(i)}}});
        (void)append(queue, MemberLeft{5});
        (void)append(queue, MemberChanged{{6, {}, u"Six"_qs, false, {u"a"_qs}}});
        (void)append(queue, MemberChanged{{6, {}, u"Six"_qs, false, {u"b"_qs}}});
        const auto items = queue.take();
        QCOMPARE(items.size(), 3u);
        QCOMPARE(std::get<MemberJoined>(std::get<NodeEvent>(items[0])).member.types, QStringList{u"999"_qs});
        QCOMPARE(std::get<MemberLeft>(std::get<NodeEvent>(items[1])).number, 5u);
        QCOMPARE(std::get<MemberChanged>(std::get<NodeEvent>(items[2])).member.types, QStringList{u"b"_qs});
    }

    void queueKeepsOnlyTheNewestStatusOfAPhase()
    {
        EventQueue queue;
        LinkStatus status;
        status.phase = Phase::Listening;
        for (int port = 1; port <= 10; ++port) {
            status.localPort = quint16(port);
            std::vector<EventQueue::Item> items;
            items.emplace_back(status);
            (void)queue.append(items);
        }
        status.phase = Phase::Stopped;
        std::vector<EventQueue::Item> items;
        items.emplace_back(status);
        (void)queue.append(items);
        const auto taken = queue.take();
        QCOMPARE(taken.size(), 2u);
        QCOMPARE(std::get<LinkStatus>(taken[0]).localPort, quint16(10));
    }

    void descriptorReserves_data()
    {
        QTest::addColumn<int>("limit");
        QTest::addColumn<int>("reserve");
        QTest::newRow("64") << 64 << 8;
        QTest::newRow("32") << 32 << 8;
        QTest::newRow("1024") << 1024 << 128;
        QTest::newRow("65536") << 65536 << 8192;
    }
    void descriptorReserves()
    {
        QFETCH(int, limit);
        QTEST(descriptorReserve(limit), "reserve");
    }
};

QTEST_GUILESS_MAIN(TestNetParts)
#include "tst_netparts.moc"
