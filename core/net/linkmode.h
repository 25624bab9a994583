// SPDX-License-Identifier: MIT
#pragma once

#include "net/driver.h"
#include "net/linkstatus.h"
#include "net/loglimiter.h"

#include <QObject>

#include <functional>
#include <memory>

namespace patchbay::net {

/// What a mode needs from the I/O thread.
struct ModeContext
{
    DriverContext driver;
    std::function<void(LogClass, const QString &)> log;
    /// Builds the engine; tests put their own here.
    std::function<std::unique_ptr<protocol::Node>(Mode, const protocol::NodeConfig &)> makeNode;
    std::function<double()> random; ///< [0, 1)
};

/// Server mode or client mode while it runs, on the I/O thread.
class LinkMode : public QObject
{
    Q_OBJECT

public:
    /// How long Bye may take to leave before everything is cut.
    static constexpr std::chrono::milliseconds kStopTime{1'000};

    explicit LinkMode(ModeContext context);
    ~LinkMode() override;

    virtual void start() = 0;
    /// Says Bye everywhere. finished() follows, at most kStopTime later.
    void stop();
    /// Client mode, while waiting: dial now.
    virtual void retryNow() { }

    /// The node, while commands make sense.
    protocol::Node *node() const { return m_driver && !m_stopping ? &m_driver->node() : nullptr; }
    void turn();
    /// With the connections as they are now.
    LinkStatus status() const;

Q_SIGNALS:
    /// The phase or its text changed: to be told at once.
    void phaseChanged();
    /// Only connections came or went: may be told a little later.
    void connectionsChanged();
    void finished();

protected:
    virtual void closeDoors() = 0; ///< stop(): no new links from here on
    void makeDriver(Mode mode, const protocol::NodeConfig &config);
    /// Ends the driver outside of its signals: what is posted from here on is dropped.
    void dropDriver();
    void setPhase(Phase phase, Reason reason, const QString &text);
    virtual void handleNodeReady() { }
    virtual void handleReady(Connection &) { }
    virtual void handleKnocking(Connection &) { } ///< somebody decides whether it may come in
    virtual void handleEnded(Connection &connection, const protocol::Fault &fault) = 0;

    const ModeContext &context() const { return m_context; }
    Driver *driver() const { return m_driver.get(); }
    bool isStopping() const { return m_stopping; }
    LinkStatus &base() { return m_status; }

private:
    void finishIfEmpty();

    ModeContext m_context;
    std::unique_ptr<Driver> m_driver;
    LinkStatus m_status; ///< without the connections
    QTimer m_stopTimer;
    bool m_stopping = false;
    bool m_finished = false;
};

} // namespace patchbay::net
