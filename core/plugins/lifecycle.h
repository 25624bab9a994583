// SPDX-License-Identifier: MIT
#pragma once

#include "plugins/guardedcall.h"
#include "plugins/module.h"
#include "plugins/pluginmanager.h"

#include <QObject>

namespace patchbay::plugins {

/// Moves resolved modules between Resolved and Active and back. There is one rule, reconcile(): what the user wants
/// and whose dependencies run is started, dependencies first; what runs and should not is stopped, dependents first.
/// Everything else (a switch, a failure, the end) only changes what is wanted.
class Lifecycle final : public QObject
{
    Q_OBJECT

public:
    using IsEnabled = std::function<bool(const Module &)>;

    Lifecycle(PluginManager &manager, IPluginRuntime &runtime, PluginManager::Panels panels, IsEnabled isEnabled);

    /// Modules that may be loaded, dependencies first.
    void setOrder(const QList<Module *> &order) { m_order = order; }

    void start();
    void switchedOn(Module &module);
    void switchedOff(Module &module);
    void stopAll(std::function<void()> done);
    void fail(Module &module, const QString &reason);
    IPanelProvider *panelProvider(Module &panel);

    /// For the destructor of the manager: stops what can be stopped now, leaks the rest. No signals.
    void abandon();

    void setStopTimeout(std::chrono::milliseconds timeout) { m_stopTimeout = timeout; }

Q_SIGNALS:
    void changed(const patchbay::plugins::Module *module);

private:
    void setState(Module &module, State state, const QString &reason = QString());
    void reconcile();
    bool mayRun(const Module &module) const;
    bool hasRunningDependents(const Module &module) const;
    Module *find(const QString &id) const;
    QString missingDependency(const Module &module) const;
    void settle(Module &module);

    bool load(Module &module);
    void activate(Module &module);
    void beginStop(Module &module);
    void finishStop(Module &module);
    void leak(Module &module, const QString &reason);
    void closePanelOf(const Module &logic);

    /// Calls into the plugin; false = it threw, and \a problem says so.
    bool guarded(const Module &module, const QString &what, const std::function<void()> &call, QString *problem);

    PluginManager &m_manager;
    IPluginRuntime &m_runtime;
    const PluginManager::Panels m_panels;
    const IsEnabled m_isEnabled;
    QList<Module *> m_order;
    GuardedCall m_guard;
    std::chrono::milliseconds m_stopTimeout = std::chrono::seconds(6);
    std::function<void()> m_stopped;
    bool m_started = false;
    bool m_shuttingDown = false;
    bool m_reconciling = false;
    bool m_again = false;
};

} // namespace patchbay::plugins
