// SPDX-License-Identifier: MIT
#pragma once

#include "filecommand.h"

#include <QTimer>

namespace patchbay::file {

class FilePlugin;

/// `receive [--dir DIR] [--once] [--count N] [--timeout S]`: accepts every file while it runs and prints where each
/// landed.
class ReceiveCommand final : public FileCommand
{
    Q_OBJECT

public:
    ReceiveCommand(ICommandContext *run, FilePlugin &plugin);

    void start() override;
    void cancel() override;

private:
    void transferStarted(quint64 transfer);
    void transferEnded(quint64 transfer);
    void stop(int exitCode);
    void ending() override;

    FilePlugin &m_plugin;
    QTimer m_timeout;
    QList<quint64> m_active;
    int m_left = -1;
    int m_forcedExitCode = -1; ///< interrupted or timed out; finishes when the streams have
};

} // namespace patchbay::file
