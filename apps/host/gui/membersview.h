// SPDX-License-Identifier: MIT
#pragma once

#include "hub/host.h"

#include <QListView>

QT_BEGIN_NAMESPACE
class QMenu;
QT_END_NAMESPACE

namespace patchbay::gui {

/// The list of members, and what may be done with one of them.
class MembersView final : public QListView
{
    Q_OBJECT

public:
    /// \a host is started and outlives the view.
    explicit MembersView(hub::Host &host, QWidget *parent = nullptr);

    QSize sizeHint() const override;

Q_SIGNALS:
    void permissionsWanted(const QByteArray &peerId, const QString &name);
    void refused(const QString &problem);

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;

private:
    void copyKey();
    void addOperatorActions(QMenu *menu, const QModelIndex &member);
    void act(const Error &error);

    hub::Host &m_host;
};

} // namespace patchbay::gui
