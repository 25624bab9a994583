// SPDX-License-Identifier: MIT
#pragma once

#include "net/transport.h"

#include <QTcpSocket>

#include <memory>

namespace patchbay::net {

/// How much a socket reads ahead of us: bounds memory, for Qt reads without end otherwise.
inline constexpr qint64 kSocketReadAhead = 256 * 1024;

/// Plain TCP over QTcpSocket.
class TcpTransport final : public Transport
{
    Q_OBJECT

public:
    /// Takes a connected \a socket whose read buffer size is set already.
    explicit TcpTransport(std::unique_ptr<QTcpSocket> socket, QObject *parent = nullptr);
    ~TcpTransport() override;

    qint64 read(char *data, qint64 max) override;
    bool write(const QByteArray &block) override;
    void flush() override;
    qint64 unsentBytes() const override;
    void setUnsentTarget(qint64 bytes) override;
    void setReadingPaused(bool paused) override;
    void finish() override;
    void abort() override;
    Endpoint local() const override { return m_local; }
    Endpoint peer() const override { return m_peer; }

    /// On a connected \a descriptor, which it takes; null when the system refuses it.
    static std::unique_ptr<TcpTransport> make(int descriptor);

private:
    void ended();
    void shutDownWhenSent();

    std::unique_ptr<QTcpSocket> m_socket;
    Endpoint m_local;
    Endpoint m_peer;
    qint64 m_unsentTarget = 0;
    bool m_finishing = false;
    bool m_ended = false;
    bool m_readPending = false;
    bool m_paused = false;
    bool m_flushing = false;
};

} // namespace patchbay::net
