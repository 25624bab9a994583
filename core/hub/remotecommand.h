// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>
#include <QStringList>

#include <memory>

namespace patchbay::control {
class ControlClient;
}

namespace patchbay::hub {

/// One command run by the host that holds a profile already, in another process of the same user. Main thread.
class RemoteCommand final : public QObject
{
    Q_OBJECT

public:
    struct Request
    {
        QString verb;
        QStringList arguments;
        QString workingDirectory;
        QString connectTo; ///< HOST:PORT that host's link has to lead to; empty = any
        bool json = false;
        bool errorIsTerminal = false;
        bool outputIsTerminal = false;
    };

    explicit RemoteCommand(QObject *parent = nullptr);
    ~RemoteCommand() override;

    /// False: no host runs with that profile. Waits for the local socket, at most 1 s.
    bool connectToHost(const QString &profileDirectory);
    void run(const Request &request);
    void sendInput(const QByteArray &chunk); ///< the answer to inputWanted(); empty = end
    void cancel();

Q_SIGNALS:
    void output(const QByteArray &bytes);
    void errorOutput(const QByteArray &bytes);
    void inputWanted();
    void finished(int exitCode); ///< once; -1: the host went away

private:
    std::unique_ptr<control::ControlClient> m_client;
};

} // namespace patchbay::hub
