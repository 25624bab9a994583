// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "protocol/limits.h"
#include "protocol/nodeevent.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QString>

#include <functional>
#include <optional>
#include <vector>

namespace patchbay::protocol {

/// The answer to a Knock.
struct Admission
{
    enum class Answer : quint8 {
        Admit,
        Ask,   ///< let it wait: KnockWaiting, then admitConnection() or closeConnection()
        Refuse ///< Bye with \a reason
    };
    Answer answer = Answer::Refuse;
    Fault reason;          ///< of Refuse; without a code it is PermissionDenied
    bool verified = false; ///< of Admit: MemberInfo::verified
};

/// What this host says about itself in Hello, and whom it lets in.
struct NodeConfig
{
    QByteArray peerId;                        ///< 32 bytes
    QString name;                             ///< display name, a label
    QString agent;                            ///< program and version, for logs
    QList<TypeInfo> accepted;                 ///< payload types accepted from the start
    int maxMembers = limits::kDefaultMembers; ///< hub only: ready members, the hub not counted

    // Client only
    QByteArray token;     ///< goes out in Hello, at most 32 bytes; an invite's, or the one of plain mode
    bool pairing = false; ///< the hub's key is not known: not ready before admitConnection() on both sides

    // Hub only
    /// Called when Hello is good, from inside handleReceived(); it must not call the node. Null: admit everybody.
    std::function<Admission(const Knock &knock)> admit;
    QByteArray plainToken; ///< if not empty: without it nobody comes in whose identity the transport did not prove
    bool canPair = true;   ///< false: there is nobody to compare codes; who wants to pair is refused
    qsizetype memberMemory = limits::kMemberMemoryBytes; ///< memoryOf() one link
    qsizetype allMemory = limits::kAllMemoryBytes;       ///< totalMemory()
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

    // ---- admission -------------------------------------------------------------------------------------

    /// Hub: after KnockWaiting, lets the peer in; Welcome goes out. \a verified: MemberInfo::verified.
    /// Client with NodeConfig::pairing: after PairingWaiting, our side has confirmed; NodeReady follows when the hub's
    /// has too. Ignored for a link that does not wait. To refuse: closeConnection().
    virtual void admitConnection(ConnectionId id, bool verified, base::TimePoint now) = 0;
    /// Client: NodeConfig::pairing of the next connection. A driver knows only when it sees the hub's key.
    virtual void setPairing(bool) { }
    /// Sends up to 64 bytes to the other end of a link that waits. False, and nothing is sent: it does not wait (any
    /// more), it cannot pair, \a bytes are too many, or 8 frames were sent already.
    virtual bool sendPairing(ConnectionId id, const QByteArray &bytes, base::TimePoint now) = 0;

    // ---- the operator of a hub; a client ignores these ----------------------------------------------------

    /// What a muted member sends is refused with PermissionDenied: its messages, the streams it opens; those it has
    /// open are reset. It still receives. It stays muted when it leaves and comes back. Everybody sees
    /// MemberInfo::muted. Muting is ignored for numbers that are not here and for the hub.
    virtual void setMuted(MemberNumber member, bool muted, base::TimePoint now) = 0;
    /// Says Bye to a member; without a code the reason is Rejected. It may come back unless `admit` refuses it.
    virtual void kick(MemberNumber member, const Fault &reason, base::TimePoint now) = 0;

    // ---- memory ----------------------------------------------------------------------------------------

    /// Bytes held because of one link: what waits to be sent to it, streams relayed to it included, and the frame that
    /// is coming in. The queues of this host's own streams are not counted.
    virtual qsizetype memoryOf(ConnectionId id) const = 0;
    virtual qsizetype totalMemory() const = 0;
    /// Links that are not to be read from now: over their budget, or the largest while all are over theirs. Ask after
    /// every turn. Who stays there for limits::kOverMemory is dropped. Always empty for a client.
    virtual std::vector<ConnectionId> pausedConnections() const = 0;
};

} // namespace patchbay::protocol
