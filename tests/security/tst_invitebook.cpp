// SPDX-License-Identifier: MIT
#include "security/invitebook.h"
#include "support.h"

#include <QCborArray>
#include <QCborMap>
#include <QTest>

using namespace patchbay::security;

class InviteBookTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void oneUseIsBoundToWhoUsesItFirst();
    void severalUses();
    void expiry_data();
    void expiry();
    void aClockPutBackRevivesNothing();
    void aClockPutBackBeforeTheIssueChangesNothing();
    void revoking();
    void otherTokensAreUnknown();
    void purging();
    void inputIsLimited_data();
    void inputIsLimited();
    void numberIsLimited();
    void tokensAreNotKept();
    void randomBytesThatDoNotCome();
    void roundTrip();
    void badCborIsRefused_data();
    void badCborIsRefused();
};

namespace {

constexpr qint64 kNow = 1'800'000'000'000;
constexpr qint64 kHour = 3'600'000;

InviteBook::Issued issued(InviteBook &book, int uses = 1, qint64 lifetime = kHour, qint64 now = kNow)
{
    auto result = book.issue(uses, lifetime, now);
    Q_ASSERT(result.ok());
    return result.value();
}

} // namespace

void InviteBookTest::oneUseIsBoundToWhoUsesItFirst()
{
    InviteBook book;
    const auto invite = issued(book);
    QCOMPARE(invite.token.size(), 16);
    QCOMPARE(invite.id.size(), 8);
    QCOMPARE(book.redeem(invite.token, idOf(1), kNow), Redeemed::Accepted);
    QCOMPARE(book.redeem(invite.token, idOf(2), kNow), Redeemed::UsedUp);
    QCOMPARE(book.redeem(invite.token, idOf(1), kNow + kHour - 1), Redeemed::Accepted); // a lost Welcome burns nothing
    QCOMPARE(book.redeem(invite.token, idOf(1), kNow + kHour), Redeemed::Expired);
    QCOMPARE(book.list().first().redeemedBy, QList<QByteArray>{idOf(1)});
}

void InviteBookTest::severalUses()
{
    InviteBook book;
    const auto invite = issued(book, 3);
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 3; ++i)
            QCOMPARE(book.redeem(invite.token, idOf(i), kNow), Redeemed::Accepted);
        QCOMPARE(book.redeem(invite.token, idOf(3), kNow), Redeemed::UsedUp);
    }
}

void InviteBookTest::expiry_data()
{
    QTest::addColumn<qint64>("after");
    QTest::addColumn<bool>("accepted");
    QTest::newRow("below") << kHour - 1 << true;
    QTest::newRow("at") << kHour << false;
    QTest::newRow("above") << kHour + 1 << false;
}

void InviteBookTest::expiry()
{
    QFETCH(qint64, after);
    QFETCH(bool, accepted);
    InviteBook book;
    const auto invite = issued(book);
    QCOMPARE(book.redeem(invite.token, idOf(1), kNow + after), accepted ? Redeemed::Accepted : Redeemed::Expired);
}

void InviteBookTest::aClockPutBackRevivesNothing()
{
    InviteBook book;
    const auto tried = issued(book);
    const auto purged = issued(book);
    QCOMPARE(book.redeem(tried.token, idOf(1), kNow + kHour), Redeemed::Expired);
    QCOMPARE(book.redeem(tried.token, idOf(1), kNow), Redeemed::Expired);
    QCOMPARE(book.purge(kNow + kHour), 0);
    QCOMPARE(book.redeem(purged.token, idOf(1), kNow), Redeemed::Expired);
    // Not after a restart either.
    auto loaded = InviteBook::fromCbor(book.toCbor());
    QVERIFY(loaded.has_value());
    QCOMPARE(loaded->redeem(tried.token, idOf(1), kNow), Redeemed::Expired);
}

void InviteBookTest::aClockPutBackBeforeTheIssueChangesNothing()
{
    InviteBook book;
    const auto invite = issued(book);
    QCOMPARE(book.redeem(invite.token, idOf(1), kNow - 24 * kHour), Redeemed::Accepted);
    QCOMPARE(book.redeem(invite.token, idOf(2), kNow - 24 * kHour), Redeemed::UsedUp);
    QCOMPARE(book.redeem(invite.token, idOf(1), 0), Redeemed::Accepted);
    QCOMPARE(book.purge(0), 0);
}

void InviteBookTest::revoking()
{
    InviteBook book;
    const auto invite = issued(book, 2);
    QCOMPARE(book.redeem(invite.token, idOf(1), kNow), Redeemed::Accepted);
    QVERIFY(book.revoke(invite.id));
    QCOMPARE(book.redeem(invite.token, idOf(1), kNow), Redeemed::Revoked);
    QCOMPARE(book.redeem(invite.token, idOf(2), kNow), Redeemed::Revoked);
    QVERIFY(book.revoke(invite.id)); // again is no mistake
    QVERIFY(!book.revoke("12345678"));
    QVERIFY(!book.revoke({}));
}

void InviteBookTest::otherTokensAreUnknown()
{
    InviteBook book;
    const auto invite = issued(book);
    QByteArray near = invite.token;
    near.back() = char(near.back() ^ 1);
    QCOMPARE(book.redeem(near, idOf(1), kNow), Redeemed::Unknown);
    QCOMPARE(book.redeem({}, idOf(1), kNow), Redeemed::Unknown);
    QCOMPARE(book.redeem(invite.token.chopped(1), idOf(1), kNow), Redeemed::Unknown);
    QCOMPARE(book.redeem(invite.token + 'x', idOf(1), kNow), Redeemed::Unknown);
    QCOMPARE(book.redeem(book.list().first().tokenHash.left(16), idOf(1), kNow), Redeemed::Unknown);
    QCOMPARE(book.redeem(invite.token, QByteArray(31, 'x'), kNow), Redeemed::Unknown);
    QVERIFY(book.list().first().redeemedBy.isEmpty());
}

void InviteBookTest::purging()
{
    InviteBook book;
    const auto invite = issued(book);
    issued(book, 1, 2 * kHour);
    QCOMPARE(book.purge(kNow + kHour + kExpiredInviteKept - 1), 0);
    QCOMPARE(book.redeem(invite.token, idOf(1), kNow), Redeemed::Expired);
    QCOMPARE(book.purge(kNow + kHour + kExpiredInviteKept), 1);
    QCOMPARE(book.redeem(invite.token, idOf(1), kNow), Redeemed::Unknown);
    QCOMPARE(book.list().size(), 1);
}

void InviteBookTest::inputIsLimited_data()
{
    QTest::addColumn<int>("uses");
    QTest::addColumn<qint64>("lifetime");
    QTest::addColumn<qint64>("now");
    QTest::addColumn<bool>("taken");
    QTest::newRow("no use") << 0 << kHour << kNow << false;
    QTest::newRow("one use") << 1 << kHour << kNow << true;
    QTest::newRow("below") << kMaxInviteUses - 1 << kMaxInviteLifetime - 1 << kNow << true;
    QTest::newRow("at") << kMaxInviteUses << kMaxInviteLifetime << kNow << true;
    QTest::newRow("uses above") << kMaxInviteUses + 1 << kHour << kNow << false;
    QTest::newRow("lifetime above") << 1 << kMaxInviteLifetime + 1 << kNow << false;
    QTest::newRow("no lifetime") << 1 << qint64(0) << kNow << false;
    QTest::newRow("one ms") << 1 << qint64(1) << kNow << true;
    QTest::newRow("before 1970") << 1 << kHour << qint64(-1) << false;
    QTest::newRow("in 1970") << 1 << kHour << qint64(0) << true;
    QTest::newRow("end of time") << 1 << kHour << std::numeric_limits<qint64>::max() << false;
}

void InviteBookTest::inputIsLimited()
{
    QFETCH(int, uses);
    QFETCH(qint64, lifetime);
    QFETCH(qint64, now);
    QFETCH(bool, taken);
    InviteBook book;
    QCOMPARE(book.issue(uses, lifetime, now).ok(), taken);
    QCOMPARE(book.list().size(), taken ? 1 : 0);
}

void InviteBookTest::numberIsLimited()
{
    InviteBook book;
    const auto first = issued(book);
    for (int i = 1; i < kMaxInvites; ++i)
        issued(book);
    QCOMPARE(book.list().size(), kMaxInvites);
    const auto more = book.issue(1, kHour, kNow);
    QVERIFY(!more.ok());
    QCOMPARE(more.error().code, ProblemCode::Limit);
    QVERIFY(InviteBook::fromCbor(book.toCbor()) == book);
    // A revoked one makes room.
    QVERIFY(book.revoke(first.id));
    QVERIFY(book.issue(1, kHour, kNow).ok());
    QCOMPARE(book.list().size(), kMaxInvites);
    QCOMPARE(book.redeem(first.token, idOf(1), kNow), Redeemed::Unknown);
    // And so do expired ones.
    QVERIFY(book.issue(1, kHour, kNow + kHour).ok());
    QCborArray tooMany = book.toCbor().toArray();
    QCborMap another = tooMany.first().toMap();
    another[QLatin1String("id")] = QByteArray("another1");
    tooMany.append(another);
    QVERIFY(!InviteBook::fromCbor(tooMany));
}

void InviteBookTest::tokensAreNotKept()
{
    InviteBook book;
    const auto invite = issued(book);
    QVERIFY(!book.toCbor().toCbor().contains(invite.token));
    QVERIFY(!book.list().first().id.contains(invite.token.left(8)));
}

void InviteBookTest::randomBytesThatDoNotCome()
{
    InviteBook book;
    QVERIFY(!book.issue(1, kHour, kNow, [](int) { return QByteArray(); }).ok());
    const RandomBytes same = [](int count) { return QByteArray(count, 'r'); };
    QVERIFY(book.issue(1, kHour, kNow, same).ok());
    QVERIFY(!book.issue(1, kHour, kNow, same).ok());
    QCOMPARE(book.list().size(), 1);
}

void InviteBookTest::roundTrip()
{
    InviteBook book;
    const auto invite = issued(book, 3);
    issued(book);
    book.redeem(invite.token, idOf(1), kNow);
    book.redeem(invite.token, idOf(2), kNow);
    book.revoke(book.list().last().id);
    auto loaded = InviteBook::fromCbor(book.toCbor());
    QVERIFY(loaded == book);
    QCOMPARE(loaded->redeem(invite.token, idOf(3), kNow), Redeemed::Accepted);
    QCOMPARE(loaded->redeem(invite.token, idOf(4), kNow), Redeemed::UsedUp);
}

void InviteBookTest::badCborIsRefused_data()
{
    QTest::addColumn<QString>("field");
    QTest::addColumn<QCborValue>("value");
    const auto row = [](const char *field, const char *name, const QCborValue &value) {
        QTest::addRow("%s %s", field, name) << QString::fromLatin1(field) << value;
    };
    for (const char *field : {"id", "hash", "issued", "expires", "uses", "by", "revoked", "expired"}) {
        row(field, "missing", QCborValue());
        row(field, "of another type", QCborValue(1.5));
        row(field, "text", QCborValue(QStringLiteral("x")));
    }
    row("id", "short", QByteArray(7, 'x'));
    row("hash", "long", QByteArray(33, 'x'));
    row("issued", "negative", -1);
    row("expires", "too late", kLatestTime + 1);
    row("expires", "before issue", kNow);
    row("expires", "long after issue", kNow + kMaxInviteLifetime + 1);
    row("uses", "0", 0);
    row("uses", "too many", kMaxInviteUses + 1);
    row("by", "more than uses", QCborArray{idOf(1), idOf(2), idOf(3)});
    row("by", "twice the same", QCborArray{idOf(1), idOf(1)});
    row("by", "no id", QCborArray{QByteArray(31, 'x')});
    row("by", "number", QCborArray{1});
}

void InviteBookTest::badCborIsRefused()
{
    QFETCH(QString, field);
    QFETCH(QCborValue, value);
    InviteBook book;
    issued(book, 2);
    const QCborMap good = book.toCbor().toArray().first().toMap();
    QVERIFY(InviteBook::fromCbor(QCborArray{good}).has_value());
    QVERIFY(!InviteBook::fromCbor(QCborArray({good, good})).has_value()); // the same id twice
    QCborMap bad = good;
    if (value.isUndefined())
        bad.remove(field);
    else
        bad[field] = value;
    QVERIFY(!InviteBook::fromCbor(QCborArray{bad}).has_value());
    QVERIFY(!InviteBook::fromCbor(value).has_value() || value.isArray());
}

QTEST_GUILESS_MAIN(InviteBookTest)
#include "tst_invitebook.moc"
