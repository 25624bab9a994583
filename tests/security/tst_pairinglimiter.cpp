// SPDX-License-Identifier: MIT
#include "security/pairinglimiter.h"
#include "support.h"

#include <QTest>

using namespace patchbay::security;
using Answer = PairingLimiter::Answer;
using Outcome = PairingLimiter::Outcome;

class PairingLimiterTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void oneAtATime();
    void threeFailuresAreEnough_data();
    void threeFailuresAreEnough();
    void theWindow_data();
    void theWindow();
    void refusalsDouble();
    void successClears();
    void onlyAttemptsCount();
    void goodBehaviourIsForgotten();
    void aClockPutBackChangesNothing();
    void memoryIsBounded();
};

namespace {

constexpr qint64 kMinute = 60'000;
constexpr qint64 kNow = 1'800'000'000'000;
const QString kHere = QStringLiteral("192.0.2.1");

bool fails(PairingLimiter &limiter, const QString &address, const QByteArray &peerId, qint64 now)
{
    if (limiter.begin(address, peerId, now).answer != Answer::Begin)
        return false;
    limiter.end(Outcome::Failed, now);
    return true;
}

/// Takes the prompt and gives it back at once, if it is given: leaves no trace but the one of \a outcome.
Answer ask(PairingLimiter limiter, const QString &address, const QByteArray &peerId, qint64 now)
{
    return limiter.begin(address, peerId, now).answer;
}

} // namespace

void PairingLimiterTest::oneAtATime()
{
    PairingLimiter limiter;
    QCOMPARE(limiter.begin(kHere, idOf(1), kNow).answer, Answer::Begin);
    QVERIFY(limiter.isOpen());
    const auto second = limiter.begin(QStringLiteral("192.0.2.2"), idOf(2), kNow);
    QCOMPARE(second.answer, Answer::Busy);
    QVERIFY(!second.sentence.isEmpty());
    limiter.end(Outcome::Paired, kNow);
    QVERIFY(!limiter.isOpen());
    QCOMPARE(limiter.begin(QStringLiteral("192.0.2.2"), idOf(2), kNow).answer, Answer::Begin);
}

void PairingLimiterTest::threeFailuresAreEnough_data()
{
    QTest::addColumn<bool>("sameAddress");
    QTest::addColumn<bool>("samePeer");
    QTest::newRow("same address, many keys") << true << false;
    QTest::newRow("same key, many addresses") << false << true;
    QTest::newRow("both") << true << true;
}

void PairingLimiterTest::threeFailuresAreEnough()
{
    QFETCH(bool, sameAddress);
    QFETCH(bool, samePeer);
    PairingLimiter limiter;
    const auto address = [sameAddress](int i) { return QStringLiteral("192.0.2.%1").arg(sameAddress ? 0 : i); };
    const auto peer = [samePeer](int i) { return idOf(samePeer ? 0 : i); };
    for (int i = 0; i < PairingLimiter::kMaxFailures; ++i)
        QVERIFY(fails(limiter, address(i), peer(i), kNow + i));
    const auto decision = limiter.begin(address(7), peer(7), kNow + 2);
    QCOMPARE(decision.answer, Answer::Refused);
    QCOMPARE(decision.waitFor, PairingLimiter::kFirstBlock);
    QVERIFY(decision.sentence.contains(QStringLiteral("10")));
    QVERIFY(!limiter.isOpen());
    // Others are not concerned.
    QCOMPARE(ask(limiter, QStringLiteral("198.51.100.1"), idOf(100), kNow + 2), Answer::Begin);
    QCOMPARE(ask(limiter, address(7), peer(7), kNow + 2 + PairingLimiter::kFirstBlock - 1), Answer::Refused);
    QCOMPARE(ask(limiter, address(7), peer(7), kNow + 2 + PairingLimiter::kFirstBlock), Answer::Begin);
}

void PairingLimiterTest::theWindow_data()
{
    QTest::addColumn<qint64>("after");
    QTest::addColumn<Answer>("answer");
    QTest::newRow("below") << PairingLimiter::kWindow - 1 << Answer::Refused;
    QTest::newRow("at") << PairingLimiter::kWindow << Answer::Begin;
    QTest::newRow("above") << PairingLimiter::kWindow + 1 << Answer::Begin;
}

void PairingLimiterTest::theWindow()
{
    QFETCH(qint64, after);
    QFETCH(Answer, answer);
    PairingLimiter limiter;
    QVERIFY(fails(limiter, kHere, idOf(1), kNow));
    QVERIFY(fails(limiter, kHere, idOf(1), kNow + 1));
    QCOMPARE(ask(limiter, kHere, idOf(1), kNow + 1), Answer::Begin); // two are none too many
    QVERIFY(fails(limiter, kHere, idOf(1), kNow + after));
    QCOMPARE(ask(limiter, kHere, idOf(1), kNow + after), answer);
}

void PairingLimiterTest::refusalsDouble()
{
    PairingLimiter limiter;
    qint64 now = kNow;
    for (int i = 0; i < PairingLimiter::kMaxFailures; ++i)
        QVERIFY(fails(limiter, kHere, idOf(1), now));
    qint64 expected = PairingLimiter::kFirstBlock;
    for (int i = 0; i < 12; ++i) {
        const auto decision = limiter.begin(kHere, idOf(1), now);
        QCOMPARE(decision.answer, Answer::Refused);
        QCOMPARE(decision.waitFor, expected);
        now += expected;
        QVERIFY(fails(limiter, kHere, idOf(1), now)); // one is enough now
        expected = std::min(2 * expected, PairingLimiter::kLongestBlock);
    }
    QCOMPARE(expected, PairingLimiter::kLongestBlock);
}

void PairingLimiterTest::successClears()
{
    PairingLimiter limiter;
    QVERIFY(fails(limiter, kHere, idOf(1), kNow));
    QVERIFY(fails(limiter, kHere, idOf(1), kNow));
    QCOMPARE(limiter.begin(kHere, idOf(1), kNow).answer, Answer::Begin);
    limiter.end(Outcome::Paired, kNow);
    QCOMPARE(limiter.remembered(), 0);
}

void PairingLimiterTest::onlyAttemptsCount()
{
    PairingLimiter limiter;
    for (int i = 0; i < 100; ++i)
        limiter.end(Outcome::Failed, kNow); // none is open
    QCOMPARE(limiter.begin(kHere, idOf(1), kNow).answer, Answer::Begin);
    for (int i = 0; i < 100; ++i)
        QCOMPARE(limiter.begin(QStringLiteral("192.0.2.2"), idOf(2), kNow).answer, Answer::Busy);
    QCOMPARE(limiter.remembered(), 0);
}

void PairingLimiterTest::goodBehaviourIsForgotten()
{
    PairingLimiter limiter;
    for (int i = 0; i < PairingLimiter::kMaxFailures; ++i)
        QVERIFY(fails(limiter, kHere, idOf(1), kNow));
    const qint64 later = kNow + 2 * PairingLimiter::kFirstBlock;
    QCOMPARE(ask(limiter, kHere, idOf(1), later - 1), Answer::Begin);
    QVERIFY(fails(limiter, kHere, idOf(1), later)); // one of three again
    QCOMPARE(ask(limiter, kHere, idOf(1), later), Answer::Begin);
    QCOMPARE(limiter.remembered(), 2);
    QCOMPARE(limiter.begin(kHere, idOf(1), later + PairingLimiter::kWindow).answer, Answer::Begin);
    QCOMPARE(limiter.remembered(), 0);
}

void PairingLimiterTest::aClockPutBackChangesNothing()
{
    for (const qint64 back : {1LL, kMinute, 3600 * kMinute, kNow}) {
        PairingLimiter limiter;
        for (int i = 0; i < PairingLimiter::kMaxFailures; ++i)
            QVERIFY(fails(limiter, kHere, idOf(1), kNow));
        const qint64 now = kNow - back;
        const auto decision = limiter.begin(kHere, idOf(1), now);
        QCOMPARE(decision.answer, Answer::Refused);
        QCOMPARE(decision.waitFor, PairingLimiter::kFirstBlock); // neither sooner nor later
        QCOMPARE(ask(limiter, kHere, idOf(1), now + PairingLimiter::kFirstBlock), Answer::Begin);
        // What was forgiven stays so.
        PairingLimiter other;
        QVERIFY(fails(other, kHere, idOf(1), kNow));
        QVERIFY(fails(other, kHere, idOf(1), kNow + kMinute));
        QVERIFY(fails(other, kHere, idOf(1), kNow + PairingLimiter::kWindow + 2 * kMinute));
        QCOMPARE(other.begin(kHere, idOf(1), kNow).answer, Answer::Begin);
    }
}

void PairingLimiterTest::memoryIsBounded()
{
    PairingLimiter limiter;
    int attempts = 0;
    for (int i = 0; i < 5000; ++i)
        attempts += fails(limiter, QString::number(i), QByteArray::number(i), kNow) ? 1 : 0;
    QCOMPARE(attempts, PairingLimiter::kMaxRemembered / 2);
    QCOMPARE(limiter.remembered(), PairingLimiter::kMaxRemembered);
    const auto decision = limiter.begin(QStringLiteral("new"), "new", kNow);
    QCOMPARE(decision.answer, Answer::Refused);
    QVERIFY(!decision.sentence.isEmpty());
    // Whoever is refused stays so, and those remembered may still try.
    QCOMPARE(ask(limiter, QStringLiteral("1"), "1", kNow), Answer::Begin);
    QCOMPARE(ask(limiter, QStringLiteral("new"), "new", kNow + PairingLimiter::kWindow), Answer::Begin);
    // Long names take no more memory than short ones.
    PairingLimiter other;
    QVERIFY(fails(other, QString(1'000'000, QLatin1Char('x')), QByteArray(1'000'000, 'x'), kNow));
    QCOMPARE(other.remembered(), 2);
}

QTEST_GUILESS_MAIN(PairingLimiterTest)
#include "tst_pairinglimiter.moc"
