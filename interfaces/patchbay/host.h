// SPDX-License-Identifier: MIT
#pragma once

#include <patchbay/payload.h>
#include <patchbay/types.h>

QT_BEGIN_NAMESPACE
class QAbstractItemModel;
class QSettings;
QT_END_NAMESPACE

namespace patchbay {

/// What the host does for one plugin. One object per plugin, valid from activate() until deactivate() has
/// returned; later calls fail with ErrorCode::PluginStopped or return empty values. Owned by the host.
///
/// Every function is for the main thread unless it says otherwise, returns at once and never calls back into the
/// plugin before it has returned. New functions are appended, never inserted, never overloaded; check
/// apiVersion() before calling one that is newer than the plugin's minimum.
class IHost
{
public:
    /// The API version of the running host, as in PATCHBAY_API_VERSION: major * 1000 + minor.
    virtual quint32 apiVersion() const = 0;

    /// Members that accept at least one of this plugin's types, ourselves excluded; one column, roles of
    /// MemberRole. Owned by the host, lives as long as this object.
    virtual QAbstractItemModel *members() const = 0;

    /// Whether \a member is here and accepts \a type ("name/version").
    virtual bool accepts(patchbay::MemberId member, const QString &type) const = 0;

    /// Queues one message for \a to, which may be MemberId::Everyone. \a type is a message type of this plugin.
    /// None means queued; it may still fail later, then IDeliveryObserver::undeliverable() names \a id.
    /// Errors: NotConnected, NoSuchMember, NotAccepted, TooLarge, QueueFull, ModeMismatch, InvalidArgument.
    /// \a id may be null. Messages to one member arrive in the order of the calls.
    virtual patchbay::Error sendMessage(patchbay::MemberId to, const QString &type, const QByteArray &body,
                                        patchbay::MessageId *id) = 0;

    /// Offers a stream to one member. \a header (at most 32 KiB) goes with the offer; \a size is the number of
    /// bytes, -1 = unknown. None means: offered, \a id is set, and streamFinished(id) will come exactly once;
    /// \a source is read only after the other side accepted. On an error \a source is not kept.
    virtual patchbay::Error openStream(patchbay::MemberId to, const QString &type, const QByteArray &header,
                                       qint64 size, patchbay::IByteSource *source, patchbay::StreamId *id) = 0;

    /// Accepts a stream from IStreamHandler::streamOffered(). None means \a sink is kept until
    /// streamFinished(); otherwise the stream is gone already and \a sink is not kept.
    virtual patchbay::Error acceptStream(patchbay::StreamId stream, patchbay::IByteSink *sink) = 0;

    /// Declines an offered stream; \a reason goes to the sender. streamFinished() follows.
    virtual patchbay::Error rejectStream(patchbay::StreamId stream, const patchbay::Error &reason) = 0;

    /// Ends a stream of either direction in any state; streamFinished() follows on both sides. Unknown or
    /// finished ids are ignored.
    virtual void cancelStream(patchbay::StreamId stream, const patchbay::Error &reason) = 0;

    /// Any thread. The source has more to read or the sink can take more, after StreamLater. Sticky: a wake
    /// that comes before StreamLater is returned is not lost. Unknown ids are ignored.
    virtual void wake(patchbay::StreamId stream) = 0;

    /// Bytes of the stream the other side has taken (outgoing: credited by the receiver; incoming: written to
    /// the sink). 0 for unknown ids. Cheap: meant to be polled for progress.
    virtual qint64 streamProgress(patchbay::StreamId stream) const = 0;

    /// Settings of this plugin alone, kept in the profile. Owned by the host.
    virtual QSettings *settings() = 0;

    /// A folder of this plugin alone in the profile, created on the first call; empty on failure.
    virtual QString dataDirectory() const = 0;

    /// Puts an error in front of the user (log, panel, standard error of the command line).
    virtual void report(const patchbay::Error &error) = 0;

    /// Writes one line to the plugin's log category. Never chat text, keys or tokens.
    virtual void log(const QString &line) = 0;

    /// A desktop notification, where there is a desktop; plain text, cut to a sensible length.
    virtual void notify(const QString &title, const QString &text) = 0;

    /// This host's own peer id (32 bytes) and display name.
    virtual QByteArray ownPeerId() const = 0;
    virtual QString ownName() const = 0;

protected:
    ~IHost() = default;
};

} // namespace patchbay
