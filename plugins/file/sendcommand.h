// SPDX-License-Identifier: MIT
#pragma once

#include "filecommand.h"

#include <patchbay/types.h>

#include <QDeadlineTimer>
#include <QTimer>

namespace patchbay::file {

class FilePlugin;

/// `send FILE... [--to MEMBER] [--timeout S]`: sends files to one member and waits until they are on its disk.
class SendCommand final : public FileCommand
{
    Q_OBJECT

public:
    SendCommand(ICommandContext *run, FilePlugin &plugin);

    void start() override;
    void cancel() override;

private:
    void look();
    MemberId onlyMember(QString *problem, bool *isFinal) const;
    void send(MemberId to);
    void transferEnded(quint64 transfer);
    void cancelAll(int exitCode);
    int exitCodeOf(const Transfer &transfer) const;
    void finishIfDone();

    FilePlugin &m_plugin;
    QStringList m_paths;
    QString m_to;
    QTimer m_lookup;
    QDeadlineTimer m_patience; ///< how long to wait for the member to come
    QTimer m_timeout;
    QList<quint64> m_pending;
    bool m_sent = false;
    int m_exitCode = ExitOk;
    int m_forcedExitCode = -1; ///< interrupted or timed out
};

} // namespace patchbay::file
