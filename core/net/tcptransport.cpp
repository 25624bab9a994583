// SPDX-License-Identifier: MIT
#include "net/tcptransport.h"

#include "net/socketoptions.h"

#include <QNetworkProxy>
#include <QScopedValueRollback>

#include <sys/socket.h>

namespace patchbay::net {

namespace {

constexpr qint64 kStartUnsentTarget = 128 * 1024;

} // namespace

std::unique_ptr<TcpTransport> TcpTransport::make(int descriptor)
{
    auto socket = std::make_unique<QTcpSocket>();
    socket->setProxy(QNetworkProxy::NoProxy);
    socket->setReadBufferSize(kSocketReadAhead);
    if (!socket->setSocketDescriptor(descriptor)) {
        closeDescriptor(descriptor);
        return nullptr;
    }
    return std::make_unique<TcpTransport>(std::move(socket));
}

TcpTransport::TcpTransport(std::unique_ptr<QTcpSocket> socket, QObject *parent)
    : Transport(parent), m_socket(std::move(socket)), m_local{m_socket->localAddress(), m_socket->localPort()},
      m_peer{m_socket->peerAddress(), m_socket->peerPort()}
{
    m_socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    setUnsentTarget(kStartUnsentTarget);
    connect(m_socket.get(), &QTcpSocket::readyRead, this, [this] {
        if (!m_paused)
            Q_EMIT readable();
    });
    connect(m_socket.get(), &QTcpSocket::bytesWritten, this, [this] {
        if (m_flushing)
            return;
        if (m_finishing)
            shutDownWhenSent();
        Q_EMIT writable();
    });
    connect(m_socket.get(), &QTcpSocket::errorOccurred, this, &TcpTransport::ended);
    connect(m_socket.get(), &QTcpSocket::disconnected, this, &TcpTransport::ended);
    if (m_socket->state() != QAbstractSocket::ConnectedState)
        ended();
    else if (m_socket->bytesAvailable() > 0)
        QMetaObject::invokeMethod(this, &Transport::readable, Qt::QueuedConnection);
}

TcpTransport::~TcpTransport()
{
    m_socket->disconnect(this); // it says goodbye while it is destroyed
}

qint64 TcpTransport::read(char *data, qint64 max)
{
    if (!m_socket->isOpen())
        return 0;
    const qint64 count = m_socket->read(data, max);
    if (!m_readPending && m_socket->bytesAvailable() > 0) { // Qt is silent about bytes it has already announced
        m_readPending = true;
        QMetaObject::invokeMethod(
            this,
            [this] {
                m_readPending = false;
                if (m_socket->bytesAvailable() > 0 && !m_paused)
                    Q_EMIT readable();
            },
            Qt::QueuedConnection);
    }
    return qMax<qint64>(count, 0);
}

bool TcpTransport::write(const QByteArray &block)
{
    if (m_ended || m_finishing)
        return false;
    return m_socket->write(block) == block.size();
}

void TcpTransport::flush()
{
    if (m_ended)
        return;
    const QScopedValueRollback guard(m_flushing, true);
    m_socket->flush();
}

qint64 TcpTransport::unsentBytes() const
{
    return m_socket->bytesToWrite();
}

void TcpTransport::setUnsentTarget(qint64 bytes)
{
    if (!m_ended)
        net::setUnsentTarget(int(m_socket->socketDescriptor()), bytes, &m_unsentTarget);
}

void TcpTransport::setReadingPaused(bool paused)
{
    if (m_paused == paused)
        return;
    m_paused = paused; // the read buffer of the socket is bounded, so the rest stays with the system
    if (!paused)
        QMetaObject::invokeMethod(this, &Transport::readable, Qt::QueuedConnection);
}

void TcpTransport::finish()
{
    if (m_finishing || m_ended)
        return;
    m_finishing = true;
    flush();
    shutDownWhenSent();
}

void TcpTransport::shutDownWhenSent()
{
    if (m_ended || m_socket->bytesToWrite() > 0)
        return;
    // Not close(): with unread input the system would answer RST, which can overtake our last frame.
    ::shutdown(int(m_socket->socketDescriptor()), SHUT_WR);
}

void TcpTransport::abort()
{
    if (m_socket->state() != QAbstractSocket::UnconnectedState)
        m_socket->abort();
    ended();
}

void TcpTransport::ended()
{
    if (m_ended)
        return;
    m_ended = true;
    QString reason;
    if (m_socket->error() != QAbstractSocket::UnknownSocketError)
        reason = m_socket->errorString();
    QMetaObject::invokeMethod(
        this, [this, reason] { Q_EMIT closed(reason); }, Qt::QueuedConnection);
}

} // namespace patchbay::net
