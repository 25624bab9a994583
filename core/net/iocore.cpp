// SPDX-License-Identifier: MIT
#include "net/iocore.h"

#include "net/clientmode.h"
#include "net/servermode.h"

#include <QCoreApplication>
#include <QEvent>
#include <QRandomGenerator>

namespace patchbay::net {

using namespace protocol;

namespace {

constexpr auto kTurn = QEvent::User;

/// Rows of connections are told this far apart, and a little less often when there are many, for each time all of
/// them are copied.
constexpr base::Duration kStatusSpacing = std::chrono::milliseconds(50);
constexpr base::Duration kStatusSpacingPerRow = std::chrono::microseconds(20);

base::TimePoint steadyNow()
{
    return std::chrono::time_point_cast<base::Duration>(std::chrono::steady_clock::now());
}

} // namespace

IoCore::IoCore(IBulkHandler *bulk, EventQueue *outbound, TrafficCounters *traffic, std::function<void()> wakeMain,
               std::function<void()> onQuit, MakeNode makeNode)
    : m_bulk(bulk), m_outbound(outbound), m_traffic(traffic), m_wakeMain(std::move(wakeMain)),
      m_onQuit(std::move(onQuit)), m_makeNode(std::move(makeNode)), m_logTimer(this), m_statusTimer(this)
{
    m_logTimer.setSingleShot(true);
    connect(&m_logTimer, &QTimer::timeout, this, [this] { writeLog(m_logLimiter.takeSummaries(steadyNow())); });
    m_statusTimer.setSingleShot(true);
    connect(&m_statusTimer, &QTimer::timeout, this, &IoCore::requestTurn);
}

IoCore::~IoCore() = default;

// ---- orders in ----------------------------------------------------------------------------------------------

void IoCore::post(quint64 run, Order order)
{
    {
        const std::lock_guard lock(m_mutex);
        m_inbox.push_back({run, std::move(order)});
    }
    requestTurn();
}

void IoCore::requestTurn()
{
    if (!m_turnRequested.exchange(true))
        QCoreApplication::postEvent(this, new QEvent(kTurn));
}

void IoCore::customEvent(QEvent *event)
{
    if (event->type() == kTurn)
        turn();
}

void IoCore::turn()
{
    m_turnRequested = false;
    takeOrders();
    if (m_mode)
        m_mode->turn();
    sendStatus();
    handOver();
}

void IoCore::takeOrders()
{
    std::vector<Item> items;
    {
        const std::lock_guard lock(m_mutex);
        items.swap(m_inbox);
    }
    for (Item &item : items)
        carryOut(item);
}

void IoCore::carryOut(Item &item)
{
    if (std::holds_alternative<NetService::Command>(item.order)) {
        runCommand(item);
    } else if (std::holds_alternative<RetryNow>(item.order)) {
        if (m_mode && item.run == m_run)
            m_mode->retryNow();
    } else {
        m_quitting = m_quitting || std::holds_alternative<Quit>(item.order);
        m_waiting = std::move(item);
        m_heldBack.clear();
        if (m_mode)
            endMode();
        else
            startWaiting();
    }
}

void IoCore::runCommand(Item &item)
{
    if (m_waiting && m_waiting->run == item.run)
        m_heldBack.push_back(std::move(item));
    else if (m_mode && m_run == item.run && m_mode->node())
        std::get<NetService::Command>(item.order)(*m_mode->node(), steadyNow());
}

// ---- one mode after the other -------------------------------------------------------------------------------

void IoCore::endMode()
{
    if (m_ending)
        return;
    m_ending = true;
    m_mode->stop();
}

void IoCore::handleFinished()
{
    m_mode->turn(); // its last events
    m_mode->disconnect(this);
    m_mode.release()->deleteLater();
    m_ending = false;
    m_phaseDirty = m_connectionsDirty = false;
    m_turnItems.emplace_back(LinkStatus{});
    startWaiting();
    requestTurn();
}

void IoCore::startWaiting()
{
    Item next = std::move(*m_waiting);
    m_waiting.reset();
    if (m_quitting) {
        writeLog(m_logLimiter.takeSummaries(base::TimePoint::max()));
        handOver();
        m_onQuit();
        return;
    }
    m_traffic->bytesIn = 0;
    m_traffic->bytesOut = 0;
    if (std::holds_alternative<Stop>(next.order)) {
        if (m_turnItems.empty() || !std::holds_alternative<LinkStatus>(m_turnItems.back()))
            m_turnItems.emplace_back(LinkStatus{});
        return;
    }
    m_run = next.run;
    start(std::move(next.order));
    std::vector<Item> held = std::exchange(m_heldBack, {});
    for (Item &item : held)
        runCommand(item);
}

void IoCore::start(Order order)
{
    if (auto *server = std::get_if<StartServer>(&order))
        m_mode = std::make_unique<ServerMode>(std::move(server->options), modeContext());
    else
        m_mode = std::make_unique<ClientMode>(std::move(std::get<StartClient>(order).options), modeContext());
    connect(m_mode.get(), &LinkMode::phaseChanged, this, [this] {
        m_phaseDirty = true;
        requestTurn();
    });
    connect(m_mode.get(), &LinkMode::connectionsChanged, this, [this] {
        m_connectionsDirty = true;
        requestTurn();
    });
    connect(m_mode.get(), &LinkMode::finished, this, &IoCore::handleFinished);
    m_mode->start();
}

ModeContext IoCore::modeContext()
{
    ModeContext context;
    context.driver.bulk = m_bulk;
    context.driver.traffic = m_traffic;
    context.driver.sendEvent = [this](NodeEvent &&event) { m_turnItems.emplace_back(std::move(event)); };
    context.driver.requestTurn = [this] { requestTurn(); };
    context.driver.now = steadyNow;
    context.driver.readBuffer = &m_readBuffer;
    context.log = [this](LogClass kind, const QString &line) { log(kind, line); };
    context.makeNode = m_makeNode;
    context.random = [] { return QRandomGenerator::system()->generateDouble(); };
    return context;
}

// ---- to the main thread -------------------------------------------------------------------------------------

void IoCore::sendStatus()
{
    if (!m_mode || m_ending || !(m_phaseDirty || m_connectionsDirty))
        return;
    const LinkStatus status = m_mode->status();
    const base::TimePoint now = steadyNow();
    if (!m_phaseDirty) {
        const base::Duration spacing = kStatusSpacing + kStatusSpacingPerRow * status.connections.size();
        const base::TimePoint due = m_statusSentAt + spacing;
        if (now < due) {
            if (!m_statusTimer.isActive())
                m_statusTimer.start(std::chrono::ceil<std::chrono::milliseconds>(due - now));
            return;
        }
    }
    m_phaseDirty = m_connectionsDirty = false;
    m_statusSentAt = now;
    m_statusTimer.stop();
    m_turnItems.emplace_back(status);
}

void IoCore::handOver()
{
    if (m_turnItems.empty())
        return;
    const EventQueue::Appended result = m_outbound->append(m_turnItems);
    if (result.needsWakeUp)
        m_wakeMain();
    if (result.droppedMessages > 0) {
        log(LogClass::Overload,
            tr("%n message(s) dropped: the program is too busy to take them.", nullptr, result.droppedMessages));
    }
    if (Node *const node = m_mode ? m_mode->node() : nullptr) {
        for (const StreamKey key : result.declined)
            node->resetStream(key, {Code::QueueFull, tr("The receiving host is too busy."), Party::Local}, steadyNow());
    }
    if (!m_turnItems.empty() || !result.declined.isEmpty())
        requestTurn();
}

void IoCore::log(LogClass kind, const QString &line)
{
    writeLog(m_logLimiter.offer(kind, line, steadyNow()));
    if (const auto next = m_logLimiter.nextSummary(); next && !m_logTimer.isActive()) {
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*next - steadyNow());
        m_logTimer.start(std::max(wait, std::chrono::milliseconds(1)));
    }
}

void IoCore::writeLog(const QStringList &lines)
{
    for (const QString &line : lines)
        m_turnItems.emplace_back(line);
    if (!lines.isEmpty())
        requestTurn();
}

} // namespace patchbay::net
