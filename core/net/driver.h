// SPDX-License-Identifier: MIT
#pragma once

#include "net/connection.h"
#include "net/netservice.h"
#include "protocol/node.h"

#include <QTimer>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace patchbay::net {

struct TrafficCounters
{
    std::atomic<quint64> bytesIn = 0;
    std::atomic<quint64> bytesOut = 0;
};

/// What a driver needs from the thread it lives on. All outlive it.
struct DriverContext
{
    IBulkHandler *bulk = nullptr;
    TrafficCounters *traffic = nullptr;
    std::function<void(protocol::NodeEvent &&)> sendEvent; ///< for the main thread
    std::function<void()> requestTurn;                     ///< have turn() called once, soon
    std::function<base::TimePoint()> now;
    QByteArray *readBuffer = nullptr; ///< one for all connections, allocated once
};

/// Drives one node with the transports of its links: bytes in as they come, bytes out once per turn of the event
/// loop, so that everything a turn gave rise to leaves in few big writes.
class Driver final : public QObject
{
    Q_OBJECT

public:
    Driver(std::unique_ptr<protocol::Node> node, DriverContext context);
    ~Driver() override;

    protocol::Node &node() { return *m_node; }

    /// Takes a transport that is up.
    Connection &adopt(std::unique_ptr<Transport> transport);
    /// The end of a turn: sends, hands on events, sets the timer.
    void turn();
    void closeAll(const protocol::Fault &fault);
    /// Cuts what closeAll() left, without a word.
    void abortAll();

    const std::unordered_map<protocol::ConnectionId, std::unique_ptr<Connection>> &connections() const
    {
        return m_connections;
    }
    Connection *connection(protocol::ConnectionId id) const;
    /// Where it comes from: ADDRESS:PORT, [V6]:PORT.
    static QString originOf(const Connection &connection);

Q_SIGNALS:
    void nodeReady();
    void connectionReady(patchbay::net::Connection *connection);
    /// Past Hello; a person decides whether it goes on.
    void connectionWaiting(patchbay::net::Connection *connection);
    /// Its transport is gone; it is deleted after this.
    void connectionEnded(patchbay::net::Connection *connection, const patchbay::protocol::Fault &fault);

private:
    void handleReadable(Connection &connection);
    void handleWritable(Connection &connection);
    void handleClosed(Connection &connection);
    void readAll(Connection &connection, int maxBlocks);
    void drainEvents();
    void handleEvent(protocol::NodeEvent &&event);
    void collectPending();
    void pump();
    void pauseReading();
    void armTimer();

    std::unique_ptr<protocol::Node> m_node;
    DriverContext m_context;
    std::unordered_map<protocol::ConnectionId, std::unique_ptr<Connection>> m_connections;
    std::unordered_set<protocol::ConnectionId> m_sending; ///< may have something to send
    std::unordered_set<protocol::ConnectionId> m_blocked; ///< would, if the transport took more
    std::vector<protocol::ConnectionId> m_paused;         ///< over a budget of memory: not read
    std::vector<protocol::ConnectionId> m_turnList;
    QTimer m_timer;
    std::optional<base::TimePoint> m_timerDue;
    protocol::ConnectionId m_lastId = 0;
};

} // namespace patchbay::net
