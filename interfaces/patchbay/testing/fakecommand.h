// SPDX-License-Identifier: MIT
#pragma once

#include <patchbay/command.h>

#include <QDir>
#include <QObject>
#include <QTimer>

namespace patchbay {
namespace testing {

/// One run of a command, for unit tests of an ICommandProvider. Output and exit code can be looked at afterwards:
///
///     FakeCommand run(&plugin, QStringLiteral("say"), {QStringLiteral("hello")});
///     run.start();
///     QTRY_VERIFY(run.isFinished());
///     QCOMPARE(run.exitCode(), int(ExitOk));
class FakeCommand final : public ICommandContext
{
public:
    /// \a plugin must implement ICommandProvider.
    FakeCommand(QObject *plugin, const QString &verb, const QStringList &arguments)
        : m_provider(qobject_cast<ICommandProvider *>(plugin)), m_verb(verb), m_arguments(arguments)
    {
        Q_ASSERT(m_provider);
    }
    virtual ~FakeCommand() = default;

    // ---- before start() ----
    void setWorkingDirectory(const QString &path) { m_workingDirectory = path; }
    void setJson(bool json) { m_json = json; }
    void setTerminals(bool output, bool error)
    {
        m_outputIsTerminal = output;
        m_errorIsTerminal = error;
    }
    /// Standard input: one chunk per requestInput(), from the event loop, then empty ones, which mean the end. Without
    /// this call the test answers requests itself with giveInput().
    void setInput(const QList<QByteArray> &chunks)
    {
        m_input = chunks;
        m_answersInput = true;
    }

    // ---- driving it ----
    void start() { m_provider->startCommand(this); }
    /// Ctrl-C; ignored when it has finished.
    void cancel()
    {
        if (!m_finished)
            m_provider->cancelCommand(this);
    }
    void giveInput(const QByteArray &chunk)
    {
        if (m_finished || m_inputRequests == 0)
            return;
        --m_inputRequests;
        m_provider->commandInput(this, chunk);
    }

    // ---- what it did ----
    bool isFinished() const { return m_finished; }
    int exitCode() const { return m_exitCode; }
    QByteArray output() const { return m_output; }
    QByteArray error() const { return m_error; }
    int inputRequests() const { return m_inputRequests; } ///< not answered yet
    bool wasUsedAfterFinish() const { return m_misused; } ///< in a real host this is a crash

    // ---- ICommandContext ----
    QString verb() const override { return m_verb; }
    QStringList arguments() const override { return m_arguments; }
    QString workingDirectory() const override { return m_workingDirectory; }
    bool json() const override { return m_json; }
    bool errorIsTerminal() const override { return m_errorIsTerminal; }
    bool outputIsTerminal() const override { return m_outputIsTerminal; }
    void writeOutput(const QByteArray &bytes) override
    {
        m_misused = m_misused || m_finished;
        m_output += bytes;
    }
    void writeError(const QByteArray &bytes) override
    {
        m_misused = m_misused || m_finished;
        m_error += bytes;
    }
    void finish(int exitCode) override
    {
        m_misused = m_misused || m_finished;
        m_finished = true;
        m_exitCode = exitCode;
    }
    void requestInput() override
    {
        m_misused = m_misused || m_finished;
        ++m_inputRequests;
        if (m_answersInput)
            QTimer::singleShot(0, &m_context,
                               [this] { giveInput(m_input.isEmpty() ? QByteArray() : m_input.takeFirst()); });
    }

private:
    ICommandProvider *m_provider;
    const QString m_verb;
    const QStringList m_arguments;
    QString m_workingDirectory = QDir::currentPath();
    QList<QByteArray> m_input;
    QByteArray m_output;
    QByteArray m_error;
    QObject m_context;
    int m_inputRequests = 0;
    int m_exitCode = -1;
    bool m_answersInput = false;
    bool m_json = false;
    bool m_errorIsTerminal = false;
    bool m_outputIsTerminal = false;
    bool m_finished = false;
    bool m_misused = false;
};

} // namespace testing
} // namespace patchbay
