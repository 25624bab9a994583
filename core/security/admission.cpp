// SPDX-License-Identifier: MIT
#include "security/admission.h"

#include "base/plaintext.h"
#include "security/peerid.h"

#include <QCoreApplication>
#include <QMutexLocker>

#include <algorithm>
#include <utility>

namespace patchbay::security {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("patchbay::security", text);
}

/// Text of a stranger, made to fit what checkPeer() takes.
QString fitted(const QString &text, int maxBytes)
{
    QString result = base::singleLine(text.left(maxBytes), maxBytes);
    while (result.toUtf8().size() > maxBytes) {
        result.chop(1);
        if (!result.isEmpty() && result.back().isHighSurrogate())
            result.chop(1);
    }
    return result.isValidUtf16() ? result : QString();
}

Verdict refused(Refusal refusal, const QString &sentence)
{
    return {Verdict::Kind::Refuse, refusal, sentence};
}

Refusal refusalOf(Redeemed redeemed)
{
    switch (redeemed) {
    case Redeemed::Accepted:
        return Refusal::None;
    case Redeemed::Unknown:
        return Refusal::InviteUnknown;
    case Redeemed::Expired:
        return Refusal::InviteExpired;
    case Redeemed::UsedUp:
        return Refusal::InviteUsedUp;
    case Redeemed::Revoked:
        return Refusal::InviteRevoked;
    }
    return Refusal::InviteUnknown;
}

/// For the one who knocked.
QString sentenceOf(Refusal refusal)
{
    switch (refusal) {
    case Refusal::None:
        break;
    case Refusal::Banned:
        return tr("The operator of this hub has banned you. Ask them if you think that is wrong.");
    case Refusal::NotKnown:
        return tr("This hub lets in only those it knows. Ask its operator for an invite link.");
    case Refusal::InviteUnknown:
        return tr("This hub has not made that invite, or has forgotten it. Ask its operator for a new one.");
    case Refusal::InviteExpired:
        return tr("That invite has expired. Ask the operator of the hub for a new one.");
    case Refusal::InviteUsedUp:
        return tr("That invite has been used by somebody else. Ask the operator of the hub for a new one.");
    case Refusal::InviteRevoked:
        return tr("That invite has been revoked. Ask the operator of the hub for a new one.");
    case Refusal::ListFull:
        return tr("This hub knows as many peers as it can keep. Ask its operator to forget some.");
    }
    return {};
}

/// For the operator.
QString question(const Knock &knock, Refusal invite)
{
    const QString who = tr("\"%1\" (%2) at %3 wants to come in.")
                            .arg(fitted(knock.name, kMaxLabelBytes), shortPeerId(knock.peerId),
                                 fitted(knock.address, kMaxAddressBytes));
    switch (invite) {
    case Refusal::InviteExpired:
        return who + QLatin1Char(' ') + tr("They have an invite, which has expired.");
    case Refusal::InviteUsedUp:
        return who + QLatin1Char(' ') + tr("They have an invite, which somebody else has used.");
    case Refusal::InviteRevoked:
        return who + QLatin1Char(' ') + tr("They have an invite, which you have revoked.");
    case Refusal::InviteUnknown:
        return who + QLatin1Char(' ') + tr("They have an invite that is not from this hub.");
    default:
        return who;
    }
}

std::optional<Problem> applyDoorChange(TrustStore &store, const DoorChange &change)
{
    const auto known = store.find(change.peerId);
    if (!known && !change.invited)
        return {}; // forgotten meanwhile
    KnownPeer peer = known.value_or(KnownPeer());
    peer.peerId = change.peerId;
    if (peer.label.isEmpty())
        peer.label = change.name;
    peer.lastSeen = std::clamp<qint64>(change.at, 0, kLatestTime);
    peer.lastAddress = change.address;
    if (change.invited) {
        peer.mayEnter = true;
        if (peer.how == VerifiedBy::Unverified) {
            peer.how = VerifiedBy::Invite;
            peer.verifiedAt = peer.lastSeen;
        }
    }
    return store.put(peer);
}

} // namespace

std::optional<Problem> applyDoorChanges(TrustStore &store, const QList<DoorChange> &changes)
{
    std::optional<Problem> first;
    for (const DoorChange &change : changes) {
        auto problem = applyDoorChange(store, change);
        if (problem && !first)
            first = std::move(problem);
    }
    return first;
}

Doorkeeper::Doorkeeper(const TrustStore &store, Policy policy) : m_policy(policy), m_store(store) { }

Verdict Doorkeeper::judge(const Knock &knock)
{
    const QMutexLocker lock(&m_mutex);
    return decide(knock);
}

Verdict Doorkeeper::decide(const Knock &knock)
{
    if (knock.peerId.size() != kPeerIdBytes)
        return refused(Refusal::NotKnown, sentenceOf(Refusal::NotKnown));
    const auto known = m_store.find(knock.peerId);
    if (known && known->banned)
        return refused(Refusal::Banned, sentenceOf(Refusal::Banned));
    if (known && known->mayEnter) {
        note(knock, false);
        return admitted(*known);
    }

    Refusal invite = Refusal::None;
    if (!knock.token.isEmpty()) {
        // Before the invite is used: there must be a place to remember whom it let in.
        if (!known && m_store.count() >= kMaxKnownPeers)
            return refused(Refusal::ListFull, sentenceOf(Refusal::ListFull));
        invite = refusalOf(m_store.invites().redeem(knock.token, knock.peerId, knock.now));
        if (invite == Refusal::None) {
            note(knock, true);
            return admitted(m_store.find(knock.peerId).value_or(KnownPeer()));
        }
    }
    switch (m_policy) {
    case Policy::Anyone:
        if (known)
            note(knock, false);
        return admitted(known.value_or(KnownPeer()));
    case Policy::Ask:
        return {Verdict::Kind::Ask, invite, question(knock, invite)};
    case Policy::Known:
        break;
    }
    const Refusal why = invite == Refusal::None ? Refusal::NotKnown : invite;
    return refused(why, sentenceOf(why));
}

Verdict Doorkeeper::admitted(const KnownPeer &peer)
{
    return {Verdict::Kind::Admit, Refusal::None, {}, peer.how != VerifiedBy::Unverified, peer.muted};
}

void Doorkeeper::note(const Knock &knock, bool invited)
{
    DoorChange change{knock.peerId, fitted(knock.name, kMaxLabelBytes), fitted(knock.address, kMaxAddressBytes),
                      knock.now, invited};
    // The fitted texts are what checkPeer() takes, and there is room: this succeeds.
    applyDoorChanges(m_store, {change});
    const auto before = m_changes.constFind(knock.peerId);
    change.invited = change.invited || (before != m_changes.cend() && before->invited);
    m_changes.insert(knock.peerId, change);
}

Policy Doorkeeper::policy() const
{
    const QMutexLocker lock(&m_mutex);
    return m_policy;
}

void Doorkeeper::setPolicy(Policy policy)
{
    const QMutexLocker lock(&m_mutex);
    m_policy = policy;
}

std::optional<Problem> Doorkeeper::setPeer(const KnownPeer &peer)
{
    const QMutexLocker lock(&m_mutex);
    auto problem = m_store.put(peer);
    // An invite may have let them in while the main thread was making its change.
    const auto change = m_changes.constFind(peer.peerId);
    if (!problem && change != m_changes.cend())
        problem = applyDoorChange(m_store, *change);
    return problem;
}

void Doorkeeper::forgetPeer(const QByteArray &peerId)
{
    const QMutexLocker lock(&m_mutex);
    m_store.forget(peerId);
    m_changes.remove(peerId);
}

base::Result<InviteBook::Issued, Problem> Doorkeeper::issueInvite(int uses, qint64 lifetime, qint64 now,
                                                                  const RandomBytes &random)
{
    const QMutexLocker lock(&m_mutex);
    return m_store.invites().issue(uses, lifetime, now, random);
}

bool Doorkeeper::revokeInvite(const QByteArray &id)
{
    const QMutexLocker lock(&m_mutex);
    return m_store.invites().revoke(id);
}

InviteBook Doorkeeper::invites() const
{
    const QMutexLocker lock(&m_mutex);
    return m_store.invites();
}

QList<DoorChange> Doorkeeper::drain()
{
    const QMutexLocker lock(&m_mutex);
    return std::exchange(m_changes, {}).values();
}

} // namespace patchbay::security
