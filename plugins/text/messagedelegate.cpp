// SPDX-License-Identifier: MIT
#include "messagedelegate.h"

#include "itextlogic.h"

#include <QApplication>
#include <QDateTime>
#include <QLocale>
#include <QPainter>
#include <QTextLayout>

#include <algorithm>

namespace patchbay::text {

namespace {

constexpr int kMargin = 4;
constexpr int kPadding = 8;
constexpr int kRadius = 6;
constexpr int kWidthPercent = 85;
constexpr qsizetype kShownCharacters = 6000;
constexpr int kShownLines = 100;

/// What is drawn of a text from a peer: bounded, and without characters that would draw or order something else.
QString shown(const QString &text)
{
    QString result = text.left(kShownCharacters);
    bool isCut = text.size() > kShownCharacters;
    int lines = 1;
    for (qsizetype i = 0; i < result.size(); ++i) {
        const char16_t u = result[i].unicode();
        if (u == u'\n') {
            result[i] = QChar::LineSeparator;
            if (++lines > kShownLines) {
                result.truncate(i);
                isCut = true;
            }
        } else if (u != u'\t' && (u < 0x20 || (u >= 0x7F && u < 0xA0) || u == 0x2028 || u == 0x2029)) {
            result[i] = QChar::ReplacementCharacter;
        }
    }
    if (!result.isEmpty() && result.back().isHighSurrogate())
        result.chop(1);
    if (isCut) {
        result += QChar(QChar::LineSeparator);
        result += MessageDelegate::tr("… cut here; copy the message to read all of it");
    }
    return result;
}

QString oneLine(QString text)
{
    for (QChar &c : text) {
        if (c.unicode() < 0x20 || (c.unicode() >= 0x7F && c.unicode() < 0xA0) || c == QChar::LineSeparator
            || c == QChar::ParagraphSeparator)
            c = QChar::ReplacementCharacter;
    }
    return text;
}

/// Breaks \a layout into lines of \a width. Returns what they take.
QSizeF breakLines(QTextLayout &layout, qreal width)
{
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    layout.setTextOption(option);
    qreal height = 0;
    qreal widest = 0;
    layout.beginLayout();
    for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
        line.setLineWidth(width);
        line.setPosition({0, height});
        height += line.height();
        widest = std::max(widest, line.naturalTextWidth());
    }
    layout.endLayout();
    return {widest, height};
}

QColor blend(const QColor &a, const QColor &b, qreal part)
{
    return QColor::fromRgbF(float(a.redF() * (1 - part) + b.redF() * part),
                            float(a.greenF() * (1 - part) + b.greenF() * part),
                            float(a.blueF() * (1 - part) + b.blueF() * part));
}

} // namespace

struct MessageDelegate::Parts
{
    bool own = false;
    bool failed = false;
    QString name;
    QString details; ///< to whom, when, delivered
    QString problem;
    QFont nameFont;
    QFont smallFont;
    int headHeight = 0;
    int width = 0; ///< of the bubble
    int height = 0;
    int problemHeight = 0;
    std::shared_ptr<QTextLayout> text;
};

MessageDelegate::Parts MessageDelegate::parts(const QStyleOptionViewItem &option, const QModelIndex &index)
{
    Parts parts;
    parts.own = index.data(OwnRole).toBool();
    const auto state = MessageState(index.data(StateRole).toInt());
    parts.failed = state == MessageState::NotDelivered;
    parts.name = parts.own ? tr("You") : oneLine(index.data(FromRole).toString());
    const QDateTime time = index.data(TimeRole).toDateTime();
    QStringList details;
    if (const QString to = index.data(ToRole).toString(); !to.isEmpty())
        details.append(parts.own ? tr("to %1").arg(oneLine(to)) : tr("to you alone"));
    details.append(time.date() == QDate::currentDate() ? QLocale().toString(time.time(), QLocale::ShortFormat)
                                                       : QLocale().toString(time, QLocale::ShortFormat));
    if (state == MessageState::Delivered)
        details.append(tr("delivered"));
    parts.details = details.join(QStringLiteral(" · "));
    if (parts.failed)
        parts.problem = oneLine(index.data(StateTextRole).toString());

    parts.nameFont = option.font;
    parts.nameFont.setBold(true);
    parts.smallFont = option.font;
    if (option.font.pointSizeF() > 0)
        parts.smallFont.setPointSizeF(option.font.pointSizeF() * 0.88);
    const QFontMetrics nameMetrics(parts.nameFont);
    const QFontMetrics smallMetrics(parts.smallFont);
    parts.headHeight = std::max(nameMetrics.height(), smallMetrics.height()) + 2;

    const int room = std::max(80, option.rect.width() - 2 * kMargin);
    const int inner = std::max(60, room * kWidthPercent / 100 - 2 * kPadding);
    parts.text = std::make_shared<QTextLayout>(shown(index.data(TextRole).toString()), option.font);
    const QSizeF textSize = breakLines(*parts.text, inner);
    const int head =
        nameMetrics.horizontalAdvance(parts.name) + kPadding + smallMetrics.horizontalAdvance(parts.details);
    int content = std::max(int(textSize.width()) + 1, head);
    if (!parts.problem.isEmpty()) {
        const QRect bounds =
            smallMetrics.boundingRect(QRect(0, 0, inner - parts.headHeight, 10000), Qt::TextWordWrap, parts.problem);
        parts.problemHeight = std::max(bounds.height(), parts.headHeight) + 4;
        content = std::max(content, bounds.width() + parts.headHeight);
    }
    parts.width = std::min(content, inner) + 2 * kPadding;
    parts.height = parts.headHeight + int(textSize.height()) + 1 + parts.problemHeight + 2 * kPadding - 2;
    return parts;
}

void MessageDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const Parts drawn = parts(option, index);
    const QPalette &palette = option.palette;
    const bool isSelected = option.state.testFlag(QStyle::State_Selected);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);

    const bool right = drawn.own != (option.direction == Qt::RightToLeft);
    const int x = right ? option.rect.right() - kMargin - drawn.width + 1 : option.rect.left() + kMargin;
    const QRect bubble(x, option.rect.top() + kMargin / 2, drawn.width, drawn.height);
    const QColor base = palette.color(QPalette::Base);
    const QColor fill = drawn.own ? blend(base, palette.color(QPalette::Highlight), 0.22)
                                  : blend(base, palette.color(QPalette::Text), 0.07);
    painter->setBrush(fill);
    painter->setPen(isSelected ? QPen(palette.color(QPalette::Highlight), 2) : QPen(Qt::NoPen));
    painter->drawRoundedRect(bubble, kRadius, kRadius);
    painter->setClipRect(bubble); // stacked accents stay inside their own message

    const QColor textColor = palette.color(QPalette::Text);
    const QColor dimColor = blend(textColor, fill, 0.3);
    const QRect inner = bubble.adjusted(kPadding, kPadding - 2, -kPadding, -kPadding + 2);
    const QRect head(inner.left(), inner.top(), inner.width(), drawn.headHeight);
    const QFontMetrics nameMetrics(drawn.nameFont);
    const QFontMetrics smallMetrics(drawn.smallFont);
    const int detailsWidth = smallMetrics.horizontalAdvance(drawn.details);
    const QString name =
        nameMetrics.elidedText(drawn.name, Qt::ElideRight, std::max(40, head.width() - detailsWidth - kPadding));
    painter->setPen(textColor);
    painter->setFont(drawn.nameFont);
    painter->drawText(head, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, name);
    painter->setFont(drawn.smallFont);
    painter->setPen(dimColor);
    painter->drawText(head.adjusted(nameMetrics.horizontalAdvance(name) + kPadding, 0, 0, 0),
                      Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, drawn.details);

    painter->setPen(textColor);
    drawn.text->draw(painter, QPointF(inner.left(), head.bottom() + 1));

    if (!drawn.problem.isEmpty()) {
        const QRect line(inner.left(), inner.bottom() - drawn.problemHeight + 3, inner.width(),
                         drawn.problemHeight - 2);
        const int side = drawn.headHeight - 4;
        const QStyle *style = option.widget ? option.widget->style() : QApplication::style();
        style->standardIcon(QStyle::SP_MessageBoxWarning)
            .paint(painter, QRect(line.left(), line.top() + 2, side, side));
        painter->setFont(drawn.smallFont);
        painter->drawText(line.adjusted(drawn.headHeight, 2, 0, 0), Qt::AlignLeft | Qt::TextWordWrap, drawn.problem);
    }
    painter->restore();
}

QSize MessageDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const QString font = option.font.key();
    if (option.rect.width() != m_width || font != m_font) {
        m_heights.clear();
        m_width = option.rect.width();
        m_font = font;
    }
    // A message that failed has a line more than it had before.
    const bool failed = MessageState(index.data(StateRole).toInt()) == MessageState::NotDelivered;
    const quint64 key = index.data(RowKeyRole).toULongLong() * 2 + (failed ? 1 : 0);
    if (!failed) {
        if (const auto known = m_heights.constFind(key); known != m_heights.cend())
            return {option.rect.width(), *known};
    }
    if (m_heights.size() > 20'000)
        m_heights.clear(); // rows that were dropped stay behind in it
    const int height = parts(option, index).height + kMargin;
    m_heights.insert(key, height);
    return {option.rect.width(), height};
}

} // namespace patchbay::text
