// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"

#include <QtGlobal>

namespace patchbay::net {

/// How many bytes may wait between the engine and the wire of one link. Whatever waits there can no longer be
/// overtaken by a message, so on a slow link it must be little: about 10 ms worth of the rate measured over the last
/// 100 ms. On a fast link it must be enough to write in big blocks.
class SendPacer
{
public:
    static constexpr qint64 kMin = 32 * 1024;
    static constexpr qint64 kStart = 512 * 1024;
    static constexpr qint64 kMax = 1024 * 1024;
    static constexpr qint64 kMaxBlock = 256 * 1024;
    static constexpr base::Duration kWindow = std::chrono::milliseconds(100);
    static constexpr base::Duration kWorth = std::chrono::milliseconds(10);

    /// After each write: bytes the system has taken so far over the life of the link, and whether some were left
    /// over. Only a window in which the link was the brake tells its rate: an idle chat is not a slow link.
    void update(quint64 sentSoFar, bool backedUp, base::TimePoint now);

    qint64 lowWater() const { return m_lowWater; }
    /// The size of the next block to pull with \a unsent bytes waiting; 0 = none now.
    qint64 nextBlock(qint64 unsent) const;

private:
    qint64 m_lowWater = kStart;
    base::TimePoint m_windowStart{};
    quint64 m_sentAtStart = 0;
    bool m_measuring = false;
};

} // namespace patchbay::net
