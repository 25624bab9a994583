// SPDX-License-Identifier: MIT
#include "hub/streamrouter.h"

#include "hub/convert.h"
#include "hub/routedplugin.h"

#include <QPointer>
#include <QTimer>

#include <algorithm>
#include <vector>

namespace patchbay::hub {

namespace {

constexpr int kMaxWorkers = 1024; // a blocked call must not starve another stream, so nearly one per stream
constexpr int kStuckMs = 5000;

/// Tells \a dropped when a command that was posted is destroyed without having run: the link ended first.
class DropGuard final
{
public:
    explicit DropGuard(std::function<void()> dropped) : m_dropped(std::move(dropped)) { }
    ~DropGuard()
    {
        if (m_dropped)
            m_dropped();
    }
    DropGuard(const DropGuard &) = delete;
    DropGuard &operator=(const DropGuard &) = delete;
    void disarm() { m_dropped = nullptr; }

private:
    std::function<void()> m_dropped;
};

} // namespace

StreamRouter::StreamRouter(net::NetService &net, BulkPort &bulk, PluginCaller &caller, QObject *parent)
    : QObject(parent), m_net(net), m_bulk(bulk), m_caller(caller), m_workers(new QThreadPool)
{
    m_workers->setMaxThreadCount(kMaxWorkers);
    m_gate->net = &net;
}

void StreamRouter::disconnectFromNet()
{
    const std::lock_guard lock(m_gate->mutex);
    m_gate->net = nullptr;
}

StreamRouter::~StreamRouter()
{
    if (m_workers->waitForDone(kStuckMs))
        delete m_workers;
}

StreamRouter::Stream *StreamRouter::find(StreamId id)
{
    const auto it = m_streams.find(id);
    return it == m_streams.end() ? nullptr : &it->second;
}

const StreamRouter::Stream *StreamRouter::find(StreamId id) const
{
    const auto it = m_streams.find(id);
    return it == m_streams.end() ? nullptr : &it->second;
}

StreamPump::Post StreamRouter::post()
{
    return [gate = m_gate](net::NetService::Command command) {
        const std::lock_guard lock(gate->mutex);
        if (gate->net)
            gate->net->post(std::move(command));
    };
}

void StreamRouter::attach(Stream &stream)
{
    m_bulk.insert(stream.key, stream.pump);
    const std::lock_guard lock(m_wakeMutex);
    m_wakeable.insert(quint64(stream.id), stream.pump);
}

Error StreamRouter::open(RoutedPlugin &plugin, MemberId member, protocol::MemberNumber number, const QString &type,
                         const QByteArray &header, qint64 size, IByteSource *source, StreamId *id)
{
    Stream stream;
    stream.id = StreamId(++m_lastId);
    stream.key = m_nextKey;
    m_nextKey += 2;
    stream.plugin = &plugin;
    stream.pluginId = plugin.spec.id;
    stream.member = member;
    stream.accepted = true;
    stream.pump = std::make_shared<StreamPump>(stream.key, source, *m_workers, post());
    attach(stream);
    m_byKey.insert(stream.key, stream.id);
    *id = stream.id;
    const protocol::StreamKey key = stream.key;
    m_streams.emplace(stream.id, std::move(stream));

    // The node may refuse, or may be gone by the time the command runs: both end the stream.
    const auto refuse = [router = QPointer<StreamRouter>(this), key](const protocol::Fault &fault) {
        // NetService, and with it every command, is destroyed before the router.
        if (StreamRouter *target = router.data()) {
            QMetaObject::invokeMethod(
                target,
                [target, key, fault] {
                    target->closed(protocol::StreamClosed{key, fault});
                },
                Qt::QueuedConnection);
        }
    };
    const auto guard = std::make_shared<DropGuard>([refuse] {
        refuse(protocol::Fault{protocol::Code::NotConnected, tr("The link was lost before the stream was offered."),
                               protocol::Party::Local});
    });
    m_net.post([guard, refuse, key, number, type, header, size](protocol::Node &node, base::TimePoint now) {
        guard->disarm();
        const protocol::Fault fault = node.openStream(key, number, type, header, size, now);
        if (fault.isFault())
            refuse(fault);
    });
    return {};
}

void StreamRouter::offered(RoutedPlugin &plugin, MemberId member, const protocol::StreamOffered &event)
{
    Stream stream;
    stream.id = StreamId(++m_lastId);
    stream.key = event.key;
    stream.plugin = &plugin;
    stream.pluginId = plugin.spec.id;
    stream.member = member;
    const StreamId id = stream.id;
    m_byKey.insert(event.key, id);
    m_streams.emplace(id, std::move(stream));

    const StreamOffer offer{id, member, event.type, event.header, event.size};
    m_caller.call(plugin.spec.id, QStringLiteral("streamOffered"), [&] { plugin.streams->streamOffered(offer); });
}

Error StreamRouter::accept(const RoutedPlugin &plugin, StreamId id, IByteSink *sink)
{
    Stream *stream = find(id);
    if (!stream || stream->plugin != &plugin || stream->closing)
        return Error{ErrorCode::Cancelled, tr("The stream is gone: the sender took the offer back.")};
    if (stream->accepted)
        return Error{ErrorCode::InvalidArgument, tr("The stream was accepted before.")};
    stream->accepted = true;
    stream->pump = std::make_shared<StreamPump>(stream->key, sink, *m_workers, post());
    attach(*stream);
    m_net.post([key = stream->key](protocol::Node &node, base::TimePoint now) { node.acceptStream(key, now); });
    return {};
}

Error StreamRouter::reject(const RoutedPlugin &plugin, StreamId id, const Error &reason)
{
    const Stream *stream = find(id);
    if (!stream || stream->plugin != &plugin || stream->closing)
        return Error{ErrorCode::Cancelled, tr("The stream is gone: the sender took the offer back.")};
    if (stream->accepted)
        return Error{ErrorCode::InvalidArgument, tr("The stream was accepted before; cancel it instead.")};
    reset(stream->key, reason.isError() ? reason : Error{ErrorCode::Rejected, tr("Declined.")});
    return {};
}

void StreamRouter::cancel(const RoutedPlugin &plugin, StreamId id, const Error &reason)
{
    const Stream *stream = find(id);
    if (stream && stream->plugin == &plugin && !stream->closing)
        reset(stream->key, reason.isError() ? reason : Error{ErrorCode::Cancelled, tr("Cancelled.")});
}

void StreamRouter::reset(protocol::StreamKey key, const Error &reason)
{
    m_net.post([key, fault = toFault(reason)](protocol::Node &node, base::TimePoint now) {
        node.resetStream(key, fault, now);
    });
}

void StreamRouter::wake(StreamId id)
{
    std::shared_ptr<StreamPump> pump;
    {
        const std::lock_guard lock(m_wakeMutex);
        pump = m_wakeable.value(quint64(id));
    }
    if (pump)
        pump->wake();
}

qint64 StreamRouter::progress(StreamId id) const
{
    const Stream *stream = find(id);
    return stream && stream->pump ? stream->pump->progress() : 0;
}

void StreamRouter::closed(const protocol::StreamClosed &event)
{
    const auto known = m_byKey.constFind(event.key);
    if (known == m_byKey.cend())
        return;
    if (Stream *stream = find(*known))
        close(*stream, toError(event.reason));
}

void StreamRouter::linkEnded(const Error &reason)
{
    std::vector<StreamId> open;
    for (const auto &[id, stream] : m_streams) {
        if (!stream.closing)
            open.push_back(id);
    }
    for (const StreamId id : open) {
        if (Stream *stream = find(id))
            close(*stream, reason);
    }
}

void StreamRouter::endAll(const RoutedPlugin &plugin, const Error &reason)
{
    for (const auto &[id, stream] : m_streams) {
        if (stream.plugin == &plugin && !stream.closing)
            reset(stream.key, reason);
    }
}

int StreamRouter::count(const RoutedPlugin &plugin) const
{
    return int(std::count_if(m_streams.cbegin(), m_streams.cend(),
                             [&](const auto &entry) { return entry.second.plugin == &plugin; }));
}

int StreamRouter::count(const RoutedPlugin &plugin, MemberId member) const
{
    return int(std::count_if(m_streams.cbegin(), m_streams.cend(), [&](const auto &entry) {
        return entry.second.plugin == &plugin && entry.second.member == member;
    }));
}

void StreamRouter::close(Stream &stream, const Error &result)
{
    if (stream.closing)
        return;
    stream.closing = true;
    stream.result = result;
    m_byKey.remove(stream.key);
    m_bulk.remove(stream.key);
    const StreamId id = stream.id;
    {
        const std::lock_guard lock(m_wakeMutex);
        m_wakeable.remove(quint64(id));
    }
    if (!stream.pump) {
        finish(id, Tell::Yes);
        return;
    }
    QTimer::singleShot(kStuckMs, this, [this, id] {
        if (const Stream *late = find(id)) {
            const QString pluginId = late->pluginId;
            // streamFinished() would let the plugin free what is still being called; so it is leaked instead.
            finish(id, Tell::No);
            Q_EMIT stuck(pluginId);
        }
    });
    stream.pump->close(result.isError() ? StreamPump::CloseMode::Abort : StreamPump::CloseMode::Finished,
                       [router = QPointer<StreamRouter>(this), id] {
                           // The router outlives its workers (or leaks them), so the pointer is safe to pass on.
                           if (StreamRouter *target = router.data()) {
                               QMetaObject::invokeMethod(
                                   target, [target, id] { target->finish(id, Tell::Yes); }, Qt::QueuedConnection);
                           }
                       });
}

void StreamRouter::finish(StreamId id, Tell tell)
{
    const auto it = m_streams.find(id);
    if (it == m_streams.end())
        return;
    const Stream stream = std::move(it->second);
    m_streams.erase(it);
    if (tell == Tell::Yes && stream.plugin->object && stream.plugin->streams) {
        m_caller.call(stream.pluginId, QStringLiteral("streamFinished"),
                      [&] { stream.plugin->streams->streamFinished(stream.id, stream.result); });
    }
    Q_EMIT finished(stream.pluginId, stream.member);
}

} // namespace patchbay::hub
