// SPDX-License-Identifier: MIT
#pragma once

#include "net/linkstatus.h"
#include "protocol/node.h"

#include <QObject>

#include <functional>
#include <memory>

namespace patchbay::net {

/// The bulk side of the streams. Called on the I/O thread only; must not block and must not call back into
/// NetService except through post().
class IBulkHandler
{
public:
    virtual void streamData(protocol::StreamKey key, const QByteArray &chunk) = 0;
    virtual void streamEnded(protocol::StreamKey key) = 0;
    virtual void streamSpace(protocol::StreamKey key, qsizetype bytes) = 0;

protected:
    ~IBulkHandler() = default;
};

struct ServerOptions
{
    QString address = QStringLiteral("127.0.0.1"); ///< a literal address to bind
    quint16 port = 0;                              ///< 0 = the system chooses
    protocol::NodeConfig node;
};

struct ClientOptions
{
    QString host; ///< name or literal address
    quint16 port = 0;
    bool reconnect = true; ///< after a loss or a failed dial: back off 0.25 s to 30 s with 20 % jitter
    protocol::NodeConfig node;
};

/// All sockets of one host, on an I/O thread of its own. Lives on the main thread; every function is for the main
/// thread except post(). One mode at a time: starting one stops the other first.
class NetService final : public QObject
{
    Q_OBJECT

public:
    /// \a bulk outlives this object.
    explicit NetService(IBulkHandler *bulk, QObject *parent = nullptr);
    /// Says Bye, waits at most a second for it to leave, joins the thread.
    ~NetService() override;

    /// Both return at once; statusChanged() tells what came of it.
    void startServer(const ServerOptions &options);
    void startClient(const ClientOptions &options);
    /// Says Bye everywhere; statusChanged() with Phase::Stopped follows.
    void stop();
    /// Client mode, waiting for the next try: dial now (the network changed, or the user asks).
    void retryNow();

    /// The last status sent.
    const LinkStatus &status() const { return m_status; }
    Traffic traffic() const; ///< bytes so far, all links of this mode

    /// Any thread. Runs \a command on the I/O thread, in order, in batches; dropped (never called) when no mode
    /// is running, or when the mode it was meant for has ended.
    using Command = std::function<void(protocol::Node &node, base::TimePoint now)>;
    void post(Command command);

Q_SIGNALS:
    void statusChanged(const patchbay::net::LinkStatus &status);
    /// Everything from the node but bulk, in order, as one batch.
    void nodeEvents(const QList<patchbay::protocol::NodeEvent> &events);
    /// Lines for the log, already plain text without control characters.
    void logged(const QString &line);

private:
    void deliver();

    class Private;
    std::unique_ptr<Private> d;
    LinkStatus m_status;
};

} // namespace patchbay::net
