// SPDX-License-Identifier: MIT
#pragma once

#include <QStyledItemDelegate>

namespace patchbay::file {

/// Draws the progress of a transfer as the style's own progress bar, with rate and time left in it.
class ProgressDelegate final : public QStyledItemDelegate
{
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;
};

} // namespace patchbay::file
