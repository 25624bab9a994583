// SPDX-License-Identifier: MIT
#include "hub/knownpeersmodel.h"

#include "security/peerid.h"

#include <QDateTime>
#include <QLocale>
#include <QVariantMap>

namespace patchbay::hub {

namespace {

QVariantMap words(const security::Permissions &permissions)
{
    QVariantMap map;
    for (auto it = permissions.cbegin(); it != permissions.cend(); ++it)
        map.insert(it.key(), permissionWord(it.value()));
    return map;
}

QString howWord(security::VerifiedBy how)
{
    switch (how) {
    case security::VerifiedBy::Invite:
        return QStringLiteral("invite");
    case security::VerifiedBy::Code:
        return QStringLiteral("code");
    case security::VerifiedBy::Operator:
        return QStringLiteral("operator");
    case security::VerifiedBy::Unverified:
        break;
    }
    return QStringLiteral("unverified");
}

QString verifiedText(const security::KnownPeer &peer)
{
    const QString day = QLocale().toString(QDateTime::fromMSecsSinceEpoch(peer.verifiedAt), QLocale::ShortFormat);
    switch (peer.how) {
    case security::VerifiedBy::Invite:
        return KnownPeersModel::tr("Verified by an invite link, %1").arg(day);
    case security::VerifiedBy::Code:
        return KnownPeersModel::tr("Verified by comparing codes, %1").arg(day);
    case security::VerifiedBy::Operator:
        return KnownPeersModel::tr("Let in by hand, %1").arg(day);
    case security::VerifiedBy::Unverified:
        break;
    }
    return KnownPeersModel::tr("Not verified");
}

} // namespace

QString permissionWord(security::Permission permission)
{
    switch (permission) {
    case security::Permission::Yes:
        return QStringLiteral("yes");
    case security::Permission::Ask:
        return QStringLiteral("ask");
    case security::Permission::No:
        return QStringLiteral("no");
    case security::Permission::Default:
        break;
    }
    return QStringLiteral("default");
}

void KnownPeersModel::setPeers(const QList<security::KnownPeer> &peers)
{
    // Rows that stay keep their selection; the list is short and changes seldom.
    const bool sameIds = peers.size() == m_peers.size()
                         && std::equal(peers.cbegin(), peers.cend(), m_peers.cbegin(),
                                       [](const auto &a, const auto &b) { return a.peerId == b.peerId; });
    if (sameIds) {
        m_peers = peers;
        if (!m_peers.isEmpty())
            Q_EMIT dataChanged(index(0), index(int(m_peers.size()) - 1));
        return;
    }
    beginResetModel();
    m_peers = peers;
    endResetModel();
}

int KnownPeersModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_peers.size());
}

QVariant KnownPeersModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const security::KnownPeer &peer = m_peers[index.row()];
    switch (role) {
    case Qt::DisplayRole:
        return peer.label.isEmpty() ? security::shortPeerId(peer.peerId) : peer.label;
    case KnownPeerIdRole:
        return peer.peerId;
    case KnownKeyTextRole:
        return security::formatPeerId(peer.peerId);
    case KnownVerifiedRole:
        return verifiedText(peer);
    case KnownHowRole:
        return howWord(peer.how);
    case KnownVerifiedAtRole:
        return peer.verifiedAt;
    case KnownLastSeenRole:
        return peer.lastSeen;
    case KnownLastAddressRole:
        return peer.lastAddress;
    case KnownIsHubRole:
        return peer.isHub;
    case KnownMayEnterRole:
        return peer.mayEnter;
    case KnownBannedRole:
        return peer.banned;
    case KnownMutedRole:
        return peer.muted;
    case KnownPermissionsRole:
        return words(peer.permissions);
    case KnownMemberPermissionsRole:
        return words(peer.memberPermissions);
    default:
        return {};
    }
}

} // namespace patchbay::hub
