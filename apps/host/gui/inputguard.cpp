// SPDX-License-Identifier: MIT
#include "gui/inputguard.h"

#include <QAbstractButton>
#include <QEvent>

namespace patchbay::gui {

InputGuard::InputGuard(const QList<QAbstractButton *> &buttons, QWidget *window) : QObject(window), m_buttons(buttons)
{
    m_timer.setSingleShot(true);
    m_timer.setInterval(kHoldMs);
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, [this] {
        for (QAbstractButton *button : m_buttons)
            button->setEnabled(true);
        Q_EMIT released();
    });
    window->installEventFilter(this);
}

void InputGuard::arm()
{
    for (QAbstractButton *button : m_buttons)
        button->setEnabled(false);
    m_timer.start();
}

bool InputGuard::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::WindowActivate)
        arm();
    return QObject::eventFilter(watched, event);
}

} // namespace patchbay::gui
