// SPDX-License-Identifier: MIT
#pragma once

#include <patchbay/host.h>
#include <patchbay/plugin.h>
#include <patchbay/testing/fakecommand.h>
#include <patchbay/testing/fakemembers.h>
#include <patchbay/version.h>

#include <QDir>
#include <QHash>
#include <QMutex>
#include <QObject>
#include <QPair>
#include <QSettings>
#include <QTemporaryDir>
#include <QTimer>

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

/// \file
/// A host for unit tests of a plugin: no network, no event loop needed unless said, everything on the main thread.
/// It keeps the promises of IHost: nothing calls back into the plugin before a call has returned, streamFinished()
/// comes exactly once, and after deactivate() it is inert.
namespace patchbay {
namespace testing {

class FakeHost final : public IHost
{
public:
    struct SentMessage
    {
        MessageId id = MessageId::None;
        MemberId to = MemberId::None;
        QString type;
        QByteArray body;
    };

    enum class StreamState { Offered, Accepted, Rejected, Finished };

    struct Stream
    {
        StreamId id = StreamId::None;
        bool isOutgoing = false;
        MemberId member = MemberId::None; ///< to whom, or from whom
        QString type;
        QByteArray header;
        qint64 size = -1;
        StreamState state = StreamState::Offered;
        qint64 progress = 0;           ///< bytes pumped or fed so far
        IByteSource *source = nullptr; ///< outgoing, until it has finished
        IByteSink *sink = nullptr;     ///< incoming, from acceptStream() until it has finished
        Error reason;                  ///< given by rejectStream() or cancelStream()
        int wakes = 0;                 ///< calls of wake()
    };

    /// What pump() got out of a source.
    struct Pumped
    {
        QByteArray bytes;
        bool atEnd = false;  ///< read() returned 0
        bool failed = false; ///< read() returned StreamFailed, or more than it was asked for
    };

    FakeHost() : m_settings(m_folder.filePath(QStringLiteral("settings.ini")), QSettings::IniFormat) { }
    virtual ~FakeHost() { deactivate(); }

    // ---- the plugin under test ----

    /// Calls IPlugin::activate() and reports the members present, as a host does. \a plugin must outlive the
    /// FakeHost or be deactivated before.
    Error activate(QObject *plugin)
    {
        auto *entry = qobject_cast<IPlugin *>(plugin);
        Q_ASSERT(entry);
        m_active = true;
        const Error error = entry->activate(*this);
        if (error.isError()) {
            m_active = false;
            return error;
        }
        m_plugin = entry;
        m_object = plugin;
        if (auto *observer = qobject_cast<IMemberObserver *>(plugin)) {
            const QList<FakeMembers::Member> present = m_members.members();
            for (const FakeMembers::Member &member : present)
                observer->memberJoined(member.id);
        }
        return error;
    }

    /// Ends every stream with PluginStopped, then calls IPlugin::deactivate(). Later calls of the plugin fail.
    void deactivate()
    {
        if (!m_plugin)
            return;
        const QList<StreamId> open = openStreams();
        for (const StreamId id : open)
            finishStream(id, {ErrorCode::PluginStopped, QStringLiteral("The plugin was switched off.")});
        std::exchange(m_plugin, nullptr)->deactivate();
        m_object = nullptr;
        m_active = false;
    }

    // ---- the link and the members ----

    /// Without a link sendMessage() and openStream() fail with NotConnected. There is one from the start.
    void setConnected(bool connected) { m_connected = connected; }

    MemberId addMember(const QString &name, const QStringList &acceptedTypes, bool isHub = false)
    {
        const MemberId id = m_members.add(name, acceptedTypes, isHub);
        if (auto *observer = qobject_cast<IMemberObserver *>(m_object))
            observer->memberJoined(id);
        return id;
    }

    /// Its streams end with NotConnected first.
    void removeMember(MemberId id)
    {
        const QList<StreamId> open = openStreams();
        for (const StreamId stream : open) {
            if (m_streams.value(stream).member == id)
                finishStream(stream, {ErrorCode::NotConnected, QStringLiteral("The member has left.")});
        }
        if (!m_members.remove(id))
            return;
        if (auto *observer = qobject_cast<IMemberObserver *>(m_object))
            observer->memberLeft(id);
    }

    // ---- messages ----

    QList<SentMessage> sent() const { return m_sent; }
    QList<SentMessage> takeSent() { return std::exchange(m_sent, {}); }

    /// Every sendMessage() and openStream() fails with \a error until it is cleared with {}.
    void setSendError(const Error &error) { m_sendError = error; }
    /// Longer bodies of \a type fail with TooLarge, as maxBytes of the metadata does.
    void setMaxBytes(const QString &type, qint64 maxBytes) { m_maxBytes.insert(type, maxBytes); }

    void deliverMessage(MemberId from, const QString &type, const QByteArray &body, bool toEveryone = false)
    {
        MessageIn message;
        message.from = from;
        message.type = type;
        message.body = body;
        message.toEveryone = toEveryone;
        if (auto *handler = qobject_cast<IMessageHandler *>(m_object))
            handler->messageReceived(message);
    }
    void reportUndeliverable(MessageId message, MemberId member, const Error &reason)
    {
        if (auto *observer = qobject_cast<IDeliveryObserver *>(m_object))
            observer->undeliverable(message, member, reason);
    }
    void reportWritable(MemberId member)
    {
        if (auto *observer = qobject_cast<IDeliveryObserver *>(m_object))
            observer->writable(member);
    }

    // ---- streams of either direction ----

    /// What is known about a stream, also after it has finished; id None for an unknown one.
    Stream stream(StreamId id) const
    {
        const QMutexLocker locker(&m_mutex);
        return m_streams.value(id);
    }
    /// Streams that have not finished, oldest first.
    QList<StreamId> openStreams() const
    {
        QList<StreamId> open;
        for (auto it = m_streams.begin(); it != m_streams.end(); ++it) {
            if (it->state != StreamState::Finished)
                open.append(it.key());
        }
        std::sort(open.begin(), open.end());
        return open;
    }

    /// Ends a stream: cancels source or sink when \a result is an error, then streamFinished(). Once only.
    void finishStream(StreamId id, const Error &result = {})
    {
        const auto it = m_streams.find(id);
        if (it == m_streams.end() || it->state == StreamState::Finished)
            return;
        IByteSource *source = nullptr;
        IByteSink *sink = nullptr;
        {
            const QMutexLocker locker(&m_mutex);
            it->state = StreamState::Finished;
            source = std::exchange(it->source, nullptr);
            sink = std::exchange(it->sink, nullptr);
        }
        if (result.isError() && source)
            source->cancel();
        if (result.isError() && sink)
            sink->cancel();
        if (auto *handler = qobject_cast<IStreamHandler *>(m_object))
            handler->streamFinished(id, result);
    }

    /// What a plugin asked for with rejectStream() or cancelStream() is carried out from the event loop; this does it
    /// now.
    void deliverPending()
    {
        const QList<QPair<StreamId, Error>> pending = std::exchange(m_pending, {});
        for (const auto &one : pending)
            finishStream(one.first, one.second);
    }

    // ---- streams the plugin sends ----

    /// Streams the plugin opened, oldest first.
    QList<Stream> opened() const
    {
        QList<Stream> streams;
        for (const StreamId id : m_opened)
            streams.append(m_streams.value(id));
        return streams;
    }

    /// The other side accepts, and takes bytes until the end, a failure, StreamLater or \a maxBytes (-1 = all). Reads
    /// with buffers of \a chunk bytes, in this thread.
    Pumped pump(StreamId id, qint64 maxBytes = -1, qint64 chunk = 64 * 1024)
    {
        Pumped result;
        const auto it = m_streams.find(id);
        if (it == m_streams.end() || !it->source)
            return result;
        it->state = StreamState::Accepted;
        QByteArray buffer(chunk, Qt::Uninitialized);
        while (maxBytes < 0 || result.bytes.size() < maxBytes) {
            const qint64 room = maxBytes < 0 ? chunk : qMin(chunk, maxBytes - qint64(result.bytes.size()));
            const qint64 count = it->source->read(buffer.data(), room);
            if (count == StreamLater)
                break;
            if (count == 0) {
                result.atEnd = true;
                break;
            }
            if (count < 0 || count > room) {
                result.failed = true;
                break;
            }
            result.bytes.append(buffer.constData(), count);
            it->progress += count;
        }
        return result;
    }

    /// pump() to the end and finishStream(), with IoFailed and the source's errorText() when it failed. A source that
    /// answers StreamLater stays open.
    QByteArray pumpAndFinish(StreamId id)
    {
        const Pumped result = pump(id);
        if (result.failed)
            finishStream(id, {ErrorCode::IoFailed, m_streams.value(id).source->errorText()});
        else if (result.atEnd)
            finishStream(id);
        return result.bytes;
    }

    // ---- streams the plugin receives ----

    /// Calls streamOffered(). How the plugin answers is in stream(id).state, now or later.
    StreamId offerStream(MemberId from, const QString &type, const QByteArray &header, qint64 size)
    {
        Stream stream;
        stream.id = StreamId(++m_lastStream);
        stream.member = from;
        stream.type = type;
        stream.header = header;
        stream.size = size;
        {
            const QMutexLocker locker(&m_mutex);
            m_streams.insert(stream.id, stream);
        }
        StreamOffer offer;
        offer.stream = stream.id;
        offer.from = from;
        offer.type = type;
        offer.header = header;
        offer.size = size;
        if (auto *handler = qobject_cast<IStreamHandler *>(m_object))
            handler->streamOffered(offer);
        return stream.id;
    }

    /// Writes \a bytes into the sink in pieces of at most \a chunk and returns how many it took; fewer after
    /// StreamLater or StreamFailed (then the stream is finished with IoFailed).
    qint64 feed(StreamId id, const QByteArray &bytes, qint64 chunk = 64 * 1024)
    {
        qint64 taken = 0;
        const auto it = m_streams.find(id);
        while (it != m_streams.end() && it->sink && taken < bytes.size()) {
            const qint64 offered = qMin(chunk, qint64(bytes.size()) - taken);
            const qint64 count = it->sink->write(bytes.constData() + taken, offered);
            if (count == StreamLater)
                break;
            if (count <= 0 || count > offered) {
                finishStream(id, {ErrorCode::IoFailed, it->sink->errorText()});
                break;
            }
            taken += count;
            it->progress += count;
        }
        return taken;
    }

    /// The last byte was sent: calls IByteSink::finish(), then streamFinished() with its result, which is returned.
    Error finishIncoming(StreamId id)
    {
        const Stream stream = m_streams.value(id);
        if (!stream.sink)
            return {ErrorCode::InvalidArgument, QStringLiteral("The stream was not accepted.")};
        Error result;
        if (!stream.sink->finish())
            result = {ErrorCode::IoFailed, stream.sink->errorText()};
        // It has finished by itself, so there is nothing left to cancel.
        m_streams[id].sink = nullptr;
        finishStream(id, result);
        return result;
    }

    // ---- what the plugin told the user ----

    QList<Error> reports() const { return m_reports; }
    QStringList logLines() const { return m_logLines; }
    QList<QPair<QString, QString>> notifications() const { return m_notifications; } ///< title, text
    void setOwnName(const QString &name) { m_ownName = name; }

    // ---- IHost ----

    quint32 apiVersion() const override { return PATCHBAY_API_VERSION; }
    QAbstractItemModel *members() const override { return const_cast<FakeMembers *>(&m_members); }
    bool accepts(MemberId member, const QString &type) const override
    {
        const FakeMembers::Member *found = m_members.find(member);
        return m_active && found && found->acceptedTypes.contains(type);
    }

    Error sendMessage(MemberId to, const QString &type, const QByteArray &body, MessageId *id) override
    {
        const Error error = checkSend(to, type);
        if (error.isError())
            return error;
        if (body.size() > m_maxBytes.value(type, 1024 * 1024))
            return {ErrorCode::TooLarge, QStringLiteral("The message is too large.")};
        SentMessage message;
        message.id = MessageId(++m_lastMessage);
        message.to = to;
        message.type = type;
        message.body = body;
        m_sent.append(message);
        if (id)
            *id = message.id;
        return {};
    }

    Error openStream(MemberId to, const QString &type, const QByteArray &header, qint64 size, IByteSource *source,
                     StreamId *id) override
    {
        if (to == MemberId::Everyone || !source || size < -1)
            return {ErrorCode::InvalidArgument, QStringLiteral("A stream goes to one member.")};
        const Error error = checkSend(to, type);
        if (error.isError())
            return error;
        if (header.size() > 32 * 1024)
            return {ErrorCode::TooLarge, QStringLiteral("The header is too large.")};
        Stream stream;
        stream.id = StreamId(++m_lastStream);
        stream.isOutgoing = true;
        stream.member = to;
        stream.type = type;
        stream.header = header;
        stream.size = size;
        stream.source = source;
        {
            const QMutexLocker locker(&m_mutex);
            m_streams.insert(stream.id, stream);
        }
        m_opened.append(stream.id);
        if (id)
            *id = stream.id;
        return {};
    }

    Error acceptStream(StreamId id, IByteSink *sink) override
    {
        const auto it = m_streams.find(id);
        if (!m_active)
            return stopped();
        if (it == m_streams.end() || it->isOutgoing || it->state != StreamState::Offered || !sink)
            return {ErrorCode::InvalidArgument, QStringLiteral("The stream is not waiting for an answer.")};
        it->state = StreamState::Accepted;
        it->sink = sink;
        return {};
    }

    Error rejectStream(StreamId id, const Error &reason) override
    {
        const auto it = m_streams.find(id);
        if (!m_active)
            return stopped();
        if (it == m_streams.end() || it->isOutgoing || it->state != StreamState::Offered)
            return {ErrorCode::InvalidArgument, QStringLiteral("The stream is not waiting for an answer.")};
        it->state = StreamState::Rejected;
        it->reason = reason;
        finishLater(id, {ErrorCode::Rejected, reason.message});
        return {};
    }

    void cancelStream(StreamId id, const Error &reason) override
    {
        const auto it = m_streams.find(id);
        if (!m_active || it == m_streams.end() || it->state == StreamState::Finished)
            return;
        it->reason = reason;
        finishLater(id, {ErrorCode::Cancelled, reason.message});
    }

    void wake(StreamId id) override
    {
        const QMutexLocker locker(&m_mutex);
        const auto it = m_streams.find(id);
        if (it != m_streams.end())
            ++it->wakes;
    }

    qint64 streamProgress(StreamId id) const override { return m_streams.value(id).progress; }
    QSettings *settings() override { return m_active ? &m_settings : nullptr; }
    QString dataDirectory() const override
    {
        const QString path = m_folder.filePath(QStringLiteral("data"));
        return m_active && QDir().mkpath(path) ? path : QString();
    }
    void report(const Error &error) override { m_reports.append(error); }
    void log(const QString &line) override { m_logLines.append(line); }
    void notify(const QString &title, const QString &text) override { m_notifications.append({title, text}); }
    QByteArray ownPeerId() const override
    {
        return QCryptographicHash::hash(m_ownName.toUtf8(), QCryptographicHash::Sha256);
    }
    QString ownName() const override { return m_ownName; }

private:
    static Error stopped() { return {ErrorCode::PluginStopped, QStringLiteral("The plugin is switched off.")}; }

    Error checkSend(MemberId to, const QString &type) const
    {
        if (!m_active)
            return stopped();
        if (m_sendError.isError())
            return m_sendError;
        if (!m_connected)
            return {ErrorCode::NotConnected, QStringLiteral("There is no link.")};
        if (to == MemberId::Everyone)
            return {};
        if (!m_members.find(to))
            return {ErrorCode::NoSuchMember, QStringLiteral("There is no such member.")};
        if (!accepts(to, type))
            return {ErrorCode::NotAccepted, QStringLiteral("The member does not accept this type.")};
        return {};
    }

    void finishLater(StreamId id, const Error &result)
    {
        m_pending.append({id, result});
        QTimer::singleShot(0, &m_context, [this] { deliverPending(); });
    }

    QTemporaryDir m_folder;
    QSettings m_settings;
    FakeMembers m_members;
    QObject m_context;
    mutable QMutex m_mutex; ///< wake() comes from any thread
    QHash<StreamId, Stream> m_streams;
    QList<StreamId> m_opened;
    QList<QPair<StreamId, Error>> m_pending;
    QList<SentMessage> m_sent;
    QHash<QString, qint64> m_maxBytes;
    QList<Error> m_reports;
    QStringList m_logLines;
    QList<QPair<QString, QString>> m_notifications;
    QString m_ownName = QStringLiteral("me");
    Error m_sendError;
    IPlugin *m_plugin = nullptr;
    QObject *m_object = nullptr;
    quint64 m_lastMessage = 0;
    quint64 m_lastStream = 0;
    bool m_active = false;
    bool m_connected = true;
};

} // namespace testing
} // namespace patchbay
