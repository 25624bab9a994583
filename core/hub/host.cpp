// SPDX-License-Identifier: MIT
#include "hub/hostprivate.h"

#include "base/plaintext.h"
#include "hub/hostpaths.h"
#include "hub/linkstate.h"
#include "hub/pluginroles.h"

#include <patchbay/command.h>

#include <QLocale>
#include <QTimer>

namespace patchbay::hub {

Host::Host(HostOptions options, QObject *parent) : QObject(parent), d(std::make_unique<Private>(std::move(options)))
{
    const auto changed = [this] { Q_EMIT membersChanged(); };
    connect(&d->peers, &QAbstractItemModel::rowsInserted, this, changed);
    connect(&d->peers, &QAbstractItemModel::rowsRemoved, this, changed);
    connect(&d->peers, &QAbstractItemModel::dataChanged, this, changed);
    connect(&d->peers, &QAbstractItemModel::modelReset, this, changed);
    connect(this, &Host::logged, this,
            [this](const QString &source, const QString &line) { d->log.append(source, line); });
}

Host::~Host()
{
    // Undo in reverse order of start(). Workers may be inside a plugin's call, so they lose their way to the sockets
    // first; NetService joins its thread, after which no command can touch the router.
    d->commandServer.reset();
    d->runner.reset();
    d->manager.reset();
    if (d->router)
        d->router->streams().disconnectFromNet();
    d->net.reset();
    d->doorman.reset();
    d->router.reset();
}

Error Host::start()
{
    auto opened = Profile::open(d->options.profileDirectory, d->options.temporary);
    if (!opened)
        return opened.error();
    d->profile = std::move(opened).value();
    if (!cleanName(d->options.name).isEmpty())
        d->profile->setName(d->options.name);

    auto trust = Trust::open(d->profile->directory(), d->options.temporary);
    if (!trust)
        return trust.error();
    d->trust = std::move(trust).value();
    if (!d->options.plainTokenFile.isEmpty()) {
        const auto token = security::readOrMakePlainToken(d->options.plainTokenFile);
        if (!token)
            return {ErrorCode::PermissionDenied, token.error().text};
        d->plainToken = token.value();
    }

    d->net = std::make_unique<net::NetService>(&d->bulk);
    Router::Services services;
    services.settings = [this](const QString &id) { return d->profile->pluginSettings(id); };
    services.dataDirectory = [this](const QString &id) { return d->profile->pluginDataDirectory(id); };
    services.report = [this](const QString &id, const Error &error) {
        Q_EMIT logged(id, error.message);
        Q_EMIT reported(id, error);
    };
    services.log = [this](const QString &id, const QString &line) { Q_EMIT logged(id, line); };
    services.notify = [this](const QString &id, const QString &title, const QString &text) {
        Q_EMIT notified(id, base::singleLine(title, 128), base::singleLine(text, 512));
    };
    services.ownName = [this] { return d->displayName(); };
    services.ownPeerId = d->trust->peerId();
    services.permission = [this](const Member &member, const QString &plugin) { return d->permission(member, plugin); };
    services.isMuted = [this](const QByteArray &id) {
        const auto peer = d->trust->store().find(id);
        return peer && peer->muted;
    };
    services.isVerified = [this](const QByteArray &id) { return d->trust->isVerified(id); };
    d->router = std::make_unique<Router>(*d->net, d->bulk, d->caller, d->peers, std::move(services));
    d->runner = std::make_unique<CommandRunner>(d->caller);
    d->manager = std::make_unique<plugins::PluginManager>(*d->router, *d->profile,
                                                          d->options.panels ? plugins::PluginManager::Panels::Load
                                                                            : plugins::PluginManager::Panels::Skip);

    const QString self = QStringLiteral("host");
    connect(d->net.get(), &net::NetService::statusChanged, this, [this, self](const net::LinkStatus &status) {
        const LinkState before = d->link;
        d->link = toLinkState(status);
        d->connections.setConnections(status.connections);
        if (before.isUp() && !d->link.isUp())
            d->router->handleLinkLost({ErrorCode::NotConnected, d->link.text});
        if (before.phase != d->link.phase || before.text != d->link.text)
            Q_EMIT logged(self, d->link.text);
        Q_EMIT linkStateChanged();
    });
    connect(d->net.get(), &net::NetService::logged, this,
            [this](const QString &line) { Q_EMIT logged(QStringLiteral("net"), line); });
    connect(d->router.get(), &Router::pluginStuck, this,
            [this](const QString &id, const QString &reason) { d->manager->fail(id, reason); });
    connect(&d->caller, &PluginCaller::warned, this,
            [this](const QString &id, const QString &line) { Q_EMIT logged(id, line); });
    connect(&d->caller, &PluginCaller::misbehaved, this, [this](const QString &id, const QString &reason) {
        Q_EMIT reported(id, {ErrorCode::Failed, tr("%1 was stopped: %2").arg(pluginName(id), reason)});
        d->manager->fail(id, reason);
    });
    connect(d->manager.get(), &plugins::PluginManager::warned, this,
            [this](const QString &id, const QString &line) { Q_EMIT logged(id, line); });
    connect(d->manager.get(), &plugins::PluginManager::activated, this, &Host::pluginActivated);
    connect(d->manager.get(), &plugins::PluginManager::aboutToDeactivate, this, [this](const QString &id) {
        d->runner->endAll(id);
        Q_EMIT pluginAboutToDeactivate(id);
    });
    connect(d->manager.get(), &plugins::PluginManager::deactivated, this, &Host::pluginDeactivated);
    connect(d->manager.get(), &plugins::PluginManager::stateChanged, this,
            [this](const QString &id, plugins::State state) {
                if (state != plugins::State::Failed && state != plugins::State::Rejected)
                    return;
                Q_EMIT logged(id, tr("%1: %2").arg(plugins::stateDisplayName(state), d->manager->reason(id)));
            });

    connectTrust();
    d->manager->discover(pluginFolders(d->options.pluginDirectories));
    d->manager->activateEnabled();

    if (d->options.controlSocket && !d->options.temporary) {
        d->commandServer = std::make_unique<CommandServer>(*this);
        const QString problem = d->commandServer->listen(Profile::controlSocketPath(d->profile->directory()));
        if (!problem.isEmpty())
            Q_EMIT logged(self, problem);
    }
    return {};
}

void Host::shutdown(std::function<void()> done)
{
    if (d->shuttingDown)
        return;
    d->shuttingDown = true;
    if (!d->manager) {
        QTimer::singleShot(0, this, std::move(done));
        return;
    }
    d->manager->stopAll([this, done = std::move(done)] {
        // Streams are over, so nothing is cut short by saying Bye.
        if (d->link.mode == LinkState::Mode::Off) {
            QTimer::singleShot(0, this, done);
            return;
        }
        // Other changes may come first, a member that leaves for example.
        auto ended = std::make_shared<QMetaObject::Connection>();
        *ended = connect(this, &Host::linkStateChanged, this, [this, done, ended] {
            if (d->link.mode != LinkState::Mode::Off && d->link.phase != LinkState::Phase::Stopped)
                return;
            disconnect(*ended);
            QTimer::singleShot(0, this, done);
        });
        d->net->stop();
    });
}

// ---- link -----------------------------------------------------------------------------------------------------

/// Another mode begins: what hung on the link so far is over.
void Host::dropLink()
{
    if (d->link.isUp())
        d->router->handleLinkLost({ErrorCode::NotConnected, tr("The link was ended.")});
    d->link = {};
}

void Host::startServer(const QString &address, quint16 port)
{
    net::ServerOptions options;
    options.address = address;
    options.port = port;
    options.node = d->nodeConfig();
    if (d->isPlain()) {
        options.node.plainToken = d->plainToken;
    } else {
        options.tls = d->trust->tls();
        options.admit = d->admit();
    }
    dropLink();
    d->link.mode = LinkState::Mode::Server;
    d->link.phase = LinkState::Phase::Connecting; // until the I/O thread has said what came of it
    d->link.isPlain = d->isPlain();
    d->net->startServer(options);
}

void Host::startClient(const QString &host, quint16 port, bool reconnect)
{
    dial({{host, port}}, {}, {}, reconnect);
}

void Host::dial(const QList<QPair<QString, quint16>> &targets, const QByteArray &keyId, const QByteArray &token,
                bool reconnect)
{
    net::ClientOptions options;
    options.host = targets.first().first;
    options.port = targets.first().second;
    for (const auto &[host, port] : targets.mid(1))
        options.others.append({host, port});
    options.reconnect = reconnect;
    d->linkTarget = QStringLiteral("%1:%2").arg(options.host).arg(options.port);
    options.node = d->nodeConfig();
    if (d->isPlain()) {
        options.node.token = d->plainToken;
    } else {
        options.tls = d->trust->tls();
        options.judgeHub = d->trust->hubJudge(keyId);
        options.node.token = token;
    }
    d->dialled.clear();
    for (const auto &[host, port] : targets)
        d->dialled.append({host.toLower(), port});
    d->dialledByLink = !keyId.isEmpty();
    d->doorman->setDialled(d->dialled);
    dropLink();
    d->link.mode = LinkState::Mode::Client;
    d->link.phase = LinkState::Phase::Connecting;
    d->link.isPlain = d->isPlain();
    d->link.text = tr("Connecting to %1 port %2.").arg(options.host).arg(options.port);
    d->net->startClient(options);
}

void Host::stopLink()
{
    d->net->stop();
}

void Host::retryNow()
{
    d->net->retryNow();
}

const LinkState &Host::linkState() const
{
    return d->link;
}

QString Host::linkTarget() const
{
    return d->link.mode == LinkState::Mode::Client ? d->linkTarget : QString();
}

QAbstractItemModel *Host::connections()
{
    return &d->connections;
}

quint64 Host::bytesIn() const
{
    return d->net ? d->net->traffic().bytesIn : 0;
}

quint64 Host::bytesOut() const
{
    return d->net ? d->net->traffic().bytesOut : 0;
}

// ---- members --------------------------------------------------------------------------------------------------

QAbstractItemModel *Host::members()
{
    return &d->peers;
}

Error Host::findMember(const QString &text, MemberId *id) const
{
    std::vector<const Member *> exact;
    std::vector<const Member *> close;
    for (const Member &member : d->peers.members()) {
        if (member.isSelf)
            continue;
        if ((text == QStringLiteral("hub") && member.isHub) || member.name == text)
            exact.push_back(&member);
        else if (member.name.compare(text, Qt::CaseInsensitive) == 0
                 || (text.size() >= 4
                     && QString::fromLatin1(member.peerId.toHex()).startsWith(text, Qt::CaseInsensitive)))
            close.push_back(&member);
    }
    const std::vector<const Member *> &found = exact.empty() ? close : exact;
    const QString shown = base::singleLine(text, 64);
    if (found.empty())
        return {ErrorCode::NoSuchMember, tr("There is no member \"%1\" here.").arg(shown)};
    if (found.size() > 1)
        return {ErrorCode::NoSuchMember, tr("\"%1\" could be any of %2 members. Name one by the start of its peer id.")
                                             .arg(shown)
                                             .arg(found.size())};
    *id = found.front()->id;
    return {};
}

QString Host::name() const
{
    return d->displayName();
}

Error Host::setName(const QString &name)
{
    if (cleanName(name).isEmpty())
        return {ErrorCode::InvalidArgument, tr("A name needs at least one visible character.")};
    d->options.name = cleanName(name);
    d->profile->setName(name);
    return {};
}

QByteArray Host::peerId() const
{
    return d->trust->peerId();
}

// ---- plugins --------------------------------------------------------------------------------------------------

static_assert(int(PluginReasonColumn) == int(plugins::PluginManager::ReasonColumn));
static_assert(int(PluginIdRole) == int(plugins::PluginManager::IdRole));
static_assert(int(PluginPanelForRole) == int(plugins::PluginManager::PanelForRole));

QAbstractItemModel *Host::plugins()
{
    return d->manager->model();
}

Error Host::setPluginEnabled(const QString &id, bool enabled)
{
    if (enabled)
        d->caller.forgive(id);
    return d->manager->setEnabled(id, enabled);
}

IPanelProvider *Host::panelProvider(const QString &pluginId)
{
    return d->manager->panelProvider(pluginId);
}

QObject *Host::plugin(const QString &id) const
{
    return d->manager->plugin(id);
}

QString Host::pluginName(const QString &id) const
{
    const QList<plugins::PluginSpec> specs = d->manager->specs();
    for (const plugins::PluginSpec &spec : specs) {
        if (spec.id != id)
            continue;
        const QString locale = QLocale().name();
        return spec.localisedNames.value(locale, spec.localisedNames.value(locale.left(2), spec.name));
    }
    return id;
}

QStringList Host::activePlugins() const
{
    QStringList active;
    const QList<plugins::PluginSpec> specs = d->manager->specs();
    for (const plugins::PluginSpec &spec : specs) {
        const bool ownRow = !spec.isPanel() || spec.panelFor == spec.id; // a panel of its own, without a logic module
        if (ownRow && d->manager->state(spec.id) == plugins::State::Active)
            active.append(spec.id);
    }
    return active;
}

// ---- commands -------------------------------------------------------------------------------------------------

namespace {

Host::Command toCommand(const plugins::PluginManager::Verb &verb, const QString &reason)
{
    Host::Command command;
    command.verb = verb.info.verb;
    command.usage = verb.info.usage;
    command.description = verb.info.description;
    command.help = verb.info.help;
    command.pluginId = verb.pluginId;
    command.enabled = verb.state == plugins::State::Active;
    command.needsMember = verb.info.needsMember;
    command.readsInput = verb.info.readsInput;
    if (!command.enabled)
        command.disabledReason = reason.isEmpty()
                                     ? plugins::stateDisplayName(verb.state)
                                     : plugins::stateDisplayName(verb.state) + QStringLiteral(": ") + reason;
    return command;
}

/// For availableCommands(): nothing is ever activated.
class NoRuntime final : public plugins::IPluginRuntime, public plugins::IEnabledStore
{
public:
    IHost *createHost(const plugins::PluginSpec &) override { return nullptr; }
    void startRouting(const plugins::PluginSpec &, QObject *) override { }
    void stopRouting(const QString &, std::function<void()> stopped) override { stopped(); }
    void retireHost(const QString &) override { }
    bool isEnabled(const QString &, bool) const override { return false; }
    void setEnabled(const QString &, bool) override { }
};

QList<Host::Command> commandsOf(const plugins::PluginManager &manager)
{
    QList<Host::Command> commands;
    const QList<plugins::PluginManager::Verb> verbs = manager.verbs();
    for (const plugins::PluginManager::Verb &verb : verbs)
        commands.append(toCommand(verb, manager.reason(verb.pluginId)));
    return commands;
}

} // namespace

QList<Host::Command> Host::commands() const
{
    return commandsOf(*d->manager);
}

QList<Host::Command> Host::availableCommands(const HostOptions &options)
{
    NoRuntime runtime;
    plugins::PluginManager manager(runtime, runtime, plugins::PluginManager::Panels::Skip);
    manager.discover(pluginFolders(options.pluginDirectories));
    return commandsOf(manager);
}

bool Host::startCommand(ICommandContext *run)
{
    const plugins::PluginManager::Verb verb = d->manager->findVerb(run->verb());
    if (verb.pluginId.isEmpty() || verb.state != plugins::State::Active)
        return false;
    d->runner->start(verb.pluginId, d->manager->plugin(verb.pluginId), run);
    return true;
}

void Host::cancelCommand(ICommandContext *run)
{
    d->runner->cancel(run);
}

void Host::commandInput(ICommandContext *run, const QByteArray &chunk)
{
    d->runner->input(run, chunk);
}

int Host::membersForVerb(const QString &verb) const
{
    const QString pluginId = d->manager->findVerb(verb).pluginId;
    const QList<plugins::PluginSpec> specs = d->manager->specs();
    QStringList types;
    for (const plugins::PluginSpec &spec : specs) {
        if (spec.id != pluginId)
            continue;
        for (const plugins::PayloadType &type : spec.payloadTypes)
            types.append(type.name());
    }
    int count = 0;
    for (const Member &member : d->peers.members())
        count += !member.isSelf && acceptsAny(member, types) ? 1 : 0;
    return count;
}

QAbstractItemModel *Host::log()
{
    return &d->log;
}

} // namespace patchbay::hub
