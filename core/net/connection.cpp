// SPDX-License-Identifier: MIT
#include "net/connection.h"

#include "net/address.h"

namespace patchbay::net {

namespace {

/// One link's share of a turn: with more, a fast link would keep the others waiting.
constexpr int kBlocksPerTurn = 4;

} // namespace

Connection::Connection(protocol::ConnectionId id, std::unique_ptr<Transport> transport, base::TimePoint now)
    : m_transport(std::move(transport)), m_openedAt(now)
{
    const Endpoint local = m_transport->local();
    const Endpoint peer = m_transport->peer();
    m_info.id = id;
    m_info.localAddress = displayAddress(local.address);
    m_info.localPort = local.port;
    m_info.peerAddress = displayAddress(peer.address);
    m_info.peerPort = peer.port;
}

Connection::~Connection() = default;

void Connection::setMember(protocol::MemberNumber member, const QString &name)
{
    m_info.member = member;
    m_info.name = name;
}

qint64 Connection::read(char *data, qint64 max)
{
    const qint64 count = m_transport->read(data, max);
    m_received += quint64(count);
    return count;
}

Connection::Pumped Connection::pump(protocol::Node &node, base::TimePoint now)
{
    if (m_phase == Phase::Lingering || m_phase == Phase::Ended)
        return Pumped::Idle;
    Pumped result = Pumped::More;
    for (int block = 0; block < kBlocksPerTurn; ++block) {
        const qint64 size = m_pacer.nextBlock(m_transport->unsentBytes());
        if (size == 0) {
            result = Pumped::Blocked;
            break;
        }
        const QByteArray bytes = node.pollTransmit(id(), size);
        if (bytes.isEmpty()) {
            result = Pumped::Idle;
            break;
        }
        if (!m_transport->write(bytes)) {
            result = Pumped::Idle; // closed() tells the driver
            break;
        }
        m_sent += quint64(bytes.size());
        m_transport->flush();
    }
    const qint64 unsent = m_transport->unsentBytes();
    m_pacer.update(m_sent - quint64(unsent), unsent > 0, now);
    m_transport->setUnsentTarget(m_pacer.lowWater());
    if (result == Pumped::Idle && m_phase == Phase::Flushing)
        finishWhenFlushed();
    return result;
}

void Connection::beginClosing(const protocol::Fault &fault)
{
    if (m_phase != Phase::Open)
        return;
    m_fault = fault;
    m_phase = Phase::Flushing;
    m_closeTimer = std::make_unique<QTimer>();
    m_closeTimer->setSingleShot(true);
    m_closeTimer->callOnTimeout(this, [this] { m_transport->abort(); });
    m_closeTimer->start(kCloseTime);
}

void Connection::finishWhenFlushed()
{
    m_phase = Phase::Lingering;
    m_transport->finish(); // sends what is unsent first
}

void Connection::markEnded()
{
    m_phase = Phase::Ended;
    m_closeTimer.reset();
}

} // namespace patchbay::net
