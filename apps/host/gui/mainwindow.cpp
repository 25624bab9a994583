// SPDX-License-Identifier: MIT
#include "gui/mainwindow.h"

#include "gui/aboutdialog.h"
#include "gui/appicon.h"
#include "gui/connectionbar.h"
#include "gui/glyphicon.h"
#include "gui/invitedialog.h"
#include "gui/joindialog.h"
#include "gui/knownpeersdialog.h"
#include "gui/linktext.h"
#include "gui/logview.h"
#include "gui/membersview.h"
#include "gui/messagebar.h"
#include "gui/notifier.h"
#include "gui/panelarea.h"
#include "gui/pluginsdialog.h"
#include "gui/questionbar.h"
#include "gui/settingsdialog.h"
#include "gui/startpage.h"
#include "gui/statusline.h"

#include <QAction>
#include <QBoxLayout>
#include <QCloseEvent>
#include <QDockWidget>
#include <QHeaderView>
#include <QLabel>
#include <QMenuBar>
#include <QScreen>
#include <QScrollArea>
#include <QSettings>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTreeView>

namespace patchbay::gui {

namespace {

const QSize kFirstSize(1200, 780);
constexpr int kMembersWidth = 210;
constexpr int kLogHeight = 170;
constexpr int kPanelShortcuts = 9;

QTreeView *makeConnectionsView(QAbstractItemModel *connections)
{
    auto *view = new QTreeView;
    view->setObjectName(QStringLiteral("connections"));
    view->setAccessibleName(MainWindow::tr("Connections"));
    view->setModel(connections);
    view->setFrameShape(QFrame::NoFrame);
    view->setRootIsDecorated(false);
    view->setItemsExpandable(false);
    view->setUniformRowHeights(true);
    view->setAllColumnsShowFocus(true);
    view->setAlternatingRowColors(true);
    view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    view->setTabKeyNavigation(false);
    const int unit = view->fontMetrics().averageCharWidth();
    view->setColumnWidth(0, unit * 28);
    view->setColumnWidth(1, unit * 28);
    view->header()->setStretchLastSection(true);
    return view;
}

} // namespace

MainWindow::MainWindow(hub::Host &host, const QString &settingsFile, QWidget *parent)
    : QMainWindow(parent), m_host(host), m_settingsFile(settingsFile), m_menuBar(new QMenuBar(this)),
      m_connectionBar(new ConnectionBar(host, this)), m_plainBanner(new QLabel(this)),
      m_question(new QuestionBar(host, this)), m_messages(new MessageBar(this)), m_centre(new QStackedWidget(this)),
      m_startArea(new QScrollArea(this)), m_startPage(new StartPage(this)), m_panels(new PanelArea(host, this)),
      m_notifier(new Notifier(this, statusBar()))
{
    setObjectName(QStringLiteral("mainWindow"));
    setWindowTitle(tr("Patchbay"));
    setWindowIcon(applicationIcon());
    setDockNestingEnabled(true);
    setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
    setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
    makeHeader();
    makeCentre();
    makeDocks();
    makeMenus();
    new StatusLine(m_host, statusBar());
    connectHost();
    restore();
    showLinkState();
}

/// Menu bar, connection bar and messages go over the whole width, so they share the place of the menu bar.
void MainWindow::makeHeader()
{
    auto *header = new QWidget(this);
    auto *line = new QFrame(header);
    line->setFrameShape(QFrame::HLine);
    line->setFrameShadow(QFrame::Sunken);
    m_plainBanner->setObjectName(QStringLiteral("plainBanner"));
    m_plainBanner->setTextFormat(Qt::PlainText);
    m_plainBanner->setText(tr("Plain mode: nothing on this link is encrypted, and nobody is verified. It is for tests "
                              "on this computer."));
    m_plainBanner->setWordWrap(true);
    m_plainBanner->setMargin(8);
    m_plainBanner->setAlignment(Qt::AlignCenter);
    m_plainBanner->setBackgroundRole(QPalette::Highlight);
    m_plainBanner->setForegroundRole(QPalette::HighlightedText);
    m_plainBanner->setAutoFillBackground(true);
    QFont bold = m_plainBanner->font();
    bold.setBold(true);
    m_plainBanner->setFont(bold);
    m_plainBanner->hide();
    auto *messageRow = new QVBoxLayout;
    messageRow->setContentsMargins(6, 0, 6, 4);
    messageRow->addWidget(m_question);
    messageRow->addWidget(m_messages);
    auto *column = new QVBoxLayout(header);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_menuBar);
    column->addWidget(m_plainBanner);
    column->addWidget(m_connectionBar);
    column->addLayout(messageRow);
    column->addWidget(line);
    setMenuWidget(header);
}

void MainWindow::makeCentre()
{
    m_startArea->setFrameShape(QFrame::NoFrame);
    m_startArea->setFocusPolicy(Qt::NoFocus);
    m_startArea->setWidgetResizable(true);
    m_startArea->setWidget(m_startPage);
    m_centre->addWidget(m_startArea);
    m_centre->addWidget(m_panels);
    setCentralWidget(m_centre);
    m_startPage->setName(m_host.name());
    connect(m_startPage, &StartPage::hostWanted, this, &MainWindow::hostHere);
    connect(m_startPage, &StartPage::joinWanted, this, &MainWindow::join);
    connect(m_startPage, &StartPage::nameWanted, this, &MainWindow::showSettings);
    connect(m_startPage, &StartPage::panelsWanted, this, [this] { showPanels(true); });
    connect(m_connectionBar, &ConnectionBar::refused, this,
            [this](const QString &problem) { m_messages->show(problem, QStringLiteral("link")); });
    connect(m_connectionBar, &ConnectionBar::starting, this, [this] { m_messages->clear(QStringLiteral("link")); });
}

QDockWidget *MainWindow::addDock(const QString &objectName, const QString &title, QWidget *content,
                                 Qt::DockWidgetArea area)
{
    auto *dock = new QDockWidget(title, this);
    dock->setObjectName(objectName); // stable: the saved layout goes by it
    dock->setAccessibleName(title);
    dock->setWidget(content);
    addDockWidget(area, dock);
    // Behind a tab a dock counts as shown, and Tab would go through what nobody sees.
    connect(dock, &QDockWidget::visibilityChanged, content, &QWidget::setEnabled);
    return dock;
}

void MainWindow::makeDocks()
{
    auto *log = new LogView(m_host.log());
    connect(log, &LogView::failed, this, [this](const QString &problem) { m_messages->show(problem); });
    auto *members = new MembersView(m_host);
    connect(members, &MembersView::refused, this, [this](const QString &problem) { m_messages->show(problem); });
    connect(members, &MembersView::permissionsWanted, this,
            [this](const QByteArray &peerId, const QString &name) { showKnownPeers()->showPeer(peerId, name); });
    m_members = addDock(QStringLiteral("dock.members"), tr("Members"), members, Qt::LeftDockWidgetArea);
    m_log = addDock(QStringLiteral("dock.log"), tr("Log"), log, Qt::BottomDockWidgetArea);
    m_connections = addDock(QStringLiteral("dock.connections"), tr("Connections"),
                            makeConnectionsView(m_host.connections()), Qt::BottomDockWidgetArea);
    resetLayout();
}

void MainWindow::resetLayout()
{
    for (QDockWidget *dock : {m_members, m_log, m_connections}) {
        dock->setFloating(false);
        dock->show();
    }
    addDockWidget(Qt::LeftDockWidgetArea, m_members);
    addDockWidget(Qt::BottomDockWidgetArea, m_log);
    addDockWidget(Qt::BottomDockWidgetArea, m_connections);
    tabifyDockWidget(m_log, m_connections);
    m_log->raise();
    resizeDocks({m_members}, {kMembersWidth}, Qt::Horizontal);
    resizeDocks({m_log}, {kLogHeight}, Qt::Vertical);
    m_panels->resetLayout();
}

void MainWindow::makeMenus()
{
    QMenu *patchbay = m_menuBar->addMenu(tr("&Patchbay"));
    makeLinkActions(patchbay);
    patchbay->addSeparator();
    QAction *settings =
        patchbay->addAction(glyphIcon(Glyph::Settings), tr("&Settings…"), this, &MainWindow::showSettings);
    settings->setObjectName(QStringLiteral("settingsAction"));
    settings->setMenuRole(QAction::PreferencesRole);
    settings->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_Comma));
    patchbay->addSeparator();
    QAction *quit = patchbay->addAction(glyphIcon(Glyph::Quit), tr("&Quit"), this, &QWidget::close);
    quit->setMenuRole(QAction::QuitRole);
    quit->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_Q));

    m_viewMenu = m_menuBar->addMenu(tr("&View"));
    m_startPageAction = new QAction(tr("&Start page"), this);
    m_startPageAction->setCheckable(true);
    connect(m_startPageAction, &QAction::triggered, this, [this](bool on) { showPanels(!on); });

    QMenu *tools = m_menuBar->addMenu(tr("&Tools"));
    QAction *plugins = tools->addAction(glyphIcon(Glyph::Plug), tr("&Plugins…"), this, &MainWindow::showPlugins);
    plugins->setObjectName(QStringLiteral("pluginsAction"));
    plugins->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_P));
    QAction *peers =
        tools->addAction(glyphIcon(Glyph::Verified), tr("&Known peers…"), this, &MainWindow::showKnownPeers);
    peers->setObjectName(QStringLiteral("knownPeersAction"));
    peers->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_K));

    QMenu *help = m_menuBar->addMenu(tr("&Help"));
    QAction *about = help->addAction(glyphIcon(Glyph::Info), tr("&About Patchbay"), this, &MainWindow::showAbout);
    about->setObjectName(QStringLiteral("aboutAction"));
    about->setMenuRole(QAction::AboutRole);

    for (int i = 0; i < kPanelShortcuts; ++i) {
        auto *action = new QAction(this);
        action->setShortcut(QKeySequence(Qt::ALT | Qt::Key(Qt::Key_1 + i)));
        connect(action, &QAction::triggered, this, [this, i] { focusPanel(i); });
        addAction(action);
    }
    connect(m_panels, &PanelArea::docksChanged, this, &MainWindow::fillViewMenu);
    fillViewMenu();
}

void MainWindow::makeLinkActions(QMenu *menu)
{
    m_hostAction = menu->addAction(glyphIcon(Glyph::Hub), tr("&Host here"), QKeySequence(Qt::CTRL | Qt::Key_H), this,
                                   &MainWindow::hostHere);
    m_joinAction = menu->addAction(glyphIcon(Glyph::Join), tr("&Join…"), QKeySequence(Qt::CTRL | Qt::Key_J), this,
                                   &MainWindow::join);
    m_disconnectAction = menu->addAction(glyphIcon(Glyph::Stop), tr("&Disconnect"), QKeySequence(Qt::CTRL | Qt::Key_D),
                                         this, [this] { m_host.stopLink(); });
    m_retryAction = menu->addAction(glyphIcon(Glyph::Retry), tr("&Retry now"), QKeySequence(Qt::CTRL | Qt::Key_R), this,
                                    [this] { m_host.retryNow(); });
    m_inviteAction = menu->addAction(glyphIcon(Glyph::Invite), tr("&Invite…"), QKeySequence(Qt::CTRL | Qt::Key_I), this,
                                     &MainWindow::showInvite);
    m_inviteAction->setObjectName(QStringLiteral("inviteAction"));
    menu->addAction(glyphIcon(Glyph::Question), tr("Go to the &question"), QKeySequence(Qt::Key_F8), this,
                    [this] { m_question->focusAnswer(); })
        ->setObjectName(QStringLiteral("questionAction"));
    m_hostAction->setObjectName(QStringLiteral("hostAction"));
    m_joinAction->setObjectName(QStringLiteral("joinAction"));
    m_disconnectAction->setObjectName(QStringLiteral("disconnectAction"));
    m_retryAction->setObjectName(QStringLiteral("retryAction"));
}

void MainWindow::hostHere()
{
    if (isRunning(m_host.linkState()))
        return;
    m_connectionBar->setRole(ConnectionBar::Role::Server);
    m_connectionBar->startNow();
}

void MainWindow::join()
{
    if (isRunning(m_host.linkState()))
        return;
    m_connectionBar->setRole(ConnectionBar::Role::Client);
    m_connectionBar->focusAddress();
}

void MainWindow::fillViewMenu()
{
    m_viewMenu->clear();
    m_viewMenu->addAction(m_startPageAction);
    m_viewMenu->addSeparator();
    const QList<QDockWidget *> panels = m_panels->docks();
    for (QDockWidget *dock : panels)
        m_viewMenu->addAction(dock->toggleViewAction());
    m_viewMenu->addSeparator();
    for (QDockWidget *dock : {m_members, m_log, m_connections})
        m_viewMenu->addAction(dock->toggleViewAction());
    m_viewMenu->addSeparator();
    QAction *reset = m_viewMenu->addAction(tr("&Reset the layout"), this, &MainWindow::resetLayout);
    reset->setObjectName(QStringLiteral("resetLayoutAction"));
}

void MainWindow::connectHost()
{
    connect(&m_host, &hub::Host::linkStateChanged, this, &MainWindow::showLinkState);
    connect(&m_host, &hub::Host::reported, this, [this](const QString &pluginId, const Error &error) {
        m_messages->show(pluginId.isEmpty() ? error.message
                                            : tr("%1: %2").arg(m_host.pluginName(pluginId), error.message));
    });
    connect(&m_host, &hub::Host::notified, this,
            [this](const QString &, const QString &title, const QString &text) { m_notifier->notify(title, text); });
    connect(m_question, &QuestionBar::asked, this, &MainWindow::tell);
    connect(m_question, &QuestionBar::refused, this, [this](const QString &problem) { m_messages->show(problem); });
    connect(m_connectionBar, &ConnectionBar::inviteWanted, this, &MainWindow::showInvite);
    connect(&m_host, &hub::Host::quitRequested, this, &QWidget::close);
    connect(m_panels, &PanelArea::panelFailed, this,
            [this](const QString &, const QString &problem) { m_messages->show(problem); });
}

void MainWindow::showLinkState()
{
    const hub::LinkState &state = m_host.linkState();
    const QString topic = QStringLiteral("link");
    m_hostAction->setEnabled(!isRunning(state));
    m_joinAction->setEnabled(!isRunning(state));
    m_disconnectAction->setEnabled(isRunning(state));
    m_retryAction->setEnabled(state.phase == hub::LinkState::Phase::Waiting);
    m_inviteAction->setEnabled(state.mode == hub::LinkState::Mode::Server && state.isUp() && !state.isPlain);
    m_plainBanner->setVisible(state.isPlain && isRunning(state));
    if (state.phase == hub::LinkState::Phase::Failed)
        m_messages->show(state.text, topic);
    if (state.isUp()) {
        m_messages->clear(topic);
        // The first link replaces the start page; later the user decides.
        if (!m_wasUp)
            showPanels(true);
        m_wasUp = true;
    }
    QString title = m_host.name();
    if (state.isUp())
        title += QStringLiteral(" — ") + endpointText(state.localAddress, state.localPort);
    setWindowTitle(tr("%1 — Patchbay").arg(title));
}

void MainWindow::showPanels(bool show)
{
    m_centre->setCurrentWidget(show ? static_cast<QWidget *>(m_panels) : m_startArea);
    m_startPageAction->setChecked(!show);
}

void MainWindow::focusPanel(int index)
{
    QDockWidget *dock = m_panels->docks().value(index);
    if (!dock)
        return;
    showPanels(true);
    dock->show();
    dock->raise();
    dock->widget()->setFocus(Qt::ShortcutFocusReason);
}

void MainWindow::showPlugins()
{
    if (!m_pluginsDialog) {
        m_pluginsDialog = new PluginsDialog(m_host, this);
        m_pluginsDialog->setAttribute(Qt::WA_DeleteOnClose);
    }
    m_pluginsDialog->show();
    m_pluginsDialog->raise();
    m_pluginsDialog->activateWindow();
}

void MainWindow::showInvite()
{
    if (!m_inviteDialog) {
        m_inviteDialog = new InviteDialog(m_host, this);
        m_inviteDialog->setAttribute(Qt::WA_DeleteOnClose);
    }
    m_inviteDialog->show();
    m_inviteDialog->raise();
    m_inviteDialog->activateWindow();
}

KnownPeersDialog *MainWindow::showKnownPeers()
{
    if (!m_knownPeersDialog) {
        m_knownPeersDialog = new KnownPeersDialog(m_host, this);
        m_knownPeersDialog->setAttribute(Qt::WA_DeleteOnClose);
    }
    m_knownPeersDialog->show();
    m_knownPeersDialog->raise();
    m_knownPeersDialog->activateWindow();
    return m_knownPeersDialog;
}

void MainWindow::offerLink(const QString &link)
{
    auto *dialog = new JoinDialog(link, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &JoinDialog::joinWanted, m_connectionBar, &ConnectionBar::startClient);
    dialog->open();
}

/// Something waits for this person: where the window is in front they see it.
void MainWindow::tell(const QString &title, const QString &text)
{
    if (!isActiveWindow())
        m_notifier->notify(title, text);
}

void MainWindow::showSettings()
{
    auto *dialog = new SettingsDialog(m_host, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this] {
        m_startPage->setName(m_host.name());
        showLinkState();
    });
    dialog->open();
}

void MainWindow::showAbout()
{
    auto *dialog = new AboutDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void MainWindow::restore()
{
    const QSettings settings(m_settingsFile, QSettings::IniFormat);
    const QByteArray geometry = settings.value(QStringLiteral("window/geometry")).toByteArray();
    if (geometry.isEmpty() || !restoreGeometry(geometry)) {
        const QSize room = screen() ? screen()->availableSize() : kFirstSize;
        resize(kFirstSize.boundedTo(room));
    }
    restoreState(settings.value(QStringLiteral("window/docks")).toByteArray());
    m_panels->restore(settings.value(QStringLiteral("window/panels")).toByteArray());
    QSettings bar(m_settingsFile, QSettings::IniFormat);
    bar.beginGroup(QStringLiteral("connection"));
    m_connectionBar->restore(bar);
    showPanels(false);
}

void MainWindow::save()
{
    QSettings settings(m_settingsFile, QSettings::IniFormat);
    settings.setValue(QStringLiteral("window/geometry"), saveGeometry());
    settings.setValue(QStringLiteral("window/docks"), saveState());
    settings.setValue(QStringLiteral("window/panels"), m_panels->saveState());
    settings.beginGroup(QStringLiteral("connection"));
    m_connectionBar->save(settings);
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    save();
    // Docks in windows of their own do not go with this one by themselves.
    const QList<QDockWidget *> docks = findChildren<QDockWidget *>();
    for (QDockWidget *dock : docks) {
        if (dock->isFloating())
            dock->hide();
    }
    for (QDialog *dialog : std::initializer_list<QDialog *>{m_pluginsDialog, m_inviteDialog, m_knownPeersDialog}) {
        if (dialog)
            dialog->close();
    }
    event->accept();
    Q_EMIT closed();
}

} // namespace patchbay::gui
