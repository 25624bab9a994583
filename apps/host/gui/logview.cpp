// SPDX-License-Identifier: MIT
#include "gui/logview.h"

#include "gui/glyphicon.h"

#include <QAction>
#include <QApplication>
#include <QBoxLayout>
#include <QClipboard>
#include <QDir>
#include <QFileDialog>
#include <QHeaderView>
#include <QLineEdit>
#include <QSaveFile>
#include <QScrollBar>
#include <QSortFilterProxyModel>
#include <QTimer>
#include <QToolButton>
#include <QTreeView>

#include <algorithm>

namespace patchbay::gui {

namespace {

QToolButton *makeButton(Glyph glyph, const QString &name, const QString &objectName, QWidget *parent)
{
    auto *button = new QToolButton(parent);
    button->setObjectName(objectName);
    button->setAutoRaise(true);
    button->setIcon(glyphIcon(glyph));
    button->setToolTip(name);
    button->setAccessibleName(name);
    return button;
}

} // namespace

LogView::LogView(QAbstractItemModel *log, QWidget *parent)
    : QWidget(parent), m_filtered(new QSortFilterProxyModel(this)), m_filter(new QLineEdit(this))
{
    m_filtered->setSourceModel(log);
    m_filtered->setFilterKeyColumn(-1);
    m_filtered->setFilterCaseSensitivity(Qt::CaseInsensitive);

    m_filter->setObjectName(QStringLiteral("logFilter"));
    m_filter->setAccessibleName(tr("Show only lines with"));
    m_filter->setPlaceholderText(tr("Filter"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setMaxLength(200);
    QToolButton *copyButton =
        makeButton(Glyph::Copy, tr("Copy the selected lines, or all"), QStringLiteral("copyLog"), this);
    QToolButton *saveButton = makeButton(Glyph::Save, tr("Save the log…"), QStringLiteral("saveLog"), this);
    m_table = new QTreeView(this); // after them, so that Tab comes to it after them
    makeTable();

    auto *row = new QHBoxLayout;
    row->setContentsMargins(6, 4, 6, 0);
    row->addWidget(m_filter, 1);
    row->addWidget(copyButton);
    row->addWidget(saveButton);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addLayout(row);
    column->addWidget(m_table, 1);
    setFocusProxy(m_filter);

    connect(m_filter, &QLineEdit::textChanged, m_filtered, &QSortFilterProxyModel::setFilterFixedString);
    connect(copyButton, &QToolButton::clicked, this, &LogView::copy);
    connect(saveButton, &QToolButton::clicked, this, &LogView::save);
}

void LogView::makeTable()
{
    m_table->setObjectName(QStringLiteral("log"));
    m_table->setAccessibleName(tr("Log"));
    m_table->setModel(m_filtered);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setRootIsDecorated(false);
    m_table->setItemsExpandable(false);
    m_table->setUniformRowHeights(true);
    m_table->setAllColumnsShowFocus(true);
    m_table->setAlternatingRowColors(true);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setTabKeyNavigation(false);
    const int unit = fontMetrics().averageCharWidth();
    m_table->setColumnWidth(0, unit * 16);
    m_table->setColumnWidth(1, unit * 22);
    m_table->header()->setStretchLastSection(true);

    auto *copyAction = new QAction(tr("&Copy"), m_table);
    copyAction->setShortcut(QKeySequence::Copy);
    copyAction->setShortcutContext(Qt::WidgetShortcut);
    connect(copyAction, &QAction::triggered, this, &LogView::copy);
    m_table->addAction(copyAction);
    m_table->setContextMenuPolicy(Qt::ActionsContextMenu);

    connect(m_filtered, &QAbstractItemModel::rowsAboutToBeInserted, this, [this] { m_follow = isAtEnd(); });
    connect(m_filtered, &QAbstractItemModel::rowsInserted, this, [this] {
        if (m_follow)
            QTimer::singleShot(0, m_table, &QTreeView::scrollToBottom);
    });
    QTimer::singleShot(0, m_table, &QTreeView::scrollToBottom);
}

QSize LogView::sizeHint() const
{
    return {fontMetrics().averageCharWidth() * 80, fontMetrics().height() * 9};
}

bool LogView::isAtEnd() const
{
    const QScrollBar *bar = m_table->verticalScrollBar();
    return bar->value() >= bar->maximum();
}

QString LogView::rowText(int row) const
{
    QStringList cells;
    for (int column = 0; column < m_filtered->columnCount(); ++column)
        cells.append(m_filtered->index(row, column).data().toString());
    return cells.join(u'\t');
}

QString LogView::text() const
{
    QString text;
    for (int row = 0; row < m_filtered->rowCount(); ++row)
        text += rowText(row) + u'\n';
    return text;
}

void LogView::copy() const
{
    QList<int> rows;
    const QModelIndexList selected = m_table->selectionModel()->selectedRows();
    for (const QModelIndex &index : selected)
        rows.append(index.row());
    std::sort(rows.begin(), rows.end());
    QString lines;
    for (const int row : std::as_const(rows))
        lines += rowText(row) + u'\n';
    QApplication::clipboard()->setText(rows.isEmpty() ? text() : lines);
}

void LogView::save()
{
    const QString path =
        QFileDialog::getSaveFileName(this, tr("Save the log"), QDir::home().filePath(QStringLiteral("patchbay.log")));
    if (path.isEmpty())
        return;
    const QString problem = saveTo(path);
    if (!problem.isEmpty())
        Q_EMIT failed(problem);
}

QString LogView::saveTo(const QString &path) const
{
    QSaveFile file(path);
    const QByteArray bytes = text().toUtf8();
    if (file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit())
        return {};
    return tr("The log could not be saved to %1: %2.").arg(QDir::toNativeSeparators(path), file.errorString());
}

} // namespace patchbay::gui
