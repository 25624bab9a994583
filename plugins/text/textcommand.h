// SPDX-License-Identifier: MIT
#pragma once

#include <patchbay/command.h>

#include <QObject>

namespace patchbay::text {

/// One run of one of this plugin's verbs. Ends with finish(), once; after finished() the context is gone and the
/// plugin deletes the object.
class TextCommand : public QObject
{
    Q_OBJECT

public:
    explicit TextCommand(ICommandContext *run, QObject *parent) : QObject(parent), m_run(run) { }

    virtual void start() = 0;
    virtual void input(const QByteArray &) { }
    virtual void cancel() { finish(ExitInterrupted); }

Q_SIGNALS:
    void finished(patchbay::ICommandContext *run);

protected:
    bool isOver() const { return m_run == nullptr; }
    ICommandContext &run() { return *m_run; }
    void sayError(const QString &sentence) { m_run->writeError(sentence.toUtf8() + '\n'); }

    void finish(int exitCode)
    {
        if (!m_run)
            return;
        ICommandContext *run = std::exchange(m_run, nullptr);
        Q_EMIT finished(run);
        run->finish(exitCode);
    }
    void fail(int exitCode, const QString &sentence)
    {
        if (!m_run)
            return;
        sayError(sentence);
        finish(exitCode);
    }

private:
    ICommandContext *m_run;
};

} // namespace patchbay::text
