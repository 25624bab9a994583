// SPDX-License-Identifier: MIT
#pragma once

#include <QWidget>

QT_BEGIN_NAMESPACE
class QAbstractItemModel;
class QLabel;
class QLineEdit;
class QSortFilterProxyModel;
class QTreeView;
QT_END_NAMESPACE

namespace patchbay::gui {

/// The log: filter, copy, save. Follows the newest line while it is in sight.
class LogView final : public QWidget
{
    Q_OBJECT

public:
    /// \a log is Host::log() and outlives the view.
    explicit LogView(QAbstractItemModel *log, QWidget *parent = nullptr);

    /// What the filter shows, one line each, tab-separated.
    QString text() const;
    /// Writes text() to \a path. Returns a sentence when that failed, else nothing.
    QString saveTo(const QString &path) const;
    QSize sizeHint() const override;

Q_SIGNALS:
    void failed(const QString &problem);

private:
    void makeTable();
    void copy() const;
    void save();
    QString rowText(int row) const;
    bool isAtEnd() const;

    QSortFilterProxyModel *m_filtered;
    QLineEdit *m_filter;
    QTreeView *m_table;
    bool m_follow = true;
};

} // namespace patchbay::gui
