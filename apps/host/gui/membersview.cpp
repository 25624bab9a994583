// SPDX-License-Identifier: MIT
#include "gui/membersview.h"

#include "gui/memberdelegate.h"
#include "gui/memberlistmodel.h"

#include <patchbay/types.h>

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>

namespace patchbay::gui {

MembersView::MembersView(QAbstractItemModel *members, QWidget *parent) : QListView(parent)
{
    setObjectName(QStringLiteral("members"));
    setAccessibleName(tr("Members"));
    auto *model = new MemberListModel(this);
    model->setSourceModel(members);
    setModel(model);
    setItemDelegate(new MemberDelegate(this));
    setUniformItemSizes(true);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setTabKeyNavigation(false);
    connect(model, &QAbstractItemModel::rowsInserted, viewport(), qOverload<>(&QWidget::update));
    connect(model, &QAbstractItemModel::rowsRemoved, viewport(), qOverload<>(&QWidget::update));
}

QSize MembersView::sizeHint() const
{
    return {fontMetrics().averageCharWidth() * 32, fontMetrics().height() * 16};
}

void MembersView::paintEvent(QPaintEvent *event)
{
    QListView::paintEvent(event);
    if (model()->rowCount() > 0)
        return;
    QPainter painter(viewport());
    painter.setPen(palette().color(QPalette::PlaceholderText));
    painter.drawText(viewport()->rect().adjusted(16, 16, -16, -16), Qt::AlignCenter | Qt::TextWordWrap,
                     tr("Nobody here yet. Host or join, and the members of the hub appear."));
}

void MembersView::keyPressEvent(QKeyEvent *event)
{
    if (!event->matches(QKeySequence::Copy))
        return QListView::keyPressEvent(event);
    copyPeerId();
    event->accept();
}

void MembersView::contextMenuEvent(QContextMenuEvent *event)
{
    if (!currentIndex().isValid())
        return;
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(tr("&Copy peer id"), QKeySequence::Copy, this, &MembersView::copyPeerId);
    menu->popup(event->globalPos());
}

void MembersView::copyPeerId()
{
    if (currentIndex().isValid())
        QApplication::clipboard()->setText(QString::fromLatin1(currentIndex().data(PeerIdRole).toByteArray().toHex()));
}

} // namespace patchbay::gui
