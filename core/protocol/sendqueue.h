// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>

#include <deque>

namespace patchbay::protocol {

/// Encoded frames in order. Buffers are shared: one broadcast stands in many queues and once in memory. Messages are
/// counted apart from the control frames that keep their place among them.
class SendQueue final
{
public:
    enum class Frame : bool { Control, Message };

    void push(const QByteArray &frame, Frame kind)
    {
        count(frame, kind, 1);
        m_frames.push_back({frame, kind});
    }
    /// Appends whole frames to \a out up to about \a max bytes; at least one while \a out is empty.
    void take(QByteArray &out, qsizetype max)
    {
        while (!m_frames.empty() && (out.isEmpty() || out.size() + m_frames.front().bytes.size() <= max)) {
            const Entry &entry = m_frames.front();
            count(entry.bytes, entry.kind, -1);
            if (out.isEmpty() && m_frames.size() == 1)
                out = entry.bytes;
            else
                out.append(entry.bytes);
            m_frames.pop_front();
        }
    }
    bool isEmpty() const { return m_frames.empty(); }
    qsizetype controlBytes() const { return m_controlBytes; }
    qsizetype messageBytes() const { return m_messageBytes; }
    int messageCount() const { return m_messageCount; }
    qsizetype bytes() const { return m_controlBytes + m_messageBytes + kEntryBytes * qsizetype(m_frames.size()); }
    void clear()
    {
        m_frames.clear();
        m_controlBytes = 0;
        m_messageBytes = 0;
        m_messageCount = 0;
    }

private:
    static constexpr qsizetype kEntryBytes = 64; ///< what a frame costs besides its bytes: a million tiny ones count

    struct Entry
    {
        QByteArray bytes;
        Frame kind = Frame::Control;
    };
    void count(const QByteArray &frame, Frame kind, int sign)
    {
        if (kind == Frame::Control) {
            m_controlBytes += sign * frame.size();
        } else {
            m_messageBytes += sign * frame.size();
            m_messageCount += sign;
        }
    }

    std::deque<Entry> m_frames;
    qsizetype m_controlBytes = 0;
    qsizetype m_messageBytes = 0;
    int m_messageCount = 0;
};

} // namespace patchbay::protocol
