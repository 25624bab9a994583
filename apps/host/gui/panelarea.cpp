// SPDX-License-Identifier: MIT
#include "gui/panelarea.h"

#include "hub/pluginroles.h"

#include <patchbay/panel.h>

#include <QAction>
#include <QDockWidget>
#include <QLabel>
#include <QShowEvent>
#include <QTimer>

#include <algorithm>

namespace patchbay::gui {

namespace {

constexpr int kFirstShare = 60; ///< percent of the width for the first panel

} // namespace

PanelArea::PanelArea(hub::Host &host, QWidget *parent) : QMainWindow(parent), m_host(host), m_hint(new QLabel(this))
{
    setWindowFlags(Qt::Widget); // a part of the window, not a window
    setObjectName(QStringLiteral("panelArea"));
    setDockNestingEnabled(true);
    setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
    setContextMenuPolicy(Qt::NoContextMenu);
    m_hint->setObjectName(QStringLiteral("panelHint"));
    m_hint->setTextFormat(Qt::PlainText);
    m_hint->setAlignment(Qt::AlignCenter);
    m_hint->setWordWrap(true);
    m_hint->setMargin(24);
    m_hint->setForegroundRole(QPalette::PlaceholderText);
    setCentralWidget(m_hint);

    connect(&m_host, &hub::Host::pluginActivated, this, &PanelArea::addPanel);
    connect(&m_host, &hub::Host::pluginAboutToDeactivate, this, &PanelArea::removePanel);
    for (int row = 0; row < m_host.plugins()->rowCount(); ++row)
        addPanel(m_host.plugins()->index(row, 0).data(hub::PluginIdRole).toString());
    refreshHint();
}

void PanelArea::restore(const QByteArray &state)
{
    if (!state.isEmpty())
        m_hasLayout = restoreState(state);
    refreshHint();
}

QList<QDockWidget *> PanelArea::docks() const
{
    QList<QDockWidget *> docks;
    for (const QString &id : m_order)
        docks.append(m_docks.value(id));
    return docks;
}

void PanelArea::addPanel(const QString &pluginId)
{
    IPanelProvider *provider = m_docks.contains(pluginId) ? nullptr : m_host.panelProvider(pluginId);
    if (!provider)
        return;
    auto *dock = new QDockWidget(m_host.pluginName(pluginId), this);
    dock->setObjectName(QStringLiteral("panel.") + pluginId); // stable: the saved layout goes by it
    dock->setAccessibleName(tr("Panel %1").arg(m_host.pluginName(pluginId)));
    QWidget *panel = nullptr;
    try {
        panel = provider->createPanel(m_host.plugin(pluginId), dock);
    } catch (...) {
        panel = nullptr;
    }
    if (!panel) {
        delete dock;
        Q_EMIT panelFailed(pluginId, tr("The panel of %1 could not be made. The plugin itself works; its commands are "
                                        "there in patchbay-cli.")
                                         .arg(m_host.pluginName(pluginId)));
        return;
    }
    dock->setWidget(panel);
    // Where it was when its plugin was switched off, or in an earlier run; else a first place.
    if (!restoreDockWidget(dock))
        placeFirst(dock, docks());
    m_docks.insert(pluginId, dock);
    m_order.append(pluginId);
    connect(dock->toggleViewAction(), &QAction::toggled, this, &PanelArea::refreshHint);
    connect(dock, &QDockWidget::visibilityChanged, this, &PanelArea::refreshHint);
    refreshHint();
    Q_EMIT docksChanged();
}

void PanelArea::removePanel(const QString &pluginId)
{
    QDockWidget *dock = m_docks.take(pluginId);
    if (!dock)
        return;
    m_order.removeAll(pluginId);
    // Restoring a layout that knows the dock, after it is gone, keeps its place free for when it comes back.
    const QByteArray layout = saveState();
    delete dock;
    restoreState(layout);
    refreshHint();
    Q_EMIT docksChanged();
}

/// The first panel takes the width, the second half of it at the right, more become tabs of the last one.
void PanelArea::placeFirst(QDockWidget *dock, const QList<QDockWidget *> &before)
{
    QDockWidget *last = before.isEmpty() ? nullptr : before.last();
    if (!last || last->isFloating())
        addDockWidget(Qt::LeftDockWidgetArea, dock);
    else if (before.size() == 1)
        splitDockWidget(last, dock, Qt::Horizontal);
    else
        tabifyDockWidget(last, dock);
    dock->show();
}

void PanelArea::resetLayout()
{
    const QList<QDockWidget *> all = docks();
    for (QDockWidget *dock : all) {
        dock->setFloating(false);
        removeDockWidget(dock);
    }
    for (qsizetype i = 0; i < all.size(); ++i)
        placeFirst(all[i], all.mid(0, i));
    shareWidth();
    refreshHint();
}

/// Widths can be set only while there are some.
void PanelArea::showEvent(QShowEvent *event)
{
    QMainWindow::showEvent(event);
    if (!m_hasLayout)
        QTimer::singleShot(0, this, &PanelArea::shareWidth);
}

void PanelArea::shareWidth()
{
    m_hasLayout = true;
    const QList<QDockWidget *> firstTwo = docks().mid(0, 2);
    if (firstTwo.size() == 2)
        resizeDocks(firstTwo, {kFirstShare, 100 - kFirstShare}, Qt::Horizontal);
}

void PanelArea::refreshHint()
{
    const bool isEmpty = std::none_of(m_docks.cbegin(), m_docks.cend(), [](const QDockWidget *dock) {
        return dock->toggleViewAction()->isChecked() && !dock->isFloating();
    });
    m_hint->setText(m_docks.isEmpty()
                        ? tr("No plugin with a panel is on. Switch one on under Tools → Plugins…")
                        : tr("The panels are hidden or in windows of their own. The View menu brings them back."));
    m_hint->setVisible(isEmpty);
}

} // namespace patchbay::gui
