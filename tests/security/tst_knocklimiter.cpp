// SPDX-License-Identifier: MIT
#include "security/knocklimiter.h"

#include <QTest>

using patchbay::security::KnockLimiter;

class TestKnockLimiter final : public QObject
{
    Q_OBJECT

    static constexpr qint64 kNow = 1'000'000'000;

private Q_SLOTS:
    void threeOfAnAddress()
    {
        KnockLimiter limiter;
        for (int i = 0; i < 3; ++i) {
            QVERIFY(limiter.mayAsk("a", QByteArray::number(i), kNow));
            limiter.failed("a", QByteArray::number(i), kNow);
        }
        QVERIFY(!limiter.mayAsk("a", "another key", kNow));
        QVERIFY(limiter.mayAsk("b", "another key", kNow));
        QVERIFY(!limiter.mayAsk("a", "x", kNow + KnockLimiter::kWindow - 1));
        QVERIFY(limiter.mayAsk("a", "x", kNow + KnockLimiter::kWindow));
    }

    void threeOfAKey()
    {
        KnockLimiter limiter;
        for (int i = 0; i < 3; ++i)
            limiter.failed(QByteArray::number(i), "key", kNow);
        QVERIFY(!limiter.mayAsk("elsewhere", "key", kNow));
    }

    void onlyTheLastTenMinutesCount()
    {
        KnockLimiter limiter;
        for (int i = 0; i < 20; ++i) {
            const qint64 at = kNow + i * (KnockLimiter::kWindow / 2);
            QVERIFY(limiter.mayAsk("a", "k", at));
            limiter.failed("a", "k", at);
        }
    }

    void aClockPutBackMakesNobodyWait()
    {
        KnockLimiter limiter;
        for (int i = 0; i < 3; ++i)
            limiter.failed("a", "k", kNow);
        QVERIFY(limiter.mayAsk("a", "k", kNow - 1));
    }

    void memoryIsBounded()
    {
        KnockLimiter limiter;
        for (int i = 0; i < 10'000; ++i) {
            const QByteArray who = QByteArray::number(i);
            if (limiter.mayAsk("a" + who, "k" + who, kNow))
                limiter.failed("a" + who, "k" + who, kNow);
        }
        QCOMPARE(limiter.remembered(), KnockLimiter::kMaxRemembered);
        QVERIFY(!limiter.mayAsk("new", "new", kNow));
        QVERIFY(limiter.mayAsk("new", "new", kNow + KnockLimiter::kWindow));
    }
};

QTEST_APPLESS_MAIN(TestKnockLimiter)
#include "tst_knocklimiter.moc"
