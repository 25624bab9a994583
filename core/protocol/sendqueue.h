// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>

#include <deque>

namespace patchbay::protocol {

/// Encoded frames in order. Buffers are shared: one broadcast stands in many queues and once in memory.
class SendQueue final
{
public:
    void push(const QByteArray &frame)
    {
        m_bytes += frame.size();
        m_frames.push_back(frame);
    }
    /// Appends whole frames to \a out up to about \a max bytes; at least one while \a out is empty.
    void take(QByteArray &out, qsizetype max)
    {
        while (!m_frames.empty() && (out.isEmpty() || out.size() + m_frames.front().size() <= max)) {
            m_bytes -= m_frames.front().size();
            if (out.isEmpty() && m_frames.size() == 1)
                out = m_frames.front();
            else
                out.append(m_frames.front());
            m_frames.pop_front();
        }
    }
    bool isEmpty() const { return m_frames.empty(); }
    qsizetype bytes() const { return m_bytes; }
    int count() const { return int(m_frames.size()); }
    void clear()
    {
        m_frames.clear();
        m_bytes = 0;
    }

private:
    std::deque<QByteArray> m_frames;
    qsizetype m_bytes = 0;
};

} // namespace patchbay::protocol
