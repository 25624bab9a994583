// SPDX-License-Identifier: MIT
#include "hub/commandrunner.h"

#include <algorithm>

namespace patchbay::hub {

/// What the plugin sees: passes everything on, and knows whether it is over.
class CommandRunner::Run final : public ICommandContext
{
public:
    Run(CommandRunner &runner, QString pluginId, ICommandProvider *provider, ICommandContext *context)
        : pluginId(std::move(pluginId)), provider(provider), context(context), m_runner(runner)
    { }
    virtual ~Run() = default;

    QString verb() const override { return context->verb(); }
    QStringList arguments() const override { return context->arguments(); }
    QString workingDirectory() const override { return context->workingDirectory(); }
    bool json() const override { return context->json(); }
    bool errorIsTerminal() const override { return context->errorIsTerminal(); }
    bool outputIsTerminal() const override { return context->outputIsTerminal(); }
    void writeOutput(const QByteArray &bytes) override { context->writeOutput(bytes); }
    void writeError(const QByteArray &bytes) override { context->writeError(bytes); }
    void requestInput() override { context->requestInput(); }

    void finish(int exitCode) override
    {
        ICommandContext *target = context;
        m_runner.remove(this); // deletes this
        target->finish(exitCode);
    }

    const QString pluginId;
    ICommandProvider *const provider;
    ICommandContext *const context;
    bool cancelled = false;

private:
    CommandRunner &m_runner;
};

CommandRunner::CommandRunner(PluginCaller &caller, QObject *parent) : QObject(parent), m_caller(caller) { }

CommandRunner::~CommandRunner() = default;

CommandRunner::Run *CommandRunner::find(ICommandContext *context) const
{
    const auto it =
        std::find_if(m_runs.cbegin(), m_runs.cend(), [context](const auto &run) { return run->context == context; });
    return it == m_runs.cend() ? nullptr : it->get();
}

void CommandRunner::remove(Run *run)
{
    const auto it = std::find_if(m_runs.begin(), m_runs.end(), [run](const auto &known) { return known.get() == run; });
    if (it != m_runs.end())
        m_runs.erase(it);
}

void CommandRunner::start(const QString &pluginId, QObject *plugin, ICommandContext *context)
{
    auto *provider = qobject_cast<ICommandProvider *>(plugin);
    if (!provider) {
        context->writeError(tr("%1 declares the command %2 but does not provide it. Tell its author.\n")
                                .arg(pluginId, context->verb())
                                .toUtf8());
        context->finish(ExitFailed);
        return;
    }
    m_runs.push_back(std::make_unique<Run>(*this, pluginId, provider, context));
    Run *run = m_runs.back().get();
    const bool fine = m_caller.call(pluginId, QStringLiteral("startCommand"), [&] { provider->startCommand(run); });
    if (!fine) {
        if (Run *left = find(context)) {
            context->writeError(tr("The command failed inside its plugin.\n").toUtf8());
            left->finish(ExitFailed);
        }
    }
}

void CommandRunner::cancel(ICommandContext *context)
{
    Run *run = find(context);
    if (!run || run->cancelled)
        return;
    run->cancelled = true;
    m_caller.call(run->pluginId, QStringLiteral("cancelCommand"), [&] { run->provider->cancelCommand(run); });
}

void CommandRunner::input(ICommandContext *context, const QByteArray &chunk)
{
    if (Run *run = find(context))
        m_caller.call(run->pluginId, QStringLiteral("commandInput"), [&] { run->provider->commandInput(run, chunk); });
}

void CommandRunner::endAll(const QString &pluginId)
{
    std::vector<ICommandContext *> contexts;
    for (const auto &run : m_runs) {
        if (run->pluginId == pluginId)
            contexts.push_back(run->context);
    }
    for (ICommandContext *context : contexts) {
        cancel(context);
        if (Run *run = find(context)) {
            context->writeError(tr("%1 was switched off.\n").arg(pluginId).toUtf8());
            run->finish(ExitDisabled);
        }
    }
}

} // namespace patchbay::hub
