// SPDX-License-Identifier: MIT
#pragma once

#include "net/linkstatus.h"
#include "protocol/nodeevent.h"

#include <QHash>
#include <QSet>
#include <QString>

#include <mutex>
#include <variant>
#include <vector>

namespace patchbay::net {

/// What waits for the main thread: node events, statuses and log lines, in the order in which they happened.
///
/// Relaying goes on while the main thread is frozen, so this queue must be bounded by itself. The engine has no way
/// to tell a sender that its message was received and then dropped, and to stop reading from whoever sends would
/// stop what is relayed for others on the same link. So, over a limit:
///  - messages are dropped, counted and told in the log; the limit per member is lower than the whole, so that one
///    member that floods does not cost the others their messages;
///  - offered streams are declined;
///  - a change of a member that still waits takes the place of the older one, as does a status of the same phase;
///  - ends of connections are dropped (the members' own events say what matters).
/// What else there is comes at most once per connection or per act of our own.
class EventQueue
{
public:
    static constexpr qint64 kMaxWaiting = 24 * 1024 * 1024;
    static constexpr qint64 kMaxWaitingPerMember = 8 * 1024 * 1024;
    /// What an event costs besides its bytes, roughly.
    static constexpr qint64 kEventOverhead = 256;

    using Item = std::variant<protocol::NodeEvent, LinkStatus, QString>;

    struct Appended
    {
        bool needsWakeUp = false;            ///< the queue was empty: tell the main thread
        int droppedMessages = 0;             ///< by this call
        QList<protocol::StreamKey> declined; ///< offers that could not be kept: reset these
    };

    /// I/O thread. Moves all of \a items in and leaves it empty.
    Appended append(std::vector<Item> &items);

    /// Main thread: everything that waits.
    std::vector<Item> take();

private:
    void appendEvent(protocol::NodeEvent &&event, Appended &result);
    void appendStatus(LinkStatus &&status);
    bool isOverLimit(protocol::MemberNumber member, qint64 cost) const;

    std::mutex m_mutex;
    std::vector<Item> m_items;
    bool m_wakeUpSent = false;
    qint64 m_waiting = 0;
    QHash<protocol::MemberNumber, qint64> m_waitingByMember;
    QHash<protocol::MemberNumber, size_t> m_latestByMember; ///< index of the member's last join or change
    std::ptrdiff_t m_latestStatus = -1;
    QSet<protocol::StreamKey> m_declined; ///< their StreamClosed is not for the main thread either
};

} // namespace patchbay::net
