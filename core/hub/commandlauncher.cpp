// SPDX-License-Identifier: MIT
#include "hub/commandlauncher.h"

#include "hub/builtincommands.h"
#include "hub/host.h"

#include <algorithm>

namespace patchbay::hub {

namespace {
constexpr int kPatienceMs = 10000; // for the link, and for somebody who accepts the type
}

CommandLauncher::CommandLauncher(Host &host, ICommandContext *context, QObject *parent)
    : QObject(parent), m_host(host), m_context(context)
{
    m_patience.setSingleShot(true);
    m_patience.setInterval(kPatienceMs);
    connect(&m_patience, &QTimer::timeout, this, [this] {
        if (m_host.linkState().isUp())
            refuse(tr("Nobody here accepts what \"%1\" sends. `patchbay-cli members` shows who is here.")
                       .arg(m_context->verb()),
                   ExitNoMember);
        else
            refuse(m_host.linkState().text, ExitNoConnection);
    });
}

void CommandLauncher::refuse(const QString &sentence, int exitCode)
{
    ICommandContext *context = std::exchange(m_context, nullptr);
    m_patience.stop();
    m_host.disconnect(this);
    context->writeError(sentence.toUtf8() + '\n');
    context->finish(exitCode);
}

void CommandLauncher::launch()
{
    const QString verb = m_context->verb();
    if (isBuiltinCommand(verb)) {
        // The answer needs a link only where one is being made: "members" of a host that is dialling waits for it.
        m_needsMember = false;
    } else {
        const QList<Host::Command> commands = m_host.commands();
        const auto known = std::find_if(commands.cbegin(), commands.cend(),
                                        [&](const Host::Command &command) { return command.verb == verb; });
        if (known == commands.cend())
            return refuse(tr("There is no command \"%1\". `patchbay-cli --help` lists them.").arg(verb), ExitUsage);
        if (!known->enabled)
            return refuse(tr("\"%1\" is provided by %2, which is %3. `patchbay-cli plugins enable %2` switches it on.")
                              .arg(verb, known->pluginId, known->disabledReason),
                          ExitDisabled);
        m_needsMember = known->needsMember;
    }
    connect(&m_host, &Host::linkStateChanged, this, &CommandLauncher::proceed);
    connect(&m_host, &Host::membersChanged, this, &CommandLauncher::proceed);
    m_patience.start();
    proceed();
}

void CommandLauncher::proceed()
{
    if (m_started || !m_context)
        return;
    const LinkState &link = m_host.linkState();
    const QString verb = m_context->verb();
    const bool builtin = isBuiltinCommand(verb);
    const bool coming = link.phase == LinkState::Phase::Connecting || link.phase == LinkState::Phase::Greeting
                        || link.phase == LinkState::Phase::Waiting;
    if (!link.isUp() && (coming || link.mode != LinkState::Mode::Off) && link.phase != LinkState::Phase::Failed) {
        if (!builtin || builtinNeedsLink(verb))
            return;
    } else if (!link.isUp() && (!builtin || builtinNeedsLink(verb))) {
        if (link.phase == LinkState::Phase::Failed)
            return refuse(link.text, link.exitCode == 0 ? int(ExitNoConnection) : link.exitCode);
        return refuse(tr("This Patchbay has no link. Give --connect HOST:PORT or --listen PORT, or start one with "
                         "`patchbay-cli serve` or `patchbay-cli connect HOST:PORT`."),
                      ExitNoConnection);
    }
    if (m_needsMember && m_host.membersForVerb(verb) == 0)
        return;

    m_started = true;
    m_patience.stop();
    m_host.disconnect(this);
    if (builtin) {
        ICommandContext *context = std::exchange(m_context, nullptr);
        runBuiltinCommand(m_host, context);
    } else if (!m_host.startCommand(m_context)) {
        refuse(tr("\"%1\" was switched off.").arg(verb), ExitDisabled);
    }
}

void CommandLauncher::cancel()
{
    if (!m_context)
        return;
    if (m_started)
        m_host.cancelCommand(m_context);
    else
        refuse(tr("Interrupted."), ExitInterrupted);
}

void CommandLauncher::input(const QByteArray &chunk)
{
    if (m_context && m_started)
        m_host.commandInput(m_context, chunk);
}

} // namespace patchbay::hub
