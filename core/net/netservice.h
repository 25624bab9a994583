// SPDX-License-Identifier: MIT
#pragma once

#include "net/doorway.h"
#include "net/linkstatus.h"
#include "protocol/node.h"
#include "security/tlscontext.h"

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

/// Decides about somebody whose Hello has come. I/O thread; must not block.
using Admit = std::function<protocol::Admission(const protocol::Knock &knock)>;

struct ServerOptions
{
    QString address = QStringLiteral("127.0.0.1"); ///< a literal address to bind
    quint16 port = 0;                              ///< 0 = the system chooses
    /// Null = plain mode: nothing is encrypted or proven, and only loopback may be bound or come in.
    std::shared_ptr<const security::TlsContext> tls;
    DoorwayLimits doorway;
    Admit admit; ///< null = everybody
    protocol::NodeConfig node;
};

struct DialTarget
{
    QString host; ///< name or literal address
    quint16 port = 0;
};

/// What the owner of the trust store says about a hub's key, before anything of ours is shown to that hub.
struct HubVerdict
{
    bool trusted = false; ///< otherwise refusal says why, and the link is given up for good
    Reason reason = Reason::None;
    QString refusal;
    bool needsPairing = false; ///< trusted only as far as the pairing: nothing works until both people said yes
};

struct ClientOptions
{
    QString host; ///< name or literal address
    quint16 port = 0;
    QList<DialTarget> others; ///< of the same hub, tried in turn when the first cannot be reached
    bool reconnect = true;    ///< after a loss or a failed dial: back off 0.25 s to 30 s with 20 % jitter
    /// Null = plain mode, to loopback only.
    std::shared_ptr<const security::TlsContext> tls;
    /// Called on the I/O thread during the handshake; null = every key is trusted (tests).
    std::function<HubVerdict(const QByteArray &peerId, const DialTarget &target)> judgeHub;
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
