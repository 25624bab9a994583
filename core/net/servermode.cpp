// SPDX-License-Identifier: MIT
#include "net/servermode.h"

#include "net/address.h"
#include "net/socketoptions.h"
#include "net/tcptransport.h"

#include <limits>

namespace patchbay::net {

using namespace protocol;

namespace {

/// The doorway's clock need not be finer.
constexpr std::chrono::milliseconds kTick{20};

/// In plain mode everybody has the same address, so no address is held to account.
DoorwayLimits doorwayFor(const ServerOptions &options)
{
    DoorwayLimits limits = options.doorway;
    if (!options.tls) {
        limits.perAddress = limits.all;
        limits.parkedPerAddress = limits.parked;
        limits.failures = std::numeric_limits<int>::max();
        limits.protocolErrors = std::numeric_limits<int>::max();
        limits.pacedForTimeout = base::Duration::zero();
    }
    return limits;
}

} // namespace

ServerMode::ServerMode(ServerOptions options, ModeContext context)
    : LinkMode(std::move(context)), m_options(std::move(options)), m_doorway(doorwayFor(m_options))
{
    base().mode = Mode::Server;
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, [this] {
        m_doorway.handleTimeout(this->context().driver.now());
        carryOutActions();
    });
    connect(&m_listener, &Listener::accepted, this, &ServerMode::handleAccepted);
    connect(&m_listener, &Listener::turnedAway, this,
            [this](const QString &why) { this->context().log(LogClass::Accept, why); });
}

ServerMode::~ServerMode()
{
    closeDoors();
}

void ServerMode::start()
{
    const Reach reach = m_options.tls ? Reach::Anywhere : Reach::Loopback;
    if (const auto problem = m_listener.listen(m_options.address, m_options.port, reach)) {
        base().localAddress = m_options.address;
        base().localPort = m_options.port;
        setPhase(Phase::Failed, problem->reason, problem->text);
        return;
    }
    const Endpoint local = m_listener.local();
    base().localAddress = displayAddress(local.address);
    base().localPort = local.port;
    base().isPlain = !m_options.tls;
    if (m_options.admit) {
        m_options.node.admit = [this, admit = m_options.admit](const Knock &knock) {
            Knock named = knock;
            if (const Connection *connection = driver()->connection(knock.id))
                named.origin = Driver::originOf(*connection);
            return admit(named);
        };
    }
    makeDriver(Mode::Server, m_options.node);
    const QString where = place(base().localAddress, local.port);
    setPhase(Phase::Listening, Reason::None,
             m_options.tls ? tr("Listening on %1.").arg(where)
                           : tr("Listening on %1 WITHOUT ENCRYPTION, for this machine only.").arg(where));
}

void ServerMode::closeDoors()
{
    m_listener.close();
    m_timer.stop();
    for (auto &[id, visitor] : m_visitors) {
        if (visitor.descriptor >= 0)
            closeDescriptor(visitor.descriptor);
    }
    m_visitors.clear();
    m_byConnection.clear();
}

// ---- on the way in
// ----------------------------------------------------------------------------------------------------

void ServerMode::handleAccepted(int descriptor, const QHostAddress &peer)
{
    if (isStopping() || !driver()) {
        closeDescriptor(descriptor);
        return;
    }
    const VisitorId id = ++m_lastVisitor;
    const Doorway::Place place = m_doorway.arrive(id, peer, context().driver.now());
    if (place == Doorway::Place::TurnedAway) {
        closeDescriptor(descriptor);
        context().log(LogClass::Accept,
                      tr("A connection from %1 was turned away: too many of them are on their way in, or too many "
                         "from there failed.")
                          .arg(displayAddress(peer)));
    } else {
        Visitor visitor;
        visitor.descriptor = descriptor;
        visitor.peer = peerEndpoint(descriptor);
        m_visitors.emplace(id, std::move(visitor));
        if (place == Doorway::Place::Enter)
            enter(id);
    }
    carryOutActions();
}

void ServerMode::enter(VisitorId id)
{
    Visitor &visitor = m_visitors.at(id);
    const int descriptor = std::exchange(visitor.descriptor, -1);
    if (!m_options.tls) {
        if (auto transport = TcpTransport::make(descriptor))
            adopt(id, std::move(transport));
        else
            drop(id, {});
        return;
    }
    visitor.transport = std::make_unique<TlsTransport>(descriptor, TlsTransport::Side::Server, m_options.tls, nullptr);
    connect(visitor.transport.get(), &TlsTransport::secured, this, [this, id] { handleSecured(id); });
    connect(visitor.transport.get(), &Transport::closed, this, [this, id] { handleHandshakeEnded(id); });
    connect(visitor.transport.get(), &TlsTransport::helloComplete, this, [this, id] { m_doorway.spoke(id); });
    visitor.transport->start();
}

void ServerMode::handleSecured(VisitorId id)
{
    const auto found = m_visitors.find(id);
    if (found == m_visitors.end() || !found->second.transport)
        return;
    found->second.transport->disconnect(this);
    adopt(id, std::move(found->second.transport));
    Q_EMIT connectionsChanged();
}

void ServerMode::adopt(VisitorId id, std::unique_ptr<Transport> transport)
{
    // The engine's own deadline is the doorway's, from accept: it cuts first.
    Connection &connection = driver()->adopt(std::move(transport));
    m_visitors.at(id).connection = connection.id();
    m_byConnection[connection.id()] = id;
    Q_EMIT connectionsChanged();
}

void ServerMode::handleHandshakeEnded(VisitorId id)
{
    const auto found = m_visitors.find(id);
    if (found == m_visitors.end() || !found->second.transport)
        return;
    const QString why = found->second.transport->failureText();
    m_doorway.leave(id, Doorway::Outcome::Failed, context().driver.now());
    drop(id, why.isEmpty() ? tr("the connection broke") : why);
    carryOutActions();
}

/// Forgets a visitor that the doorway has forgotten already.
void ServerMode::drop(VisitorId id, const QString &why)
{
    const auto found = m_visitors.find(id);
    if (found == m_visitors.end())
        return;
    Visitor &visitor = found->second;
    if (!why.isEmpty()) {
        context().log(LogClass::Greeting,
                      tr("A connection from %1 ended before hello: %2")
                          .arg(place(displayAddress(visitor.peer.address), visitor.peer.port), why));
    }
    if (visitor.descriptor >= 0)
        closeDescriptor(visitor.descriptor);
    if (visitor.transport) { // we may be in one of its signals
        visitor.transport->disconnect(this);
        visitor.transport->abort();
        visitor.transport.release()->deleteLater();
    }
    if (visitor.connection != 0) {
        m_byConnection.erase(visitor.connection);
        if (Connection *connection = driver() ? driver()->connection(visitor.connection) : nullptr)
            connection->transport().abort(); // its end comes as an event
    }
    m_visitors.erase(found);
}

void ServerMode::carryOutActions()
{
    using Kind = Doorway::Action::Kind;
    for (auto actions = m_doorway.takeActions(); !actions.empty(); actions = m_doorway.takeActions()) {
        for (const Doorway::Action &action : actions) {
            switch (action.kind) {
            case Kind::Enter:
                enter(action.visitor);
                break;
            case Kind::Cut:
                drop(action.visitor, tr("it took too long to say hello"));
                break;
            case Kind::Evict:
                drop(action.visitor, tr("it was closed to make room, for it had said nothing"));
                break;
            }
        }
    }
    armTimer();
}

void ServerMode::armTimer()
{
    const auto next = m_doorway.nextTimeout();
    if (!next) {
        m_timer.stop();
        return;
    }
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*next - context().driver.now());
    if (!m_timer.isActive() || m_timer.remainingTimeAsDuration() > std::max(wait, kTick))
        m_timer.start(std::max(wait, kTick));
}

// ---- past the doorway
// -------------------------------------------------------------------------------------------------

void ServerMode::leaveDoorway(const Connection &connection, Doorway::Outcome outcome)
{
    const auto found = m_byConnection.find(connection.id());
    if (found == m_byConnection.end())
        return;
    const VisitorId id = found->second;
    m_byConnection.erase(found);
    m_visitors.erase(id);
    m_doorway.leave(id, outcome, context().driver.now());
    carryOutActions();
}

void ServerMode::handleReady(Connection &connection)
{
    leaveDoorway(connection, Doorway::Outcome::Welcomed);
}

void ServerMode::handleKnocking(Connection &connection)
{
    leaveDoorway(connection, Doorway::Outcome::Welcomed);
}

void ServerMode::handleEnded(Connection &connection, const Fault &fault)
{
    leaveDoorway(connection, Doorway::Outcome::Failed);
    if (isStopping())
        return;
    const ConnectionInfo &info = connection.info();
    const QString where = place(info.peerAddress, info.peerPort);
    const QString why = fault.text.isEmpty() ? tr("the connection broke") : fault.text;
    if (!connection.isGreeted()) {
        context().log(LogClass::Greeting, tr("A connection from %1 ended before hello: %2").arg(where, why));
        return;
    }
    if (isMisbehaviour(fault))
        m_doorway.misbehaved(connection.transport().peer().address, context().driver.now());
    if (fault.code != Code::GoingAway)
        context().log(LogClass::Peer, tr("The link to %1 (%2) ended: %3").arg(info.name, where, why));
}

} // namespace patchbay::net
