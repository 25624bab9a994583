// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>
#include <QString>

QT_BEGIN_NAMESPACE
class QStatusBar;
class QSystemTrayIcon;
class QWidget;
QT_END_NAMESPACE

namespace patchbay::gui {

/// Notifications of plugins: by the desktop where there is a tray and the window is not in front, else in the status
/// bar. Titles and texts come from peers.
class Notifier final : public QObject
{
    Q_OBJECT

public:
    /// \a window is brought to the front by a click; it is the parent.
    Notifier(QWidget *window, QStatusBar *statusBar);

    void notify(const QString &title, const QString &text);

private:
    void raiseWindow();

    QWidget *m_window;
    QStatusBar *m_statusBar;
    QSystemTrayIcon *m_tray = nullptr; ///< null where there is no tray
};

} // namespace patchbay::gui
