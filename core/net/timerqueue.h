// SPDX-License-Identifier: MIT
#pragma once

#include <QAbstractEventDispatcher>

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace patchbay::net {

/// The timers of one event dispatcher. All timers are kept to the nanosecond, whatever Qt::TimerType asks for.
class TimerQueue
{
public:
    using Clock = std::chrono::steady_clock;

    void add(int id, qint64 intervalMs, Qt::TimerType type, QObject *object);
    bool remove(int id);
    bool removeAll(QObject *object);
    QList<QAbstractEventDispatcher::TimerInfo> of(QObject *object) const;
    /// Milliseconds, -1 for an unknown timer.
    int remaining(int id) const;

    /// Time until the next one is due (not negative), or nothing when there is none.
    std::optional<Clock::duration> untilNext() const;

    /// Sends a timer event for every timer that is due now, once each; one whose slot is still running is left
    /// out. Returns how many.
    int activate();

private:
    struct Timer
    {
        std::chrono::milliseconds interval;
        Qt::TimerType type;
        QObject *object;
        Clock::time_point due;
        quint64 pass = 0;       ///< the activate() that fired it last
        bool isRunning = false; ///< its event is being delivered
    };

    std::map<int, Timer> m_timers;
    std::set<std::pair<Clock::time_point, int>> m_order;
    quint64 m_pass = 0;
};

} // namespace patchbay::net
