// SPDX-License-Identifier: MIT
#include "gui/appicon.h"

#include <QPainter>
#include <QPainterPath>
#include <QPixmap>

namespace patchbay::gui {

namespace {

// The icon is a picture, not a part of the window: its colours are its own in light and dark.
constexpr QRgb kPlateTop = 0xFF3A4A5E;
constexpr QRgb kPlateBottom = 0xFF222C39;
constexpr QRgb kSocketRing = 0xFFC9D3DF;
constexpr QRgb kSocketHole = 0xFF10161D;
constexpr QRgb kCable = 0xFFF2A33A;

QPixmap paintIcon(int size)
{
    QPixmap pixmap(size, size);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.scale(size / 64.0, size / 64.0);

    QLinearGradient plate(0, 2, 0, 62);
    plate.setColorAt(0, QColor::fromRgba(kPlateTop));
    plate.setColorAt(1, QColor::fromRgba(kPlateBottom));
    painter.setPen(Qt::NoPen);
    painter.setBrush(plate);
    painter.drawRoundedRect(QRectF(2, 2, 60, 60), 13, 13);

    for (const qreal y : {18.0, 46.0}) {
        for (const qreal x : {15.0, 32.0, 49.0}) {
            painter.setBrush(QColor::fromRgba(kSocketRing));
            painter.drawEllipse(QPointF(x, y), 6.4, 6.4);
            painter.setBrush(QColor::fromRgba(kSocketHole));
            painter.drawEllipse(QPointF(x, y), 3.9, 3.9);
        }
    }

    QPainterPath cable(QPointF(15, 18));
    cable.cubicTo(15, 44, 49, 22, 49, 46);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(QColor::fromRgba(kCable), 5.2, Qt::SolidLine, Qt::RoundCap));
    painter.drawPath(cable);
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor::fromRgba(kCable));
    painter.drawEllipse(QPointF(15, 18), 5.2, 5.2);
    painter.drawEllipse(QPointF(49, 46), 5.2, 5.2);
    return pixmap;
}

} // namespace

QIcon applicationIcon()
{
    QIcon icon;
    for (const int size : {16, 22, 24, 32, 48, 64, 128, 256})
        icon.addPixmap(paintIcon(size));
    return icon;
}

} // namespace patchbay::gui
