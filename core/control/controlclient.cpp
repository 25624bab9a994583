// SPDX-License-Identifier: MIT
#include "control/controlclient.h"

namespace patchbay::control {

namespace {
constexpr int kConnectMs = 1000;
}

ControlClient::ControlClient(QObject *parent) : QObject(parent)
{
    connect(&m_socket, &QLocalSocket::readyRead, this, &ControlClient::read);
    connect(&m_socket, &QLocalSocket::disconnected, this, [this] {
        read();
        end(-1);
    });
}

bool ControlClient::connectTo(const QString &path)
{
    if (path.isEmpty())
        return false;
    m_socket.connectToServer(path);
    return m_socket.waitForConnected(kConnectMs);
}

void ControlClient::run(const Request &request)
{
    m_socket.write(encodeRequest(request));
}

void ControlClient::sendInput(const QByteArray &chunk)
{
    QCborMap map;
    map.insert(QStringLiteral("k"), QStringLiteral("in"));
    map.insert(QStringLiteral("d"), chunk);
    m_socket.write(encodeFrame(map));
}

void ControlClient::cancel()
{
    QCborMap map;
    map.insert(QStringLiteral("k"), QStringLiteral("cancel"));
    m_socket.write(encodeFrame(map));
}

void ControlClient::read()
{
    if (!m_socket.isOpen()) // it may say that there is something to read while it closes
        return;
    m_reader.append(m_socket.readAll());
    while (const std::optional<QCborMap> map = m_reader.next()) {
        const QString kind = map->value(QStringLiteral("k")).toString();
        const QByteArray bytes = map->value(QStringLiteral("d")).toByteArray();
        if (kind == QStringLiteral("out"))
            Q_EMIT output(bytes);
        else if (kind == QStringLiteral("err"))
            Q_EMIT errorOutput(bytes);
        else if (kind == QStringLiteral("want"))
            Q_EMIT inputWanted();
        else if (kind == QStringLiteral("exit"))
            end(int(map->value(QStringLiteral("code")).toInteger(-1)));
    }
    if (m_reader.isBroken())
        end(-1);
}

void ControlClient::end(int exitCode)
{
    if (m_ended)
        return;
    m_ended = true;
    Q_EMIT finished(exitCode);
}

} // namespace patchbay::control
