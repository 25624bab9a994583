// SPDX-License-Identifier: MIT
#include "gui/qrcode.h"

#include <QPainter>

#include <memory>

#include <qrencode.h>

namespace patchbay::gui {

namespace {

constexpr int kQuietModules = 4; // as the standard wants
constexpr int kHint = 260;
constexpr int kMinimum = 200;

} // namespace

QImage qrImage(const QByteArray &text)
{
    const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
        QRcode_encodeData(int(text.size()), reinterpret_cast<const unsigned char *>(text.constData()), 0, QR_ECLEVEL_M),
        &QRcode_free);
    if (!code)
        return {};
    QImage image(code->width, code->width, QImage::Format_RGB32);
    for (int y = 0; y < code->width; ++y) {
        for (int x = 0; x < code->width; ++x)
            image.setPixelColor(x, y,
                                code->data[size_t(y) * size_t(code->width) + size_t(x)] & 1 ? Qt::black : Qt::white);
    }
    return image;
}

QrCode::QrCode(QWidget *parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("qrCode"));
    setAccessibleName(tr("The invite link as a QR code"));
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void QrCode::setText(const QString &text)
{
    m_image = text.isEmpty() ? QImage() : qrImage(text.toUtf8());
    update();
}

QSize QrCode::sizeHint() const
{
    return {kHint, kHint};
}

QSize QrCode::minimumSizeHint() const
{
    return {kMinimum, kMinimum};
}

void QrCode::paintEvent(QPaintEvent *)
{
    if (m_image.isNull())
        return;
    QPainter painter(this);
    // In pixels of the screen, so that every module is the same number of them.
    const qreal ratio = devicePixelRatioF();
    painter.scale(1 / ratio, 1 / ratio);
    const QSize size = (QSizeF(this->size()) * ratio).toSize();
    const int modules = m_image.width() + 2 * kQuietModules;
    const int scale = std::max(1, std::min(size.width(), size.height()) / modules);
    const int left = (size.width() - scale * modules) / 2;
    const int top = (size.height() - scale * modules) / 2;
    painter.fillRect(QRect(left, top, scale * modules, scale * modules), Qt::white);
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    painter.drawImage(QRect(left + scale * kQuietModules, top + scale * kQuietModules, scale * m_image.width(),
                            scale * m_image.width()),
                      m_image);
}

} // namespace patchbay::gui
