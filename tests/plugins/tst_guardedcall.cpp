// SPDX-License-Identifier: MIT
#include "plugins/guardedcall.h"

#include <QTest>

#include <stdexcept>

using namespace patchbay;
using plugins::GuardedCall;
using Verdict = GuardedCall::Verdict;
using namespace std::chrono_literals;

class GuardedCallTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void durations_data();
    void durations();
    void threeStrikes();
    void strikesAreForgiven();
    void exceptions();

private:
    base::TimePoint m_now;
    GuardedCall::Clock clock()
    {
        return [this] { return m_now; };
    }
};

void GuardedCallTest::durations_data()
{
    QTest::addColumn<int>("milliseconds");
    QTest::addColumn<bool>("warned");
    QTest::newRow("0") << 0 << false;
    QTest::newRow("99") << 99 << false;
    QTest::newRow("100") << 100 << true;
    QTest::newRow("101") << 101 << true;
    QTest::newRow("2000") << 2000 << true;
}

void GuardedCallTest::durations()
{
    QFETCH(int, milliseconds);
    QFETCH(bool, warned);
    GuardedCall guard(clock());
    int calls = 0;
    const auto outcome = guard.run(QStringLiteral("org.x"), QStringLiteral("messageReceived()"), [&] {
        ++calls;
        m_now += std::chrono::milliseconds(milliseconds);
    });
    QCOMPARE(calls, 1);
    QVERIFY(outcome.completed && outcome.verdict == Verdict::Fine);
    QCOMPARE(!outcome.warning.isEmpty(), warned);
    if (warned)
        QCOMPARE(outcome.warning,
                 QStringLiteral("messageReceived() of org.x took %1 ms; everything else waited.").arg(milliseconds));
}

void GuardedCallTest::threeStrikes()
{
    GuardedCall guard(clock());
    const auto call = [&](const QString &id, std::chrono::milliseconds duration) {
        return guard.run(id, QStringLiteral("f()"), [&] { m_now += duration; }).verdict;
    };
    const QString x = QStringLiteral("org.x");
    for (int i = 0; i < 100; ++i)
        QVERIFY(call(x, 1999ms) == Verdict::Fine);
    QVERIFY(call(x, 2000ms) == Verdict::Fine);
    QVERIFY(call(QStringLiteral("org.y"), 2000ms) == Verdict::Fine); // each plugin has its own count
    QVERIFY(call(x, 2s) == Verdict::Fine);
    QVERIFY(call(QStringLiteral("org.y"), 2000ms) == Verdict::Fine);
    QVERIFY(call(x, 2s) == Verdict::Quarantine);
}

void GuardedCallTest::strikesAreForgiven()
{
    GuardedCall guard(clock());
    const QString x = QStringLiteral("org.x");
    const auto slow = [&] { return guard.run(x, QStringLiteral("f()"), [&] { m_now += 3s; }).verdict; };
    QVERIFY(slow() == Verdict::Fine && slow() == Verdict::Fine);
    guard.forgive(x);
    QVERIFY(slow() == Verdict::Fine && slow() == Verdict::Fine && slow() == Verdict::Quarantine);
}

void GuardedCallTest::exceptions()
{
    GuardedCall guard(clock());
    const QString x = QStringLiteral("org.x");
    auto outcome = guard.run(x, QStringLiteral("f()"), [] { throw std::runtime_error("bad\x1b[2J luck"); });
    QVERIFY(outcome.verdict == Verdict::Threw && !outcome.completed);
    QVERIFY(outcome.warning.startsWith(QStringLiteral("f() of org.x threw an exception: bad")));
    QVERIFY(!outcome.warning.contains(QChar(0x1b)));
    outcome = guard.run(x, QStringLiteral("f()"), [] { throw 5; });
    QVERIFY(outcome.verdict == Verdict::Threw);
    QCOMPARE(outcome.warning, QStringLiteral("f() of org.x threw an exception."));
    QVERIFY(guard.run(x, QStringLiteral("f()"), [] {}).verdict == Verdict::Fine);
    QVERIFY(guard.run(x, QStringLiteral("f()"), [] { throw 5; }).verdict == Verdict::Quarantine);
}

QTEST_GUILESS_MAIN(GuardedCallTest)
#include "tst_guardedcall.moc"
