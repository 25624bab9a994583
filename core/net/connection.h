// SPDX-License-Identifier: MIT
#pragma once

#include "net/linkstatus.h"
#include "net/sendpacer.h"
#include "net/transport.h"
#include "protocol/node.h"

#include <QTimer>

#include <memory>

namespace patchbay::net {

/// One link: the transport and what the driver remembers about it. Decides when the engine is asked for more bytes.
class Connection final : public QObject
{
    Q_OBJECT

public:
    enum class Phase {
        Open,
        Flushing,  ///< the engine closed the link; what it still has to say goes out
        Lingering, ///< all said; input is thrown away until the other side closes too
        Ended,     ///< the transport is gone
    };

    /// How long a link may flush and linger before it is cut.
    static constexpr std::chrono::milliseconds kCloseTime{1'000};

    Connection(protocol::ConnectionId id, std::unique_ptr<Transport> transport, base::TimePoint now);
    ~Connection() override;

    protocol::ConnectionId id() const { return m_info.id; }
    Transport &transport() { return *m_transport; }
    Phase phase() const { return m_phase; }
    base::TimePoint openedAt() const { return m_openedAt; }

    const ConnectionInfo &info() const { return m_info; }
    void setMember(protocol::MemberNumber member, const QString &name);
    bool isGreeted() const { return m_info.member != protocol::kNobody; }

    /// Why the engine closed the link; None while it did not.
    const protocol::Fault &fault() const { return m_fault; }

    /// Reads into \a data, counting.
    qint64 read(char *data, qint64 max);
    quint64 received() const { return m_received; }
    quint64 sent() const { return m_sent; }

    enum class Pumped {
        Idle,    ///< the engine has nothing more
        Blocked, ///< enough is unsent: again after writable()
        More,    ///< this turn's share is used up: again in the next turn
    };
    /// Moves bytes from the engine to the transport.
    Pumped pump(protocol::Node &node, base::TimePoint now);

    void beginClosing(const protocol::Fault &fault);
    void markEnded();

private:
    void finishWhenFlushed();

    std::unique_ptr<Transport> m_transport;
    ConnectionInfo m_info;
    SendPacer m_pacer;
    base::TimePoint m_openedAt;
    quint64 m_received = 0;
    quint64 m_sent = 0; ///< given to the transport
    protocol::Fault m_fault;
    Phase m_phase = Phase::Open;
    std::unique_ptr<QTimer> m_closeTimer; ///< most links never need one
};

} // namespace patchbay::net
