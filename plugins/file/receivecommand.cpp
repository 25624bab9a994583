// SPDX-License-Identifier: MIT
#include "receivecommand.h"

#include "fileplugin.h"

#include <patchbay/commandtools.h>

#include <QCommandLineParser>
#include <QDir>
#include <QFileInfo>

#include <chrono>

namespace patchbay::file {

namespace {
constexpr int kMaxCount = 1'000'000'000;
constexpr int kMaxSeconds = 30 * 24 * 3600;
} // namespace

ReceiveCommand::ReceiveCommand(ICommandContext *run, FilePlugin &plugin)
    : FileCommand(run, plugin.list(), &plugin), m_plugin(plugin)
{
    m_timeout.setSingleShot(true);
}

void ReceiveCommand::ending()
{
    m_plugin.receiver().removeAcceptor(this);
}

void ReceiveCommand::start()
{
    QCommandLineParser parser;
    parser.addOption({QStringLiteral("dir"), QString(), QStringLiteral("folder")});
    parser.addOption(QCommandLineOption(QStringLiteral("once")));
    parser.addOption({QStringLiteral("count"), QString(), QStringLiteral("n")});
    parser.addOption({QStringLiteral("timeout"), QString(), QStringLiteral("seconds")});
    if (!parser.parse(QStringList{run().verb()} + run().arguments()))
        return fail(ExitUsage, parser.errorText());
    if (!parser.positionalArguments().isEmpty())
        return fail(ExitUsage,
                    tr("usage: %1").arg(QStringLiteral("receive [--dir DIR] [--once] [--count N] [--timeout S]")));
    if (parser.isSet(QStringLiteral("once")))
        m_left = 1;
    if (parser.isSet(QStringLiteral("count"))) {
        m_left = positiveNumber(parser.value(QStringLiteral("count")), kMaxCount);
        if (m_left == 0)
            return fail(ExitUsage, tr("--count takes a whole number from 1."));
    }
    QString folder = m_plugin.inboxFolder();
    if (parser.isSet(QStringLiteral("dir"))) {
        const QString given = parser.value(QStringLiteral("dir"));
        if (given.isEmpty())
            return fail(ExitUsage, tr("--dir needs a folder."));
        folder = QDir::cleanPath(QDir(run().workingDirectory()).absoluteFilePath(given));
    }
    // Now, and not only when the first file comes: it must be a folder that can be written to.
    InboxFile probe;
    if (!probe.create(folder))
        return fail(ExitNoFile, probe.error());
    probe.discard();

    if (parser.isSet(QStringLiteral("timeout"))) {
        const int seconds = positiveNumber(parser.value(QStringLiteral("timeout")), kMaxSeconds);
        if (seconds == 0)
            return fail(ExitUsage, tr("--timeout takes a whole number of seconds from 1 to %1.").arg(kMaxSeconds));
        connect(&m_timeout, &QTimer::timeout, this, [this, seconds] {
            if (m_left > 0)
                sayError(tr("No more files within %1 s.").arg(seconds));
            stop(m_left > 0 ? ExitTimeout : ExitOk); // "take files for so long" was done
        });
        m_timeout.start(std::chrono::seconds(seconds));
    }
    connect(&m_plugin.receiver(), &FileReceiver::started, this, &ReceiveCommand::transferStarted);
    connect(&m_plugin.receiver(), &FileReceiver::finished, this, &ReceiveCommand::transferEnded);
    connect(&m_plugin, &FilePlugin::progressed, this, [this] {
        if (!isOver())
            showProgress(m_active);
    });
    sayError(tr("Waiting for files; they land in %1. Ctrl-C ends.").arg(folder));
    writeEvent("waiting", {{QStringLiteral("dir"), folder}});
    m_plugin.receiver().addAcceptor(this, folder, m_left);
}

void ReceiveCommand::transferStarted(quint64 id)
{
    const Transfer *transfer = transfers().find(id);
    if (isOver() || !transfer || m_plugin.receiver().acceptorOf(id) != this)
        return;
    m_active.append(id);
    writeEvent("started", describe(*transfer));
}

void ReceiveCommand::transferEnded(quint64 id)
{
    const Transfer *transfer = transfers().find(id);
    if (isOver() || !transfer || m_plugin.receiver().acceptorOf(id) != this)
        return;
    m_active.removeOne(id);
    if (transfer->state == TransferState::Done) {
        writeEvent("done", describe(*transfer));
        if (!run().json()) {
            run().writeOutput(transfer->path.toUtf8() + '\n');
            sayError(tr("Received %1 from %2: %3.")
                         .arg(QFileInfo(transfer->path).fileName(), transfer->peerName, summary(*transfer)));
        }
        if (m_left > 0)
            --m_left;
    } else {
        writeEvent("failed", describe(*transfer));
        if (m_forcedExitCode < 0)
            sayError(
                tr("%1 from %2 was not received: %3").arg(transfer->name, transfer->peerName, transfer->error.message));
    }
    if (m_forcedExitCode >= 0) {
        if (m_active.isEmpty())
            finish(m_forcedExitCode);
    } else if (m_left == 0) {
        finish(ExitOk);
    }
}

void ReceiveCommand::stop(int exitCode)
{
    if (isOver())
        return;
    m_forcedExitCode = exitCode;
    const QList<quint64> active = m_active;
    if (active.isEmpty())
        return finish(exitCode);
    for (const quint64 transfer : active)
        m_plugin.cancelTransfer(transfer);
}

void ReceiveCommand::cancel()
{
    stop(ExitInterrupted);
}

} // namespace patchbay::file
