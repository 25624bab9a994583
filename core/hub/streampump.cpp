// SPDX-License-Identifier: MIT
#include "hub/streampump.h"

#include <QCoreApplication>
#include <QThreadPool>

#include <algorithm>
#include <exception>
#include <vector>

namespace patchbay::hub {

namespace {

constexpr qint64 kChunkBytes = 64 * 1024;   // the largest stream chunk (PROTOCOL.md, Limits)
constexpr qint64 kBatchBytes = 256 * 1024;  // one command to the I/O thread carries this much
constexpr qint64 kCreditBytes = 128 * 1024; // credit goes back in steps of this much

QString text(const char *source)
{
    return QCoreApplication::translate("patchbay::hub::StreamPump", source);
}

/// A plugin's call may throw although it must not; on a worker thread that would end the process.
template <typename Call, typename Value>
Value guarded(Call &&call, Value onException)
{
    try {
        return call();
    } catch (...) {
        return onException;
    }
}

} // namespace

StreamPump::StreamPump(protocol::StreamKey key, IByteSource *source, QThreadPool &workers, Post post)
    : m_key(key), m_source(source), m_workers(workers), m_post(std::move(post))
{ }

StreamPump::StreamPump(protocol::StreamKey key, IByteSink *sink, QThreadPool &workers, Post post)
    : m_key(key), m_sink(sink), m_workers(workers), m_post(std::move(post))
{ }

void StreamPump::addSpace(qsizetype bytes)
{
    std::unique_lock lock(m_mutex);
    m_space = std::max<qint64>(0, bytes - m_inFlight);
    if (m_space > 0)
        schedule(lock);
}

void StreamPump::addData(const QByteArray &chunk)
{
    std::unique_lock lock(m_mutex);
    if (m_over || m_closed)
        return;
    m_chunks.push_back(chunk);
    schedule(lock);
}

void StreamPump::addEnd()
{
    std::unique_lock lock(m_mutex);
    m_endReached = true;
    schedule(lock);
}

void StreamPump::wake()
{
    std::unique_lock lock(m_mutex);
    m_woken = true;
    m_waiting = false;
    schedule(lock);
}

void StreamPump::schedule(std::unique_lock<std::mutex> &lock)
{
    if (m_running || m_waiting || m_closed || m_over)
        return;
    m_running = true;
    lock.unlock();
    m_workers.start([self = shared_from_this()] { self->work(); });
}

void StreamPump::work()
{
    while ((m_source ? send() : receive()) == Step::Continue) { }

    std::function<void()> idle;
    {
        // Another worker may have begun meanwhile; then it is the one that goes idle.
        const std::lock_guard lock(m_mutex);
        if (m_closed && !m_running)
            idle = std::exchange(m_idle, nullptr);
    }
    if (idle)
        idle();
}

StreamPump::Step StreamPump::send()
{
    qint64 budget = 0;
    {
        const std::lock_guard lock(m_mutex);
        budget = std::min(m_space, kBatchBytes);
        if (m_closed || m_over || budget <= 0) {
            m_running = false;
            return Step::Pause;
        }
        m_woken = false;
    }

    std::vector<QByteArray> chunks;
    qint64 bytes = 0;
    qint64 outcome = 1;
    while (bytes < budget) {
        const qint64 wanted = std::min(kChunkBytes, budget - bytes);
        QByteArray chunk(wanted, Qt::Uninitialized);
        outcome = guarded([&] { return m_source->read(chunk.data(), wanted); }, qint64(StreamFailed));
        if (outcome <= 0)
            break;
        if (outcome > wanted) { // it wrote past the buffer or cannot count: nothing it says can be used
            outcome = StreamFailed;
            break;
        }
        chunk.truncate(outcome);
        chunks.push_back(std::move(chunk));
        bytes += outcome;
        if (outcome < wanted) // a live source: what there is goes out now
            break;
    }

    {
        const std::lock_guard lock(m_mutex);
        m_space -= bytes;
        m_inFlight += bytes;
        m_over = outcome == 0 || (outcome < 0 && outcome != StreamLater);
    }
    m_progress.fetch_add(bytes, std::memory_order_relaxed);
    if (bytes > 0)
        postChunks(std::move(chunks), bytes);
    if (outcome == 0)
        m_post([key = m_key](protocol::Node &node, base::TimePoint now) { node.endStream(key, now); });
    else if (outcome == StreamLater)
        return waitForWake();
    else if (outcome < 0)
        fail(guarded([&] { return m_source->errorText(); }, QString()));
    return Step::Continue;
}

void StreamPump::postChunks(std::vector<QByteArray> chunks, qint64 bytes)
{
    m_post([self = shared_from_this(), chunks = std::move(chunks), bytes](protocol::Node &node, base::TimePoint now) {
        // A refused chunk means that the stream is gone; StreamClosed says so to the main thread.
        for (const QByteArray &chunk : chunks) {
            if (!node.sendStreamData(self->m_key, chunk, now))
                break;
        }
        {
            const std::lock_guard lock(self->m_mutex);
            self->m_inFlight -= bytes;
        }
        self->addSpace(node.streamSpace(self->m_key));
    });
}

StreamPump::Step StreamPump::receive()
{
    QByteArray chunk;
    qsizetype offset = 0;
    bool atEnd = false;
    {
        const std::lock_guard lock(m_mutex);
        atEnd = m_chunks.empty() && m_endReached;
        if (m_closed || m_over || (m_chunks.empty() && !atEnd)) {
            m_running = false;
            return Step::Pause;
        }
        if (atEnd) {
            m_over = true;
        } else {
            chunk = m_chunks.front();
            offset = m_offset;
        }
        m_woken = false;
    }

    if (atEnd) {
        if (guarded([&] { return m_sink->finish(); }, false))
            m_post([key = m_key](protocol::Node &node, base::TimePoint now) { node.confirmStream(key, now); });
        else
            fail(guarded([&] { return m_sink->errorText(); }, QString()));
        return Step::Continue;
    }

    const qint64 size = chunk.size() - offset;
    const qint64 taken = guarded([&] { return m_sink->write(chunk.constData() + offset, size); }, qint64(StreamFailed));
    if (taken == StreamLater)
        return waitForWake();
    if (taken <= 0 || taken > size) {
        {
            const std::lock_guard lock(m_mutex);
            m_over = true;
            m_chunks.clear();
        }
        fail(guarded([&] { return m_sink->errorText(); }, QString()));
        return Step::Continue;
    }

    m_progress.fetch_add(taken, std::memory_order_relaxed);
    qint64 credit = 0;
    {
        const std::lock_guard lock(m_mutex);
        m_uncredited += taken;
        m_offset += taken;
        if (m_offset == chunk.size()) {
            m_chunks.pop_front();
            m_offset = 0;
        }
        if (m_uncredited >= kCreditBytes || m_chunks.empty())
            credit = std::exchange(m_uncredited, 0);
    }
    if (credit > 0)
        m_post(
            [key = m_key, credit](protocol::Node &node, base::TimePoint now) { node.consumeStream(key, credit, now); });
    return Step::Continue;
}

StreamPump::Step StreamPump::waitForWake()
{
    const std::lock_guard lock(m_mutex);
    if (m_woken || m_closed)
        return Step::Continue;
    m_waiting = true;
    m_running = false;
    return Step::Pause;
}

void StreamPump::fail(const QString &reason)
{
    const QString sentence = reason.isEmpty() ? (m_source ? text("The source of the stream failed while it was read.")
                                                          : text("The sink of the stream failed while it was written."))
                                              : reason;
    m_post([key = m_key, sentence](protocol::Node &node, base::TimePoint now) {
        node.resetStream(key, protocol::Fault{protocol::Code::IoFailed, sentence, protocol::Party::Local}, now);
    });
}

void StreamPump::close(CloseMode mode, std::function<void()> idle)
{
    bool cancel = false;
    {
        const std::lock_guard lock(m_mutex);
        m_closed = true;
        m_chunks.clear();
        if (m_running) {
            m_idle = std::move(idle);
            idle = nullptr;
            cancel = mode == CloseMode::Abort;
        }
    }
    if (cancel) {
        guarded(
            [&] {
                if (m_source)
                    m_source->cancel();
                else
                    m_sink->cancel();
                return true;
            },
            false);
    }
    if (idle)
        idle();
}

} // namespace patchbay::hub
