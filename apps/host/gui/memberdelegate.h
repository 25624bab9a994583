// SPDX-License-Identifier: MIT
#pragma once

#include <QStyledItemDelegate>

namespace patchbay::gui {

/// A row of the members: initial in a disc, name, short peer id, "hub" and "you" as small marks.
class MemberDelegate final : public QStyledItemDelegate
{
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;
};

} // namespace patchbay::gui
