// SPDX-License-Identifier: MIT
#include "net/connector.h"

#include "net/address.h"
#include <QHostInfo>
#include <QNetworkProxy>

#include <fcntl.h>

namespace patchbay::net {

Connector::Connector(Reach reach, QObject *parent) : QObject(parent), m_reach(reach)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, [this] { handleError(QAbstractSocket::SocketTimeoutError); });
}

Connector::~Connector()
{
    if (m_lookup >= 0)
        QHostInfo::abortHostLookup(m_lookup);
}

void Connector::dial(const QString &host, quint16 port, std::chrono::milliseconds timeout)
{
    m_host = withoutBrackets(host.trimmed());
    m_port = port;
    m_timeout = timeout;
    if (port == 0) {
        QMetaObject::invokeMethod(
            this, [this] { fail(badPort()); }, Qt::QueuedConnection);
        return;
    }
    const QHostAddress literal = unmapped(QHostAddress(m_host));
    if (!literal.isNull()) {
        QMetaObject::invokeMethod(
            this, [this, literal] { handleResolved({literal}); }, Qt::QueuedConnection);
        return;
    }
    m_lookup = QHostInfo::lookupHost(m_host, this, [this](const QHostInfo &info) {
        m_lookup = -1;
        handleResolved(info.addresses());
    });
}

void Connector::handleResolved(const QList<QHostAddress> &addresses)
{
    if (addresses.isEmpty()) {
        fail(dialProblem(QAbstractSocket::HostNotFoundError, {}, m_host, m_port));
        return;
    }
    for (const QHostAddress &address : addresses) {
        if (m_reach == Reach::Loopback && !isLoopback(address)) {
            fail(notLoopbackToDial(m_host, displayAddress(address)));
            return;
        }
    }
    m_addresses = addresses;
    tryNext();
}

void Connector::tryNext()
{
    const QHostAddress address = m_addresses.takeFirst();
    m_socket = std::make_unique<QTcpSocket>();
    m_socket->setProxy(QNetworkProxy::NoProxy);
    connect(m_socket.get(), &QTcpSocket::connected, this, &Connector::handleConnected);
    connect(m_socket.get(), &QTcpSocket::errorOccurred, this, &Connector::handleError);
    m_timer.start(m_timeout);
    m_socket->connectToHost(address, m_port);
}

void Connector::handleConnected()
{
    // On loopback a dial to a free port of the dynamic range can meet itself.
    if (m_socket->localPort() == m_socket->peerPort() && m_socket->localAddress() == m_socket->peerAddress()) {
        handleError(QAbstractSocket::ConnectionRefusedError);
        return;
    }
    m_timer.stop();
    // From here on the descriptor alone is needed; the socket's own copy closes with it.
    const int descriptor = fcntl(int(m_socket->socketDescriptor()), F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0) {
        handleError(QAbstractSocket::SocketResourceError);
        return;
    }
    dropSocket();
    Q_EMIT connected(descriptor);
}

void Connector::handleError(QAbstractSocket::SocketError error)
{
    const Problem problem = dialProblem(error, m_socket->errorString(), m_host, m_port);
    m_timer.stop();
    dropSocket();
    if (m_problem.reason == Reason::None)
        m_problem = problem;
    if (m_addresses.isEmpty())
        fail(m_problem);
    else
        QMetaObject::invokeMethod(this, &Connector::tryNext, Qt::QueuedConnection);
}

void Connector::dropSocket()
{
    m_socket->disconnect(this);
    m_socket.release()->deleteLater(); // we may be in one of its signals
}

void Connector::fail(const Problem &problem)
{
    Q_EMIT failed(problem);
}

} // namespace patchbay::net
