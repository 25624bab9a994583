// SPDX-License-Identifier: MIT
#include "gui/memberdelegate.h"

#include "gui/glyphicon.h"
#include "gui/memberlistmodel.h"

#include <patchbay/types.h>

#include <QApplication>
#include <QPainter>

namespace patchbay::gui {

namespace {

constexpr int kMargin = 6;
constexpr float kQuietFill = 0.16F;

QFont smallFont(const QFont &font)
{
    QFont small = font;
    if (font.pointSizeF() > 0)
        small.setPointSizeF(font.pointSizeF() * 0.85);
    return small;
}

QFont boldFont(const QFont &font)
{
    QFont bold = font;
    bold.setBold(true);
    return bold;
}

/// The first character of a name, surrogate pairs kept whole.
QString initial(const QString &name)
{
    if (name.isEmpty())
        return QStringLiteral("?");
    return name.left(name[0].isHighSurrogate() && name.size() > 1 ? 2 : 1).toUpper();
}

} // namespace

QSize MemberDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const
{
    const int height = QFontMetrics(boldFont(option.font)).height() + QFontMetrics(smallFont(option.font)).height();
    return {height * 4, height + 2 * kMargin};
}

void MemberDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    QStyleOptionViewItem item = option;
    initStyleOption(&item, index);
    item.text.clear();
    const QStyle *style = item.widget ? item.widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &item, painter, item.widget);

    const bool isSelected = item.state & QStyle::State_Selected;
    const bool isSelf = index.data(IsSelfRole).toBool();
    const QPalette &palette = item.palette;
    const QColor text = palette.color(isSelected ? QPalette::HighlightedText : QPalette::Text);
    const QColor quiet = isSelected ? text : palette.color(QPalette::PlaceholderText);
    const QString name = index.data(Qt::DisplayRole).toString();

    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRect area = item.rect.adjusted(kMargin, kMargin, -kMargin, -kMargin);
    const QRect disc(area.left(), area.top(), area.height(), area.height());
    painter->setPen(Qt::NoPen);
    QColor fill = isSelf && !isSelected ? palette.color(QPalette::Highlight) : text;
    if (!isSelf || isSelected)
        fill.setAlphaF(kQuietFill); // stands out a little from whatever is behind it, light or dark
    painter->setBrush(fill);
    painter->drawEllipse(disc.adjusted(1, 1, -1, -1));
    painter->setPen(isSelf && !isSelected ? palette.color(QPalette::HighlightedText) : text);
    painter->setFont(boldFont(item.font));
    painter->drawText(disc, Qt::AlignCenter, initial(name));

    // Right to left: the marks, then what is left for the name.
    const QFont small = smallFont(item.font);
    const QFontMetrics smallMetrics(small);
    const QFontMetrics nameMetrics(boldFont(item.font));
    int right = area.right();
    const QStringList markers = index.data(MemberListModel::MarkersRole).toStringList();
    painter->setFont(small);
    for (auto marker = markers.crbegin(); marker != markers.crend(); ++marker) {
        const int width = smallMetrics.horizontalAdvance(*marker) + 12;
        const int top = area.top() + (nameMetrics.height() - smallMetrics.height() - 2) / 2;
        const QRectF mark(right - width + 0.5, top + 0.5, width - 1, smallMetrics.height() + 1);
        painter->setPen(quiet);
        painter->setBrush(Qt::NoBrush);
        painter->drawRoundedRect(mark, mark.height() / 2, mark.height() / 2);
        painter->setPen(text);
        painter->drawText(mark, Qt::AlignCenter, *marker);
        right -= width + 4;
    }

    const int left = disc.right() + 1 + kMargin + 2;
    painter->setFont(boldFont(item.font));
    painter->setPen(text);
    painter->drawText(QRect(left, area.top(), std::max(0, right - left), nameMetrics.height()),
                      Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
                      nameMetrics.elidedText(name, Qt::ElideRight, std::max(0, right - left)));
    painter->setFont(small);
    painter->setPen(quiet);
    const QRect badge(left, area.top() + nameMetrics.height(), smallMetrics.height(), smallMetrics.height());
    const QIcon icon = glyphIcon(Glyph(index.data(MemberListModel::TrustGlyphRole).toInt()));
    icon.paint(painter, badge.adjusted(0, 1, -1, -1), Qt::AlignCenter, isSelected ? QIcon::Selected : QIcon::Normal);
    const QRect trust(badge.right() + 4, badge.top(), std::max(0, area.right() - badge.right() - 4), badge.height());
    painter->drawText(
        trust, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
        smallMetrics.elidedText(index.data(MemberListModel::TrustTextRole).toString(), Qt::ElideRight, trust.width()));
    painter->restore();
}

} // namespace patchbay::gui
