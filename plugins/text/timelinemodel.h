// SPDX-License-Identifier: MIT
#pragma once

#include "itextlogic.h"

#include <QAbstractListModel>
#include <QDateTime>

#include <deque>

namespace patchbay::text {

struct TimelineRow
{
    QDateTime time;
    QString from;
    QByteArray peerId;
    QString to;
    QString text;
    bool own = false;
    MessageState state = MessageState::Received;
    QString stateText;
    quint64 key = 0; ///< set by the model
};

/// What was said, oldest first. Bounded in rows and in characters, whichever comes first; the oldest are dropped.
class TimelineModel final : public QAbstractListModel
{
    Q_OBJECT

public:
    static constexpr int kMaxRows = 10'000;
    static constexpr qsizetype kMaxCharacters = 8 * 1024 * 1024;

    explicit TimelineModel(QObject *parent = nullptr, int maxRows = kMaxRows, qsizetype maxCharacters = kMaxCharacters);

    /// Returns the row's key.
    quint64 append(TimelineRow row);
    /// A row that was dropped already is ignored.
    void setState(quint64 key, MessageState state, const QString &stateText);

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;

private:
    void dropOldest();
    static QString accessibleText(const TimelineRow &row);

    const int m_maxRows;
    const qsizetype m_maxCharacters;
    std::deque<TimelineRow> m_rows;
    qsizetype m_characters = 0;
    quint64 m_lastKey = 0;
};

} // namespace patchbay::text
