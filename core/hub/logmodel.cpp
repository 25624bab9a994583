// SPDX-License-Identifier: MIT
#include "hub/logmodel.h"

#include "base/plaintext.h"

namespace patchbay::hub {

void LogModel::append(const QString &source, const QString &line)
{
    constexpr int kTrim = 1000; // in blocks, so that a full log does not remove a row for every new one
    if (m_rows.size() >= kMaxRows) {
        beginRemoveRows({}, 0, kTrim - 1);
        m_rows.erase(m_rows.begin(), m_rows.begin() + kTrim);
        endRemoveRows();
    }
    const int row = int(m_rows.size());
    beginInsertRows({}, row, row);
    m_rows.push_back({QDateTime::currentDateTime(), source, base::singleLine(line)});
    endInsertRows();
}

int LogModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int LogModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant LogModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const Row &row = m_rows[size_t(index.row())];
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case TimeColumn:
        return row.time.toString(QStringLiteral("HH:mm:ss.zzz"));
    case SourceColumn:
        return row.source;
    default:
        return row.line;
    }
}

QVariant LogModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case TimeColumn:
        return tr("Time");
    case SourceColumn:
        return tr("Source");
    default:
        return tr("Message");
    }
}

} // namespace patchbay::hub
