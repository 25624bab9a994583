// SPDX-License-Identifier: MIT
#pragma once

#include "net/problem.h"
#include "net/reach.h"

#include <QTcpSocket>
#include <QTimer>

#include <chrono>
#include <memory>

namespace patchbay::net {

/// Dials one host: resolves the name, tries its addresses in turn. With Reach::Loopback every one of them must be of
/// this machine. Ends in exactly one of the two signals, from the event loop, unless cancelled.
class Connector final : public QObject
{
    Q_OBJECT

public:
    static constexpr std::chrono::milliseconds kTimeout{5'000};

    explicit Connector(Reach reach, QObject *parent = nullptr);
    ~Connector() override;

    /// Once per object. \a timeout is for each address.
    void dial(const QString &host, quint16 port, std::chrono::milliseconds timeout = kTimeout);

Q_SIGNALS:
    /// The receiver takes the \a descriptor.
    void connected(int descriptor);
    void failed(const patchbay::net::Problem &problem);

private:
    void handleResolved(const QList<QHostAddress> &addresses);
    void tryNext();
    void handleConnected();
    void handleError(QAbstractSocket::SocketError error);
    void fail(const Problem &problem);
    void dropSocket();

    Reach m_reach;
    QString m_host;
    quint16 m_port = 0;
    std::chrono::milliseconds m_timeout = kTimeout;
    QList<QHostAddress> m_addresses;
    Problem m_problem; ///< of the first address: the others only say more of the same
    std::unique_ptr<QTcpSocket> m_socket;
    QTimer m_timer;
    int m_lookup = -1;
};

} // namespace patchbay::net
