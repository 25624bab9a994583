// SPDX-License-Identifier: MIT
#pragma once

#include "net/problem.h"
#include "net/reach.h"
#include "net/transport.h"

#include <QHostAddress>
#include <QTcpServer>
#include <QTimer>

#include <memory>
#include <optional>

namespace patchbay::net {

/// Accepts TCP connections on one address. Keeps none of them: a pending queue in Qt's style stops accepting for good
/// once it is full of connections that nobody fetches.
class Listener final : public QObject
{
    Q_OBJECT

public:
    explicit Listener(QObject *parent = nullptr);
    ~Listener() override;

    /// Nothing = it listens.
    std::optional<Problem> listen(const QString &address, quint16 port, Reach reach);
    void close();
    Endpoint local() const;

    /// Leaves new connections in the system's queue for \a wait or until resume().
    void pause(std::chrono::milliseconds wait);
    void resume();

Q_SIGNALS:
    /// The receiver takes the \a descriptor.
    void accepted(int descriptor, const QHostAddress &peer);
    /// One that was closed at once; \a why is a line for the log.
    void turnedAway(const QString &why);

private:
    class Server;
    void handleDescriptor(qintptr descriptor);
    void handleResumeTimer();

    std::unique_ptr<Server> m_server;
    QTimer m_resumeTimer;
    Reach m_reach = Reach::Loopback;
    bool m_outOfDescriptors = false;
};

} // namespace patchbay::net
