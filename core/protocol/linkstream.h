// SPDX-License-Identifier: MIT
#pragma once

#include "protocol/limits.h"
#include "protocol/nodeevent.h"

#include <QByteArray>

#include <algorithm>
#include <deque>

namespace patchbay::protocol {

/// One stream on one link: offsets, credit, what waits to be sent (PROTOCOL.md 6). Offsets count payload bytes
/// since the start of the stream.
struct LinkStream
{
    enum class Direction : quint8 { Outgoing, Incoming }; ///< which way the bytes go on this link
    enum class Phase : quint8 {
        Offered, ///< StreamOpen went or came, no answer yet
        Open,
        Ended,    ///< StreamEnd went or came; the receiver has not confirmed
        Resetting ///< we sent StreamReset and wait for the answer
    };

    quint32 id = 0;
    quint16 type = 0;
    MemberNumber member = kNobody; ///< the other end, as this link's header names it
    Direction direction = Direction::Outgoing;
    Phase phase = Phase::Offered;
    bool endQueued = false; ///< outgoing: StreamEnd follows the queue

    // Who owns it above: a key of this host, or the stream it is relayed to.
    StreamKey key = 0;
    ConnectionId relayLink = 0;
    quint32 relayStream = 0;
    bool wantsCredit = false; ///< relayed, on the receiver's link: waits for its turn to forward credit
    bool isRelayed() const { return relayStream != 0; }

    // Outgoing
    qint64 sendLimit = 0;
    qint64 sendOffset = 0;  ///< handed to this link, queue included
    qint64 takenOffset = 0; ///< left the queue for the transport
    std::deque<QByteArray> queue;
    qsizetype headTaken = 0; ///< bytes of the first chunk that went already
    qsizetype queuedBytes = 0;
    qsizetype relayed = 0;   ///< of queuedBytes, those of another member: Session::memory() counts them
    bool inRing = false;     ///< it has its place among those that send in turn
    bool wantsSpace = false; ///< less than kLowSpace was left; StreamSpace follows when there is more
    qint64 credit() const { return sendLimit - sendOffset; }
    qsizetype space() const
    {
        if (phase != Phase::Open || endQueued)
            return 0;
        return qsizetype(std::max<qint64>(0, std::min<qint64>(credit(), limits::kStreamQueueBytes - queuedBytes)));
    }

    // Incoming
    qint64 receiveLimit = 0;
    qint64 receiveOffset = 0;
    qint64 consumedOffset = 0;
    qint64 window = limits::kInitialWindow;
};

} // namespace patchbay::protocol
