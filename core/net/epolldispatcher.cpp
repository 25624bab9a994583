// SPDX-License-Identifier: MIT
#include "net/epolldispatcher.h"

#include <QCoreApplication>
#include <QThread>

#include <algorithm>
#include <cerrno>
#include <climits>

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace patchbay::net {

namespace {

constexpr int kMaxEvents = 512;
constexpr quint64 kWakeMark = ~quint64(0);

// As in Qt's own dispatcher: a hang-up or an error wakes whoever waits for anything.
constexpr std::array<quint32, 3> kDelivered = {
    EPOLLIN | EPOLLHUP | EPOLLERR,
    EPOLLOUT | EPOLLHUP | EPOLLERR,
    EPOLLPRI | EPOLLHUP | EPOLLERR,
};
constexpr std::array<quint32, 3> kWatched = {EPOLLIN, EPOLLOUT, EPOLLPRI};

} // namespace

EpollDispatcher::EpollDispatcher(QObject *parent)
    : QAbstractEventDispatcher(parent), m_epoll(epoll_create1(EPOLL_CLOEXEC)),
      m_wakeDescriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
    if (!isUsable())
        return;
    // Edge-triggered: every write wakes once, and nobody has to read the counter.
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    event.data.u64 = kWakeMark;
    epoll_ctl(m_epoll, EPOLL_CTL_ADD, m_wakeDescriptor, &event);
}

EpollDispatcher::~EpollDispatcher()
{
    if (m_wakeDescriptor >= 0)
        ::close(m_wakeDescriptor);
    if (m_epoll >= 0)
        ::close(m_epoll);
}

bool EpollDispatcher::processEvents(QEventLoop::ProcessEventsFlags flags)
{
    m_interrupted = false;
    Q_EMIT awake();
    m_wakePending = false; // before the events are sent: one posted meanwhile sets it again
    QCoreApplication::sendPostedEvents();

    applyChanges();
    const int timeout = waitTimeout(flags);
    if (timeout != 0)
        Q_EMIT aboutToBlock();
    if (m_interrupted)
        return false;

    int handled = 0;
    if (flags & QEventLoop::ExcludeSocketNotifiers) {
        pollfd wake{m_wakeDescriptor, POLLIN, 0};
        if (poll(&wake, 1, timeout) > 0) {
            quint64 count = 0;
            [[maybe_unused]] const auto got = ::read(m_wakeDescriptor, &count, sizeof count);
            ++handled;
        }
    } else {
        handled += activateSockets(timeout);
        handled += activateAlwaysReady();
    }
    if (!(flags & QEventLoop::X11ExcludeTimers))
        handled += m_timers.activate();
    return handled > 0;
}

int EpollDispatcher::waitTimeout(QEventLoop::ProcessEventsFlags flags) const
{
    if (!(flags & QEventLoop::WaitForMoreEvents) || m_interrupted || m_wakePending)
        return 0;
    if (!m_alwaysReady.empty() && !(flags & QEventLoop::ExcludeSocketNotifiers))
        return 0;
    if (flags & QEventLoop::X11ExcludeTimers)
        return -1;
    const auto next = m_timers.untilNext();
    if (!next)
        return -1;
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(*next).count();
    return int(std::min<qint64>(milliseconds, INT_MAX));
}

// ---- sockets --------------------------------------------------------------------------------------------

void EpollDispatcher::registerSocketNotifier(QSocketNotifier *notifier)
{
    const int descriptor = int(notifier->socket());
    if (descriptor < 0)
        return;
    if (size_t(descriptor) >= m_watches.size())
        m_watches.resize(std::max<size_t>(size_t(descriptor) + 1, m_watches.size() * 2));
    m_watches[size_t(descriptor)].notifiers[size_t(notifier->type())] = notifier;
    markDirty(descriptor);
}

void EpollDispatcher::unregisterSocketNotifier(QSocketNotifier *notifier)
{
    const int descriptor = int(notifier->socket());
    if (descriptor < 0 || size_t(descriptor) >= m_watches.size())
        return;
    Watch &watch = m_watches[size_t(descriptor)];
    QSocketNotifier *&slot = watch.notifiers[size_t(notifier->type())];
    if (slot != notifier)
        return;
    slot = nullptr;
    // Nobody is interested: the descriptor may be closed next, and its number used again, so the kernel must be
    // told now. All other changes wait until the end of the turn, where most of them have cancelled out.
    if (wanted(watch) == 0)
        forget(descriptor, watch);
    else
        markDirty(descriptor);
}

quint32 EpollDispatcher::wanted(const Watch &watch)
{
    quint32 events = 0;
    for (size_t type = 0; type < watch.notifiers.size(); ++type) {
        if (watch.notifiers[type])
            events |= kWatched[type];
    }
    return events;
}

void EpollDispatcher::markDirty(int descriptor)
{
    Watch &watch = m_watches[size_t(descriptor)];
    if (watch.isDirty)
        return;
    watch.isDirty = true;
    m_dirty.push_back(descriptor);
}

void EpollDispatcher::applyChanges()
{
    for (const int descriptor : m_dirty) {
        Watch &watch = m_watches[size_t(descriptor)];
        watch.isDirty = false;
        apply(descriptor, watch);
    }
    m_dirty.clear();
}

void EpollDispatcher::apply(int descriptor, Watch &watch)
{
    const quint32 events = wanted(watch);
    if (events == 0 || watch.isAlwaysReady || (watch.isListed && events == watch.known))
        return;
    epoll_event event{};
    event.events = events;
    event.data.u64 = quint64(watch.generation) << 32 | quint32(descriptor);
    int result = epoll_ctl(m_epoll, watch.isListed ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, descriptor, &event);
    if (result != 0 && errno == ENOENT) // closed behind our back and opened again
        result = epoll_ctl(m_epoll, EPOLL_CTL_ADD, descriptor, &event);
    else if (result != 0 && errno == EEXIST)
        result = epoll_ctl(m_epoll, EPOLL_CTL_MOD, descriptor, &event);
    if (result == 0) {
        watch.isListed = true;
        watch.known = events;
    } else if (errno == EPERM) {
        watch.isAlwaysReady = true;
        m_alwaysReady.push_back(descriptor);
    } else {
        qWarning("EpollDispatcher: descriptor %d cannot be watched", descriptor);
    }
}

void EpollDispatcher::forget(int descriptor, Watch &watch)
{
    if (watch.isListed) {
        epoll_event unused{};
        epoll_ctl(m_epoll, EPOLL_CTL_DEL, descriptor, &unused); // fails where it is closed already: just as well
    }
    if (watch.isAlwaysReady)
        m_alwaysReady.erase(std::remove(m_alwaysReady.begin(), m_alwaysReady.end(), descriptor), m_alwaysReady.end());
    watch.isListed = false;
    watch.isAlwaysReady = false;
    watch.known = 0;
    ++watch.generation;
}

int EpollDispatcher::activateSockets(int timeout)
{
    std::array<epoll_event, kMaxEvents> events; // not initialised: only what the kernel fills in is read
    const int count = epoll_wait(m_epoll, events.data(), kMaxEvents, timeout);
    int handled = 0;
    for (int i = 0; i < count; ++i) {
        const epoll_event &event = events[size_t(i)];
        if (event.data.u64 == kWakeMark)
            ++handled;
        else
            handled += activate(int(event.data.u64 & 0xFFFFFFFF), quint32(event.data.u64 >> 32), event.events);
    }
    return handled;
}

int EpollDispatcher::activate(int descriptor, quint32 generation, quint32 events)
{
    int handled = 0;
    for (size_t type = 0; type < kDelivered.size(); ++type) {
        // Looked up anew for each: a slot may have closed this descriptor, or grown the table.
        const Watch &watch = m_watches[size_t(descriptor)];
        if (watch.generation != generation)
            break;
        QSocketNotifier *const notifier = watch.notifiers[type];
        if (!notifier || !(events & kDelivered[type]))
            continue;
        QEvent event(QEvent::SockAct);
        QCoreApplication::sendEvent(notifier, &event);
        ++handled;
    }
    return handled;
}

int EpollDispatcher::activateAlwaysReady()
{
    if (m_alwaysReady.empty())
        return 0;
    int handled = 0;
    const std::vector<int> ready = m_alwaysReady; // slots may change it
    for (const int descriptor : ready)
        handled += activate(descriptor, m_watches[size_t(descriptor)].generation, EPOLLIN | EPOLLOUT);
    return handled;
}

// ---- timers and waking up -------------------------------------------------------------------------------

void EpollDispatcher::registerTimer(int timerId, qint64 interval, Qt::TimerType timerType, QObject *object)
{
    m_timers.add(timerId, interval, timerType, object);
}

bool EpollDispatcher::unregisterTimer(int timerId)
{
    return m_timers.remove(timerId);
}

bool EpollDispatcher::unregisterTimers(QObject *object)
{
    return m_timers.removeAll(object);
}

QList<QAbstractEventDispatcher::TimerInfo> EpollDispatcher::registeredTimers(QObject *object) const
{
    return m_timers.of(object);
}

int EpollDispatcher::remainingTime(int timerId)
{
    return m_timers.remaining(timerId);
}

void EpollDispatcher::wakeUp()
{
    // The flag is looked at before every wait, so a call from our own thread needs no system call, and neither
    // does one that finds the flag set.
    if (!m_wakePending.exchange(true) && QThread::currentThread() != thread()) {
        const quint64 one = 1;
        [[maybe_unused]] const auto written = ::write(m_wakeDescriptor, &one, sizeof one);
    }
}

void EpollDispatcher::interrupt()
{
    m_interrupted = true;
    wakeUp();
}

} // namespace patchbay::net
