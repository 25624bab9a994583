// SPDX-License-Identifier: MIT
#include "cli/application.h"

#include "cli/questionprompt.h"
#include "cli/stdiocontext.h"
#include "hub/commandlauncher.h"
#include "hub/remotecommand.h"

#include <patchbay/command.h>

#include <QCoreApplication>
#include <QDir>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTimer>

#include <algorithm>

namespace patchbay::cli {

namespace {

constexpr qint64 kInviteLifetimeMs = 24LL * 60 * 60 * 1000;
constexpr int kPatienceMs = 8000; // a host that does not end by itself is left behind after this

void printLine(const QString &line)
{
    StandardStreams::writeError(line.toUtf8() + '\n');
}

} // namespace

Application::Application(Options options, QObject *parent) : QObject(parent), m_options(std::move(options))
{
    connect(&m_interrupts, &Interrupts::interrupted, this, &Application::interrupt);
}

Application::~Application() = default;

bool Application::isLongRunning() const
{
    return m_options.verb == QStringLiteral("serve") || m_options.verb == QStringLiteral("connect");
}

void Application::start()
{
    if (!m_options.problem.isEmpty()) {
        printLine(m_options.problem);
        return quit(ExitUsage);
    }
    if (m_options.version) {
        StandardStreams::writeOutput("patchbay-cli " PATCHBAY_VERSION "\n");
        return quit(ExitOk);
    }
    if (m_options.verb.isEmpty() || m_options.verb == QStringLiteral("help") || (m_options.help && isLongRunning())) {
        printHelp();
        return quit(m_options.help || m_options.verb == QStringLiteral("help") ? ExitOk : ExitUsage);
    }
    if (m_options.help)
        return quit(printVerbHelp());
    if (isLongRunning())
        return runHost();
    if (!runRemotely())
        runOwnCommand();
}

void Application::printHelp()
{
    hub::HostOptions hostOptions;
    hostOptions.pluginDirectories = m_options.pluginPaths;
    const QList<hub::Host::Command> commands = hub::Host::availableCommands(hostOptions);
    QString text = tr("Usage: patchbay-cli [options] COMMAND [arguments]\n\n"
                      "Hosts\n"
                      "  serve [--listen ADDR] [--port N]     be a hub until interrupted; prints its address and an\n"
                      "                                       invite link. --admit known|ask|anyone, --uses N\n"
                      "  connect LINK|HOST:PORT               be a member until interrupted; reconnects by itself\n"
                      "  stop                                 end the host that holds the profile\n\n"
                      "Trust\n"
                      "  invite [--uses N] [--for 24h]        a link that lets somebody into this hub\n"
                      "  invites [revoke ID]                  the links that were given out\n"
                      "  peers [ACTION ...]                   who is known; admit, confirm, allow, mute, ban, forget\n"
                      "  kick MEMBER                          end a member's link; it may come back\n"
                      "  limits                               every limit, and what happens beyond it\n\n"
                      "Looking\n"
                      "  members                              who is in the hub\n"
                      "  plugins [enable ID | disable ID]     what is loaded, and why something is not\n"
                      "  status                               name, link and counters of the running host\n\n"
                      "From plugins\n");
    for (const hub::Host::Command &command : commands)
        text += QStringLiteral("  %1 %2\n").arg(command.usage.leftJustified(36), command.description);
    text += tr("\nOptions\n"
               "  --connect LINK|HOST:PORT   run the command as a member of that hub\n"
               "  --listen [ADDR:]PORT  run the command in a hub of its own\n"
               "  --profile DIR         another profile than %1\n"
               "  --name NAME           the display name, remembered in the profile\n"
               "  --plugin-path DIR     look for plugins there too\n"
               "  --plain FILE          without encryption, on this machine only; FILE holds the token\n"
               "  --json                values as one JSON object per line\n"
               "  --help, --version\n\n"
               "Without --connect and --listen a command runs in the host that holds the profile.\n"
               "Values go to standard output, everything else to standard error.\n"
               "Exit codes: 0 done, 1 failed, 2 usage, 3 file, 4 no connection, 5 no such member,\n"
               "6 address in use or not allowed, 7 declined, 8 plugin switched off, 9 timeout, 10 not trusted,\n"
               "130 interrupted.\n")
                .arg(hub::defaultProfileDirectory());
    StandardStreams::writeOutput(text.toUtf8());
}

int Application::printVerbHelp()
{
    hub::HostOptions hostOptions;
    hostOptions.pluginDirectories = m_options.pluginPaths;
    const QList<hub::Host::Command> commands = hub::Host::availableCommands(hostOptions);
    const auto known = std::find_if(commands.cbegin(), commands.cend(), [this](const hub::Host::Command &command) {
        return command.verb == m_options.verb;
    });
    if (known == commands.cend()) {
        printHelp();
        return ExitOk;
    }
    StandardStreams::writeOutput(QStringLiteral("Usage: patchbay-cli %1\n%2\n\n%3\n")
                                     .arg(known->usage, known->description, known->help)
                                     .toUtf8());
    return ExitOk;
}

// ---- a command in the host that holds the profile ---------------------------------------------------------------

bool Application::runRemotely()
{
    auto remote = std::make_unique<hub::RemoteCommand>();
    if (!QDir(m_options.profile).exists() || !remote->connectToHost(m_options.profile))
        return false;
    if (m_options.listenOn) {
        printLine(tr("A Patchbay is running with this profile already. Leave out --listen to use it, or give another "
                     "profile with --profile."));
        quit(ExitFailed);
        return true;
    }
    m_remote = std::move(remote);
    m_context = std::make_unique<StdioContext>(m_options.verb, m_options.arguments, m_options.json);
    connect(m_remote.get(), &hub::RemoteCommand::output, this, [this](const QByteArray &bytes) {
        if (!StandardStreams::writeOutput(bytes))
            interrupt();
    });
    connect(m_remote.get(), &hub::RemoteCommand::errorOutput, this, &StandardStreams::writeError);
    connect(m_remote.get(), &hub::RemoteCommand::inputWanted, this, [this] { m_context->requestInput(); });
    connect(m_context.get(), &StdioContext::inputRead, m_remote.get(), &hub::RemoteCommand::sendInput);
    connect(m_remote.get(), &hub::RemoteCommand::finished, this, [this](int exitCode) {
        if (exitCode < 0)
            printLine(tr("The Patchbay that ran the command ended before it was done."));
        quit(exitCode < 0 ? int(ExitFailed) : exitCode);
    });
    hub::RemoteCommand::Request request;
    request.verb = m_options.verb;
    request.arguments = m_options.arguments;
    request.workingDirectory = QDir::currentPath();
    request.connectTo = m_options.connectTo ? m_options.connectTo->text() : QString();
    request.json = m_options.json;
    request.errorIsTerminal = StandardStreams::errorIsTerminal();
    request.outputIsTerminal = StandardStreams::outputIsTerminal();
    m_remote->run(request);
    return true;
}

// ---- a host in this process -------------------------------------------------------------------------------------

void Application::runHost()
{
    if (!m_options.arguments.isEmpty()) {
        printLine(tr("%1 does not take \"%2\". `patchbay-cli --help` shows what it takes.")
                      .arg(m_options.verb, m_options.arguments.first()));
        return quit(ExitUsage);
    }
    if (m_options.verb == QStringLiteral("connect") && !m_options.connectTo) {
        printLine(tr("connect needs an invite link or HOST:PORT."));
        return quit(ExitUsage);
    }
    if (m_options.verb == QStringLiteral("serve") && m_options.connectTo) {
        printLine(tr("serve makes this host a hub; it does not take --connect."));
        return quit(ExitUsage);
    }
    hub::HostOptions options;
    options.profileDirectory = m_options.profile;
    options.name = m_options.name;
    options.pluginDirectories = m_options.pluginPaths;
    options.plainTokenFile = m_options.plainTokenFile;
    m_host = std::make_unique<hub::Host>(options);
    connect(m_host.get(), &hub::Host::reported, this,
            [](const QString &, const Error &error) { printLine(error.message); });
    connect(m_host.get(), &hub::Host::quitRequested, this, [this] { end(ExitOk); });
    connect(m_host.get(), &hub::Host::linkStateChanged, this, &Application::announceLink);
    const Error error = m_host->start();
    if (error.isError()) {
        printLine(error.message);
        return quit(ExitFailed);
    }
    m_host->setAdmission(m_options.admission);
    m_prompt = std::make_unique<QuestionPrompt>(*m_host, m_options.json);
    if (m_options.connectTo)
        (void)join(true);
    else
        m_host->startServer(m_options.listenOn->host, m_options.listenOn->port);
}

bool Application::join(bool reconnect)
{
    const Error error = m_host->startClient(m_options.connectTo->text(), reconnect);
    if (!error.isError())
        return true;
    printLine(error.message);
    end(ExitUsage);
    return false;
}

void Application::writeEvent(const QByteArray &name, const QJsonObject &details)
{
    QJsonObject object = details;
    object.insert(QStringLiteral("event"), QString::fromLatin1(name));
    StandardStreams::writeOutput(QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n');
}

void Application::announceLink()
{
    const hub::LinkState &link = m_host->linkState();
    if (m_ending || link.text == m_lastText)
        return;
    m_lastText = link.text;
    printLine(link.text);
    const bool isServer = link.mode == hub::LinkState::Mode::Server;
    if (link.isUp()) {
        const QString address = isServer ? link.localAddress : link.peerAddress;
        const int port = isServer ? link.localPort : link.peerPort;
        const QString host = address.contains(u':') ? QStringLiteral("[%1]").arg(address) : address;
        if (m_options.json)
            writeEvent(isServer ? "listening" : "connected",
                       {{QStringLiteral("address"), address}, {QStringLiteral("port"), port}});
        else
            StandardStreams::writeOutput(QStringLiteral("%1:%2\n").arg(host).arg(port).toUtf8());
        if (isServer && m_options.verb == QStringLiteral("serve") && !link.isPlain)
            printInvite();
    } else if (link.phase == hub::LinkState::Phase::Waiting && m_options.json) {
        writeEvent("waiting", {{QStringLiteral("text"), link.text}, {QStringLiteral("retryInMs"), link.retryInMs}});
    } else if (link.phase == hub::LinkState::Phase::Failed) {
        if (m_options.json)
            writeEvent("failed", {{QStringLiteral("text"), link.text}});
        end(link.exitCode == 0 ? int(ExitFailed) : link.exitCode);
    }
}

/// A hub nobody can join is no use: its first link is printed with its address.
void Application::printInvite()
{
    hub::Invite invite;
    const Error error = m_host->createInvite(m_options.inviteUses, kInviteLifetimeMs, {}, &invite);
    if (error.isError())
        return printLine(error.message);
    if (m_options.json) {
        writeEvent("invite", {{QStringLiteral("link"), invite.link}, {QStringLiteral("uses"), invite.uses}});
        return;
    }
    printLine(tr("Send this link to whom you want to let in, over a way you trust. It works for %n of them, within 24 "
                 "hours. More: `patchbay-cli invite`.",
                 nullptr, invite.uses));
    StandardStreams::writeOutput(invite.link.toUtf8() + '\n');
}

void Application::runOwnCommand()
{
    const bool needsRunningHost =
        m_options.verb == QStringLiteral("status") || m_options.verb == QStringLiteral("stop");
    const bool managesPeers = m_options.verb == QStringLiteral("invite") || m_options.verb == QStringLiteral("kick");
    if (needsRunningHost || managesPeers
        || (m_options.verb == QStringLiteral("members") && !m_options.connectTo && !m_options.listenOn)) {
        printLine(tr("No Patchbay is running with the profile %1. Start one with `patchbay-cli serve` or "
                     "`patchbay-cli connect HOST:PORT`.")
                      .arg(m_options.profile));
        return quit(ExitNoConnection);
    }
    hub::HostOptions options;
    options.profileDirectory = m_options.profile;
    options.name = m_options.name;
    options.pluginDirectories = m_options.pluginPaths;
    options.plainTokenFile = m_options.plainTokenFile;
    m_host = std::make_unique<hub::Host>(options);
    connect(m_host.get(), &hub::Host::reported, this,
            [](const QString &, const Error &error) { printLine(error.message); });
    connect(m_host.get(), &hub::Host::quitRequested, this, &Application::interrupt);
    const Error error = m_host->start();
    if (error.isError()) {
        printLine(error.message);
        return quit(ExitFailed);
    }
    m_context = std::make_unique<StdioContext>(m_options.verb, m_options.arguments, m_options.json);
    m_launcher = std::make_unique<hub::CommandLauncher>(*m_host, m_context.get());
    connect(m_context.get(), &StdioContext::inputRead, m_launcher.get(), &hub::CommandLauncher::input);
    connect(m_context.get(), &StdioContext::outputClosed, this, &Application::interrupt);
    connect(m_context.get(), &StdioContext::finished, this, [this](int exitCode) {
        m_launcher->forget();
        end(exitCode);
    });
    m_host->setAdmission(m_options.admission);
    if (m_options.connectTo && !join(false))
        return;
    if (m_options.listenOn)
        m_host->startServer(m_options.listenOn->host, m_options.listenOn->port);
    m_launcher->launch();
}

void Application::interrupt()
{
    if (m_interrupted) // asked twice: at once, whatever is left behind
        std::_Exit(ExitInterrupted);
    m_interrupted = true;
    QTimer::singleShot(kPatienceMs, this, [] { std::_Exit(ExitInterrupted); });
    if (m_remote)
        m_remote->cancel();
    else if (m_launcher)
        m_launcher->cancel();
    else
        end(isLongRunning() ? ExitOk : ExitInterrupted);
}

void Application::end(int exitCode)
{
    if (m_ending)
        return;
    m_ending = true;
    if (!m_host)
        return quit(exitCode);
    QTimer::singleShot(kPatienceMs, this, [exitCode] { std::_Exit(exitCode); });
    m_host->shutdown([this, exitCode] { quit(exitCode); });
}

void Application::quit(int exitCode)
{
    QMetaObject::invokeMethod(
        this, [exitCode] { QCoreApplication::exit(exitCode); }, Qt::QueuedConnection);
}

} // namespace patchbay::cli
