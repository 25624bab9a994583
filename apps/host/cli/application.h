// SPDX-License-Identifier: MIT
#pragma once

#include "cli/interrupts.h"
#include "cli/options.h"
#include "hub/host.h"

#include <QObject>

#include <memory>

namespace patchbay::hub {
class CommandLauncher;
class RemoteCommand;
} // namespace patchbay::hub

namespace patchbay::cli {

class QuestionPrompt;
class StdioContext;

/// What patchbay-cli does between its arguments and its exit code. One of three roles: a long-running host (serve,
/// connect), a caller of the host that holds the profile, or a host of its own for one command.
class Application final : public QObject
{
    Q_OBJECT

public:
    explicit Application(Options options, QObject *parent = nullptr);
    ~Application() override;

    /// From the running event loop; ends it with QCoreApplication::exit().
    void start();

private:
    void printHelp();
    int printVerbHelp();
    bool runRemotely();
    void runHost();
    void runOwnCommand();
    void announceLink();
    void printInvite();
    bool join(bool reconnect);
    void interrupt();
    void end(int exitCode);
    void quit(int exitCode);

    bool isLongRunning() const;
    void writeEvent(const QByteArray &name, const QJsonObject &details);

    Options m_options;
    Interrupts m_interrupts;
    std::unique_ptr<hub::Host> m_host;
    std::unique_ptr<hub::RemoteCommand> m_remote;
    std::unique_ptr<StdioContext> m_context;
    std::unique_ptr<hub::CommandLauncher> m_launcher;
    std::unique_ptr<QuestionPrompt> m_prompt;
    QString m_lastText;
    bool m_ending = false;
    bool m_interrupted = false;
};

} // namespace patchbay::cli
