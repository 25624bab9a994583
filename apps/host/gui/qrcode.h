// SPDX-License-Identifier: MIT
#pragma once

#include <QImage>
#include <QWidget>

namespace patchbay::gui {

/// \a text as a QR code, one pixel a module, black on white, without a margin; null where it is too long.
QImage qrImage(const QByteArray &text);

/// A QR code: black on white whatever the palette, as readers want it, with a quiet zone and whole pixels for modules.
class QrCode final : public QWidget
{
    Q_OBJECT

public:
    explicit QrCode(QWidget *parent = nullptr);

    void setText(const QString &text); ///< empty: nothing is drawn
    const QImage &image() const { return m_image; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QImage m_image;
};

} // namespace patchbay::gui
