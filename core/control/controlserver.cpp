// SPDX-License-Identifier: MIT
#include "control/controlserver.h"

#include <QLocalSocket>

#include <algorithm>

#include <sys/socket.h>
#include <unistd.h>

namespace patchbay::control {

namespace {

constexpr qint64 kMaxUnreadBytes = 16 * 1024 * 1024;

/// The kernel's word on who is calling; the folder's permissions keep others out already.
bool isSameUser(const QLocalSocket &socket)
{
    ucred credentials = {};
    socklen_t size = sizeof credentials;
    return ::getsockopt(int(socket.socketDescriptor()), SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0
           && credentials.uid == ::getuid();
}

} // namespace

ControlSession::ControlSession(QLocalSocket *socket, QObject *parent) : QObject(parent), m_socket(socket)
{
    m_socket->setParent(this);
    connect(m_socket, &QLocalSocket::readyRead, this, &ControlSession::read);
    connect(m_socket, &QLocalSocket::disconnected, this, &ControlSession::abandon);
}

void ControlSession::read()
{
    if (!m_socket->isOpen()) // it may say that there is something to read while it closes
        return;
    m_reader.append(m_socket->readAll());
    while (const std::optional<QCborMap> map = m_reader.next()) {
        const QString kind = map->value(QStringLiteral("k")).toString();
        if (!m_started) {
            const std::optional<Request> request = decodeRequest(*map);
            if (!request) {
                m_socket->abort();
                return;
            }
            m_started = true;
            m_request = *request;
            Q_EMIT requested();
        } else if (kind == QStringLiteral("in")) {
            Q_EMIT input(map->value(QStringLiteral("d")).toByteArray().left(kInputChunkBytes));
        } else if (kind == QStringLiteral("cancel")) {
            Q_EMIT cancelled();
        }
    }
    if (m_reader.isBroken())
        m_socket->abort();
}

void ControlSession::send(const QCborMap &map)
{
    if (m_gone)
        return;
    m_socket->write(encodeFrame(map));
    if (m_socket->bytesToWrite() > kMaxUnreadBytes)
        QMetaObject::invokeMethod(m_socket, &QLocalSocket::abort, Qt::QueuedConnection);
}

void ControlSession::sendBytes(const QString &kind, const QByteArray &bytes)
{
    constexpr qsizetype kMost = kMaxFrameBytes / 2;
    for (qsizetype at = 0; at < bytes.size(); at += kMost) {
        QCborMap map;
        map.insert(QStringLiteral("k"), kind);
        map.insert(QStringLiteral("d"), bytes.mid(at, kMost));
        send(map);
    }
}

void ControlSession::writeOutput(const QByteArray &bytes)
{
    sendBytes(QStringLiteral("out"), bytes);
}

void ControlSession::writeError(const QByteArray &bytes)
{
    sendBytes(QStringLiteral("err"), bytes);
}

void ControlSession::requestInput()
{
    QCborMap map;
    map.insert(QStringLiteral("k"), QStringLiteral("want"));
    send(map);
}

void ControlSession::finish(int exitCode)
{
    if (m_finished)
        return;
    m_finished = true;
    QCborMap map;
    map.insert(QStringLiteral("k"), QStringLiteral("exit"));
    map.insert(QStringLiteral("code"), exitCode);
    send(map);
    if (m_gone)
        deleteLater();
    else
        m_socket->disconnectFromServer();
}

void ControlSession::abandon()
{
    if (m_gone)
        return;
    m_gone = true;
    if (m_finished || !m_started)
        deleteLater();
    else
        Q_EMIT cancelled();
}

ControlServer::ControlServer(QObject *parent) : QObject(parent)
{
    m_server.setSocketOptions(QLocalServer::UserAccessOption);
    connect(&m_server, &QLocalServer::newConnection, this, &ControlServer::accept);
}

ControlServer::~ControlServer() = default;

QString ControlServer::listen(const QString &path)
{
    if (path.isEmpty())
        return tr("There is no private folder for the control socket, so commands cannot reach this host.");
    QLocalServer::removeServer(path);
    if (!m_server.listen(path))
        return tr("The control socket %1 cannot be opened (%2), so commands cannot reach this host.")
            .arg(path, m_server.errorString());
    return {};
}

int ControlServer::sessionCount() const
{
    return int(findChildren<ControlSession *>(QString(), Qt::FindDirectChildrenOnly).size());
}

void ControlServer::accept()
{
    while (QLocalSocket *socket = m_server.nextPendingConnection()) {
        if (!isSameUser(*socket)) {
            socket->abort();
            socket->deleteLater();
            continue;
        }
        auto *session = new ControlSession(socket, this);
        connect(session, &ControlSession::requested, this, [this, session] { Q_EMIT requested(session); });
    }
}

} // namespace patchbay::control
