// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QList>
#include <QString>
#include <QStringList>

#include <variant>

namespace patchbay::protocol {

using ConnectionId = quint64; ///< one link, numbered by the driver of the sockets
using MemberNumber = quint32; ///< a member's number in the hub's table (PROTOCOL.md 5.1)
using StreamKey = quint64;    ///< a stream as this host names it: odd = opened by us, even = offered to us

inline constexpr MemberNumber kNobody = 0;
inline constexpr MemberNumber kHubMember = 1;
inline constexpr MemberNumber kEveryone = 0xFFFFFFFF;

/// Codes of Undeliverable, Reset and Bye on the wire (PROTOCOL.md 10). The first block has the numbers of
/// the SDK's ErrorCode on purpose, so that they map without a table.
enum class Code : quint16 {
    None = 0,
    Failed = 1,
    InvalidArgument = 2,
    NotConnected = 3,
    NoSuchMember = 4,
    NotAccepted = 5,
    TooLarge = 6,
    QueueFull = 7,
    TooMany = 8,
    Rejected = 9,
    Cancelled = 10,
    PluginStopped = 11,
    ProtocolError = 12,
    IoFailed = 13,
    ModeMismatch = 14,
    Timeout = 15,
    PermissionDenied = 16,
    // Bye only
    GoingAway = 64,       ///< the host stops or leaves
    Malformed = 65,       ///< a frame or body that cannot be read
    FrameTooLarge = 66,   ///< a length over the limit of its kind
    VersionMismatch = 67, ///< no protocol version in common
    NotPatchbay = 68,     ///< the first bytes are of another protocol (never sent, only reported)
    ServerFull = 69,
    TooManyGlitches = 70,
    Replaced = 71,       ///< the same peer came back on a newer connection
    SelfConnection = 72, ///< the peer is ourselves
    SlowReader = 73,
    FlowControl = 74,   ///< more stream bytes than credit
    TransportLost = 75, ///< the connection broke without a Bye (never sent, only reported)
};

/// Whose doing an error is: it decides who is told what to do.
enum class Party : quint8 { Local, Remote };

struct [[nodiscard]] Fault
{
    Code code = Code::None;
    QString text; ///< one sentence for people; from a peer it is plain text of at most 512 characters
    Party party = Party::Local;

    bool isFault() const { return code != Code::None; }
};

/// Whether a link that ended with \a fault (ConnectionClosing) did so because the other side broke the protocol or one
/// of its limits. Who counts these may shut a peer out for a while. No when it blames us, left, or was slow.
bool isMisbehaviour(const Fault &fault);

enum class TypeMode : quint8 { Message = 0, Stream = 1 };

struct TypeInfo
{
    QString name; ///< "org.example.thing/1", at most 128 bytes
    TypeMode mode = TypeMode::Message;
    quint32 maxBytes = 256 * 1024; ///< message types: largest body accepted, at most 1 MiB
};

struct MemberInfo
{
    MemberNumber number = kNobody;
    QByteArray peerId;
    QString name;
    bool isSelf = false;
    QStringList types; ///< names it accepts
    bool verified =
        false;          ///< the hub's word: somebody there made sure whose key it is. Always false for the hub itself
    bool muted = false; ///< by the operator of the hub
    bool isHub() const { return number == kHubMember; }
};

// ---- events ----------------------------------------------------------------------------------------------

/// Our own place in the hub is known: the link works. ClientNode: after Welcome and the first roster (MemberJoined
/// for the others follow). HubNode: at once when it starts.
struct NodeReady
{
    MemberNumber self = kNobody;
    QByteArray hubPeerId;
    QString hubName;
};

/// Somebody asks to be let in. In plain mode the peer id is a mere claim.
struct Knock
{
    ConnectionId id = 0;
    QByteArray peerId;
    QString name;            ///< a label, chosen by who knocks
    QByteArray token;        ///< as it came, at most 32 bytes; empty: none
    QByteArray helloHash;    ///< SHA-256 of the payload of their Hello
    QByteArray ownHelloHash; ///< the same of ours on this link
    bool wantsPairing = false;
    QString origin; ///< where it comes from, ADDRESS:PORT; filled in by the driver of the sockets
};

/// Hub: a knock that NodeConfig::admit answered with Ask, or that wants to pair. It waits for admitConnection() or
/// closeConnection(), limits::kWaitDeadline at most; ConnectionReady or ConnectionClosing follows.
struct KnockWaiting
{
    Knock knock;
};
/// Client: the hub lets us wait for somebody's decision. With NodeConfig::pairing admitConnection() is needed here too.
struct PairingWaiting
{
    ConnectionId id = 0;
    QByteArray hubPeerId;
    QString hubName;
    QByteArray helloHash;    ///< SHA-256 of the payload of the hub's Hello
    QByteArray ownHelloHash; ///< the same of ours
    bool canPair = false;    ///< sendPairing() may be used
};
/// Bytes of the other side's sendPairing(), only after KnockWaiting or PairingWaiting and before the link is ready.
struct PairingFrame
{
    ConnectionId id = 0;
    QByteArray bytes;
};

struct MemberJoined
{
    MemberInfo member;
};
struct MemberChanged
{
    MemberInfo member;
};
struct MemberLeft
{
    MemberNumber number = kNobody;
};

struct MessageReceived
{
    MemberNumber from = kNobody;
    QString type;
    QByteArray body;
    bool toEveryone = false;
};
struct MessageUndeliverable
{
    quint64 token = 0;
    MemberNumber member = kNobody;
    Fault reason;
};
struct MemberWritable
{
    MemberNumber member = kNobody;
};

struct StreamOffered
{
    StreamKey key = 0;
    MemberNumber from = kNobody;
    QString type;
    QByteArray header;
    qint64 size = -1;
};
struct StreamAccepted
{
    StreamKey key = 0;
};
/// Exactly once for every stream opened or offered, whatever happened. code None = confirmed by the receiver.
struct StreamClosed
{
    StreamKey key = 0;
    Fault reason;
};

// Bulk: for the worker side of the stream, never for the main thread.
struct StreamData
{
    StreamKey key = 0;
    QByteArray chunk;
};
struct StreamEnded
{
    StreamKey key = 0;
}; ///< the last byte came; answer confirmStream() or resetStream()
struct StreamSpace
{
    StreamKey key = 0;
    qsizetype bytes = 0;
}; ///< sendStreamData() takes this much again

/// Hub: a link passed Hello and became \a member. Client: the link to the hub did (member = 1).
struct ConnectionReady
{
    ConnectionId id = 0;
    MemberNumber member = kNobody;
    QByteArray peerId;
    QString name;
};
/// The driver flushes what pollTransmit() still gives, then closes. No event for this link follows. The reason's party
/// is whose doing it is: a Bye that accuses us has Party::Local. isMisbehaviour() tells what to hold against the peer.
struct ConnectionClosing
{
    ConnectionId id = 0;
    Fault reason;
};
/// A type we announced was refused by the hub (mode mismatch, table full).
struct TypeRefused
{
    QString type;
    Fault reason;
};

using NodeEvent =
    std::variant<NodeReady, MemberJoined, MemberChanged, MemberLeft, MessageReceived, MessageUndeliverable,
                 MemberWritable, StreamOffered, StreamAccepted, StreamClosed, StreamData, StreamEnded, StreamSpace,
                 ConnectionReady, ConnectionClosing, TypeRefused, KnockWaiting, PairingWaiting, PairingFrame>;

} // namespace patchbay::protocol
