// SPDX-License-Identifier: MIT
#include "net/tcptransport.h"

#include <QNetworkProxy>
#include <QScopedValueRollback>

#include <bit>

#ifdef Q_OS_UNIX
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#endif

namespace patchbay::net {

namespace {

// Below this the kernel would wake us for every packet; above it a chat line waits noticeably behind bulk.
constexpr qint64 kMinUnsentInKernel = 16 * 1024;
constexpr qint64 kMaxUnsentInKernel = 128 * 1024;

} // namespace

std::unique_ptr<QTcpSocket> TcpTransport::makeSocket()
{
    auto socket = std::make_unique<QTcpSocket>();
    socket->setProxy(QNetworkProxy::NoProxy);
    socket->setReadBufferSize(kSocketReadAhead);
    return socket;
}

TcpTransport::TcpTransport(std::unique_ptr<QTcpSocket> socket, QObject *parent)
    : Transport(parent), m_socket(std::move(socket)), m_local{m_socket->localAddress(), m_socket->localPort()},
      m_peer{m_socket->peerAddress(), m_socket->peerPort()}
{
    m_socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    setUnsentTarget(kMaxUnsentInKernel);
    connect(m_socket.get(), &QTcpSocket::readyRead, this, &Transport::readable);
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
                if (m_socket->bytesAvailable() > 0)
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
    // A power of two, so that small changes of the measured rate cost no system call.
    const auto target = qint64(std::bit_floor(quint64(qBound(kMinUnsentInKernel, bytes, kMaxUnsentInKernel))));
    if (target == m_unsentTarget || m_ended)
        return;
    m_unsentTarget = target;
#ifdef TCP_NOTSENT_LOWAT
    const int value = int(target);
    setsockopt(int(m_socket->socketDescriptor()), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &value, sizeof value);
#endif
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
#ifdef Q_OS_UNIX
    // Not close(): with unread input the system would answer RST, which can overtake our last frame.
    ::shutdown(int(m_socket->socketDescriptor()), SHUT_WR);
#else
    m_socket->disconnectFromHost();
#endif
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
