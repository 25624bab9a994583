// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "hub/knownpeersmodel.h"
#include "net/netservice.h"
#include "security/admission.h"
#include "security/identity.h"
#include "security/invitelink.h"
#include "security/tlscontext.h"

#include <patchbay/types.h>

#include <QObject>
#include <QThreadPool>

#include <memory>

namespace patchbay::hub {

/// Who this profile is and whom it knows: the identity, the trust store, the invites, and what of them the I/O thread
/// may ask. Main thread; saving happens on a worker, in order.
class Trust final : public QObject
{
    Q_OBJECT

public:
    /// \a temporary: nothing is read or kept.
    static base::Result<std::unique_ptr<Trust>, Error> open(const QString &directory, bool temporary);
    ~Trust() override; ///< waits for the last save

    QByteArray peerId() const { return m_identity.peerId(); }
    QString warning() const { return m_warning; } ///< of open(), for people; usually empty
    const std::shared_ptr<const security::TlsContext> &tls() const { return m_tls; }

    // ---- the hub's side: who may enter ----
    const std::shared_ptr<security::Doorkeeper> &doorkeeper() const { return m_doorkeeper; }
    /// Brings home what happened at the door since the last time.
    void drainDoor();
    base::Result<security::InviteBook::Issued, Error> issueInvite(int uses, qint64 lifetimeMs);
    Error revokeInvite(const QByteArray &id);

    // ---- the client's side: which hub is meant ----
    /// For ClientOptions::judgeHub; callable on any thread as long as it lives. \a keyId: of an invite link, or empty.
    std::function<net::HubVerdict(const QByteArray &, const net::DialTarget &)> hubJudge(const QByteArray &keyId) const;
    /// From now on the hub at these addresses must have this key.
    void pinHub(const QByteArray &peerId, const QString &name, const QList<security::InviteAddress> &addresses,
                security::VerifiedBy how);

    // ---- peers ----
    KnownPeersModel *model() { return &m_model; }
    const security::TrustStore &store() const { return m_store; }
    /// By label, by the key or the beginning of it as shown, or by hex. An error says so when none or several match.
    Error findPeer(const QString &text, QByteArray *peerId) const;
    bool isVerified(const QByteArray &peerId) const;
    /// Changes the entry of \a peerId, which is made where there is none, and saves.
    Error edit(const QByteArray &peerId, const std::function<void(security::KnownPeer &)> &change);
    Error forget(const QByteArray &peerId);
    /// What a member may do with a plugin of ours. \a hubId: the hub that vouches for it; empty = its own link is ours.
    security::Permission permission(const QByteArray &peerId, const QByteArray &hubId, const QString &pluginId) const;

Q_SIGNALS:
    /// The entry of a peer changed or is gone.
    void peerChanged(const QByteArray &peerId);
    void saveFailed(const QString &text);

private:
    explicit Trust(security::Identity identity) : m_identity(std::move(identity)) { }
    void save();
    void refresh(const QByteArray &peerId);

    security::Identity m_identity;
    security::TrustStore m_store;
    std::shared_ptr<security::Doorkeeper> m_doorkeeper;
    std::shared_ptr<const security::TlsContext> m_tls;
    KnownPeersModel m_model;
    QString m_directory; ///< empty: temporary
    QString m_warning;
    QThreadPool m_saver; ///< one thread, so that the last one saved is the last one asked for
};

} // namespace patchbay::hub
