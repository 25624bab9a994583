// SPDX-License-Identifier: MIT
#pragma once

#include <QAbstractTableModel>
#include <QDateTime>
#include <QString>

#include <deque>

namespace patchbay::hub {

/// The last lines of the log, newest last: time, source, line. Main thread.
class LogModel final : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { TimeColumn, SourceColumn, LineColumn, ColumnCount };
    static constexpr int kMaxRows = 10000;

    using QAbstractTableModel::QAbstractTableModel;

    /// \a line is made a single line of plain text here.
    void append(const QString &source, const QString &line);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row
    {
        QDateTime time;
        QString source;
        QString line;
    };
    std::deque<Row> m_rows;
};

} // namespace patchbay::hub
