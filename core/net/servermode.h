// SPDX-License-Identifier: MIT
#pragma once

#include "net/linkmode.h"
#include "net/listener.h"
#include "net/tlstransport.h"

#include <map>
#include <unordered_map>

namespace patchbay::net {

/// Listens and admits. Everybody stands in the doorway first, over TLS and Hello, until the engine welcomes them.
class ServerMode final : public LinkMode
{
    Q_OBJECT

public:
    ServerMode(ServerOptions options, ModeContext context);
    ~ServerMode() override;

    void start() override;

private:
    /// One connection on its way in: a bare descriptor, then a transport in its handshake, then a connection that
    /// the engine has not welcomed.
    struct Visitor
    {
        int descriptor = -1;
        std::unique_ptr<TlsTransport> transport;
        protocol::ConnectionId connection = 0;
        Endpoint peer;
    };
    using VisitorId = Doorway::Visitor;

    void closeDoors() override;
    void handleAccepted(int descriptor, const QHostAddress &peer);
    void enter(VisitorId id);
    void handleSecured(VisitorId id);
    void handleHandshakeEnded(VisitorId id);
    void adopt(VisitorId id, std::unique_ptr<Transport> transport);
    void drop(VisitorId id, const QString &why);
    void carryOutActions();
    void armTimer();
    void leaveDoorway(const Connection &connection, Doorway::Outcome outcome);
    void handleReady(Connection &connection) override;
    void handleKnocking(Connection &connection) override;
    void handleEnded(Connection &connection, const protocol::Fault &fault) override;

    ServerOptions m_options;
    Listener m_listener;
    Doorway m_doorway;
    std::map<VisitorId, Visitor> m_visitors;
    std::unordered_map<protocol::ConnectionId, VisitorId> m_byConnection;
    QTimer m_timer;
    VisitorId m_lastVisitor = 0;
};

} // namespace patchbay::net
