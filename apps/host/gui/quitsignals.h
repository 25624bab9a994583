// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>

namespace patchbay::gui {

/// SIGINT, SIGTERM and SIGHUP close the window in good order. By handlers and not, as in patchbay-cli, by blocking the
/// signals: programs that the window opens would inherit the block. One object per process, made after QApplication.
class QuitSignals final : public QObject
{
    Q_OBJECT

public:
    explicit QuitSignals(QObject *parent = nullptr);
    ~QuitSignals() override;

Q_SIGNALS:
    void quitWanted();

private:
    int m_fd = -1;
};

} // namespace patchbay::gui
