// SPDX-License-Identifier: MIT
#include "security/invitebook.h"

#include "security/digest.h"
#include "security/invitelink.h"
#include "security/peerid.h"

#include <QCborArray>
#include <QCborMap>
#include <QCoreApplication>

#include <algorithm>

namespace patchbay::security {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("patchbay::security", text);
}

QByteArray hashOf(const QByteArray &token)
{
    return sha256({"patchbay-invite-1", token});
}

std::optional<QByteArray> bytesOf(const QCborMap &map, const char *name, qsizetype size)
{
    const QCborValue value = map.value(QLatin1String(name));
    return value.isByteArray() && value.toByteArray().size() == size ? std::optional(value.toByteArray())
                                                                     : std::nullopt;
}

std::optional<qint64> numberOf(const QCborMap &map, const char *name, qint64 least, qint64 most)
{
    const QCborValue value = map.value(QLatin1String(name));
    return value.isInteger() && value.toInteger() >= least && value.toInteger() <= most
               ? std::optional(value.toInteger())
               : std::nullopt;
}

std::optional<Invite> inviteOf(const QCborValue &value)
{
    const QCborMap map = value.toMap();
    const auto id = bytesOf(map, "id", kInviteIdBytes);
    const auto tokenHash = bytesOf(map, "hash", kDigestBytes);
    const auto issuedAt = numberOf(map, "issued", 0, kLatestTime);
    const auto expiresAt = numberOf(map, "expires", 0, kLatestTime);
    const auto uses = numberOf(map, "uses", 1, kMaxInviteUses);
    const QCborValue by = map.value(QLatin1String("by"));
    const QCborValue revoked = map.value(QLatin1String("revoked"));
    const QCborValue expired = map.value(QLatin1String("expired"));
    if (!id || !tokenHash || !issuedAt || !expiresAt || !uses || !by.isArray() || !revoked.isBool()
        || !expired.isBool())
        return {};
    if (*expiresAt <= *issuedAt || *expiresAt - *issuedAt > kMaxInviteLifetime || by.toArray().size() > *uses)
        return {};
    Invite invite{*id, *tokenHash, *issuedAt, *expiresAt, int(*uses), {}, revoked.toBool(), expired.toBool()};
    const QCborArray peers = by.toArray();
    for (const QCborValue peer : peers) {
        if (!peer.isByteArray() || peer.toByteArray().size() != kPeerIdBytes
            || invite.redeemedBy.contains(peer.toByteArray()))
            return {};
        invite.redeemedBy << peer.toByteArray();
    }
    return invite;
}

QCborMap mapOf(const Invite &invite)
{
    QCborArray by;
    for (const QByteArray &peer : invite.redeemedBy)
        by.append(peer);
    QCborMap map;
    map[QLatin1String("id")] = invite.id;
    map[QLatin1String("hash")] = invite.tokenHash;
    map[QLatin1String("issued")] = invite.issuedAt;
    map[QLatin1String("expires")] = invite.expiresAt;
    map[QLatin1String("uses")] = invite.uses;
    map[QLatin1String("by")] = by;
    map[QLatin1String("revoked")] = invite.revoked;
    map[QLatin1String("expired")] = invite.expired;
    return map;
}

} // namespace

base::Result<InviteBook::Issued, Problem> InviteBook::issue(int uses, qint64 lifetime, qint64 now,
                                                            const RandomBytes &random)
{
    if (uses < 1 || uses > kMaxInviteUses)
        return Problem{ProblemCode::Invalid,
                       tr("An invite is for 1 to %1 uses, not for %2.").arg(kMaxInviteUses).arg(uses)};
    if (lifetime < 1 || lifetime > kMaxInviteLifetime)
        return Problem{ProblemCode::Invalid, tr("An invite is good for at most %1 days, and for longer than nothing.")
                                                 .arg(kMaxInviteLifetime / (24LL * 3600 * 1000))};
    if (now < 0 || now > kLatestTime - kMaxInviteLifetime)
        return Problem{ProblemCode::Invalid,
                       tr("The clock of this machine shows no sensible time. Set it, then make the invite again.")};
    purge(now);
    if (m_invites.size() >= kMaxInvites)
        makeRoom();
    if (m_invites.size() >= kMaxInvites)
        return Problem{
            ProblemCode::Limit,
            tr("There are %1 invites that can be used. Revoke one, then make the new one.").arg(kMaxInvites)};
    Issued issued{random(kInviteIdBytes), random(kInviteTokenBytes)};
    const bool taken = std::any_of(m_invites.cbegin(), m_invites.cend(),
                                   [&issued](const Invite &invite) { return invite.id == issued.id; });
    if (issued.id.size() != kInviteIdBytes || issued.token.size() != kInviteTokenBytes || taken)
        return Problem{ProblemCode::Crypto, tr("This machine gave no random numbers for an invite. Try again.")};
    m_invites << Invite{issued.id, hashOf(issued.token), now, now + lifetime, uses};
    return issued;
}

Redeemed InviteBook::redeem(const QByteArray &token, const QByteArray &peerId, qint64 now)
{
    if (token.size() != kInviteTokenBytes || peerId.size() != kPeerIdBytes)
        return Redeemed::Unknown;
    const QByteArray hash = hashOf(token);
    qsizetype found = -1;
    for (qsizetype i = 0; i < m_invites.size(); ++i) { // all of them, whatever is found
        if (equalInConstantTime(m_invites.at(i).tokenHash, hash))
            found = i;
    }
    if (found < 0)
        return Redeemed::Unknown;
    Invite &invite = m_invites[found];
    if (invite.revoked)
        return Redeemed::Revoked;
    // A clock that is put back does not bring an invite back.
    invite.expired = invite.expired || now >= invite.expiresAt;
    if (invite.expired)
        return Redeemed::Expired;
    if (invite.redeemedBy.contains(peerId))
        return Redeemed::Accepted;
    if (invite.redeemedBy.size() >= invite.uses)
        return Redeemed::UsedUp;
    invite.redeemedBy << peerId;
    return Redeemed::Accepted;
}

bool InviteBook::revoke(const QByteArray &id)
{
    for (Invite &invite : m_invites) {
        if (invite.id == id) {
            invite.revoked = true;
            return true;
        }
    }
    return false;
}

void InviteBook::makeRoom()
{
    const auto isOver = [](const Invite &invite) { return invite.revoked || invite.expired; };
    const auto it = std::find_if(m_invites.cbegin(), m_invites.cend(), isOver);
    if (it != m_invites.cend())
        m_invites.erase(it);
}

int InviteBook::purge(qint64 now)
{
    for (Invite &invite : m_invites)
        invite.expired = invite.expired || now >= invite.expiresAt;
    const auto isOld = [now](const Invite &invite) { return now - kExpiredInviteKept >= invite.expiresAt; };
    return int(m_invites.removeIf(isOld));
}

QCborValue InviteBook::toCbor() const
{
    QCborArray array;
    for (const Invite &invite : m_invites)
        array.append(mapOf(invite));
    return array;
}

std::optional<InviteBook> InviteBook::fromCbor(const QCborValue &value)
{
    if (!value.isArray() || value.toArray().size() > kMaxInvites)
        return {};
    InviteBook book;
    const QCborArray array = value.toArray();
    for (const QCborValue item : array) {
        const auto invite = inviteOf(item);
        if (!invite)
            return {};
        const bool taken = std::any_of(book.m_invites.cbegin(), book.m_invites.cend(),
                                       [&invite](const Invite &other) { return other.id == invite->id; });
        if (taken)
            return {};
        book.m_invites << *invite;
    }
    return book;
}

} // namespace patchbay::security
