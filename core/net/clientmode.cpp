// SPDX-License-Identifier: MIT
#include "net/clientmode.h"

#include "net/address.h"
#include "net/socketoptions.h"
#include "net/tcptransport.h"

namespace patchbay::net {

using namespace protocol;
using security::TlsChannel;

ClientMode::ClientMode(ClientOptions options, ModeContext context)
    : LinkMode(std::move(context)), m_options(std::move(options)), m_backoff(this->context().random)
{
    base().mode = Mode::Client;
    base().isPlain = !m_options.tls;
    m_targets = QList<DialTarget>{{m_options.host, m_options.port}} + m_options.others;
    for (DialTarget &target : m_targets)
        target.host = withoutBrackets(target.host.trimmed());
    m_retryTimer.setSingleShot(true);
    connect(&m_retryTimer, &QTimer::timeout, this, &ClientMode::dialFirst);
    m_handshakeTimer.setSingleShot(true);
    connect(&m_handshakeTimer, &QTimer::timeout, this, [this] {
        dropHandshake();
        fail(linkProblem({Code::Timeout, {}, Party::Remote}, Greeted::No, target().host, target().port), false);
    });
}

ClientMode::~ClientMode() = default;

void ClientMode::start()
{
    makeDriver(Mode::Client, m_options.node);
    dialFirst();
}

void ClientMode::closeDoors()
{
    m_retryTimer.stop();
    dropConnector();
    dropHandshake();
}

void ClientMode::retryNow()
{
    if (base().phase != Phase::Waiting || isStopping())
        return;
    m_retryTimer.stop();
    m_backoff.reset();
    dialFirst();
}

// ---- dialling
// ---------------------------------------------------------------------------------------------------------

void ClientMode::dialFirst()
{
    m_target = 0;
    m_firstProblem = {};
    dial();
}

void ClientMode::dial()
{
    base().peerAddress = target().host;
    base().peerPort = target().port;
    base().localAddress.clear();
    base().localPort = 0;
    m_readySince.reset();
    m_connector = std::make_unique<Connector>(m_options.tls ? Reach::Anywhere : Reach::Loopback);
    connect(m_connector.get(), &Connector::connected, this, &ClientMode::handleConnected);
    connect(m_connector.get(), &Connector::failed, this, [this](const Problem &problem) {
        dropConnector();
        tryNextOr(problem);
    });
    setPhase(Phase::Connecting, Reason::None, tr("Connecting to %1.").arg(place(target().host, target().port)));
    m_connector->dial(target().host, target().port);
}

/// The same hub may have other addresses.
void ClientMode::tryNextOr(const Problem &problem)
{
    if (m_firstProblem.reason == Reason::None)
        m_firstProblem = problem;
    if (m_target + 1 >= m_targets.size()) {
        fail(m_firstProblem, isFinal(m_firstProblem.reason));
        return;
    }
    ++m_target;
    QMetaObject::invokeMethod(
        this,
        [this] {
            if (!isStopping())
                dial();
        },
        Qt::QueuedConnection);
}

void ClientMode::dropConnector()
{
    if (m_connector) {
        m_connector->disconnect(this);
        m_connector.release()->deleteLater();
    }
}

void ClientMode::handleConnected(int descriptor)
{
    dropConnector();
    const Endpoint local = localEndpoint(descriptor);
    const Endpoint peer = peerEndpoint(descriptor);
    base().localAddress = displayAddress(local.address);
    base().localPort = local.port;
    base().peerAddress = displayAddress(peer.address);
    base().peerPort = peer.port;
    if (!m_options.tls) {
        if (auto transport = TcpTransport::make(descriptor))
            adopt(std::move(transport));
        else
            fail(linkProblem({Code::TransportLost, {}, Party::Remote}, Greeted::No, target().host, target().port),
                 false);
        return;
    }
    m_verdict = {};
    const auto judge = [this](const QByteArray &peerId) {
        m_verdict =
            m_options.judgeHub ? m_options.judgeHub(peerId, target()) : HubVerdict{true, Reason::None, {}, false};
        return m_verdict.trusted ? QString() : m_verdict.refusal;
    };
    m_handshake = std::make_unique<TlsTransport>(descriptor, TlsTransport::Side::Client, m_options.tls, judge);
    connect(m_handshake.get(), &TlsTransport::secured, this, &ClientMode::handleSecured);
    connect(m_handshake.get(), &Transport::closed, this, &ClientMode::handleHandshakeEnded);
    m_handshakeTimer.start(kHandshakeTime);
    m_handshake->start();
}

void ClientMode::handleSecured()
{
    m_handshakeTimer.stop();
    m_handshake->disconnect(this);
    adopt(std::move(m_handshake));
}

void ClientMode::handleHandshakeEnded()
{
    const TlsChannel::Failure failure = m_handshake->failure();
    const QString why = m_handshake->failureText();
    dropHandshake();
    if (failure == TlsChannel::Failure::Certificate && m_verdict.reason != Reason::None) {
        fail({m_verdict.reason, m_verdict.refusal}, true);
        return;
    }
    fail(handshakeProblem(failure, why, target().host, target().port), failure == TlsChannel::Failure::OwnKey);
}

void ClientMode::dropHandshake()
{
    m_handshakeTimer.stop();
    if (m_handshake) {
        m_handshake->disconnect(this);
        m_handshake->abort();
        m_handshake.release()->deleteLater();
    }
}

void ClientMode::adopt(std::unique_ptr<Transport> transport)
{
    setPhase(Phase::Greeting, Reason::None, tr("Saying hello to %1.").arg(place(target().host, target().port)));
    driver()->node().setPairing(m_verdict.needsPairing);
    driver()->adopt(std::move(transport));
}

// ---- the link
// ---------------------------------------------------------------------------------------------------------

void ClientMode::handleNodeReady()
{
    if (isStopping() || base().phase != Phase::Greeting)
        return;
    m_readySince = context().driver.now();
    setPhase(Phase::Ready, Reason::None, tr("Connected to %1.").arg(place(target().host, target().port)));
}

void ClientMode::handleEnded(Connection &connection, const Fault &reported)
{
    if (isStopping())
        return;
    Fault fault = reported;
    // It said something too short to be a frame and hung up.
    if (!m_readySince && fault.code == Code::TransportLost && connection.received() > 0)
        fault.code = Code::NotPatchbay;
    if (m_readySince && context().driver.now() - *m_readySince >= kStayed)
        m_backoff.reset();
    const Greeted greeted = m_readySince ? Greeted::Yes : Greeted::No;
    fail(linkProblem(fault, greeted, target().host, target().port), isFinal(fault));
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
