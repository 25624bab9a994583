// SPDX-License-Identifier: MIT
#pragma once

#include "transfermodel.h"

#include <patchbay/command.h>

#include <QJsonObject>
#include <QObject>

namespace patchbay::file {

/// One run of one of this plugin's verbs. Ends with finish(), once; after finished() the context is gone and the
/// plugin deletes the object.
class FileCommand : public QObject
{
    Q_OBJECT

public:
    FileCommand(ICommandContext *run, const TransferModel &transfers, QObject *parent);

    virtual void start() = 0;
    virtual void cancel() = 0;

Q_SIGNALS:
    void finished(patchbay::ICommandContext *run);

protected:
    bool isOver() const { return m_run == nullptr; }
    ICommandContext &run() { return *m_run; }
    const TransferModel &transfers() const { return m_transfers; }

    void finish(int exitCode);
    /// Called by finish() first: let go of what the run holds. Not called where the plugin is switched off.
    virtual void ending() { }
    void fail(int exitCode, const QString &sentence);
    /// A line on standard error, above the progress line.
    void sayError(const QString &sentence);
    /// A line on standard output, with --json only.
    void writeEvent(const char *name, QJsonObject object);
    /// Progress of \a active: a line that is drawn again and again on a terminal, events with --json.
    void showProgress(const QList<quint64> &active);
    QJsonObject describe(const Transfer &transfer) const;
    /// "256 MiB in 0.8 s, 320 MiB/s"
    QString summary(const Transfer &transfer) const;

private:
    void clearLine();

    ICommandContext *m_run;
    const TransferModel &m_transfers;
    bool m_lineShown = false;
};

/// The value of an option that takes a whole number from 1 to \a most; 0 = it is not one.
int positiveNumber(const QString &text, int most);

} // namespace patchbay::file
