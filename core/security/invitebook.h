// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "security/problem.h"
#include "security/randombytes.h"

#include <QByteArray>
#include <QCborValue>
#include <QList>

#include <optional>

namespace patchbay::security {

constexpr int kInviteIdBytes = 8;
constexpr int kMaxInvites = 1024; ///< as many as a person can still revoke one by one
constexpr int kMaxInviteUses = 1024;
constexpr qint64 kMaxInviteLifetime = 366LL * 24 * 3600 * 1000; ///< ms
constexpr qint64 kLatestTime = 253'402'300'799'999;             ///< the last ms of the year 9999: later is no time
constexpr qint64 kExpiredInviteKept = 7LL * 24 * 3600 * 1000;   ///< so that a late one hears why

/// What is kept of an invite. The token is not: only its SHA-256.
struct Invite
{
    QByteArray id; ///< 8 bytes; no secret
    QByteArray tokenHash;
    qint64 issuedAt = 0; ///< ms since 1970
    qint64 expiresAt = 0;
    int uses = 1;
    QList<QByteArray> redeemedBy; ///< peer ids, at most `uses`
    bool revoked = false;
    bool expired = false; ///< was found expired once, and stays so whatever the clock says later

    bool operator==(const Invite &) const = default;
};

enum class Redeemed { Accepted, Unknown, Expired, UsedUp, Revoked };

/// The invites a hub has issued. A token is bound to the first peer ids that use it, one per use; they may redeem it
/// again until it expires, so a lost answer burns nothing. A value; not thread-safe by itself (see Doorkeeper).
class InviteBook
{
public:
    struct Issued
    {
        QByteArray id;
        QByteArray token; ///< 16 bytes; the only time it is seen
    };

    /// \a lifetime in ms, \a now in ms since 1970. Purges first; at kMaxInvites an invite
    /// that is revoked or expired makes room.
    base::Result<Issued, Problem> issue(int uses, qint64 lifetime, qint64 now,
                                        const RandomBytes &random = systemRandom());

    /// What comes of a token that the peer with the proven id \a peerId shows. Compares with all of them in constant
    /// time.
    Redeemed redeem(const QByteArray &token, const QByteArray &peerId, qint64 now);

    /// From now on nobody may redeem it, not even again. False if there is no such invite.
    bool revoke(const QByteArray &id);

    /// Marks what has expired, and removes what expired more than a week ago; returns how many.
    int purge(qint64 now);

    const QList<Invite> &list() const { return m_invites; } ///< oldest first

    QCborValue toCbor() const;
    /// Nothing unless every field of every invite is in its limits.
    static std::optional<InviteBook> fromCbor(const QCborValue &value);

    bool operator==(const InviteBook &) const = default;

private:
    void makeRoom();

    QList<Invite> m_invites;
};

} // namespace patchbay::security
