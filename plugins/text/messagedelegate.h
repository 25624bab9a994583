// SPDX-License-Identifier: MIT
#pragma once

#include <QHash>
#include <QStyledItemDelegate>

QT_BEGIN_NAMESPACE
class QTextLayout;
QT_END_NAMESPACE

namespace patchbay::text {

/// Draws one message: who and when, the text, and what went wrong. Plain text only, colours from the palette only,
/// and never more of a message than a screen or two: the rest can be copied.
class MessageDelegate final : public QStyledItemDelegate
{
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;

private:
    struct Parts;
    static Parts parts(const QStyleOptionViewItem &option, const QModelIndex &index);

    /// Row key → height, for one width and font; laying out 10,000 texts again for each new one would be felt.
    mutable QHash<quint64, int> m_heights;
    mutable int m_width = -1;
    mutable QString m_font;
};

} // namespace patchbay::text
