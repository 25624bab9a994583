// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "protocol/nodeevent.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QString>

#include <optional>
#include <vector>

namespace patchbay::protocol {

/// What this host says about itself in Hello.
struct NodeConfig
{
    QByteArray peerId;        ///< 32 bytes
    QString name;             ///< display name, a label
    QString agent;            ///< program and version, for logs
    QList<TypeInfo> accepted; ///< payload types accepted from the start
    int maxMembers = 64;      ///< hub only: ready members, the hub not counted
};

/// One host as the protocol sees it: every link, member, type and stream, and no socket, clock or thread.
/// HubNode is the host in server mode, ClientNode the host in client mode; above this line they look the same.
///
/// Drive it so: feed connectionOpened(), handleReceived(), handleTransportClosed(), handleTimeout() and the
/// commands; after each, drain pollEvent(), then pollTransmit() for every connection of takePending(), then ask
/// pollTimeout() when to come back. Not thread-safe: one thread at a time.
class Node
{
public:
    virtual ~Node() = default;

    // ---- links, fed by the owner of the sockets -------------------------------------------------------

    /// A transport is up. \a id is the driver's, never reused. \a provenPeerId: what the transport proved (TLS),
    /// or empty in plain mode, where Hello claims it. ClientNode has at most one connection at a time.
    virtual void connectionOpened(ConnectionId id, const QByteArray &provenPeerId, base::TimePoint now) = 0;
    virtual void handleReceived(ConnectionId id, QByteArrayView bytes, base::TimePoint now) = 0;
    virtual void handleTransportClosed(ConnectionId id, base::TimePoint now) = 0;
    virtual void handleTimeout(base::TimePoint now) = 0;
    virtual std::optional<base::TimePoint> pollTimeout() const = 0;

    /// Connections that may have something to send since the last call.
    virtual std::vector<ConnectionId> takePending() = 0;

    /// Up to about \a max bytes for the wire (whole frames; at least one frame if there is one and max > 0),
    /// control before messages before bulk. Empty = nothing to send now.
    virtual QByteArray pollTransmit(ConnectionId id, qsizetype max) = 0;

    /// What happened, oldest first.
    virtual std::optional<NodeEvent> pollEvent() = 0;

    // ---- commands from above ---------------------------------------------------------------------------

    /// Adds accepted types / withdraws them. A withdrawn type's streams are reset and no event for it follows.
    virtual void acceptTypes(const QList<TypeInfo> &types, base::TimePoint now) = 0;
    virtual void withdrawTypes(const QStringList &names, base::TimePoint now) = 0;

    /// Sends a message to \a member or kEveryone. \a token (rising from call to call) comes back in Undeliverable
    /// events. Refused at once with an error (nothing queued) where that is known already.
    virtual Fault sendMessage(MemberNumber member, const QString &type, const QByteArray &body, quint64 token,
                              base::TimePoint now) = 0;

    /// Opens a stream under \a key, an odd number that the caller never reuses. StreamClosed follows once.
    virtual Fault openStream(StreamKey key, MemberNumber member, const QString &type, const QByteArray &header,
                             qint64 size, base::TimePoint now) = 0;
    /// Answers StreamOffered.
    virtual void acceptStream(StreamKey key, base::TimePoint now) = 0;

    /// Bytes that sendStreamData() would take now: credit left, and not more than a bounded queue.
    virtual qsizetype streamSpace(StreamKey key) const = 0;
    /// Queues one chunk (1 byte to 64 KiB, not more than streamSpace()). False = stream gone or no space.
    virtual bool sendStreamData(StreamKey key, const QByteArray &chunk, base::TimePoint now) = 0;
    /// No more bytes will follow. StreamClosed comes when the receiver has confirmed.
    virtual void endStream(StreamKey key, base::TimePoint now) = 0;

    /// The receiver's sink took \a bytes: credit for as many goes back.
    virtual void consumeStream(StreamKey key, qint64 bytes, base::TimePoint now) = 0;
    /// After StreamEnded: everything is durable. Ends the stream well on both sides.
    virtual void confirmStream(StreamKey key, base::TimePoint now) = 0;
    /// Ends a stream in any state (also: declines an offer). Unknown keys are ignored.
    virtual void resetStream(StreamKey key, const Fault &reason, base::TimePoint now) = 0;

    /// Says Bye on one link / on all and lets it close when that is flushed (ConnectionClosing follows).
    virtual void closeConnection(ConnectionId id, const Fault &reason, base::TimePoint now) = 0;
    virtual void closeAll(const Fault &reason, base::TimePoint now) = 0;
};

} // namespace patchbay::protocol
