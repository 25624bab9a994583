// SPDX-License-Identifier: MIT
#include "gui/knownpeerstable.h"

#include "gui/plaintext.h"
#include "gui/trusttext.h"
#include "hub/trustroles.h"

#include <QDateTime>
#include <QLocale>

namespace patchbay::gui {

namespace {

QString stateText(const QModelIndex &peer)
{
    QStringList words;
    if (peer.data(hub::KnownBannedRole).toBool())
        words.append(KnownPeersTable::tr("banned"));
    else if (peer.data(hub::KnownMayEnterRole).toBool())
        words.append(KnownPeersTable::tr("may come in"));
    if (peer.data(hub::KnownIsHubRole).toBool())
        words.append(KnownPeersTable::tr("hub"));
    if (peer.data(hub::KnownMutedRole).toBool())
        words.append(KnownPeersTable::tr("muted"));
    return words.join(QStringLiteral(", "));
}

QString timeText(qint64 at)
{
    return at > 0 ? QLocale().toString(QDateTime::fromMSecsSinceEpoch(at), QLocale::ShortFormat)
                  : KnownPeersTable::tr("never");
}

} // namespace

KnownPeersTable::KnownPeersTable(hub::Host &host, QObject *parent)
    : QAbstractTableModel(parent), m_peers(*host.knownPeers())
{
    connect(&m_peers, &QAbstractItemModel::modelReset, this, &KnownPeersTable::reload);
    connect(&m_peers, &QAbstractItemModel::dataChanged, this,
            [this](const QModelIndex &first, const QModelIndex &last) {
                Q_EMIT dataChanged(index(first.row(), 0), index(last.row(), ColumnCount - 1));
            });
}

void KnownPeersTable::reload()
{
    beginResetModel();
    for (int row = 0; row < m_peers.rowCount(); ++row) {
        if (m_peers.index(row, 0).data(hub::KnownPeerIdRole).toByteArray() == m_extraId)
            m_extraId.clear(); // kept from now on
    }
    endResetModel();
}

int KnownPeersTable::find(const QByteArray &peerId) const
{
    for (int row = 0; row < rowCount(); ++row) {
        if (index(row, 0).data(hub::KnownPeerIdRole).toByteArray() == peerId)
            return row;
    }
    return -1;
}

int KnownPeersTable::rowFor(const QByteArray &peerId, const QString &name)
{
    const int row = find(peerId);
    if (row >= 0)
        return row;
    beginResetModel();
    m_extraId = peerId;
    m_extraName = name;
    endResetModel();
    return rowCount() - 1;
}

int KnownPeersTable::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : m_peers.rowCount() + (m_extraId.isEmpty() ? 0 : 1);
}

int KnownPeersTable::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant KnownPeersTable::extraData(int column, int role) const
{
    if (role == hub::KnownPeerIdRole)
        return m_extraId;
    if (role == hub::KnownKeyTextRole)
        return hub::Host::keyText(m_extraId);
    if (role != Qt::DisplayRole)
        return {};
    if (column == NameColumn)
        return peerName(m_extraName);
    return column == VerifiedColumn ? tr("Nothing is kept of this member yet") : QString();
}

QVariant KnownPeersTable::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    if (!isKept(index.row()))
        return extraData(index.column(), role);
    const QModelIndex peer = m_peers.index(index.row(), 0);
    if (role == Qt::ToolTipRole)
        return plainToolTip(data(index, Qt::DisplayRole).toString());
    if (role != Qt::DisplayRole)
        return peer.data(role);
    switch (index.column()) {
    case NameColumn:
        return peerName(peer.data().toString());
    case VerifiedColumn:
        return peer.data(hub::KnownVerifiedRole);
    case StateColumn:
        return stateText(peer);
    case LastSeenColumn:
        return timeText(peer.data(hub::KnownLastSeenRole).toLongLong());
    case AddressColumn:
        return peerName(peer.data(hub::KnownLastAddressRole).toString());
    default:
        return {};
    }
}

QVariant KnownPeersTable::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case NameColumn:
        return tr("Name");
    case VerifiedColumn:
        return tr("Verified");
    case StateColumn:
        return tr("State");
    case LastSeenColumn:
        return tr("Last seen");
    case AddressColumn:
        return tr("Last address");
    default:
        return {};
    }
}

} // namespace patchbay::gui
