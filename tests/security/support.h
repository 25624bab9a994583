// SPDX-License-Identifier: MIT
#pragma once

#include "security/truststore.h"

#include <QByteArray>
#include <QFile>
#include <QString>

namespace patchbay::security {

/// A peer id that is easily told from others.
inline QByteArray idOf(int number)
{
    return QByteArray(28, 'i') + QByteArray::number(number).rightJustified(4, '0');
}

inline KnownPeer peerOf(int number, const QString &label = QStringLiteral("Ada"))
{
    KnownPeer peer;
    peer.peerId = idOf(number);
    peer.label = label;
    return peer;
}

/// A peer, a hub and an invite, with every field set to something.
inline TrustStore sampleStore()
{
    TrustStore store;
    KnownPeer peer = peerOf(1);
    peer.how = VerifiedBy::Code;
    peer.verifiedAt = 1'700'000'000'000;
    peer.lastSeen = 1'800'000'000'000;
    peer.lastAddress = QStringLiteral("192.0.2.1:50000");
    peer.permissions = {{QStringLiteral("org.patchbay.file"), Permission::Yes}, {QStringLiteral("x"), Permission::No}};
    peer.mayEnter = true;
    peer.muted = true;
    KnownPeer hub = peerOf(2, QStringLiteral("Grüße"));
    hub.how = VerifiedBy::Invite;
    hub.isHub = true;
    hub.banned = true;
    hub.memberPermissions = {{QStringLiteral("org.patchbay.text"), Permission::Ask}};
    const bool ok = !store.put(peer) && !store.put(hub) && !store.pinHub(QStringLiteral("hub.example:7229"), idOf(2))
                    && store.invites().issue(3, 3'600'000, 1'800'000'000'000).ok();
    return ok ? store : TrustStore();
}

inline QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// What is there is replaced; only the owner may read it.
inline bool putFile(const QString &path, const QByteArray &content)
{
    QFile::remove(path);
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.setPermissions(QFile::ReadOwner | QFile::WriteOwner)
           && file.write(content) == content.size() && file.flush();
}

} // namespace patchbay::security
