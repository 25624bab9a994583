// SPDX-License-Identifier: MIT
#include "gui/membersview.h"

#include "gui/memberdelegate.h"
#include "gui/memberlistmodel.h"
#include "hub/trustroles.h"

#include <patchbay/types.h>

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>

namespace patchbay::gui {

MembersView::MembersView(hub::Host &host, QWidget *parent) : QListView(parent), m_host(host)
{
    setObjectName(QStringLiteral("members"));
    setAccessibleName(tr("Members"));
    auto *model = new MemberListModel(this);
    model->setSourceModel(m_host.members());
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
    copyKey();
    event->accept();
}

void MembersView::contextMenuEvent(QContextMenuEvent *event)
{
    const QModelIndex member = currentIndex();
    if (!member.isValid())
        return;
    auto *menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("memberMenu"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(tr("&Copy key"), QKeySequence::Copy, this, &MembersView::copyKey)
        ->setObjectName(QStringLiteral("copyKeyAction"));
    if (!member.data(IsSelfRole).toBool()) {
        const QByteArray peerId = member.data(PeerIdRole).toByteArray();
        const QString name = member.data(NameRole).toString();
        menu->addAction(tr("&Permissions…"), this, [this, peerId, name] { Q_EMIT permissionsWanted(peerId, name); })
            ->setObjectName(QStringLiteral("permissionsAction"));
        if (m_host.linkState().mode == hub::LinkState::Mode::Server && !m_host.linkState().isPlain)
            addOperatorActions(menu, member);
    }
    const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
    menu->popup(byKey ? viewport()->mapToGlobal(visualRect(member).center()) : event->globalPos());
}

void MembersView::addOperatorActions(QMenu *menu, const QModelIndex &member)
{
    // By id: the member may be gone, and another one in its row, when something is chosen.
    const auto id = MemberId(member.data(MemberIdRole).toULongLong());
    const QByteArray peerId = member.data(PeerIdRole).toByteArray();
    const bool isMuted = member.data(hub::MutedRole).toBool();
    menu->addSeparator();
    menu->addAction(isMuted ? tr("Un&mute") : tr("&Mute: forward nothing of it"), this,
                    [this, peerId, isMuted] { act(m_host.setMuted(peerId, !isMuted)); })
        ->setObjectName(QStringLiteral("muteAction"));
    menu->addAction(tr("&Kick: end its link, it may come back"), this, [this, id] { act(m_host.kick(id)); })
        ->setObjectName(QStringLiteral("kickAction"));
    menu->addAction(tr("&Ban: end its link, it may not come back"), this,
                    [this, peerId] { act(m_host.setBanned(peerId, true)); })
        ->setObjectName(QStringLiteral("banAction"));
}

void MembersView::act(const Error &error)
{
    if (error.isError())
        Q_EMIT refused(error.message);
}

void MembersView::copyKey()
{
    if (currentIndex().isValid())
        QApplication::clipboard()->setText(hub::Host::keyText(currentIndex().data(PeerIdRole).toByteArray()));
}

} // namespace patchbay::gui
