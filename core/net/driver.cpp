// SPDX-License-Identifier: MIT
#include "net/driver.h"

#include "net/problem.h"
#include "net/tcptransport.h"

namespace patchbay::net {

using namespace protocol;

namespace {

/// What one readiness of a socket may read before the others have their turn.
constexpr int kReadBlocksPerTurn = 16;
constexpr qint64 kReadBlock = 64 * 1024;
/// A block of the smallest frames costs a hundred times one of the largest: bytes alone are no measure of a turn.
constexpr std::chrono::milliseconds kReadTime{1};
constexpr int kReadBlocksAtEnd = 1 << 20; // after the end of a link there is only what has been read ahead

} // namespace

QString Driver::originOf(const Connection &connection)
{
    const QString &host = connection.info().peerAddress;
    const QString shown = host.contains(u':') ? QStringLiteral("[%1]").arg(host) : host;
    return QStringLiteral("%1:%2").arg(shown).arg(connection.info().peerPort);
}

Driver::Driver(std::unique_ptr<Node> node, DriverContext context)
    : m_node(std::move(node)), m_context(std::move(context))
{
    if (m_context.readBuffer->size() < kSocketReadAhead)
        m_context.readBuffer->resize(kSocketReadAhead);
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, [this] {
        m_timerDue.reset();
        m_node->handleTimeout(m_context.now());
        drainEvents();
        m_context.requestTurn();
    });
    m_context.requestTurn();
}

Driver::~Driver() = default;

Connection *Driver::connection(ConnectionId id) const
{
    const auto found = m_connections.find(id);
    return found == m_connections.end() ? nullptr : found->second.get();
}

Connection &Driver::adopt(std::unique_ptr<Transport> transport)
{
    const ConnectionId id = ++m_lastId;
    const base::TimePoint now = m_context.now();
    auto owned = std::make_unique<Connection>(id, std::move(transport), now);
    Connection &connection = *owned;
    m_connections.emplace(id, std::move(owned));
    connect(&connection.transport(), &Transport::readable, this, [this, &connection] { handleReadable(connection); });
    connect(&connection.transport(), &Transport::writable, this, [this, &connection] { handleWritable(connection); });
    connect(&connection.transport(), &Transport::closed, this, [this, &connection] { handleClosed(connection); });
    m_node->connectionOpened(id, connection.transport().provenPeerId(), now);
    drainEvents();
    m_context.requestTurn();
    return connection;
}

// ---- bytes in ---------------------------------------------------------------------------------------------

void Driver::handleReadable(Connection &connection)
{
    readAll(connection, kReadBlocksPerTurn);
    m_context.requestTurn();
}

void Driver::readAll(Connection &connection, int maxBlocks)
{
    char *const buffer = m_context.readBuffer->data();
    const base::TimePoint end = m_context.now() + kReadTime;
    for (int block = 0; block < maxBlocks; ++block) {
        const qint64 count = connection.read(buffer, kReadBlock);
        if (count <= 0)
            return;
        m_context.traffic->bytesIn.fetch_add(quint64(count), std::memory_order_relaxed);
        if (connection.phase() == Connection::Phase::Open) {
            m_node->handleReceived(connection.id(), QByteArrayView(buffer, count), m_context.now());
            drainEvents();
        }
        // Only after a full block: of that the transport says readable() again.
        if (maxBlocks == kReadBlocksPerTurn && count == kReadBlock && m_context.now() >= end)
            return;
    }
}

void Driver::handleClosed(Connection &connection)
{
    if (connection.phase() == Connection::Phase::Ended)
        return;
    readAll(connection, kReadBlocksAtEnd); // its last words may be a Bye
    const ConnectionId id = connection.id();
    const bool closedByEngine = connection.phase() != Connection::Phase::Open;
    Fault fault = connection.fault();
    connection.markEnded();
    m_node->handleTransportClosed(id, m_context.now());
    drainEvents();
    if (!closedByEngine)
        fault = {Code::TransportLost, {}, Party::Remote};
    m_sending.erase(id);
    m_blocked.erase(id);
    Q_EMIT connectionEnded(&connection, fault);
    m_context.requestTurn();
    // We are inside a signal of its transport.
    const auto found = m_connections.find(id);
    if (found != m_connections.end()) {
        connection.transport().disconnect(this);
        found->second.release()->deleteLater();
        m_connections.erase(found);
    }
}

// ---- events -----------------------------------------------------------------------------------------------

void Driver::drainEvents()
{
    while (auto event = m_node->pollEvent())
        handleEvent(std::move(*event));
}

void Driver::handleEvent(NodeEvent &&event)
{
    if (auto *data = std::get_if<StreamData>(&event)) {
        m_context.bulk->streamData(data->key, data->chunk);
        return;
    }
    if (auto *ended = std::get_if<StreamEnded>(&event)) {
        m_context.bulk->streamEnded(ended->key);
        return;
    }
    if (auto *space = std::get_if<StreamSpace>(&event)) {
        m_context.bulk->streamSpace(space->key, space->bytes);
        return;
    }
    if (const auto *ready = std::get_if<ConnectionReady>(&event)) {
        if (Connection *connection = this->connection(ready->id)) {
            connection->setMember(ready->member, ready->name);
            Q_EMIT connectionReady(connection);
        }
    } else if (const auto *closing = std::get_if<ConnectionClosing>(&event)) {
        if (Connection *connection = this->connection(closing->id)) {
            connection->beginClosing(closing->reason);
            m_sending.insert(closing->id); // to flush and finish it, even if the engine has nothing to say
            m_context.requestTurn();
        }
    } else if (auto *waiting = std::get_if<KnockWaiting>(&event)) {
        if (Connection *connection = this->connection(waiting->knock.id)) {
            waiting->knock.origin = originOf(*connection);
            Q_EMIT connectionWaiting(connection);
        }
    } else if (const auto *pairing = std::get_if<PairingWaiting>(&event)) {
        if (Connection *connection = this->connection(pairing->id))
            Q_EMIT connectionWaiting(connection);
    } else if (std::holds_alternative<NodeReady>(event)) {
        Q_EMIT nodeReady();
    }
    m_context.sendEvent(std::move(event));
}

// ---- bytes out --------------------------------------------------------------------------------------------

void Driver::handleWritable(Connection &connection)
{
    if (m_blocked.erase(connection.id()) > 0) {
        m_sending.insert(connection.id());
        m_context.requestTurn();
    }
}

void Driver::turn()
{
    drainEvents();
    pump();
    drainEvents(); // what left made room in streams and queues
    collectPending();
    if (!m_sending.empty())
        m_context.requestTurn();
    pauseReading();
    armTimer();
}

void Driver::pauseReading()
{
    std::vector<ConnectionId> paused = m_node->pausedConnections();
    if (paused == m_paused)
        return;
    for (const ConnectionId id : m_paused) {
        if (Connection *connection = this->connection(id))
            connection->transport().setReadingPaused(false);
    }
    for (const ConnectionId id : paused) {
        if (Connection *connection = this->connection(id))
            connection->transport().setReadingPaused(true);
    }
    m_paused = std::move(paused);
}

void Driver::collectPending()
{
    for (const ConnectionId id : m_node->takePending()) {
        if (m_blocked.count(id) == 0)
            m_sending.insert(id);
    }
}

void Driver::pump()
{
    collectPending();
    if (m_sending.empty())
        return;
    m_turnList.assign(m_sending.begin(), m_sending.end());
    const base::TimePoint now = m_context.now();
    for (const ConnectionId id : m_turnList) {
        Connection *const connection = this->connection(id);
        if (!connection) {
            m_sending.erase(id);
            continue;
        }
        const quint64 before = connection->sent();
        const Connection::Pumped pumped = connection->pump(*m_node, now);
        m_context.traffic->bytesOut.fetch_add(connection->sent() - before, std::memory_order_relaxed);
        if (pumped == Connection::Pumped::More)
            continue;
        m_sending.erase(id);
        if (pumped == Connection::Pumped::Blocked)
            m_blocked.insert(id);
    }
}

void Driver::armTimer()
{
    const std::optional<base::TimePoint> due = m_node->pollTimeout();
    if (!due) {
        m_timer.stop();
        m_timerDue.reset();
        return;
    }
    // A timer that is armed for earlier stays: handleTimeout() too early is harmless, and re-arming in every turn
    // is not free.
    if (m_timerDue && *m_timerDue <= *due)
        return;
    m_timerDue = due;
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*due - m_context.now());
    m_timer.start(std::max(wait, std::chrono::milliseconds(0)));
}

// ---- the end ----------------------------------------------------------------------------------------------

void Driver::closeAll(const Fault &fault)
{
    m_node->closeAll(fault, m_context.now());
    drainEvents();
    m_context.requestTurn();
}

void Driver::abortAll()
{
    for (const auto &[id, connection] : m_connections)
        connection->transport().abort();
}

} // namespace patchbay::net
