// SPDX-License-Identifier: MIT
#pragma once

#include "control/controlframe.h"

#include <QLocalSocket>
#include <QObject>

namespace patchbay::control {

/// The caller's end: runs one command in the host that holds the profile. Main thread.
class ControlClient final : public QObject
{
    Q_OBJECT

public:
    explicit ControlClient(QObject *parent = nullptr);

    /// Whether a host answers at \a path. A local connect is over at once, so this waits (at most 1 s).
    bool connectTo(const QString &path);
    void run(const Request &request);
    void sendInput(const QByteArray &chunk); ///< the answer to inputWanted(); empty = end
    void cancel();

Q_SIGNALS:
    void output(const QByteArray &bytes);
    void errorOutput(const QByteArray &bytes);
    void inputWanted();
    /// Once. -1: the host went away before the command was over.
    void finished(int exitCode);

private:
    void read();
    void end(int exitCode);

    QLocalSocket m_socket;
    FrameReader m_reader;
    bool m_ended = false;
};

} // namespace patchbay::control
