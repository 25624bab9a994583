// SPDX-License-Identifier: MIT
#pragma once

#include "control/controlserver.h"
#include "hub/commandrunner.h"
#include "hub/commandserver.h"
#include "hub/connectionmodel.h"
#include "hub/doorman.h"
#include "hub/host.h"
#include "hub/logmodel.h"
#include "hub/peermodel.h"
#include "hub/plugincaller.h"
#include "hub/profile.h"
#include "hub/router.h"
#include "hub/trust.h"
#include "net/netservice.h"
#include "plugins/pluginmanager.h"
#include "security/peerid.h"
#include "security/plaintoken.h"

namespace patchbay::hub {

/// The parts of a host, in order of making. Split over host.cpp (life, link, plugins, commands) and hosttrust.cpp.
class Host::Private
{
public:
    explicit Private(HostOptions hostOptions) : options(std::move(hostOptions)) { }

    QString displayName() const
    {
        const QString given = cleanName(options.name);
        const QString known = given.isEmpty() ? profile->name() : given;
        return known.isEmpty() ? QStringLiteral("peer-") + security::shortPeerId(trust->peerId()) : known;
    }
    protocol::NodeConfig nodeConfig() const
    {
        protocol::NodeConfig config;
        config.peerId = trust->peerId();
        config.name = displayName();
        config.agent = QStringLiteral("Patchbay/" PATCHBAY_VERSION);
        config.accepted = router->acceptedTypes();
        return config;
    }

    bool isPlain() const { return !plainToken.isEmpty(); }
    /// For ServerOptions::admit: asks the doorkeeper, on the I/O thread.
    net::Admit admit() const;
    security::Permission permission(const Member &member, const QString &pluginId) const;

    HostOptions options;
    QByteArray plainToken; ///< not empty: plain mode
    LinkState link;
    QString linkTarget;
    LogModel log;
    ConnectionModel connections;
    PeerModel peers;
    PluginCaller caller;
    BulkPort bulk;
    std::unique_ptr<Profile> profile;
    std::unique_ptr<Trust> trust;
    std::unique_ptr<net::NetService> net;
    std::unique_ptr<Router> router;
    std::unique_ptr<Doorman> doorman;
    QList<security::InviteAddress> dialled; ///< client mode
    bool dialledByLink = false;             ///< the hub's key was in an invite link
    std::unique_ptr<plugins::PluginManager> manager;
    std::unique_ptr<CommandRunner> runner;
    std::unique_ptr<CommandServer> commandServer;
    bool shuttingDown = false;
};

} // namespace patchbay::hub
