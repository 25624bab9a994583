// SPDX-License-Identifier: MIT
#include "timelinemodel.h"

#include <QLocale>

namespace patchbay::text {

TimelineModel::TimelineModel(QObject *parent, int maxRows, qsizetype maxCharacters)
    : QAbstractListModel(parent), m_maxRows(maxRows), m_maxCharacters(maxCharacters)
{ }

quint64 TimelineModel::append(TimelineRow row)
{
    row.key = ++m_lastKey;
    const int at = int(m_rows.size());
    beginInsertRows({}, at, at);
    m_characters += row.text.size();
    m_rows.push_back(std::move(row));
    endInsertRows();
    dropOldest();
    return m_lastKey;
}

void TimelineModel::dropOldest()
{
    size_t drop = 0;
    qsizetype characters = m_characters;
    while (m_rows.size() - drop > 1 && (m_rows.size() - drop > size_t(m_maxRows) || characters > m_maxCharacters)) {
        characters -= m_rows[drop].text.size();
        ++drop;
    }
    if (drop == 0)
        return;
    beginRemoveRows({}, 0, int(drop) - 1);
    m_rows.erase(m_rows.begin(), m_rows.begin() + std::ptrdiff_t(drop));
    m_characters = characters;
    endRemoveRows();
}

void TimelineModel::setState(quint64 key, MessageState state, const QString &stateText)
{
    if (m_rows.empty() || key < m_rows.front().key || key > m_rows.back().key)
        return;
    // Keys rise by one from row to row, because rows are only dropped at the front.
    const size_t at = size_t(key - m_rows.front().key);
    m_rows[at].state = state;
    m_rows[at].stateText = stateText;
    const QModelIndex changed = index(int(at));
    Q_EMIT dataChanged(changed, changed);
}

int TimelineModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

QString TimelineModel::accessibleText(const TimelineRow &row)
{
    QString text = tr("%1, %2: %3").arg(row.from, QLocale().toString(row.time.time(), QLocale::ShortFormat), row.text);
    if (!row.stateText.isEmpty())
        text += QStringLiteral(". ") + row.stateText;
    return text;
}

QVariant TimelineModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const TimelineRow &row = m_rows[size_t(index.row())];
    switch (role) {
    case Qt::DisplayRole:
    case TextRole:
        return row.text;
    case Qt::AccessibleTextRole:
        return accessibleText(row);
    case TimeRole:
        return row.time;
    case FromRole:
        return row.from;
    case PeerRole:
        return row.peerId;
    case ToRole:
        return row.to;
    case OwnRole:
        return row.own;
    case StateRole:
        return int(row.state);
    case StateTextRole:
        return row.stateText;
    case RowKeyRole:
        return row.key;
    default:
        return {};
    }
}

QHash<int, QByteArray> TimelineModel::roleNames() const
{
    QHash<int, QByteArray> names = QAbstractListModel::roleNames();
    names.insert(TimeRole, "time");
    names.insert(FromRole, "from");
    names.insert(PeerRole, "peer");
    names.insert(ToRole, "to");
    names.insert(TextRole, "text");
    names.insert(OwnRole, "own");
    names.insert(StateRole, "state");
    names.insert(StateTextRole, "stateText");
    names.insert(RowKeyRole, "key");
    return names;
}

} // namespace patchbay::text
