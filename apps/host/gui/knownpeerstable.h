// SPDX-License-Identifier: MIT
#pragma once

#include "hub/host.h"

#include <QAbstractTableModel>

namespace patchbay::gui {

/// Host::knownPeers() in columns; and at the end one member of whom nothing is kept yet, if it was asked for.
class KnownPeersTable final : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { NameColumn, VerifiedColumn, StateColumn, LastSeenColumn, AddressColumn, ColumnCount };

    explicit KnownPeersTable(hub::Host &host, QObject *parent = nullptr);

    /// The row of \a peerId, which is added where nothing is kept of it.
    int rowFor(const QByteArray &peerId, const QString &name);
    int find(const QByteArray &peerId) const; ///< -1: none
    bool isKept(int row) const { return row < m_peers.rowCount(); }

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QVariant extraData(int column, int role) const;
    void reload();

    QAbstractItemModel &m_peers;
    QByteArray m_extraId; ///< empty: no such row
    QString m_extraName;
};

} // namespace patchbay::gui
