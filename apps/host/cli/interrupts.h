// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>

namespace patchbay::cli {

/// SIGINT, SIGTERM and SIGHUP as events of the main loop. Made before any thread is started, so that all of them
/// inherit the blocked signals.
class Interrupts final : public QObject
{
    Q_OBJECT

public:
    explicit Interrupts(QObject *parent = nullptr);
    ~Interrupts() override;

Q_SIGNALS:
    void interrupted();

private:
    int m_fd = -1;
};

} // namespace patchbay::cli
