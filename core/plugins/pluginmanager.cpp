// SPDX-License-Identifier: MIT
#include "plugins/pluginmanager.h"

#include "plugins/lifecycle.h"
#include "plugins/modulescanner.h"
#include "plugins/pluginmodel.h"
#include "plugins/resolver.h"

#include <patchbay/version.h>

#include <algorithm>

namespace patchbay::plugins {

/// The list of modules, what is known about them, and the Lifecycle that moves them.
class PluginManager::Private
{
public:
    Private(PluginManager *q, IPluginRuntime &runtime, IEnabledStore &store, Panels panels)
        : store(store), lifecycle(*q, runtime, panels, [this](const Module &module) { return isEnabled(module); }),
          model(modules, [this](const Module &module) { return isEnabled(module); })
    { }

    bool isEnabled(const Module &module) const
    {
        if (module.spec.id.isEmpty() || module.state == State::Rejected)
            return false;
        if (module.isRunnable())
            return store.isEnabled(module.spec.id, module.spec.enabledByDefault);
        const Module *logic = find(module.spec.panelFor);
        return logic && isEnabled(*logic);
    }

    /// The module with that id that is in use; a rejected one only when there is no other.
    Module *find(const QString &id) const
    {
        Module *rejected = nullptr;
        for (const auto &module : modules) {
            if (id.isEmpty() || module->spec.id != id)
                continue;
            if (module->state != State::Rejected)
                return module.get();
            if (!rejected)
                rejected = module.get();
        }
        return rejected;
    }

    IEnabledStore &store;
    ModuleList modules; ///< as found: the rows of the model
    Lifecycle lifecycle;
    PluginModel model;
    bool discovered = false;
};

PluginManager::PluginManager(IPluginRuntime &runtime, IEnabledStore &store, Panels panels, QObject *parent)
    : QObject(parent), d(std::make_unique<Private>(this, runtime, store, panels))
{
    connect(&d->lifecycle, &Lifecycle::changed, this, [this](const Module *module) {
        d->model.moduleChanged(*module);
        if (!module->spec.id.isEmpty())
            Q_EMIT stateChanged(module->spec.id, module->state);
    });
}

PluginManager::~PluginManager()
{
    blockSignals(true); // those who listen may be half destroyed
    d->lifecycle.abandon();
}

void PluginManager::discover(const QList<SearchFolder> &folders)
{
    Q_ASSERT(!d->discovered);
    if (d->discovered)
        return;
    d->discovered = true;

    d->model.beginReset();
    d->modules = scanFolders(folders);
    QList<PluginSpec> specs;
    QList<Module *> candidates;
    for (const auto &module : d->modules) {
        if (module->state != State::Found)
            continue;
        specs.append(module->spec);
        candidates.append(module.get());
    }
    const Resolution resolution = resolve(specs, PATCHBAY_API_VERSION);
    for (auto it = resolution.reasons.begin(); it != resolution.reasons.end(); ++it) {
        candidates[it.key()]->state = State::Rejected;
        candidates[it.key()]->reason = it.value();
    }
    QList<Module *> order;
    for (const int index : resolution.order) {
        candidates[index]->state = State::Resolved;
        order.append(candidates[index]);
    }
    d->lifecycle.setOrder(order);
    d->model.endReset();

    for (const auto &module : d->modules)
        Q_EMIT stateChanged(module->spec.id, module->state);
}

void PluginManager::activateEnabled()
{
    d->lifecycle.start();
}

Error PluginManager::setEnabled(const QString &id, bool enabled)
{
    Module *module = d->find(id);
    if (!module)
        return {ErrorCode::InvalidArgument, tr("There is no plugin %1.").arg(id)};
    if (module->state == State::Rejected)
        return {ErrorCode::Failed, tr("%1 cannot be switched on or off: %2").arg(id, module->reason)};
    if (!module->isRunnable())
        return {
            ErrorCode::InvalidArgument,
            tr("%1 is the panel of %2 and goes with it; switch that one on or off.").arg(id, module->spec.panelFor)};
    if (module->leaked)
        return {ErrorCode::Failed,
                tr("%1 cannot be switched on again before Patchbay is restarted: %2").arg(id, module->reason)};
    d->store.setEnabled(id, enabled);
    if (!enabled) {
        d->lifecycle.switchedOff(*module);
        return {};
    }
    d->lifecycle.switchedOn(*module);
    if (module->state == State::Failed || module->state == State::Disabled
        || (module->state == State::Inactive && !module->reason.isEmpty()))
        return {ErrorCode::Failed, tr("%1 was not switched on: %2").arg(id, module->reason)};
    return {};
}

void PluginManager::stopAll(std::function<void()> done)
{
    d->lifecycle.stopAll(std::move(done));
}

QAbstractItemModel *PluginManager::model()
{
    return &d->model;
}

QList<PluginSpec> PluginManager::specs() const
{
    QList<PluginSpec> specs;
    for (const auto &module : d->modules) {
        if (module->state != State::Rejected)
            specs.append(module->spec);
    }
    return specs;
}

State PluginManager::state(const QString &id) const
{
    const Module *module = d->find(id);
    return module ? module->state : State::Found;
}

QString PluginManager::reason(const QString &id) const
{
    const Module *module = d->find(id);
    return module ? module->reason : QString();
}

QObject *PluginManager::plugin(const QString &id) const
{
    const Module *module = d->find(id);
    return module && !module->spec.isPanel() && !module->leaked ? module->object.get() : nullptr;
}

IPanelProvider *PluginManager::panelProvider(const QString &logicId)
{
    const Module *logic = d->find(logicId);
    if (!logic || logic->state != State::Active)
        return nullptr;
    for (const auto &module : d->modules) {
        if (module->spec.panelFor == logicId && module->state != State::Rejected)
            return d->lifecycle.panelProvider(*module);
    }
    return nullptr;
}

QList<PluginManager::Verb> PluginManager::verbs() const
{
    QList<Verb> verbs;
    const auto add = [&verbs](const Module &module) {
        for (const CommandInfo &command : module.spec.commands) {
            const auto same = [&command](const Verb &verb) { return verb.info.verb == command.verb; };
            if (std::none_of(verbs.begin(), verbs.end(), same))
                verbs.append({module.spec.id, command, module.state});
        }
    };
    for (const auto &module : d->modules) {
        if (module->state != State::Rejected)
            add(*module);
    }
    for (const auto &module : d->modules) { // so that the command line can say why the verb is not there
        if (module->state == State::Rejected && d->find(module->spec.id) == module.get())
            add(*module);
    }
    return verbs;
}

PluginManager::Verb PluginManager::findVerb(const QString &verb) const
{
    const QList<Verb> all = verbs();
    for (const Verb &one : all) {
        if (one.info.verb == verb)
            return one;
    }
    return {};
}

void PluginManager::fail(const QString &id, const QString &reason)
{
    if (Module *module = d->find(id); module && module->state != State::Rejected)
        d->lifecycle.fail(*module, reason);
}

void PluginManager::setStopTimeout(std::chrono::milliseconds timeout)
{
    d->lifecycle.setStopTimeout(timeout);
}

} // namespace patchbay::plugins
