// SPDX-License-Identifier: MIT
#pragma once

#include "hub/bulkport.h"
#include "hub/plugincaller.h"
#include "net/netservice.h"
#include "protocol/nodeevent.h"

#include <patchbay/types.h>

#include <QHash>
#include <QObject>
#include <QThreadPool>

#include <map>
#include <memory>
#include <mutex>

namespace patchbay {
class IByteSink;
class IByteSource;
} // namespace patchbay

namespace patchbay::hub {

struct RoutedPlugin;

/// Every stream of this host's plugins, from offer to streamFinished(), which each gets exactly once. Main thread, but
/// for wake().
class StreamRouter final : public QObject
{
    Q_OBJECT

public:
    StreamRouter(net::NetService &net, BulkPort &bulk, PluginCaller &caller, QObject *parent = nullptr);
    ~StreamRouter() override;

    /// Before NetService is destroyed: what the workers still have to say to the I/O thread is dropped.
    void disconnectFromNet();

    // ---- calls of a plugin, through its PluginHost; arguments are checked by the caller ----
    Error open(RoutedPlugin &plugin, MemberId member, protocol::MemberNumber number, const QString &type,
               const QByteArray &header, qint64 size, IByteSource *source, StreamId *id);
    Error accept(const RoutedPlugin &plugin, StreamId id, IByteSink *sink);
    Error reject(const RoutedPlugin &plugin, StreamId id, const Error &reason);
    void cancel(const RoutedPlugin &plugin, StreamId id, const Error &reason);
    void wake(StreamId id); ///< any thread
    qint64 progress(StreamId id) const;

    // ---- events of the node ----
    void offered(RoutedPlugin &plugin, MemberId member, const protocol::StreamOffered &event);
    void closed(const protocol::StreamClosed &event);
    /// No node knows our streams any more: what is left ends with \a reason.
    void linkEnded(const Error &reason);

    /// Ends all streams of a plugin that is being switched off.
    void endAll(const RoutedPlugin &plugin, const Error &reason);
    int count(const RoutedPlugin &plugin) const;
    int count(const RoutedPlugin &plugin, MemberId member) const;

Q_SIGNALS:
    void finished(const QString &pluginId, patchbay::MemberId member);
    /// A call into its source or sink did not return within 5 s of cancel(); the objects are leaked.
    void stuck(const QString &pluginId);

private:
    /// The workers' way to the I/O thread. Shared with them, because one that is stuck in a plugin's call may come
    /// back when everything else is gone.
    struct Gate
    {
        std::mutex mutex;
        net::NetService *net = nullptr;
    };

    struct Stream
    {
        StreamId id = StreamId::None;
        protocol::StreamKey key = 0;
        RoutedPlugin *plugin = nullptr;
        QString pluginId;
        MemberId member = MemberId::None;
        std::shared_ptr<StreamPump> pump;
        bool accepted = false;
        bool closing = false;
        Error result;
    };

    Stream *find(StreamId id);
    const Stream *find(StreamId id) const;
    StreamPump::Post post();
    void attach(Stream &stream);
    void reset(protocol::StreamKey key, const Error &reason);
    void close(Stream &stream, const Error &result);
    enum class Tell : bool { No, Yes };
    void finish(StreamId id, Tell tell);

    net::NetService &m_net;
    std::shared_ptr<Gate> m_gate = std::make_shared<Gate>();
    BulkPort &m_bulk;
    PluginCaller &m_caller;
    QThreadPool *m_workers; ///< leaked when a plugin's call never returns: joining it would hang the host
    std::map<StreamId, Stream> m_streams;
    QHash<protocol::StreamKey, StreamId> m_byKey;
    quint64 m_lastId = 0;
    protocol::StreamKey m_nextKey = 1;

    mutable std::mutex m_wakeMutex; ///< guards m_wakeable: wake() comes from any thread
    QHash<quint64, std::shared_ptr<StreamPump>> m_wakeable;
};

} // namespace patchbay::hub
