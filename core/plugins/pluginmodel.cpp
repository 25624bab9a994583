// SPDX-License-Identifier: MIT
#include "plugins/pluginmodel.h"

#include "plugins/pluginmanager.h"

#include <QFileInfo>
#include <QLocale>

namespace patchbay::plugins {

namespace {

using Manager = PluginManager;

/// The name in the user's language; of a file that is no plugin, the file name.
QString displayName(const Module &module)
{
    const QString locale = QLocale().name(); // "zh_CN"
    const QString language = locale.section(u'_', 0, 0);
    for (const QString &key : {locale, language}) {
        if (const auto it = module.spec.localisedNames.find(key); it != module.spec.localisedNames.end())
            return *it;
    }
    return module.spec.name.isEmpty() ? QFileInfo(module.spec.filePath).fileName() : module.spec.name;
}

QStringList typeNames(const PluginSpec &spec)
{
    QStringList names;
    for (const PayloadType &type : spec.payloadTypes)
        names.append(type.name());
    return names;
}

} // namespace

PluginModel::PluginModel(const ModuleList &modules, IsEnabled isEnabled, QObject *parent)
    : QAbstractTableModel(parent), m_modules(modules), m_isEnabled(std::move(isEnabled))
{ }

void PluginModel::moduleChanged(const Module &module)
{
    for (int row = 0; row < rowCount(); ++row) {
        if (m_modules[size_t(row)].get() == &module)
            Q_EMIT dataChanged(index(row, 0), index(row, Manager::ColumnCount - 1));
    }
}

int PluginModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_modules.size());
}

int PluginModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(Manager::ColumnCount);
}

QVariant PluginModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const Module &module = *m_modules[size_t(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        switch (index.column()) {
        case Manager::NameColumn:
            return displayName(module);
        case Manager::StateColumn:
            return stateDisplayName(module.state);
        case Manager::VersionColumn:
            return module.spec.version;
        case Manager::ReasonColumn:
            return module.reason;
        default:
            return {};
        }
    case Manager::IdRole:
        return module.spec.id;
    case Manager::StateRole:
        return int(module.state);
    case Manager::ReasonRole:
        return module.reason;
    case Manager::OriginRole:
        return int(module.spec.origin);
    case Manager::FileRole:
        return module.spec.filePath;
    case Manager::TypesRole:
        return typeNames(module.spec);
    case Manager::IsPanelRole:
        return module.spec.isPanel();
    case Manager::EnabledRole:
        return m_isEnabled(module);
    case Manager::DescriptionRole:
        return module.spec.description;
    case Manager::PanelForRole:
        return module.spec.panelFor;
    default:
        return {};
    }
}

QVariant PluginModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Manager::NameColumn:
        return tr("Plugin");
    case Manager::StateColumn:
        return tr("State");
    case Manager::VersionColumn:
        return tr("Version");
    case Manager::ReasonColumn:
        return tr("Reason");
    default:
        return {};
    }
}

QHash<int, QByteArray> PluginModel::roleNames() const
{
    QHash<int, QByteArray> names = QAbstractTableModel::roleNames();
    names.insert(Manager::IdRole, "id");
    names.insert(Manager::StateRole, "state");
    names.insert(Manager::ReasonRole, "reason");
    names.insert(Manager::OriginRole, "origin");
    names.insert(Manager::FileRole, "file");
    names.insert(Manager::TypesRole, "types");
    names.insert(Manager::IsPanelRole, "isPanel");
    names.insert(Manager::EnabledRole, "enabled");
    names.insert(Manager::DescriptionRole, "description");
    names.insert(Manager::PanelForRole, "panelFor");
    return names;
}

} // namespace patchbay::plugins
