// SPDX-License-Identifier: MIT
#include "plugins/lifecycle.h"

#include "base/plaintext.h"

#include <patchbay/panel.h>
#include <patchbay/plugin.h>

#include <QPointer>
#include <QTimer>

#include <algorithm>

namespace patchbay::plugins {

Lifecycle::Lifecycle(PluginManager &manager, IPluginRuntime &runtime, PluginManager::Panels panels, IsEnabled isEnabled)
    : m_manager(manager), m_runtime(runtime), m_panels(panels), m_isEnabled(std::move(isEnabled))
{ }

// ---- what is wanted ---------------------------------------------------------------------------------------------

void Lifecycle::start()
{
    m_started = true;
    reconcile();
}

void Lifecycle::switchedOn(Module &module)
{
    m_guard.forgive(module.spec.id);
    if (module.state == State::Failed && !module.leaked)
        setState(module, module.object ? State::Inactive : State::Resolved);
    reconcile();
    Q_EMIT changed(&module); // the switch itself is a role of the model
}

void Lifecycle::switchedOff(Module &module)
{
    if (module.state == State::Failed && !module.leaked)
        setState(module, module.object ? State::Inactive : State::Disabled);
    reconcile();
    Q_EMIT changed(&module);
}

void Lifecycle::stopAll(std::function<void()> done)
{
    m_shuttingDown = true;
    m_stopped = std::move(done);
    m_started = true;
    reconcile();
}

void Lifecycle::fail(Module &module, const QString &reason)
{
    switch (module.state) {
    case State::Active:
        module.failWith = reason;
        reconcile();
        return;
    case State::Stopping: // the streams do not end: somebody is still inside a call
        leak(module, reason);
        return;
    case State::Failed:
    case State::Rejected:
        return;
    default:
        setState(module, State::Failed, reason);
        reconcile();
    }
}

// ---- the one rule -----------------------------------------------------------------------------------------------

void Lifecycle::reconcile()
{
    if (!m_started)
        return;
    if (m_reconciling) { // a plugin or a listener changed something while we were at it
        m_again = true;
        return;
    }
    m_reconciling = true;
    do {
        m_again = false;
        for (auto it = m_order.rbegin(); it != m_order.rend(); ++it) {
            Module &module = **it;
            // A plugin that misbehaves does not get to wait for those who depend on it.
            if (module.state == State::Active && module.isRunnable() && !mayRun(module)
                && (!module.failWith.isEmpty() || !hasRunningDependents(module)))
                beginStop(module);
        }
        for (Module *module : std::as_const(m_order)) {
            const bool idle = module->state == State::Resolved || module->state == State::Disabled
                              || module->state == State::Inactive;
            if (!idle || m_shuttingDown)
                continue;
            if (module->isRunnable() && mayRun(*module))
                activate(*module);
            else
                settle(*module);
        }
    } while (m_again);
    m_reconciling = false;

    const auto isRunning = [](const Module *module) {
        return module->isRunnable() && (module->state == State::Active || module->state == State::Stopping);
    };
    if (m_stopped && std::none_of(m_order.begin(), m_order.end(), isRunning))
        std::exchange(m_stopped, nullptr)(); // last: it may destroy us
}

bool Lifecycle::mayRun(const Module &module) const
{
    if (m_shuttingDown || !module.failWith.isEmpty() || !m_isEnabled(module))
        return false;
    if (module.isPanelOnly() && m_panels == PluginManager::Panels::Skip)
        return false;
    return std::all_of(module.spec.dependencies.begin(), module.spec.dependencies.end(), [this](const QString &id) {
        const Module *dependency = find(id);
        return dependency && dependency->state == State::Active && mayRun(*dependency);
    });
}

bool Lifecycle::hasRunningDependents(const Module &module) const
{
    return std::any_of(m_order.begin(), m_order.end(), [&module](const Module *other) {
        return other->isRunnable() && other->spec.dependencies.contains(module.spec.id)
               && (other->state == State::Active || other->state == State::Stopping);
    });
}

Module *Lifecycle::find(const QString &id) const
{
    const auto it =
        std::find_if(m_order.begin(), m_order.end(), [&id](const Module *module) { return module->spec.id == id; });
    return it == m_order.end() ? nullptr : *it;
}

QString Lifecycle::missingDependency(const Module &module) const
{
    for (const QString &id : module.spec.dependencies) {
        const Module *dependency = find(id);
        if (!dependency || dependency->state == State::Active)
            continue;
        if (dependency->state == State::Failed)
            return tr("It needs the plugin %1, which failed: %2").arg(id, dependency->reason);
        return tr("It needs the plugin %1, which is switched off.").arg(id);
    }
    return {};
}

/// Shows why an idle module is idle.
void Lifecycle::settle(Module &module)
{
    const bool headless = m_panels == PluginManager::Panels::Skip;
    if (module.isPanelOnly() && headless && m_isEnabled(module))
        return; // Resolved, and nothing more can be said
    if (!module.isRunnable()) {
        if (module.state != State::Inactive)
            setState(module, m_isEnabled(module) ? State::Resolved : State::Disabled);
        return;
    }
    const QString reason = m_isEnabled(module) ? missingDependency(module) : QString();
    setState(module, module.object ? State::Inactive : State::Disabled, reason);
}

void Lifecycle::setState(Module &module, State state, const QString &reason)
{
    if (module.state == state && module.reason == reason)
        return;
    module.state = state;
    module.reason = reason;
    Q_EMIT changed(&module);
}

// ---- starting ---------------------------------------------------------------------------------------------------

bool Lifecycle::guarded(const Module &module, const QString &what, const std::function<void()> &call, QString *problem)
{
    const GuardedCall::Outcome outcome = m_guard.run(module.spec.id, what, call);
    if (!outcome.warning.isEmpty())
        Q_EMIT m_manager.warned(module.spec.id, outcome.warning);
    if (!outcome.completed)
        *problem = outcome.warning;
    return outcome.completed;
}

/// Maps the library and makes the object; Failed with the reason where that does not work.
bool Lifecycle::load(Module &module)
{
    if (module.object)
        return true;
    const auto failed = [&](const QString &reason) {
        module.object.reset();
        module.plugin = nullptr;
        module.provider = nullptr;
        setState(module, State::Failed, reason);
        return false;
    };
    const auto checked = checkModuleFile(module.file.path);
    if (!checked)
        return failed(checked.error());
    if (checked.value() != module.file)
        return failed(tr("%1 has changed since it was looked at; start Patchbay again.").arg(module.file.path));

    QString problem;
    QObject *root = nullptr;
    module.loader = std::make_unique<QPluginLoader>(module.file.path);
    if (!guarded(
            module, tr("Loading"), [&] { root = module.loader->instance(); }, &problem))
        return failed(problem);
    if (!root)
        return failed(tr("It cannot be loaded: %1").arg(base::singleLine(module.loader->errorString())));
    auto *factory = qobject_cast<IPluginFactory *>(root);
    if (!factory)
        return failed(tr("Its root object is not a plugin factory; build it with patchbay_add_plugin()."));
    if (!guarded(
            module, QStringLiteral("create()"), [&] { module.object.reset(factory->create()); }, &problem))
        return failed(problem);
    if (!module.object)
        return failed(tr("It says that it cannot work here."));
    if (module.spec.isPanel())
        module.provider = qobject_cast<IPanelProvider *>(module.object.get());
    else
        module.plugin = qobject_cast<IPlugin *>(module.object.get());
    if (!module.provider && !module.plugin)
        return failed(module.spec.isPanel() ? tr("What it makes is not a panel provider.")
                                            : tr("What it makes is not a plugin."));
    setState(module, State::Loaded);
    return true;
}

void Lifecycle::activate(Module &module)
{
    if (!load(module))
        return;
    if (module.plugin) {
        IHost *host = m_runtime.createHost(module.spec);
        if (!host) {
            setState(module, State::Failed, tr("This host does not run plugins."));
            return;
        }
        QString problem;
        Error error;
        const bool returned = guarded(
            module, QStringLiteral("activate()"), [&] { error = module.plugin->activate(*host); }, &problem);
        if (!returned || error.isError()) {
            m_runtime.retireHost(module.spec.id);
            if (returned)
                problem = error.message.isEmpty() ? tr("It could not start and does not say why.")
                                                  : base::singleLine(error.message);
            setState(module, State::Failed, problem);
            return;
        }
        m_runtime.startRouting(module.spec, module.object.get());
    }
    setState(module, State::Active);
    Q_EMIT m_manager.activated(module.spec.id);
}

IPanelProvider *Lifecycle::panelProvider(Module &panel)
{
    if (m_panels == PluginManager::Panels::Skip || panel.state == State::Failed || !load(panel))
        return nullptr;
    setState(panel, State::Active);
    return panel.provider;
}

// ---- stopping ---------------------------------------------------------------------------------------------------

void Lifecycle::beginStop(Module &module)
{
    const int number = ++module.stopNumber;
    setState(module, State::Stopping, module.failWith);
    if (!module.plugin) {
        finishStop(module);
        return;
    }
    QTimer::singleShot(m_stopTimeout, this, [this, &module, number] {
        if (module.state == State::Stopping && module.stopNumber == number)
            leak(module, tr("A call of it did not return after it was cancelled."));
    });
    const QPointer<Lifecycle> alive(this);
    m_runtime.stopRouting(module.spec.id, [this, alive, &module, number] {
        if (alive && module.state == State::Stopping && module.stopNumber == number)
            finishStop(module);
    });
}

void Lifecycle::finishStop(Module &module)
{
    Q_EMIT m_manager.aboutToDeactivate(module.spec.id);
    closePanelOf(module);
    QString problem = std::exchange(module.failWith, QString());
    if (module.plugin) {
        QString thrown;
        if (!guarded(
                module, QStringLiteral("deactivate()"), [&] { module.plugin->deactivate(); }, &thrown)
            && problem.isEmpty())
            problem = thrown;
        m_runtime.retireHost(module.spec.id);
    }
    setState(module, problem.isEmpty() ? State::Inactive : State::Failed, problem);
    Q_EMIT m_manager.deactivated(module.spec.id);
    reconcile();
}

void Lifecycle::leak(Module &module, const QString &reason)
{
    Q_EMIT m_manager.aboutToDeactivate(module.spec.id);
    closePanelOf(module);
    module.failWith.clear();
    module.leaked = true;
    (void)module.object.release(); // never freed under the call that is still in it
    module.plugin = nullptr;
    m_runtime.retireHost(module.spec.id);
    setState(module, State::Failed, reason);
    Q_EMIT m_manager.deactivated(module.spec.id);
    reconcile();
}

void Lifecycle::closePanelOf(const Module &logic)
{
    for (Module *module : std::as_const(m_order)) {
        if (!module->isRunnable() && module->spec.panelFor == logic.spec.id && module->state == State::Active)
            setState(*module, State::Inactive);
    }
}

void Lifecycle::abandon()
{
    m_reconciling = true; // nothing starts again
    blockSignals(true);
    for (auto it = m_order.rbegin(); it != m_order.rend(); ++it) {
        Module &module = **it;
        const State before = module.state;
        if (module.plugin && (before == State::Active || before == State::Stopping)) {
            const auto stopped = std::make_shared<bool>(false);
            module.state = State::Inactive;
            if (before == State::Active)
                m_runtime.stopRouting(module.spec.id, [stopped] { *stopped = true; });
            QString ignored;
            if (*stopped)
                guarded(
                    module, QStringLiteral("deactivate()"), [&] { module.plugin->deactivate(); }, &ignored);
            else
                (void)module.object.release();
            m_runtime.retireHost(module.spec.id);
        }
        module.object.reset();
    }
}

} // namespace patchbay::plugins
