// SPDX-License-Identifier: MIT
#include "net/servermode.h"

#include "net/address.h"

#include <algorithm>

namespace patchbay::net {

using namespace protocol;

ServerMode::ServerMode(ServerOptions options, ModeContext context)
    : LinkMode(std::move(context)), m_options(std::move(options))
{
    base().mode = Mode::Server;
    connect(&m_listener, &Listener::accepted, this, &ServerMode::handleAccepted);
    connect(&m_listener, &Listener::turnedAway, this,
            [this](const QString &why) { this->context().log(LogClass::Accept, why); });
}

void ServerMode::start()
{
    if (const auto problem = m_listener.listen(m_options.address, m_options.port)) {
        base().localAddress = m_options.address;
        base().localPort = m_options.port;
        setPhase(Phase::Failed, problem->reason, problem->text);
        return;
    }
    const Endpoint local = m_listener.local();
    base().localAddress = displayAddress(local.address);
    base().localPort = local.port;
    makeDriver(Mode::Server, m_options.node);
    setPhase(Phase::Listening, Reason::None, tr("Listening on %1.").arg(place(base().localAddress, local.port)));
}

void ServerMode::closeDoors()
{
    m_listener.close();
}

void ServerMode::handleAccepted(Transport *transport)
{
    std::unique_ptr<Transport> owned(transport);
    if (isStopping() || !driver())
        return;
    if (int(m_pending.size()) >= m_limits.pending)
        makeRoom();
    m_pending.push_back(driver()->adopt(std::move(owned)).id());
    if (int(m_pending.size()) >= m_limits.pending)
        m_listener.pause(std::chrono::duration_cast<std::chrono::milliseconds>(m_limits.pause));
    Q_EMIT connectionsChanged();
}

void ServerMode::makeRoom()
{
    const base::TimePoint now = context().driver.now();
    for (const ConnectionId id : m_pending) {
        Connection *const connection = driver()->connection(id);
        if (!connection || connection->received() > 0 || now - connection->openedAt() < m_limits.silence)
            continue;
        context().log(LogClass::Accept, tr("A connection from %1 was closed to make room: it had sent nothing.")
                                            .arg(place(connection->info().peerAddress, connection->info().peerPort)));
        connection->transport().abort(); // its end comes as an event
        m_pending.erase(std::find(m_pending.begin(), m_pending.end(), id));
        return;
    }
}

void ServerMode::leaveDoorway(const Connection &connection)
{
    const auto found = std::find(m_pending.begin(), m_pending.end(), connection.id());
    if (found == m_pending.end())
        return;
    m_pending.erase(found);
    if (int(m_pending.size()) < m_limits.pending)
        m_listener.resume();
}

void ServerMode::handleReady(Connection &connection)
{
    leaveDoorway(connection);
}

void ServerMode::handleEnded(Connection &connection, const Fault &fault)
{
    leaveDoorway(connection);
    if (isStopping())
        return;
    const ConnectionInfo &info = connection.info();
    const QString where = place(info.peerAddress, info.peerPort);
    const QString why = fault.text.isEmpty() ? tr("the connection broke") : fault.text;
    if (!connection.isGreeted())
        context().log(LogClass::Greeting, tr("A connection from %1 ended before hello: %2").arg(where, why));
    else if (fault.code != Code::GoingAway)
        context().log(LogClass::Peer, tr("The link to %1 (%2) ended: %3").arg(info.name, where, why));
}

} // namespace patchbay::net
