// SPDX-License-Identifier: MIT
#pragma once

#include "plugins/module.h"

#include <QAbstractTableModel>

#include <functional>

namespace patchbay::plugins {

/// PluginManager::model(): one row per module file, in the order found.
class PluginModel final : public QAbstractTableModel
{
    Q_OBJECT

public:
    using IsEnabled = std::function<bool(const Module &)>;

    PluginModel(const ModuleList &modules, IsEnabled isEnabled, QObject *parent = nullptr);

    /// Around every change of the list itself.
    void beginReset() { beginResetModel(); }
    void endReset() { endResetModel(); }
    /// After a change of one module.
    void moduleChanged(const Module &module);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    QHash<int, QByteArray> roleNames() const override;

private:
    const ModuleList &m_modules;
    const IsEnabled m_isEnabled;
};

} // namespace patchbay::plugins
