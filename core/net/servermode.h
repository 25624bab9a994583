// SPDX-License-Identifier: MIT
#pragma once

#include "net/admission.h"
#include "net/linkmode.h"
#include "net/listener.h"

namespace patchbay::net {

/// Listens and admits.
class ServerMode final : public LinkMode
{
    Q_OBJECT

public:
    ServerMode(ServerOptions options, ModeContext context);

    void start() override;

private:
    void closeDoors() override;
    void handleAccepted(Transport *transport);
    void makeRoom();
    void handleReady(Connection &connection) override;
    void handleEnded(Connection &connection, const protocol::Fault &fault) override;
    void leaveDoorway(const Connection &connection);

    ServerOptions m_options;
    AdmissionLimits m_limits;
    Listener m_listener;
    std::vector<protocol::ConnectionId> m_pending; ///< not past Hello, oldest first
};

} // namespace patchbay::net
