// SPDX-License-Identifier: MIT
#include "timelineview.h"

#include "itextlogic.h"
#include "messagedelegate.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QScrollBar>
#include <QTimer>

#include <algorithm>

namespace patchbay::text {

TimelineView::TimelineView(QWidget *parent) : QListView(parent)
{
    setItemDelegate(new MessageDelegate(this));
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn); // the width of the texts does not depend on their number
    setResizeMode(QListView::Adjust);
    setSelectionMode(QAbstractItemView::ExtendedSelection);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setTabKeyNavigation(false);
    connect(verticalScrollBar(), &QScrollBar::actionTriggered, this,
            [this] { QTimer::singleShot(0, this, [this] { m_follow = isAtEnd(); }); });
}

void TimelineView::setModel(QAbstractItemModel *model)
{
    QListView::setModel(model);
    if (!model)
        return;
    connect(model, &QAbstractItemModel::rowsAboutToBeInserted, this, [this] { m_follow = isAtEnd(); });
    connect(model, &QAbstractItemModel::rowsInserted, this, [this] {
        if (m_follow)
            QTimer::singleShot(0, this, &QListView::scrollToBottom);
    });
    QTimer::singleShot(0, this, &QListView::scrollToBottom);
}

bool TimelineView::isAtEnd() const
{
    const QScrollBar *bar = verticalScrollBar();
    return bar->value() >= bar->maximum() - fontMetrics().height();
}

void TimelineView::copySelected() const
{
    QModelIndexList rows = selectionModel() ? selectionModel()->selectedIndexes() : QModelIndexList();
    std::sort(rows.begin(), rows.end(), [](const auto &a, const auto &b) { return a.row() < b.row(); });
    QStringList texts;
    for (const QModelIndex &row : std::as_const(rows))
        texts.append(row.data(TextRole).toString());
    if (!texts.isEmpty())
        QApplication::clipboard()->setText(texts.join(u'\n'));
}

void TimelineView::paintEvent(QPaintEvent *event)
{
    QListView::paintEvent(event);
    if (model() && model()->rowCount() > 0)
        return;
    QPainter painter(viewport());
    painter.setPen(palette().color(QPalette::PlaceholderText));
    painter.drawText(viewport()->rect().adjusted(16, 16, -16, -16), Qt::AlignCenter | Qt::TextWordWrap,
                     tr("No messages yet. What you and the other members write appears here."));
}

void TimelineView::resizeEvent(QResizeEvent *event)
{
    const bool follow = isAtEnd();
    QListView::resizeEvent(event);
    if (follow)
        QTimer::singleShot(0, this, &QListView::scrollToBottom);
}

void TimelineView::keyPressEvent(QKeyEvent *event)
{
    if (event->matches(QKeySequence::Copy)) {
        copySelected();
        event->accept();
        return;
    }
    QListView::keyPressEvent(event);
}

void TimelineView::contextMenuEvent(QContextMenuEvent *event)
{
    QMenu menu(this);
    QAction *copy = menu.addAction(tr("&Copy"), QKeySequence::Copy, this, &TimelineView::copySelected);
    copy->setEnabled(selectionModel() && selectionModel()->hasSelection());
    menu.exec(event->globalPos());
}

} // namespace patchbay::text
