// SPDX-License-Identifier: MIT
#include "net/linkmode.h"

#include <algorithm>

namespace patchbay::net {

using namespace protocol;

LinkMode::LinkMode(ModeContext context) : m_context(std::move(context))
{
    m_stopTimer.setSingleShot(true);
    connect(&m_stopTimer, &QTimer::timeout, this, [this] {
        if (m_driver)
            m_driver->abortAll();
        finishIfEmpty();
    });
}

LinkMode::~LinkMode() = default;

void LinkMode::makeDriver(Mode mode, const NodeConfig &config)
{
    m_driver = std::make_unique<Driver>(m_context.makeNode(mode, config), m_context.driver);
    connect(m_driver.get(), &Driver::nodeReady, this, [this] { handleNodeReady(); });
    connect(m_driver.get(), &Driver::connectionReady, this, [this](Connection *connection) {
        handleReady(*connection);
        Q_EMIT connectionsChanged();
    });
    connect(m_driver.get(), &Driver::connectionWaiting, this,
            [this](Connection *connection) { handleKnocking(*connection); });
    connect(m_driver.get(), &Driver::connectionEnded, this, [this](Connection *connection, const Fault &fault) {
        handleEnded(*connection, fault);
        Q_EMIT connectionsChanged();
        if (m_stopping) // once the connection is out of the table
            QMetaObject::invokeMethod(this, &LinkMode::finishIfEmpty, Qt::QueuedConnection);
    });
}

void LinkMode::dropDriver()
{
    if (m_driver) {
        m_driver->disconnect(this);
        m_driver.release()->deleteLater();
    }
}

void LinkMode::setPhase(Phase phase, Reason reason, const QString &text)
{
    m_status.phase = phase;
    m_status.reason = reason;
    m_status.text = text;
    if (phase != Phase::Waiting)
        m_status.retryInMs = 0;
    Q_EMIT phaseChanged();
}

LinkStatus LinkMode::status() const
{
    LinkStatus status = m_status;
    if (m_driver) {
        status.connections.reserve(qsizetype(m_driver->connections().size()));
        for (const auto &[id, connection] : m_driver->connections()) {
            if (connection->phase() != Connection::Phase::Ended)
                status.connections.append(connection->info());
        }
        std::sort(status.connections.begin(), status.connections.end(),
                  [](const ConnectionInfo &a, const ConnectionInfo &b) { return a.id < b.id; });
    }
    return status;
}

void LinkMode::turn()
{
    if (m_driver)
        m_driver->turn();
}

void LinkMode::stop()
{
    if (m_stopping)
        return;
    closeDoors();
    m_stopping = true;
    if (m_driver)
        m_driver->closeAll({Code::GoingAway, {}, Party::Local});
    m_stopTimer.start(kStopTime);
    QMetaObject::invokeMethod(this, &LinkMode::finishIfEmpty, Qt::QueuedConnection);
}

void LinkMode::finishIfEmpty()
{
    const bool waiting = m_driver && !m_driver->connections().empty() && m_stopTimer.isActive();
    if (m_finished || waiting)
        return;
    m_finished = true;
    m_stopTimer.stop();
    Q_EMIT finished();
}

} // namespace patchbay::net
