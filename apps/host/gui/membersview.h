// SPDX-License-Identifier: MIT
#pragma once

#include <QListView>

QT_BEGIN_NAMESPACE
class QAbstractItemModel;
QT_END_NAMESPACE

namespace patchbay::gui {

/// The list of members.
class MembersView final : public QListView
{
    Q_OBJECT

public:
    /// \a members is Host::members() and outlives the view.
    explicit MembersView(QAbstractItemModel *members, QWidget *parent = nullptr);

    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;

private:
    void copyPeerId();
};

} // namespace patchbay::gui
