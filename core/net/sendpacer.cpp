// SPDX-License-Identifier: MIT
#include "net/sendpacer.h"

namespace patchbay::net {

void SendPacer::update(quint64 sentSoFar, bool backedUp, base::TimePoint now)
{
    if (!m_measuring) {
        if (!backedUp)
            return;
        m_measuring = true;
        m_windowStart = now;
        m_sentAtStart = sentSoFar;
        return;
    }
    const base::Duration elapsed = now - m_windowStart;
    if (elapsed >= kWindow) {
        const double perNanosecond = double(sentSoFar - m_sentAtStart) / double(elapsed.count());
        m_lowWater = qBound(kMin, qint64(perNanosecond * double(kWorth.count())), kMax);
        m_measuring = false;
    }
    if (!backedUp)
        m_measuring = false; // the queue ran dry: from here on the sender would be measured, not the link
}

qint64 SendPacer::nextBlock(qint64 unsent) const
{
    if (unsent >= m_lowWater)
        return 0;
    return qBound<qint64>(16 * 1024, m_lowWater - unsent, kMaxBlock);
}

} // namespace patchbay::net
