// SPDX-License-Identifier: MIT
#include "net/netservice.h"

#include "net/iocore.h"
#include "net/makenode.h"

#ifdef Q_OS_LINUX
#include "net/epolldispatcher.h"
#endif

#include <QPointer>
#include <QSemaphore>
#include <QThread>

#include <atomic>
#include <utility>

namespace patchbay::net {

namespace {

void useEpoll(QThread &thread)
{
#ifdef Q_OS_LINUX
    auto dispatcher = std::make_unique<EpollDispatcher>();
    if (dispatcher->isUsable())
        thread.setEventDispatcher(dispatcher.release()); // the thread owns it now
#else
    Q_UNUSED(thread);
#endif
}

} // namespace

class NetService::Private
{
public:
    QThread thread;
    EventQueue outbound;
    TrafficCounters traffic;
    IoCore *core = nullptr;       ///< lives on the thread and ends with it
    std::atomic<quint64> run = 0; ///< the mode that commands posted now are for; 0 = none
    quint64 lastRun = 0;
    QSemaphore saidBye;
};

NetService::NetService(IBulkHandler *bulk, QObject *parent) : QObject(parent), d(std::make_unique<Private>())
{
    qRegisterMetaType<LinkStatus>();
    const auto wakeMain = [this] { QMetaObject::invokeMethod(this, &NetService::deliver, Qt::QueuedConnection); };
    const auto onQuit = [said = &d->saidBye] { said->release(); };
    d->core = new IoCore(bulk, &d->outbound, &d->traffic, wakeMain, onQuit, makeNode);
    useEpoll(d->thread);
    d->thread.setObjectName(QStringLiteral("patchbay-io"));
    d->core->moveToThread(&d->thread);
    connect(&d->thread, &QThread::finished, d->core, &QObject::deleteLater);
    d->thread.start();
}

NetService::~NetService()
{
    d->run = 0;
    d->core->post(0, IoCore::Quit{});
    // The thread must not end by itself: Qt still touches its dispatcher after an event has been posted to it.
    d->saidBye.acquire();
    d->thread.quit();
    d->thread.wait();
}

void NetService::startServer(const ServerOptions &options)
{
    d->run = ++d->lastRun;
    d->core->post(d->lastRun, IoCore::StartServer{options});
}

void NetService::startClient(const ClientOptions &options)
{
    d->run = ++d->lastRun;
    d->core->post(d->lastRun, IoCore::StartClient{options});
}

void NetService::stop()
{
    d->run = 0;
    d->core->post(0, IoCore::Stop{});
}

void NetService::retryNow()
{
    d->core->post(d->run, IoCore::RetryNow{});
}

Traffic NetService::traffic() const
{
    return {d->traffic.bytesIn.load(std::memory_order_relaxed), d->traffic.bytesOut.load(std::memory_order_relaxed)};
}

void NetService::post(Command command)
{
    if (const quint64 run = d->run)
        d->core->post(run, std::move(command));
}

void NetService::deliver()
{
    // A slot may delete us.
    const QPointer<NetService> self(this);
    QList<protocol::NodeEvent> events;
    for (EventQueue::Item &item : d->outbound.take()) {
        if (auto *event = std::get_if<protocol::NodeEvent>(&item)) {
            events.append(std::move(*event));
            continue;
        }
        if (!events.isEmpty()) {
            Q_EMIT nodeEvents(std::exchange(events, {}));
            if (!self)
                return;
        }
        if (auto *status = std::get_if<LinkStatus>(&item)) {
            m_status = std::move(*status);
            Q_EMIT statusChanged(m_status);
        } else {
            Q_EMIT logged(std::get<QString>(item));
        }
        if (!self)
            return;
    }
    if (!events.isEmpty())
        Q_EMIT nodeEvents(events);
}

} // namespace patchbay::net
