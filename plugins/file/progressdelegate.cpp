// SPDX-License-Identifier: MIT
#include "progressdelegate.h"

#include "ifilelogic.h"

#include <QApplication>
#include <QStyleOptionProgressBar>

#include <algorithm>

namespace patchbay::file {

namespace {
constexpr int kSteps = 1000;
constexpr int kMinWidth = 190;
} // namespace

void ProgressDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const auto state = TransferState(index.data(StateRole).toInt());
    if (state != TransferState::Active)
        return QStyledItemDelegate::paint(painter, option, index);

    // The background of the cell, without its text.
    QStyleOptionViewItem cell = option;
    initStyleOption(&cell, index);
    cell.text.clear();
    const QWidget *widget = option.widget;
    const QStyle *style = widget ? widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &cell, painter, widget);

    const qint64 size = index.data(SizeRole).toLongLong();
    const qint64 bytes = index.data(BytesRole).toLongLong();
    QStyleOptionProgressBar bar;
    bar.initFrom(widget);
    bar.rect = option.rect.adjusted(3, 3, -3, -3);
    bar.palette = option.palette;
    bar.direction = option.direction;
    bar.fontMetrics = option.fontMetrics;
    bar.state = QStyle::State_Enabled | QStyle::State_Active | QStyle::State_Horizontal;
    bar.minimum = 0;
    bar.maximum = kSteps;
    bar.progress = size > 0 ? int(double(std::min(bytes, size)) / double(size) * kSteps) : 0;
    bar.text = index.data(Qt::DisplayRole).toString();
    bar.textVisible = true;
    bar.textAlignment = Qt::AlignCenter;
    style->drawControl(QStyle::CE_ProgressBar, &bar, painter, widget);
}

QSize ProgressDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const QSize size = QStyledItemDelegate::sizeHint(option, index);
    return {std::max(size.width(), kMinWidth), size.height() + 6};
}

} // namespace patchbay::file
