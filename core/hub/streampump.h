// SPDX-License-Identifier: MIT
#pragma once

#include "net/netservice.h"
#include "protocol/nodeevent.h"

#include <patchbay/payload.h>

#include <QByteArray>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

QT_BEGIN_NAMESPACE
class QThreadPool;
QT_END_NAMESPACE

namespace patchbay::hub {

/// Moves the bytes of one stream between the I/O thread and the plugin's source or sink, on a worker thread that it
/// holds only while there is work. Never two calls of the source or sink at once.
class StreamPump final : public std::enable_shared_from_this<StreamPump>
{
public:
    /// How a command reaches the I/O thread: NetService::post().
    using Post = std::function<void(net::NetService::Command)>;

    StreamPump(protocol::StreamKey key, IByteSource *source, QThreadPool &workers, Post post);
    StreamPump(protocol::StreamKey key, IByteSink *sink, QThreadPool &workers, Post post);

    // ---- I/O thread ----
    void addSpace(qsizetype bytes);        ///< outgoing: the node takes so much now
    void addData(const QByteArray &chunk); ///< incoming
    void addEnd();                         ///< incoming: the last byte came

    /// Any thread: after StreamLater.
    void wake();
    /// Any thread: bytes handed to the link (outgoing) or taken by the sink (incoming).
    qint64 progress() const { return m_progress.load(std::memory_order_relaxed); }

    enum class CloseMode { Finished, Abort };
    /// Main thread, once. No new call of source or sink begins; with Abort its cancel() is called when one is running.
    /// \a idle runs once, on any thread, when the last call has returned (at once, if none is running).
    void close(CloseMode mode, std::function<void()> idle);

private:
    enum class Step { Continue, Pause };

    void schedule(std::unique_lock<std::mutex> &lock);
    void work();
    Step send();
    Step receive();
    void postChunks(std::vector<QByteArray> chunks, qint64 bytes);
    void fail(const QString &text);
    Step waitForWake();

    const protocol::StreamKey m_key;
    IByteSource *const m_source = nullptr;
    IByteSink *const m_sink = nullptr;
    QThreadPool &m_workers;
    const Post m_post;
    std::atomic<qint64> m_progress = 0;

    mutable std::mutex m_mutex; ///< guards everything below
    bool m_running = false;     ///< a worker is in work()
    bool m_waiting = false;     ///< StreamLater was returned; only wake() helps
    bool m_woken = false;       ///< wake() came since the last call
    bool m_over = false;        ///< the source or sink is not called any more
    bool m_closed = false;
    std::function<void()> m_idle;
    qint64 m_space = 0;    ///< outgoing: bytes the node would take
    qint64 m_inFlight = 0; ///< outgoing: posted and not yet taken by the node
    std::deque<QByteArray> m_chunks;
    qsizetype m_offset = 0; ///< taken of the first chunk
    qint64 m_uncredited = 0;
    bool m_endReached = false;
};

} // namespace patchbay::hub
