// SPDX-License-Identifier: MIT
#pragma once

#include "net/transport.h"

#include <memory>
#include <utility>

namespace patchbay::net {

/// One end of a link inside the process, for tests. The other end may be throttled: what it has not taken counts
/// as unsent here.
class MemoryTransport final : public Transport
{
    Q_OBJECT

public:
    /// Two ends that are connected to each other, on the same thread. \a capacity bounds what one end has taken
    /// from the other and not read yet, as a kernel's socket buffers do.
    static std::pair<std::unique_ptr<MemoryTransport>, std::unique_ptr<MemoryTransport>> makePair(qint64 capacity);

    ~MemoryTransport() override;

    qint64 read(char *data, qint64 max) override;
    bool write(const QByteArray &block) override;
    void flush() override;
    qint64 unsentBytes() const override { return m_unsent.size(); }
    void setUnsentTarget(qint64 bytes) override { m_unsentTarget = bytes; }
    void setReadingPaused(bool) override { }
    void finish() override;
    void abort() override;
    Endpoint local() const override { return m_local; }
    Endpoint peer() const override { return m_peer; }

    qint64 unsentTarget() const { return m_unsentTarget; }

private:
    explicit MemoryTransport(qint64 capacity);
    void emitLater(void (Transport::*signal)());
    void deliver();
    void end(const QString &reason);

    const qint64 m_capacity;
    MemoryTransport *m_other = nullptr;
    QByteArray m_unsent;
    QByteArray m_received;
    Endpoint m_local;
    Endpoint m_peer;
    qint64 m_unsentTarget = 0;
    bool m_finished = false;
    bool m_ended = false;
};

} // namespace patchbay::net
