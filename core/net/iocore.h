// SPDX-License-Identifier: MIT
#pragma once

#include "net/eventqueue.h"
#include "net/linkmode.h"

#include <QObject>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <variant>
#include <vector>

namespace patchbay::net {

/// The I/O thread's half of NetService: takes orders and commands in, runs one mode at a time, and hands what
/// happened to the main thread once per turn of the event loop.
class IoCore final : public QObject
{
    Q_OBJECT

public:
    using MakeNode = decltype(ModeContext::makeNode);

    /// \a outbound and \a traffic outlive this object; \a wakeMain is called on the I/O thread when \a outbound
    /// is no longer empty.
    IoCore(IBulkHandler *bulk, EventQueue *outbound, TrafficCounters *traffic, std::function<void()> wakeMain,
           std::function<void()> onQuit, MakeNode makeNode);
    ~IoCore() override;

    struct StartServer
    {
        ServerOptions options;
    };
    struct StartClient
    {
        ClientOptions options;
    };
    struct Stop
    { };
    struct Quit ///< like Stop, then ends the thread
    { };
    struct RetryNow
    { };
    using Order = std::variant<StartServer, StartClient, Stop, Quit, RetryNow, NetService::Command>;

    /// Any thread. \a run numbers the mode that an order or a command is for.
    void post(quint64 run, Order order);

protected:
    void customEvent(QEvent *event) override;

private:
    struct Item
    {
        quint64 run = 0;
        Order order;
    };

    void requestTurn();
    void turn();
    void takeOrders();
    void carryOut(Item &item);
    void start(Order order);
    void startWaiting();
    void endMode();
    void handleFinished();
    void runCommand(Item &item);
    void log(LogClass kind, const QString &line);
    void writeLog(const QStringList &lines);
    void sendStatus();
    void handOver();
    ModeContext modeContext();

    // Shared with other threads.
    std::mutex m_mutex;
    std::vector<Item> m_inbox;
    std::atomic<bool> m_turnRequested = false;

    // The I/O thread's own.
    IBulkHandler *m_bulk;
    EventQueue *m_outbound;
    TrafficCounters *m_traffic;
    std::function<void()> m_wakeMain;
    std::function<void()> m_onQuit;
    MakeNode m_makeNode;
    QByteArray m_readBuffer;
    std::vector<EventQueue::Item> m_turnItems;
    LogLimiter m_logLimiter;
    QTimer m_logTimer;

    std::unique_ptr<LinkMode> m_mode;
    quint64 m_run = 0;             ///< of m_mode
    std::optional<Item> m_waiting; ///< a start that waits for the mode before it to end
    std::vector<Item> m_heldBack;  ///< commands for it
    bool m_ending = false;         ///< m_mode says Bye
    bool m_quitting = false;
    bool m_phaseDirty = false;
    bool m_connectionsDirty = false;
    QTimer m_statusTimer;
    base::TimePoint m_statusSentAt{};
};

} // namespace patchbay::net
