// SPDX-License-Identifier: MIT
#include "net/timerqueue.h"

#include <QCoreApplication>
#include <QTimerEvent>

namespace patchbay::net {

void TimerQueue::add(int id, qint64 intervalMs, Qt::TimerType type, QObject *object)
{
    const std::chrono::milliseconds interval(intervalMs);
    const Timer timer{interval, type, object, Clock::now() + interval};
    if (m_timers.emplace(id, timer).second)
        m_order.emplace(timer.due, id);
}

bool TimerQueue::remove(int id)
{
    const auto found = m_timers.find(id);
    if (found == m_timers.end())
        return false;
    m_order.erase({found->second.due, id});
    m_timers.erase(found);
    return true;
}

bool TimerQueue::removeAll(QObject *object)
{
    const qsizetype before = qsizetype(m_timers.size());
    for (auto it = m_timers.begin(); it != m_timers.end();) {
        if (it->second.object == object) {
            m_order.erase({it->second.due, it->first});
            it = m_timers.erase(it);
        } else {
            ++it;
        }
    }
    return qsizetype(m_timers.size()) != before;
}

QList<QAbstractEventDispatcher::TimerInfo> TimerQueue::of(QObject *object) const
{
    QList<QAbstractEventDispatcher::TimerInfo> list;
    for (const auto &[id, timer] : m_timers) {
        if (timer.object == object)
            list.append(QAbstractEventDispatcher::TimerInfo(id, int(timer.interval.count()), timer.type));
    }
    return list;
}

int TimerQueue::remaining(int id) const
{
    const auto found = m_timers.find(id);
    if (found == m_timers.end())
        return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(found->second.due - Clock::now());
    return int(qMax<qint64>(left.count(), 0));
}

std::optional<TimerQueue::Clock::duration> TimerQueue::untilNext() const
{
    for (const auto &[due, id] : m_order) {
        if (!m_timers.at(id).isRunning)
            return qMax(due - Clock::now(), Clock::duration::zero());
    }
    return std::nullopt;
}

int TimerQueue::activate()
{
    if (m_order.empty())
        return 0;
    const Clock::time_point now = Clock::now();
    const quint64 pass = ++m_pass;
    int fired = 0;
    // A slot may add and remove timers and may run an event loop of its own, so we start over after each one.
    for (;;) {
        auto next = m_order.begin();
        while (next != m_order.end() && next->first <= now) {
            const Timer &timer = m_timers.at(next->second);
            if (timer.pass < pass && !timer.isRunning)
                break;
            ++next;
        }
        if (next == m_order.end() || next->first > now)
            return fired;

        const int id = next->second;
        m_order.erase(next);
        Timer &timer = m_timers.at(id);
        timer.pass = pass;
        timer.isRunning = true;
        timer.due += timer.interval;
        if (timer.due < now) // we are late by whole intervals: they are skipped, not made up for
            timer.due = now + timer.interval;
        m_order.emplace(timer.due, id);
        QObject *const object = timer.object;
        ++fired;
        QTimerEvent event(id);
        QCoreApplication::sendEvent(object, &event);
        // It may have been removed, and its number given to a new timer, which then has not fired yet.
        const auto still = m_timers.find(id);
        if (still != m_timers.end() && still->second.pass == pass)
            still->second.isRunning = false;
    }
}

} // namespace patchbay::net
