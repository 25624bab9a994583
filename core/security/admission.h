// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "security/problem.h"
#include "security/randombytes.h"
#include "security/truststore.h"

#include <QByteArray>
#include <QHash>
#include <QList>
#include <QMutex>
#include <QString>

namespace patchbay::security {

/// Whom a hub lets in, beside those it knows: nobody, whom its operator allows, or anyone.
enum class Policy { Known, Ask, Anyone };

/// Somebody at the door: a client whose key TLS has proven.
struct Knock
{
    QByteArray peerId; ///< PeerCheck::peerId
    QString name;      ///< as they call themselves
    QByteArray token;  ///< of an invite, or empty
    QString address;
    qint64 now = 0; ///< ms since 1970
};

enum class Refusal { None, Banned, NotKnown, InviteUnknown, InviteExpired, InviteUsedUp, InviteRevoked, ListFull };

struct Verdict
{
    enum class Kind { Admit, Ask, Refuse };
    Kind kind = Kind::Refuse;
    Refusal refusal = Refusal::None; ///< Refuse: why. Ask: what is wrong with the invite they brought, if anything
    QString sentence;                ///< Refuse: for the one who knocked. Ask: for the operator
    bool verified = false;           ///< Admit: we know whose key this is; otherwise show as not verified
    bool muted = false;              ///< Admit: may be here, may not speak
};

/// That a peer was admitted, for the store.
struct DoorChange
{
    QByteArray peerId;
    QString name; ///< cut and cleaned to fit a label
    QString address;
    qint64 at = 0;
    bool invited = false; ///< by an invite just now: from now on it is known
};

/// What the changes make of a store: the same here and there, so nothing that was set in between is undone. A Problem
/// if the store is full; the others are applied all the same.
std::optional<Problem> applyDoorChanges(TrustStore &store, const QList<DoorChange> &changes);

/// Decides who enters a hub. All of it is thread-safe: the I/O thread asks, the main thread sets and saves. It begins
/// with a copy of the store and from then on holds the truth about invites; the main thread tells it every change it
/// makes, and drains what happened at the door.
class Doorkeeper
{
public:
    Doorkeeper(const TrustStore &store, Policy policy);

    /// In this order: banned are refused, those who may enter are admitted (whatever token they bring, it stays
    /// unused), a good invite admits and makes known, and then the policy decides.
    Verdict judge(const Knock &knock);

    Policy policy() const;
    void setPolicy(Policy policy);

    /// After the main thread has put a peer into the store or forgotten one. A forgotten one may come back by an
    /// invite that is still good, the one it used before among them; to keep somebody out there are bans.
    std::optional<Problem> setPeer(const KnownPeer &peer);
    void forgetPeer(const QByteArray &peerId);

    base::Result<InviteBook::Issued, Problem> issueInvite(int uses, qint64 lifetime, qint64 now,
                                                          const RandomBytes &random = systemRandom());
    bool revokeInvite(const QByteArray &id);

    /// The invites as they are now, to be listed and stored.
    InviteBook invites() const;

    /// What happened since the last time, one entry per peer: to be applied with applyDoorChanges() and saved together
    /// with invites(). Bounded by the number of known peers.
    QList<DoorChange> drain();

private:
    Verdict decide(const Knock &knock);
    static Verdict admitted(const KnownPeer &peer);
    void note(const Knock &knock, bool invited);

    mutable QMutex m_mutex;
    Policy m_policy;
    TrustStore m_store;
    QHash<QByteArray, DoorChange> m_changes;
};

} // namespace patchbay::security
