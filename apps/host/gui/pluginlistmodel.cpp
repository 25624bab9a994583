// SPDX-License-Identifier: MIT
#include "gui/pluginlistmodel.h"

#include "gui/glyphicon.h"
#include "gui/plaintext.h"
#include "hub/pluginroles.h"

namespace patchbay::gui {

namespace {

/// A panel module goes with its plugin, unless it is one by itself.
bool isSwitchable(const QModelIndex &index)
{
    return !index.data(hub::PluginIsPanelRole).toBool()
           || index.data(hub::PluginPanelForRole) == index.data(hub::PluginIdRole);
}

bool hasTrouble(const QModelIndex &index)
{
    return !index.data(hub::PluginReasonRole).toString().isEmpty();
}

} // namespace

PluginListModel::PluginListModel(hub::Host &host, QObject *parent)
    : QAbstractTableModel(parent), m_host(host), m_source(host.plugins()), m_rows(shownRows())
{
    connect(m_source, &QAbstractItemModel::dataChanged, this, &PluginListModel::refresh);
    connect(m_source, &QAbstractItemModel::rowsInserted, this, &PluginListModel::refresh);
    connect(m_source, &QAbstractItemModel::rowsRemoved, this, &PluginListModel::refresh);
    connect(m_source, &QAbstractItemModel::modelReset, this, &PluginListModel::refresh);
}

QList<int> PluginListModel::shownRows() const
{
    QList<int> rows;
    for (int row = 0; row < m_source->rowCount(); ++row) {
        const QModelIndex index = m_source->index(row, 0);
        if (isSwitchable(index) || hasTrouble(index))
            rows.append(row);
    }
    return rows;
}

void PluginListModel::refresh()
{
    const QList<int> rows = shownRows();
    if (rows != m_rows) {
        beginResetModel();
        m_rows = rows;
        endResetModel();
    } else if (!m_rows.isEmpty()) {
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
    }
}

QModelIndex PluginListModel::source(int row, int column) const
{
    return m_source->index(m_rows.value(row, -1), column);
}

QString PluginListModel::pluginId(int row) const
{
    return source(row).data(hub::PluginIdRole).toString();
}

int PluginListModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int PluginListModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(ColumnCount);
}

QVariant PluginListModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const QModelIndex plugin = source(index.row());
    if (role == DetailsRole)
        return details(index.row());
    if (role == Qt::CheckStateRole && index.column() == NameColumn && isSwitchable(plugin))
        return int(plugin.data(hub::PluginEnabledRole).toBool() ? Qt::Checked : Qt::Unchecked);
    if (role == Qt::DecorationRole && index.column() == StateColumn)
        return glyphIcon(hasTrouble(plugin)                             ? Glyph::Warning
                         : plugin.data(hub::PluginEnabledRole).toBool() ? Glyph::StateUp
                                                                        : Glyph::StateOff);
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole)
        return {};
    QString text;
    switch (index.column()) {
    case NameColumn:
        text = role == Qt::ToolTipRole ? plugin.data(hub::PluginDescriptionRole).toString()
                                       : plugin.data(Qt::DisplayRole).toString();
        break;
    case StateColumn:
        text = source(index.row(), hub::PluginStateColumn).data().toString();
        break;
    case VersionColumn:
        text = source(index.row(), hub::PluginVersionColumn).data().toString();
        break;
    case TypesColumn:
        text = plugin.data(hub::PluginTypesRole)
                   .toStringList()
                   .join(role == Qt::ToolTipRole ? QStringLiteral("\n") : QStringLiteral(", "));
        break;
    default:
        text = plugin.data(hub::PluginReasonRole).toString();
        break;
    }
    return role == Qt::ToolTipRole ? plainToolTip(text) : text;
}

bool PluginListModel::setData(const QModelIndex &index, const QVariant &value, int role)
{
    if (role != Qt::CheckStateRole || index.column() != NameColumn || !index.isValid())
        return false;
    const int row = index.row();
    const Error error = m_host.setPluginEnabled(pluginId(row), Qt::CheckState(value.toInt()) == Qt::Checked);
    refresh();
    if (error.isError())
        Q_EMIT refused(row, error.message);
    else
        Q_EMIT switched(row);
    return !error.isError();
}

Qt::ItemFlags PluginListModel::flags(const QModelIndex &index) const
{
    Qt::ItemFlags flags = QAbstractTableModel::flags(index);
    if (index.column() == NameColumn && isSwitchable(source(index.row())))
        flags |= Qt::ItemIsUserCheckable;
    return flags;
}

QVariant PluginListModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case NameColumn:
        return tr("Plugin");
    case StateColumn:
        return tr("State");
    case VersionColumn:
        return tr("Version");
    case TypesColumn:
        return tr("Payload types");
    default:
        return tr("Reason");
    }
}

QString PluginListModel::details(int row) const
{
    const QModelIndex plugin = source(row);
    if (!plugin.isValid())
        return {};
    const QString id = pluginId(row);
    QStringList lines;
    lines.append(id.isEmpty() ? plugin.data().toString() : tr("%1 (%2)").arg(plugin.data().toString(), id));
    if (const QString text = plugin.data(hub::PluginDescriptionRole).toString(); !text.isEmpty())
        lines.append(text);
    lines.append(tr("State: %1").arg(source(row, hub::PluginStateColumn).data().toString()));
    if (const QString reason = plugin.data(hub::PluginReasonRole).toString(); !reason.isEmpty())
        lines.append(tr("Reason: %1").arg(reason));
    if (const QStringList types = plugin.data(hub::PluginTypesRole).toStringList(); !types.isEmpty())
        lines.append(tr("Payload types: %1").arg(types.join(QStringLiteral(", "))));
    lines.append(tr("File: %1").arg(plugin.data(hub::PluginFileRole).toString()));
    return lines.join(u'\n');
}

} // namespace patchbay::gui
