// SPDX-License-Identifier: MIT
#include "security/knocklimiter.h"

#include <algorithm>

namespace patchbay::security {

namespace {

bool isRecent(qint64 then, qint64 now)
{
    // A clock that was put back makes nobody wait longer than the window.
    return then <= now && now - then < KnockLimiter::kWindow;
}

} // namespace

int KnockLimiter::count(const QByteArray &key, qint64 now) const
{
    const QList<qint64> times = m_failures.value(key);
    return int(std::count_if(times.cbegin(), times.cend(), [now](qint64 then) { return isRecent(then, now); }));
}

bool KnockLimiter::mayAsk(const QByteArray &address, const QByteArray &peerId, qint64 now)
{
    if (count(address, now) >= kMaxUnanswered || count(peerId, now) >= kMaxUnanswered)
        return false;
    if (remembered() + 2 > kMaxRemembered)
        forgetOld(now);
    return remembered() + 2 <= kMaxRemembered || (m_failures.contains(address) && m_failures.contains(peerId));
}

void KnockLimiter::failed(const QByteArray &address, const QByteArray &peerId, qint64 now)
{
    note(address, now);
    note(peerId, now);
}

void KnockLimiter::note(const QByteArray &key, qint64 now)
{
    QList<qint64> &times = m_failures[key];
    times.append(now);
    if (times.size() > kMaxUnanswered)
        times.removeFirst();
}

void KnockLimiter::forgetOld(qint64 now)
{
    m_failures.removeIf([now](const auto &entry) {
        return std::none_of(entry.value().cbegin(), entry.value().cend(),
                            [now](qint64 then) { return isRecent(then, now); });
    });
}

} // namespace patchbay::security
