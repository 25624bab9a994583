// SPDX-License-Identifier: MIT
#include "net/clientmode.h"

#include "net/address.h"

namespace patchbay::net {

using namespace protocol;

ClientMode::ClientMode(ClientOptions options, ModeContext context)
    : LinkMode(std::move(context)), m_options(std::move(options)), m_backoff(this->context().random)
{
    base().mode = Mode::Client;
    m_options.host = withoutBrackets(m_options.host.trimmed());
    m_retryTimer.setSingleShot(true);
    connect(&m_retryTimer, &QTimer::timeout, this, &ClientMode::dial);
}

void ClientMode::start()
{
    makeDriver(Mode::Client, m_options.node);
    dial();
}

void ClientMode::closeDoors()
{
    m_retryTimer.stop();
    dropConnector();
}

void ClientMode::retryNow()
{
    if (base().phase != Phase::Waiting || isStopping())
        return;
    m_retryTimer.stop();
    m_backoff.reset();
    dial();
}

void ClientMode::dial()
{
    base().peerAddress = m_options.host;
    base().peerPort = m_options.port;
    base().localAddress.clear();
    base().localPort = 0;
    m_readySince.reset();
    m_connector = std::make_unique<Connector>();
    connect(m_connector.get(), &Connector::connected, this, &ClientMode::handleConnected);
    connect(m_connector.get(), &Connector::failed, this, [this](const Problem &problem) {
        dropConnector();
        fail(problem, isFinal(problem.reason));
    });
    setPhase(Phase::Connecting, Reason::None, tr("Connecting to %1.").arg(place(m_options.host, m_options.port)));
    m_connector->dial(m_options.host, m_options.port);
}

void ClientMode::dropConnector()
{
    if (m_connector) {
        m_connector->disconnect(this);
        m_connector.release()->deleteLater();
    }
}

void ClientMode::handleConnected(Transport *transport)
{
    std::unique_ptr<Transport> owned(transport);
    dropConnector();
    const Endpoint local = owned->local();
    const Endpoint peer = owned->peer();
    base().localAddress = displayAddress(local.address);
    base().localPort = local.port;
    base().peerAddress = displayAddress(peer.address);
    base().peerPort = peer.port;
    setPhase(Phase::Greeting, Reason::None, tr("Saying hello to %1.").arg(place(m_options.host, m_options.port)));
    driver()->adopt(std::move(owned));
}

void ClientMode::handleNodeReady()
{
    if (isStopping() || base().phase != Phase::Greeting)
        return;
    m_readySince = context().driver.now();
    setPhase(Phase::Ready, Reason::None, tr("Connected to %1.").arg(place(m_options.host, m_options.port)));
}

void ClientMode::handleEnded(Connection &connection, const Fault &reported)
{
    if (isStopping())
        return;
    Fault fault = reported;
    // It said something too short to be a frame and hung up, as a TLS server does to our hello.
    if (!m_readySince && fault.code == Code::TransportLost && connection.received() > 0)
        fault.code = Code::NotPatchbay;
    if (m_readySince && context().driver.now() - *m_readySince >= kStayed)
        m_backoff.reset();
    const Greeted greeted = m_readySince ? Greeted::Yes : Greeted::No;
    fail(linkProblem(fault, greeted, m_options.host, m_options.port), isFinal(fault));
}

void ClientMode::fail(const Problem &problem, bool final)
{
    if (final || !m_options.reconnect) {
        // The engine goes with the turn that told its last events.
        QMetaObject::invokeMethod(this, &ClientMode::dropDriver, Qt::QueuedConnection);
        setPhase(Phase::Failed, problem.reason, problem.text);
        return;
    }
    const std::chrono::milliseconds wait = m_backoff.next();
    base().retryInMs = int(wait.count());
    m_retryTimer.start(wait);
    setPhase(Phase::Waiting, problem.reason, problem.text);
}

} // namespace patchbay::net
