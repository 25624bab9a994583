// SPDX-License-Identifier: MIT
#pragma once

#include "hub/host.h"

#include <QAbstractTableModel>
#include <QList>

namespace patchbay::gui {

/// Host::plugins() as the plugins dialog shows it: a switch per plugin, its types as a column, and panel modules only
/// where something is wrong with them (else they go with their plugin).
class PluginListModel final : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { NameColumn, StateColumn, VersionColumn, TypesColumn, ReasonColumn, ColumnCount };
    enum Role : int { DetailsRole = Qt::UserRole + 0x200 }; ///< QString: everything about the plugin, several lines

    /// \a host is started and outlives the model.
    explicit PluginListModel(hub::Host &host, QObject *parent = nullptr);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    bool setData(const QModelIndex &index, const QVariant &value, int role) override;
    Qt::ItemFlags flags(const QModelIndex &index) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    QString pluginId(int row) const;

Q_SIGNALS:
    /// Switching was refused; the text says why.
    void refused(int row, const QString &problem);
    void switched(int row);

private:
    QList<int> shownRows() const;
    QModelIndex source(int row, int column = 0) const;
    void refresh();
    QString details(int row) const;

    hub::Host &m_host;
    QAbstractItemModel *m_source;
    QList<int> m_rows; ///< our row → row of m_source
};

} // namespace patchbay::gui
