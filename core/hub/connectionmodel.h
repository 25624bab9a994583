// SPDX-License-Identifier: MIT
#pragma once

#include "net/linkstatus.h"

#include <QAbstractTableModel>

namespace patchbay::hub {

/// The TCP connections of this host: local address, peer address, member. Main thread.
class ConnectionModel final : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { LocalColumn, PeerColumn, MemberColumn, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    void setConnections(const QList<net::ConnectionInfo> &connections);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QList<net::ConnectionInfo> m_connections;
};

} // namespace patchbay::hub
