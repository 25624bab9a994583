// SPDX-License-Identifier: MIT
#pragma once

#include "net/backoff.h"
#include "net/connector.h"
#include "net/linkmode.h"
#include "net/tlstransport.h"

namespace patchbay::net {

/// Dials, keeps the link, and dials again when it is lost.
class ClientMode final : public LinkMode
{
    Q_OBJECT

public:
    /// A link that lived this long makes the next wait short again; one that is thrown out at once does not.
    static constexpr base::Duration kStayed = std::chrono::seconds(5);
    /// From the connection to the end of the TLS handshake.
    static constexpr std::chrono::milliseconds kHandshakeTime{10'000};

    ClientMode(ClientOptions options, ModeContext context);
    ~ClientMode() override;

    void start() override;
    void retryNow() override;

private:
    void closeDoors() override;
    const DialTarget &target() const { return m_targets[m_target]; }
    void dialFirst();
    void dial();
    void handleConnected(int descriptor);
    void handleSecured();
    void handleHandshakeEnded();
    void adopt(std::unique_ptr<Transport> transport);
    void handleNodeReady() override;
    void handleEnded(Connection &connection, const protocol::Fault &fault) override;
    void tryNextOr(const Problem &problem);
    void fail(const Problem &problem, bool final);
    void dropConnector();
    void dropHandshake();

    ClientOptions m_options;
    QList<DialTarget> m_targets;
    qsizetype m_target = 0;
    Problem m_firstProblem; ///< of this round over the targets
    Backoff m_backoff;
    QTimer m_retryTimer;
    QTimer m_handshakeTimer;
    std::unique_ptr<Connector> m_connector;
    std::unique_ptr<TlsTransport> m_handshake;
    HubVerdict m_verdict;
    std::optional<base::TimePoint> m_readySince;
};

} // namespace patchbay::net
