// SPDX-License-Identifier: MIT
#pragma once

#include "hub/host.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

QT_BEGIN_NAMESPACE
class QLabel;
class QStatusBar;
QT_END_NAMESPACE

namespace patchbay::gui {

/// What the status bar shows all the time: state, addresses, members, bytes per second in and out.
class StatusLine final : public QObject
{
    Q_OBJECT

public:
    /// \a host is started and outlives the line; \a bar is its parent.
    StatusLine(hub::Host &host, QStatusBar *bar);

private:
    void refreshLink();
    void refreshMembers();
    void refreshRates();

    hub::Host &m_host;
    QLabel *m_state;
    QLabel *m_addresses;
    QLabel *m_members;
    QLabel *m_rates;
    QTimer m_second;
    QElapsedTimer m_sinceLast;
    quint64 m_bytesIn = 0;
    quint64 m_bytesOut = 0;
};

} // namespace patchbay::gui
