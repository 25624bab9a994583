// SPDX-License-Identifier: MIT
#pragma once

#include "net/transport.h"
#include "security/tlschannel.h"

#include <QSocketNotifier>

#include <memory>

namespace patchbay::net {

/// TLS straight on a descriptor. OpenSSL reads from the socket into its own block and decrypts into the driver's;
/// what a turn writes is encrypted into one block and leaves with one system call.
class TlsTransport final : public Transport, private security::ITlsWire
{
    Q_OBJECT

public:
    using Side = security::TlsChannel::Side;

    /// Takes a connected non-blocking \a descriptor. The handshake begins with start().
    TlsTransport(int descriptor, Side side, std::shared_ptr<const security::TlsContext> context,
                 security::TlsChannel::Judge judge, QObject *parent = nullptr);
    ~TlsTransport() override;

    /// Begins the handshake; secured() or closed() follows, from the event loop.
    void start();
    bool isSecured() const { return m_secured; }
    security::TlsChannel::Failure failure() const { return m_channel.failure(); }
    QString failureText() const { return m_channel.failureText(); }

    qint64 read(char *data, qint64 max) override;
    bool write(const QByteArray &block) override;
    void flush() override;
    qint64 unsentBytes() const override { return m_unsent.size() - m_sentOfUnsent; }
    void setUnsentTarget(qint64 bytes) override;
    void setReadingPaused(bool paused) override;
    void finish() override;
    void abort() override;
    QByteArray provenPeerId() const override { return m_channel.peerId(); }
    Endpoint local() const override { return m_local; }
    Endpoint peer() const override { return m_peer; }

Q_SIGNALS:
    /// The handshake is done and the peer's key is accepted: bytes may be written and read from here on.
    void secured();
    /// Server: the peer has shown that it speaks TLS.
    void helloComplete();

private:
    qint64 receive(char *data, qint64 max) override;
    void send(const char *data, qint64 size) override;

    void handleReadable();
    void handleWritable();
    void shutDownWhenSent();
    void end(const QString &reason);

    int m_descriptor;
    Endpoint m_local;
    Endpoint m_peer;
    QByteArray m_unsent; ///< encrypted
    qsizetype m_sentOfUnsent = 0;
    qint64 m_unsentTarget = 0;
    QString m_systemError;
    security::TlsChannel m_channel;
    QSocketNotifier m_readNotifier;
    QSocketNotifier m_writeNotifier;
    bool m_started = false;
    bool m_secured = false;
    bool m_finishing = false;
    bool m_shutDown = false;
    bool m_ended = false;
    bool m_readPending = false;
    bool m_paused = false;
};

} // namespace patchbay::net
