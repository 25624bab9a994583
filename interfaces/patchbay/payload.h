// SPDX-License-Identifier: MIT
#pragma once

#include <patchbay/types.h>

#include <QObject>

/// \file
/// Receiving: messages, streams, and what became of what was sent. A plugin implements the interfaces of the
/// abilities it has and names them in Q_INTERFACES; the host finds them with qobject_cast.
namespace patchbay {

/// One received message. Valid only during the call it is passed to; copy what is kept (QByteArray and QString
/// are shared, so that is cheap).
struct MessageIn
{
    MemberId from = MemberId::None; ///< proven by the link to the hub; through a hub it is the hub's word
    QString type;                   ///< one of the message types in this plugin's metadata
    QByteArray body;                ///< at most the type's maxBytes; hostile until checked
    bool toEveryone = false;        ///< it was sent to everyone, not to us alone
};

/// Somebody wants to send us a stream. Valid only during the call.
struct StreamOffer
{
    StreamId stream = StreamId::None;
    MemberId from = MemberId::None;
    QString type;      ///< one of the stream types in this plugin's metadata
    QByteArray header; ///< what the sender passed to IHost::openStream(), at most 32 KiB; hostile until checked
    qint64 size = -1;  ///< bytes the sender means to send, -1 = unknown; a claim, not a fact
};

/// What a read() or write() may return besides a count of bytes.
enum StreamIo : qint64 {
    StreamFailed = -1, ///< the stream ends with ErrorCode::IoFailed on both sides
    StreamLater = -2,  ///< nothing now; IHost::wake() says when to call again
};

/// Where the bytes of an outgoing stream come from. Owned by the plugin, which keeps it alive until
/// IStreamHandler::streamFinished() for its stream.
class IByteSource
{
public:
    /// Worker thread of the host; may block. Puts up to \a max (> 0) bytes into \a data and returns how many;
    /// 0 = the end was reached; StreamFailed; or StreamLater. Never called twice at once for one stream, never
    /// again after it returned 0 or StreamFailed.
    virtual qint64 read(char *data, qint64 max) = 0;

    /// Any thread, at most once, possibly while read() runs: make a waiting read() return soon. The host gives
    /// it 5 s, then leaks the object and marks the plugin Failed.
    virtual void cancel() = 0;

    /// Any thread except inside a call of this object: one sentence for people about the last StreamFailed, for
    /// the error both sides get. Asked once, after read() returned StreamFailed.
    virtual QString errorText() const = 0;

protected:
    ~IByteSource() = default;
};

/// Where the bytes of an incoming stream go. Owned by the plugin, which keeps it alive until
/// IStreamHandler::streamFinished() for its stream.
class IByteSink
{
public:
    /// Worker thread of the host; may block. Takes up to \a size (> 0) bytes and returns how many were taken, at
    /// least 1; StreamFailed; or StreamLater. Credit goes back to the sender only for bytes taken, so a slow sink
    /// slows the sender and nothing piles up.
    virtual qint64 write(const char *data, qint64 size) = 0;

    /// Worker thread, once, after the last byte: make everything durable. true = the stream ends well on both
    /// sides; false = it ends with ErrorCode::IoFailed on both sides. Not called for a stream that was cut short.
    virtual bool finish() = 0;

    /// Any thread, at most once, possibly while write() or finish() runs: make a waiting call return soon.
    virtual void cancel() = 0;

    /// As IByteSource::errorText(), after write() returned StreamFailed or finish() returned false.
    virtual QString errorText() const = 0;

protected:
    ~IByteSink() = default;
};

/// The ability to receive messages.
class IMessageHandler
{
public:
    /// Main thread, between activate() and deactivate(). One call per message, in the order each member sent
    /// them. Must return quickly (100 ms is logged, three calls over 2 s stop the plugin). May call IHost.
    virtual void messageReceived(const patchbay::MessageIn &message) = 0;

protected:
    ~IMessageHandler() = default;
};

/// The ability to send and receive streams.
class IStreamHandler
{
public:
    /// Main thread. Answer now or later with IHost::acceptStream() or IHost::rejectStream(); until then the
    /// sender waits and not one byte moves.
    virtual void streamOffered(const patchbay::StreamOffer &offer) = 0;

    /// Main thread, exactly once for every stream that was offered to this plugin or opened by it, also when the
    /// plugin is switched off or the link is lost; after the last call of its source or sink has returned.
    /// An error with code None means: every byte arrived and the receiving sink's finish() returned true.
    virtual void streamFinished(patchbay::StreamId stream, const patchbay::Error &result) = 0;

protected:
    ~IStreamHandler() = default;
};

/// Optional: being told what became of messages.
class IDeliveryObserver
{
public:
    /// Main thread. \a message, sent by this plugin to \a member (for a message to everyone: once per member
    /// that missed it), did not arrive. Silence is not a receipt: ask for one in the payload if it matters.
    virtual void undeliverable(patchbay::MessageId message, patchbay::MemberId member,
                               const patchbay::Error &reason) = 0;

    /// Main thread. After ErrorCode::QueueFull for \a member: there is room again.
    virtual void writable(patchbay::MemberId member) = 0;

protected:
    ~IDeliveryObserver() = default;
};

/// Optional: being told who comes and goes. Only members that accept at least one of the plugin's types.
class IMemberObserver
{
public:
    /// Main thread. The member is in IHost::members() already. At activate() the members present are reported
    /// first, right after activate() has returned.
    virtual void memberJoined(patchbay::MemberId member) = 0;

    /// Main thread. The member is no longer in IHost::members(); its streams have finished.
    virtual void memberLeft(patchbay::MemberId member) = 0;

protected:
    ~IMemberObserver() = default;
};

} // namespace patchbay

Q_DECLARE_INTERFACE(patchbay::IMessageHandler, "org.patchbay.IMessageHandler/1")
Q_DECLARE_INTERFACE(patchbay::IStreamHandler, "org.patchbay.IStreamHandler/1")
Q_DECLARE_INTERFACE(patchbay::IDeliveryObserver, "org.patchbay.IDeliveryObserver/1")
Q_DECLARE_INTERFACE(patchbay::IMemberObserver, "org.patchbay.IMemberObserver/1")
