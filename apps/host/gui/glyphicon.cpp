// SPDX-License-Identifier: MIT
#include "gui/glyphicon.h"

#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>
#include <QPalette>

namespace patchbay::gui {

namespace {

/// What is drawn on a field of 16 × 16 units.
struct Drawing
{
    QPainterPath lines;
    QPainterPath areas;
    bool isHighlighted = false;
};

void polyline(QPainterPath &path, std::initializer_list<QPointF> points)
{
    auto point = points.begin();
    path.moveTo(*point);
    for (++point; point != points.end(); ++point)
        path.lineTo(*point);
}

void person(QPainterPath &path, qreal x, qreal y, qreal size)
{
    path.addEllipse(QPointF(x, y), size * 0.5, size * 0.5);
    path.moveTo(x - size, y + size * 1.9);
    path.cubicTo(x - size, y + size * 0.6, x + size, y + size * 0.6, x + size, y + size * 1.9);
    path.closeSubpath();
}

Drawing drawLink(Glyph glyph)
{
    Drawing d;
    switch (glyph) {
    case Glyph::Start:
        polyline(d.areas, {{4.5, 2.5}, {13, 8}, {4.5, 13.5}});
        d.areas.closeSubpath();
        break;
    case Glyph::Stop:
        d.areas.addRoundedRect(QRectF(3.5, 3.5, 9, 9), 1.5, 1.5);
        break;
    case Glyph::Retry:
        d.lines.arcMoveTo(QRectF(3, 3, 10, 10), 60);
        d.lines.arcTo(QRectF(3, 3, 10, 10), 60, 290);
        polyline(d.areas, {{9.2, 0.8}, {13.6, 3.2}, {9.2, 6.2}});
        d.areas.closeSubpath();
        break;
    case Glyph::Hub:
        d.areas.addEllipse(QPointF(8, 8), 2.6, 2.6);
        for (const QPointF end : {QPointF(2.6, 3.2), QPointF(13.4, 3.2), QPointF(2.6, 12.8), QPointF(13.4, 12.8)}) {
            polyline(d.lines, {{8, 8}, end});
            d.areas.addEllipse(end, 1.7, 1.7);
        }
        d.areas.setFillRule(Qt::WindingFill);
        break;
    case Glyph::Join:
        polyline(d.lines, {{1.5, 8}, {9, 8}});
        polyline(d.lines, {{6, 4.8}, {9.2, 8}, {6, 11.2}});
        polyline(d.lines, {{8, 2}, {14, 2}, {14, 14}, {8, 14}});
        break;
    case Glyph::Link:
        d.lines.addEllipse(QPointF(4, 8), 2.4, 2.4);
        d.lines.addEllipse(QPointF(12, 8), 2.4, 2.4);
        polyline(d.lines, {{6.4, 8}, {9.6, 8}});
        break;
    case Glyph::StateOff:
        d.lines.addEllipse(QPointF(8, 8), 4.6, 4.6);
        break;
    case Glyph::StateWaiting:
        d.lines.addEllipse(QPointF(8, 8), 5.2, 5.2);
        polyline(d.lines, {{8, 5}, {8, 8}, {10.2, 9.4}});
        break;
    case Glyph::StateUp:
        d.areas.addEllipse(QPointF(8, 8), 5, 5);
        d.isHighlighted = true;
        break;
    default:
        break;
    }
    return d;
}

void shield(QPainterPath &path)
{
    path.moveTo(8, 1.2);
    path.lineTo(13.4, 3.2);
    path.cubicTo(13.8, 9, 11.6, 12.8, 8, 14.8);
    path.cubicTo(4.4, 12.8, 2.2, 9, 2.6, 3.2);
    path.closeSubpath();
}

Drawing drawTrust(Glyph glyph)
{
    Drawing d;
    switch (glyph) {
    case Glyph::Lock:
        d.areas.addRoundedRect(QRectF(2.8, 7, 10.4, 7.4), 1.4, 1.4);
        d.lines.moveTo(5, 7);
        d.lines.lineTo(5, 4.6);
        d.lines.arcTo(QRectF(5, 1.6, 6, 6), 180, -180);
        d.lines.lineTo(11, 7);
        break;
    case Glyph::Invite:
        d.lines.addRoundedRect(QRectF(1.4, 3.2, 13.2, 9.6), 1.2, 1.2);
        polyline(d.lines, {{1.8, 4.2}, {8, 9}, {14.2, 4.2}});
        break;
    case Glyph::Paste:
        d.lines.addRoundedRect(QRectF(2.6, 2.8, 10.8, 11.8), 1.2, 1.2);
        d.areas.addRoundedRect(QRectF(5.2, 1.2, 5.6, 3.2), 0.8, 0.8);
        polyline(d.lines, {{5.4, 7.6}, {10.6, 7.6}});
        polyline(d.lines, {{5.4, 10.8}, {9, 10.8}});
        break;
    case Glyph::Verified:
        shield(d.lines);
        polyline(d.lines, {{5.2, 7.8}, {7.4, 10.2}, {11, 5.4}});
        break;
    case Glyph::Vouched:
        shield(d.lines);
        break;
    case Glyph::Question:
        d.lines.addEllipse(QPointF(8, 8), 6.6, 6.6);
        d.lines.moveTo(5.8, 6.2);
        d.lines.cubicTo(5.9, 3.2, 10.4, 3.4, 10.2, 6.2);
        d.lines.cubicTo(10.1, 7.8, 8, 7.8, 8, 9.6);
        d.areas.addEllipse(QPointF(8, 12), 0.95, 0.95);
        break;
    case Glyph::Choose:
        polyline(d.lines, {{3.6, 6}, {8, 10.4}, {12.4, 6}});
        break;
    default:
        break;
    }
    return d;
}

Drawing drawing(Glyph glyph)
{
    Drawing d;
    switch (glyph) {
    case Glyph::Plug:
        polyline(d.lines, {{5.5, 1.5}, {5.5, 5}});
        polyline(d.lines, {{10.5, 1.5}, {10.5, 5}});
        d.areas.addRoundedRect(QRectF(3, 5, 10, 5.5), 2, 2);
        polyline(d.lines, {{8, 10}, {8, 14.5}});
        break;
    case Glyph::Members:
        person(d.areas, 5.4, 4.6, 3.4);
        person(d.areas, 11.6, 6.2, 2.7);
        d.areas.setFillRule(Qt::WindingFill);
        break;
    case Glyph::Log:
        for (const qreal y : {3.5, 8.0, 12.5}) {
            d.areas.addEllipse(QPointF(2.6, y), 1.0, 1.0);
            polyline(d.lines, {{6, y}, {14, y}});
        }
        break;
    case Glyph::Copy:
        d.lines.addRoundedRect(QRectF(5.5, 5.5, 8, 9), 1, 1);
        polyline(d.lines, {{3, 11}, {2.2, 11}, {2.2, 1.8}, {10, 1.8}, {10, 3}});
        break;
    case Glyph::Save:
        polyline(d.lines, {{8, 1.5}, {8, 9.5}});
        polyline(d.lines, {{4.6, 6.4}, {8, 9.8}, {11.4, 6.4}});
        polyline(d.lines, {{2, 11}, {2, 14}, {14, 14}, {14, 11}});
        break;
    case Glyph::Warning:
        polyline(d.lines, {{8, 1.8}, {15, 14}, {1, 14}});
        d.lines.closeSubpath();
        polyline(d.lines, {{8, 6.2}, {8, 9.6}});
        d.areas.addEllipse(QPointF(8, 11.7), 0.9, 0.9);
        break;
    case Glyph::Info:
        d.lines.addEllipse(QPointF(8, 8), 6.4, 6.4);
        d.areas.addEllipse(QPointF(8, 4.9), 0.95, 0.95);
        polyline(d.lines, {{8, 7.4}, {8, 11.6}});
        break;
    case Glyph::Close:
        polyline(d.lines, {{4, 4}, {12, 12}});
        polyline(d.lines, {{12, 4}, {4, 12}});
        break;
    case Glyph::Settings:
        for (const auto &[y, x] : {std::pair(3.5, 10.5), std::pair(8.0, 5.0), std::pair(12.5, 9.0)}) {
            polyline(d.lines, {{1.5, y}, {14.5, y}});
            d.areas.addEllipse(QPointF(x, y), 2.0, 2.0);
        }
        break;
    case Glyph::Quit:
        d.lines.arcMoveTo(QRectF(2.5, 3, 11, 11), 125);
        d.lines.arcTo(QRectF(2.5, 3, 11, 11), 125, 290);
        polyline(d.lines, {{8, 1.2}, {8, 7.5}});
        break;
    case Glyph::Lock:
    case Glyph::Invite:
    case Glyph::Paste:
    case Glyph::Verified:
    case Glyph::Vouched:
    case Glyph::Question:
    case Glyph::Choose:
        return drawTrust(glyph);
    default:
        return drawLink(glyph);
    }
    return d;
}

class GlyphEngine final : public QIconEngine
{
public:
    explicit GlyphEngine(Glyph glyph) : m_glyph(glyph) { }

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State) override
    {
        const QPalette palette = QGuiApplication::palette();
        const Drawing d = drawing(m_glyph);
        const auto group = mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active;
        const auto role = mode == QIcon::Selected ? QPalette::HighlightedText
                          : d.isHighlighted       ? QPalette::Highlight
                                                  : QPalette::ButtonText;
        const QColor colour = palette.color(group, role);
        const qreal size = std::min(rect.width(), rect.height());
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->translate(rect.x() + (rect.width() - size) / 2, rect.y() + (rect.height() - size) / 2);
        painter->scale(size / 16, size / 16);
        painter->setPen(QPen(colour, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter->drawPath(d.lines);
        painter->fillPath(d.areas, colour);
        painter->restore();
    }
    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap pixmap(size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paint(&painter, QRect(QPoint(), size), mode, state);
        return pixmap;
    }
    QIconEngine *clone() const override { return new GlyphEngine(m_glyph); }

private:
    Glyph m_glyph;
};

} // namespace

QIcon glyphIcon(Glyph glyph)
{
    return QIcon(new GlyphEngine(glyph));
}

} // namespace patchbay::gui
