// SPDX-License-Identifier: MIT
#pragma once

#include "net/backoff.h"
#include "net/connector.h"
#include "net/linkmode.h"

namespace patchbay::net {

/// Dials, keeps the link, and dials again when it is lost.
class ClientMode final : public LinkMode
{
    Q_OBJECT

public:
    /// A link that lived this long makes the next wait short again; one that is thrown out at once does not.
    static constexpr base::Duration kStayed = std::chrono::seconds(5);

    ClientMode(ClientOptions options, ModeContext context);

    void start() override;
    void retryNow() override;

private:
    void closeDoors() override;
    void dial();
    void handleConnected(Transport *transport);
    void handleNodeReady() override;
    void handleEnded(Connection &connection, const protocol::Fault &fault) override;
    void fail(const Problem &problem, bool final);
    void dropConnector();

    ClientOptions m_options;
    Backoff m_backoff;
    QTimer m_retryTimer;
    std::unique_ptr<Connector> m_connector;
    std::optional<base::TimePoint> m_readySince;
};

} // namespace patchbay::net
