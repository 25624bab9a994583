// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QMetaType>
#include <QString>
#include <QtGlobal>

/// \file
/// The values that cross the boundary between host and plugin. Ids are plain numbers that are never reused
/// while the process lives; pointers stay on the side that made them. Everything here has a frozen layout.
namespace patchbay {

/// A member of the hub this host is in, the hub and ourselves included. A peer keeps its MemberId while that hub
/// runs; a restart of the hub may give new ones. For anything lasting (history, permissions, resume) use the peer id,
/// a role of IHost::members().
enum class MemberId : quint64 {
    None = 0,
    Everyone = ~quint64(0) ///< every member that accepts the type: the hub included, the sender excluded
};

/// One stream, in either direction, as this host numbers it.
enum class StreamId : quint64 { None = 0 };

/// One message sent by this plugin, named again when it could not be delivered.
enum class MessageId : quint64 { None = 0 };

/// What went wrong, for programs. The text beside it is for people. Values are frozen; new ones are appended, so
/// a plugin treats an unknown value like Failed.
enum class ErrorCode : quint16 {
    None = 0,
    Failed = 1,            ///< no better code; the text says what
    InvalidArgument = 2,   ///< the caller's mistake
    NotConnected = 3,      ///< there is no link to a hub, or it was lost
    NoSuchMember = 4,      ///< the member is not here (any more)
    NotAccepted = 5,       ///< the member does not accept this payload type
    TooLarge = 6,          ///< over the size the type or the host allows
    QueueFull = 7,         ///< the send queue of the member is full; IDeliveryObserver::writable() follows
    TooMany = 8,           ///< a count limit (streams, types, members) is reached
    Rejected = 9,          ///< the receiving side declined
    Cancelled = 10,        ///< one side cancelled
    PluginStopped = 11,    ///< the plugin was switched off
    ProtocolError = 12,    ///< the peer broke the protocol
    IoFailed = 13,         ///< a source or sink failed to read or write
    ModeMismatch = 14,     ///< a message type was used as a stream type, or the other way round
    Timeout = 15,          ///< no answer in time
    PermissionDenied = 16, ///< the user or the operator does not allow it
    UsageError = 17,       ///< a command was called with wrong arguments
};

/// A code for programs and one sentence for people: what happened, to which peer or file, and what to do.
struct Error
{
    ErrorCode code = ErrorCode::None;
    QString message;

    bool isError() const { return code != ErrorCode::None; }
};

/// How a payload type travels. Declared in the plugin's metadata, never at run time.
enum class PayloadMode : quint8 { Message = 0, Stream = 1 };

/// Roles of the model IHost::members() returns. Row order has no meaning; Qt::DisplayRole is the name.
/// Every name is text from a peer: show it as Qt::PlainText only.
enum MemberRole : int {
    MemberIdRole = 0x0100 + 1, ///< quint64, the value of MemberId
    PeerIdRole,                ///< QByteArray, 32 bytes: the lasting identity of the person or machine
    NameRole,                  ///< QString: the display name, a label and nothing more
    IsHubRole,                 ///< bool: this member is the hub
    IsSelfRole,                ///< bool: this member is this host
    AcceptedTypesRole,         ///< QStringList: payload types the member accepts, e.g. "org.patchbay.text.message/1"
};

} // namespace patchbay

Q_DECLARE_METATYPE(patchbay::MemberId)
Q_DECLARE_METATYPE(patchbay::StreamId)
Q_DECLARE_METATYPE(patchbay::MessageId)
Q_DECLARE_METATYPE(patchbay::Error)
