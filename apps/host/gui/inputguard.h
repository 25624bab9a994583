// SPDX-License-Identifier: MIT
#pragma once

#include <QList>
#include <QObject>
#include <QTimer>

QT_BEGIN_NAMESPACE
class QAbstractButton;
QT_END_NAMESPACE

namespace patchbay::gui {

/// Keeps buttons switched off for a moment after they have appeared, so that no click and no key that was meant for
/// something else decides.
class InputGuard final : public QObject
{
    Q_OBJECT

public:
    static constexpr int kHoldMs = 700;

    /// \a window: the moment also begins when that window comes to the front.
    InputGuard(const QList<QAbstractButton *> &buttons, QWidget *window);

    void arm(); ///< what the buttons ask appears now
    bool isHeld() const { return m_timer.isActive(); }

Q_SIGNALS:
    void released();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    const QList<QAbstractButton *> m_buttons;
    QTimer m_timer;
};

} // namespace patchbay::gui
