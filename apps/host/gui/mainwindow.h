// SPDX-License-Identifier: MIT
#pragma once

#include "hub/host.h"

#include <QMainWindow>
#include <QPointer>

QT_BEGIN_NAMESPACE
class QAction;
class QLabel;
class QMenu;
class QMenuBar;
class QScrollArea;
class QStackedWidget;
QT_END_NAMESPACE

namespace patchbay::gui {

class ConnectionBar;
class InviteDialog;
class KnownPeersDialog;
class MessageBar;
class Notifier;
class PanelArea;
class QuestionBar;
class StartPage;

/// The window of one host. Everything it shows comes from Host; it keeps only its own layout, in \a settingsFile.
class MainWindow final : public QMainWindow
{
    Q_OBJECT

public:
    /// \a host is started and outlives the window. \a settingsFile: an ini file in the profile.
    MainWindow(hub::Host &host, const QString &settingsFile, QWidget *parent = nullptr);

    ConnectionBar *connectionBar() const { return m_connectionBar; }
    PanelArea *panelArea() const { return m_panels; }
    MessageBar *messageBar() const { return m_messages; }

    /// Asks before an invite link is dialled that did not come from the person at the window.
    void offerLink(const QString &link);

Q_SIGNALS:
    /// The window is closed and its layout saved; the host still runs.
    void closed();

protected:
    void closeEvent(QCloseEvent *event) override;

private:
    void makeHeader();
    void makeCentre();
    void makeDocks();
    void makeMenus();
    void makeLinkActions(QMenu *menu);
    void connectHost();
    void fillViewMenu();
    void resetLayout();
    void restore();
    void save();
    void showPanels(bool show);
    void showLinkState();
    void hostHere();
    void join();
    void showPlugins();
    void showInvite();
    KnownPeersDialog *showKnownPeers();
    void tell(const QString &title, const QString &text);
    void showSettings();
    void showAbout();
    void focusPanel(int index);
    QDockWidget *addDock(const QString &objectName, const QString &title, QWidget *content, Qt::DockWidgetArea area);

    hub::Host &m_host;
    const QString m_settingsFile;
    QMenuBar *m_menuBar;
    ConnectionBar *m_connectionBar;
    QLabel *m_plainBanner;
    QuestionBar *m_question;
    MessageBar *m_messages;
    QStackedWidget *m_centre;
    QScrollArea *m_startArea;
    StartPage *m_startPage;
    PanelArea *m_panels;
    QDockWidget *m_members = nullptr;
    QDockWidget *m_log = nullptr;
    QDockWidget *m_connections = nullptr;
    Notifier *m_notifier;
    QMenu *m_viewMenu = nullptr;
    QAction *m_startPageAction = nullptr;
    QAction *m_hostAction = nullptr;
    QAction *m_joinAction = nullptr;
    QAction *m_disconnectAction = nullptr;
    QAction *m_retryAction = nullptr;
    QAction *m_inviteAction = nullptr;
    QPointer<QDialog> m_pluginsDialog;
    QPointer<InviteDialog> m_inviteDialog;
    QPointer<KnownPeersDialog> m_knownPeersDialog;
    bool m_wasUp = false;
};

} // namespace patchbay::gui
