// SPDX-License-Identifier: MIT
#include "hub/connectionmodel.h"

namespace patchbay::hub {

namespace {

QString endpoint(const QString &address, quint16 port)
{
    return (address.contains(u':') ? QStringLiteral("[%1]:%2") : QStringLiteral("%1:%2")).arg(address).arg(port);
}

} // namespace

void ConnectionModel::setConnections(const QList<net::ConnectionInfo> &connections)
{
    beginResetModel();
    m_connections = connections;
    endResetModel();
}

int ConnectionModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_connections.size());
}

int ConnectionModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant ConnectionModel::data(const QModelIndex &index, int role) const
{
    if (role != Qt::DisplayRole || !checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const net::ConnectionInfo &connection = m_connections[index.row()];
    switch (index.column()) {
    case LocalColumn:
        return endpoint(connection.localAddress, connection.localPort);
    case PeerColumn:
        return endpoint(connection.peerAddress, connection.peerPort);
    default:
        return connection.member == 0 ? tr("(has not said Hello yet)") : connection.name;
    }
}

QVariant ConnectionModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case LocalColumn:
        return tr("Local address");
    case PeerColumn:
        return tr("Peer address");
    default:
        return tr("Member");
    }
}

} // namespace patchbay::hub
