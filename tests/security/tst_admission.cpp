// SPDX-License-Identifier: MIT
#include "security/admission.h"
#include "support.h"

#include <QTest>

#include <atomic>
#include <thread>

using namespace patchbay::security;
using Kind = Verdict::Kind;

class AdmissionTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void judges_data();
    void judges();
    void invites_data();
    void invites();
    void anInviteMakesKnown();
    void aLostWelcomeBurnsNothing();
    void knownPeersLeaveInvitesUnused();
    void bannedPeersLeaveInvitesUnused();
    void textOfStrangersIsFitted();
    void aBanIsNotUndoneByAnAdmission();
    void aChangeOfTheMainThreadDoesNotUndoAnAdmission();
    void forgottenPeersStayForgotten();
    void changesAreOneForEachPeer();
    void aFullListBurnsNoInvite();
    void twoThreads();
};

namespace {

constexpr qint64 kNow = 1'800'000'000'000;
constexpr qint64 kHour = 3'600'000;

enum Who { Stranger = 9, Member = 1, Banned = 2, NotAdmitted = 3, Muted = 4, Unverified = 5, BannedStranger = 6 };

TrustStore doorStore()
{
    TrustStore store;
    const auto add = [&store](int number, const auto &change) {
        KnownPeer peer = peerOf(number);
        peer.how = VerifiedBy::Code;
        change(peer);
        return !store.put(peer);
    };
    const bool ok = add(Member, [](KnownPeer &peer) { peer.mayEnter = true; })
                    && add(Banned, [](KnownPeer &peer) { peer.mayEnter = peer.banned = true; })
                    && add(NotAdmitted, [](KnownPeer &) {})
                    && add(Muted, [](KnownPeer &peer) { peer.mayEnter = peer.muted = true; })
                    && add(Unverified,
                           [](KnownPeer &peer) {
                               peer.mayEnter = true;
                               peer.how = VerifiedBy::Unverified;
                           })
                    && add(BannedStranger, [](KnownPeer &peer) { peer.banned = true; });
    return ok ? store : TrustStore();
}

Knock knockOf(int number, const QByteArray &token = {}, qint64 now = kNow)
{
    return {idOf(number), QStringLiteral("Bob"), token, QStringLiteral("192.0.2.1"), now};
}

} // namespace

void AdmissionTest::judges_data()
{
    QTest::addColumn<Policy>("policy");
    QTest::addColumn<int>("who");
    QTest::addColumn<Kind>("kind");
    QTest::addColumn<Refusal>("refusal");
    QTest::addColumn<bool>("verified");
    const struct
    {
        const char *name;
        Policy policy;
    } policies[] = {{"known", Policy::Known}, {"ask", Policy::Ask}, {"anyone", Policy::Anyone}};
    for (const auto &[name, policy] : policies) {
        const auto row = [policyName = name, policy = policy](const char *who, int number, Kind kind,
                                                              Refusal refusal = Refusal::None, bool verified = true) {
            QTest::addRow("%s, %s", policyName, who) << policy << number << kind << refusal << verified;
        };
        const Kind stranger = policy == Policy::Known ? Kind::Refuse : policy == Policy::Ask ? Kind::Ask : Kind::Admit;
        const Refusal why = policy == Policy::Known ? Refusal::NotKnown : Refusal::None;
        row("member", Member, Kind::Admit);
        row("banned", Banned, Kind::Refuse, Refusal::Banned, false);
        row("banned stranger", BannedStranger, Kind::Refuse, Refusal::Banned, false);
        row("muted", Muted, Kind::Admit);
        row("unverified", Unverified, Kind::Admit, Refusal::None, false);
        row("stranger", Stranger, stranger, why, false);
        row("known, not admitted", NotAdmitted, stranger, why, stranger == Kind::Admit);
    }
}

void AdmissionTest::judges()
{
    QFETCH(Policy, policy);
    QFETCH(int, who);
    QFETCH(Kind, kind);
    QFETCH(Refusal, refusal);
    QFETCH(bool, verified);
    Doorkeeper keeper(doorStore(), Policy::Known);
    keeper.setPolicy(policy);
    QCOMPARE(keeper.policy(), policy);
    const Verdict verdict = keeper.judge(knockOf(who));
    QCOMPARE(verdict.kind, kind);
    QCOMPARE(verdict.refusal, refusal);
    QCOMPARE(verdict.verified, verified);
    QCOMPARE(verdict.muted, who == Muted);
    QCOMPARE(verdict.sentence.isEmpty(), kind == Kind::Admit);
    // Without a proven key nobody passes, whatever the policy.
    Knock knock = knockOf(who);
    knock.peerId.chop(1);
    QCOMPARE(keeper.judge(knock).kind, Kind::Refuse);
    knock.peerId.clear();
    QCOMPARE(keeper.judge(knock).kind, Kind::Refuse);
}

void AdmissionTest::invites_data()
{
    QTest::addColumn<Policy>("policy");
    QTest::addColumn<QString>("invite");
    QTest::addColumn<Kind>("kind");
    QTest::addColumn<Refusal>("refusal");
    const struct
    {
        const char *name;
        Refusal refusal;
    } invites[] = {{"good", Refusal::None},
                   {"unknown", Refusal::InviteUnknown},
                   {"expired", Refusal::InviteExpired},
                   {"used", Refusal::InviteUsedUp},
                   {"revoked", Refusal::InviteRevoked}};
    for (const auto &invite : invites) {
        const bool good = invite.refusal == Refusal::None;
        const QString name = QString::fromLatin1(invite.name);
        QTest::addRow("known, %s", invite.name)
            << Policy::Known << name << (good ? Kind::Admit : Kind::Refuse) << invite.refusal;
        QTest::addRow("ask, %s", invite.name)
            << Policy::Ask << name << (good ? Kind::Admit : Kind::Ask) << invite.refusal;
        QTest::addRow("anyone, %s", invite.name) << Policy::Anyone << name << Kind::Admit << Refusal::None;
    }
}

void AdmissionTest::invites()
{
    QFETCH(Policy, policy);
    QFETCH(QString, invite);
    QFETCH(Kind, kind);
    QFETCH(Refusal, refusal);
    Doorkeeper keeper(doorStore(), policy);
    const auto issued = keeper.issueInvite(1, kHour, kNow);
    QVERIFY(issued.ok());
    Knock knock = knockOf(Stranger, issued.value().token);
    if (invite == QLatin1String("unknown"))
        knock.token = QByteArray(16, 'x');
    else if (invite == QLatin1String("expired"))
        knock.now += kHour;
    else if (invite == QLatin1String("used"))
        QCOMPARE(keeper.judge(knockOf(8, knock.token)).kind, Kind::Admit);
    else if (invite == QLatin1String("revoked"))
        QVERIFY(keeper.revokeInvite(issued.value().id));
    const Verdict verdict = keeper.judge(knock);
    QCOMPARE(verdict.kind, kind);
    QCOMPARE(verdict.refusal, refusal);
    QCOMPARE(verdict.verified, invite == QLatin1String("good"));
    if (kind != Kind::Admit)
        QVERIFY(verdict.sentence.contains(QStringLiteral("invite")));
}

void AdmissionTest::anInviteMakesKnown()
{
    TrustStore store = doorStore();
    Doorkeeper keeper(store, Policy::Known);
    const auto issued = keeper.issueInvite(1, kHour, kNow);
    QVERIFY(keeper.judge(knockOf(Stranger, issued.value().token)).verified);
    QCOMPARE(keeper.judge(knockOf(Stranger)).kind, Kind::Admit); // from now on without
    const QList<DoorChange> changes = keeper.drain();
    QCOMPARE(changes.size(), 1);
    QVERIFY(changes.first().invited);
    QVERIFY(keeper.drain().isEmpty());
    // What the main thread stores says the same, after a restart too.
    QVERIFY(!applyDoorChanges(store, changes));
    store.invites() = keeper.invites();
    const auto peer = store.find(idOf(Stranger));
    QVERIFY(peer && peer->mayEnter && !peer->banned);
    QCOMPARE(peer->how, VerifiedBy::Invite);
    QCOMPARE(peer->label, QStringLiteral("Bob"));
    QCOMPARE(peer->lastSeen, kNow);
    QCOMPARE(peer->verifiedAt, kNow);
    Doorkeeper restarted(store, Policy::Known);
    QCOMPARE(restarted.judge(knockOf(Stranger)).kind, Kind::Admit);
    QCOMPARE(restarted.judge(knockOf(8, issued.value().token)).refusal, Refusal::InviteUsedUp);
}

void AdmissionTest::aLostWelcomeBurnsNothing()
{
    Doorkeeper keeper(doorStore(), Policy::Known);
    const auto issued = keeper.issueInvite(1, kHour, kNow);
    for (int i = 0; i < 3; ++i)
        QCOMPARE(keeper.judge(knockOf(Stranger, issued.value().token, kNow + i)).kind, Kind::Admit);
    // As known, even after it has expired.
    QCOMPARE(keeper.judge(knockOf(Stranger, issued.value().token, kNow + 2 * kHour)).kind, Kind::Admit);
    QCOMPARE(keeper.judge(knockOf(8, issued.value().token, kNow)).kind, Kind::Refuse);
}

void AdmissionTest::knownPeersLeaveInvitesUnused()
{
    Doorkeeper keeper(doorStore(), Policy::Known);
    const auto issued = keeper.issueInvite(1, kHour, kNow);
    QCOMPARE(keeper.judge(knockOf(Member, issued.value().token)).kind, Kind::Admit);
    QVERIFY(keeper.invites().list().first().redeemedBy.isEmpty());
    QCOMPARE(keeper.judge(knockOf(Stranger, issued.value().token)).kind, Kind::Admit);
}

void AdmissionTest::bannedPeersLeaveInvitesUnused()
{
    Doorkeeper keeper(doorStore(), Policy::Anyone);
    const auto issued = keeper.issueInvite(1, kHour, kNow);
    QCOMPARE(keeper.judge(knockOf(BannedStranger, issued.value().token)).refusal, Refusal::Banned);
    QVERIFY(keeper.invites().list().first().redeemedBy.isEmpty());
}

void AdmissionTest::textOfStrangersIsFitted()
{
    for (const QString &text : {QString(100'000, QChar(0x20ac)), QString(300, QChar(0xd83d)), QString(QChar(0)),
                                QStringLiteral("a\n\u202e"), QStringLiteral("\U0001F600").repeated(100), QString()}) {
        TrustStore store;
        Doorkeeper keeper(store, Policy::Ask);
        QVERIFY(keeper.judge({idOf(Stranger), text, {}, text, kNow}).sentence.size() < 1000);
        const auto issued = keeper.issueInvite(1, kHour, kNow);
        QCOMPARE(keeper.judge({idOf(Stranger), text, issued.value().token, text, kNow}).kind, Kind::Admit);
        QVERIFY(!applyDoorChanges(store, keeper.drain()));
        QVERIFY(store.find(idOf(Stranger))->mayEnter);
        QCOMPARE(keeper.judge(knockOf(Stranger)).kind, Kind::Admit);
    }
    // Nor does a clock that is far off keep anybody out of the list.
    TrustStore store;
    QVERIFY(!applyDoorChanges(store, {{idOf(1), {}, {}, -1, true}, {idOf(2), {}, {}, kLatestTime + 1, true}}));
    QCOMPARE(store.count(), 2);
}

void AdmissionTest::aBanIsNotUndoneByAnAdmission()
{
    TrustStore store = doorStore();
    Doorkeeper keeper(store, Policy::Known);
    const auto issued = keeper.issueInvite(1, kHour, kNow);
    QCOMPARE(keeper.judge(knockOf(NotAdmitted, issued.value().token)).kind, Kind::Admit);
    // Before the main thread hears of it, it bans that peer.
    KnownPeer peer = *store.find(idOf(NotAdmitted));
    peer.banned = true;
    QVERIFY(!store.put(peer));
    QVERIFY(!keeper.setPeer(peer));
    QCOMPARE(keeper.judge(knockOf(NotAdmitted)).refusal, Refusal::Banned);
    QVERIFY(!applyDoorChanges(store, keeper.drain()));
    QVERIFY(store.find(idOf(NotAdmitted))->banned);
}

void AdmissionTest::aChangeOfTheMainThreadDoesNotUndoAnAdmission()
{
    TrustStore store = doorStore();
    Doorkeeper keeper(store, Policy::Known);
    const auto issued = keeper.issueInvite(1, kHour, kNow);
    QCOMPARE(keeper.judge(knockOf(NotAdmitted, issued.value().token)).kind, Kind::Admit);
    KnownPeer peer = *store.find(idOf(NotAdmitted));
    peer.muted = true;
    QVERIFY(!store.put(peer));
    QVERIFY(!keeper.setPeer(peer));
    const Verdict verdict = keeper.judge(knockOf(NotAdmitted));
    QVERIFY(verdict.kind == Kind::Admit && verdict.muted);
    QVERIFY(!applyDoorChanges(store, keeper.drain()));
    QVERIFY(store.find(idOf(NotAdmitted))->mayEnter && store.find(idOf(NotAdmitted))->muted);
}

void AdmissionTest::forgottenPeersStayForgotten()
{
    TrustStore store = doorStore();
    Doorkeeper keeper(store, Policy::Known);
    QCOMPARE(keeper.judge(knockOf(Member)).kind, Kind::Admit);
    const QList<DoorChange> late = keeper.drain();
    QVERIFY(store.forget(idOf(Member)));
    keeper.forgetPeer(idOf(Member));
    QVERIFY(!applyDoorChanges(store, late));
    QVERIFY(!store.find(idOf(Member)));
    QCOMPARE(keeper.judge(knockOf(Member)).refusal, Refusal::NotKnown);
    QVERIFY(keeper.drain().isEmpty());
}

void AdmissionTest::changesAreOneForEachPeer()
{
    Doorkeeper keeper(doorStore(), Policy::Anyone);
    const auto issued = keeper.issueInvite(1, kHour, kNow);
    QCOMPARE(keeper.judge(knockOf(NotAdmitted, issued.value().token)).kind, Kind::Admit);
    for (int i = 0; i < 1000; ++i) {
        keeper.judge(knockOf(Member, {}, kNow + i));
        keeper.judge(knockOf(NotAdmitted, {}, kNow + i));
        keeper.judge(knockOf(1000 + i)); // strangers of an open hub leave nothing
        keeper.judge(knockOf(Banned));
    }
    const QList<DoorChange> changes = keeper.drain();
    QCOMPARE(changes.size(), 2);
    for (const DoorChange &change : changes) {
        QCOMPARE(change.at, kNow + 999);
        QCOMPARE(change.invited, change.peerId == idOf(NotAdmitted)); // is not lost by coming again
    }
}

void AdmissionTest::aFullListBurnsNoInvite()
{
    TrustStore store;
    for (int i = 0; i < kMaxKnownPeers; ++i) {
        KnownPeer peer;
        peer.peerId = QByteArray(24, 'f') + QByteArray::number(i).rightJustified(8, '0');
        QVERIFY(!store.put(peer));
    }
    Doorkeeper keeper(store, Policy::Known);
    const auto issued = keeper.issueInvite(1, kHour, kNow);
    QCOMPARE(keeper.judge(knockOf(Stranger, issued.value().token)).refusal, Refusal::ListFull);
    QVERIFY(keeper.invites().list().first().redeemedBy.isEmpty());
    keeper.forgetPeer(store.list().first().peerId);
    QCOMPARE(keeper.judge(knockOf(Stranger, issued.value().token)).kind, Kind::Admit);
}

void AdmissionTest::twoThreads()
{
    TrustStore store = doorStore();
    Doorkeeper keeper(store, Policy::Known);
    const auto issued = keeper.issueInvite(100, kHour, kNow);
    const QByteArray token = issued.value().token;
    std::atomic<int> admitted = 0;
    std::atomic<bool> done = false;
    std::thread io([&keeper, &token, &admitted, &done] {
        for (int i = 0; i < 2000; ++i)
            admitted += keeper.judge(knockOf(1000 + i % 200, token)).kind == Kind::Admit ? 1 : 0;
        done = true;
    });
    QList<DoorChange> changes;
    for (int i = 0; !done; ++i) {
        changes += keeper.drain();
        keeper.setPolicy(Policy::Known);
        QVERIFY(!keeper.setPeer(peerOf(500 + i % 100)));
        QVERIFY(keeper.invites().list().first().redeemedBy.size() <= 100);
    }
    io.join();
    changes += keeper.drain();
    QCOMPARE(admitted, 1000); // the first hundred, ten times each
    QVERIFY(!applyDoorChanges(store, changes));
    QCOMPARE(store.count(), doorStore().count() + 100);
}

QTEST_GUILESS_MAIN(AdmissionTest)
#include "tst_admission.moc"
