// SPDX-License-Identifier: MIT
#pragma once

#include <patchbay/command.h>

#include <QObject>

#include <functional>

QT_BEGIN_NAMESPACE
class QSocketNotifier;
QT_END_NAMESPACE

namespace patchbay::cli {

/// The process's own standard streams. Main thread.
class StandardStreams final : public QObject
{
    Q_OBJECT

public:
    explicit StandardStreams(QObject *parent = nullptr);

    /// False when the reader is gone (a closed pipe).
    static bool writeOutput(const QByteArray &bytes);
    static bool writeError(const QByteArray &bytes);
    static bool errorIsTerminal();
    static bool outputIsTerminal();
    /// Reads the next chunk when there is one; inputRead() follows once.
    void requestInput();

Q_SIGNALS:
    void inputRead(const QByteArray &chunk); ///< empty = end
    void outputClosed();                     ///< nobody reads standard output any more

private:
    void read();
    QSocketNotifier *m_notifier = nullptr;
};

/// A run of a command in this process, with this process's streams.
class StdioContext final : public QObject, public ICommandContext
{
    Q_OBJECT

public:
    StdioContext(QString verb, QStringList arguments, bool json, QObject *parent = nullptr);

    QString verb() const override { return m_verb; }
    QStringList arguments() const override { return m_arguments; }
    QString workingDirectory() const override;
    bool json() const override { return m_json; }
    bool errorIsTerminal() const override { return StandardStreams::errorIsTerminal(); }
    bool outputIsTerminal() const override { return StandardStreams::outputIsTerminal(); }
    void writeOutput(const QByteArray &bytes) override;
    void writeError(const QByteArray &bytes) override { StandardStreams::writeError(bytes); }
    void requestInput() override { m_streams.requestInput(); }
    void finish(int exitCode) override;

Q_SIGNALS:
    void inputRead(const QByteArray &chunk);
    void outputClosed();
    void finished(int exitCode);

private:
    const QString m_verb;
    const QStringList m_arguments;
    const bool m_json;
    StandardStreams m_streams;
};

} // namespace patchbay::cli
