// SPDX-License-Identifier: MIT
#include "gui/notifier.h"

#include "gui/appicon.h"

#include <patchbay/commandtools.h>

#include <QApplication>
#include <QMenu>
#include <QStatusBar>
#include <QSystemTrayIcon>

namespace patchbay::gui {

namespace {

constexpr int kShownMs = 8000;

/// Some notification services read markup in the text, and there is no way to tell them not to.
QString withoutMarkup(const QString &text)
{
    return escaped(text).replace(u'<', QChar(0x2039)).replace(u'&', QChar(0xFF06));
}

} // namespace

Notifier::Notifier(QWidget *window, QStatusBar *statusBar) : QObject(window), m_window(window), m_statusBar(statusBar)
{
    if (!QSystemTrayIcon::isSystemTrayAvailable())
        return;
    m_tray = new QSystemTrayIcon(applicationIcon(), this);
    m_tray->setToolTip(QStringLiteral("Patchbay"));
    auto *menu = new QMenu(window);
    menu->addAction(tr("&Show the window"), this, &Notifier::raiseWindow);
    menu->addAction(tr("&Quit"), window, &QWidget::close);
    m_tray->setContextMenu(menu);
    connect(m_tray, &QSystemTrayIcon::messageClicked, this, &Notifier::raiseWindow);
    connect(m_tray, &QSystemTrayIcon::activated, this, [this](QSystemTrayIcon::ActivationReason reason) {
        if (reason == QSystemTrayIcon::Trigger)
            raiseWindow();
    });
    m_tray->show();
}

void Notifier::notify(const QString &title, const QString &text)
{
    if (m_window->isActiveWindow() || !m_tray) {
        m_statusBar->showMessage(tr("%1: %2").arg(escaped(title), escaped(text)), kShownMs);
        if (!m_window->isActiveWindow())
            QApplication::alert(m_window);
        return;
    }
    m_tray->showMessage(withoutMarkup(title), withoutMarkup(text), applicationIcon(), kShownMs);
}

void Notifier::raiseWindow()
{
    m_window->setWindowState(m_window->windowState() & ~Qt::WindowMinimized);
    m_window->show();
    m_window->raise();
    m_window->activateWindow();
}

} // namespace patchbay::gui
