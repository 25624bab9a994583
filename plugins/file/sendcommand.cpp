// SPDX-License-Identifier: MIT
#include "sendcommand.h"

#include "fileplugin.h"
#include "filetypes.h"

#include <patchbay/commandtools.h>

#include <QCommandLineParser>
#include <QDir>

#include <chrono>

namespace patchbay::file {

namespace {
constexpr int kLookupMs = 3000; // a named member that is just coming in
constexpr int kSettleMs = 100;  // without a name: until the members who are here have been reported
constexpr int kMaxSeconds = 30 * 24 * 3600;
} // namespace

SendCommand::SendCommand(ICommandContext *run, FilePlugin &plugin)
    : FileCommand(run, plugin.list(), &plugin), m_plugin(plugin)
{
    m_lookup.setSingleShot(true);
    m_timeout.setSingleShot(true);
}

void SendCommand::start()
{
    QCommandLineParser parser;
    parser.addOption({QStringLiteral("to"), QString(), QStringLiteral("member")});
    parser.addOption({QStringLiteral("timeout"), QString(), QStringLiteral("seconds")});
    if (!parser.parse(QStringList{run().verb()} + run().arguments()))
        return fail(ExitUsage, parser.errorText());
    m_to = parser.value(QStringLiteral("to"));
    if (parser.isSet(QStringLiteral("to")) && m_to.isEmpty())
        return fail(ExitUsage, tr("--to needs the name of a member."));
    int seconds = 0;
    if (parser.isSet(QStringLiteral("timeout"))) {
        seconds = positiveNumber(parser.value(QStringLiteral("timeout")), kMaxSeconds);
        if (seconds == 0)
            return fail(ExitUsage, tr("--timeout takes a whole number of seconds from 1 to %1.").arg(kMaxSeconds));
    }
    const QStringList files = parser.positionalArguments();
    if (files.isEmpty())
        return fail(ExitUsage, tr("usage: %1").arg(QStringLiteral("send FILE... [--to MEMBER] [--timeout S]")));

    bool allThere = true;
    for (const QString &file : files) {
        m_paths.append(QDir::cleanPath(QDir(run().workingDirectory()).absoluteFilePath(file)));
        if (const Error error = FileSource::check(m_paths.last()); error.isError()) {
            sayError(error.message);
            allThere = false;
        }
    }
    if (!allThere)
        return finish(ExitNoFile); // before the first of them is on its way

    if (seconds > 0) {
        connect(&m_timeout, &QTimer::timeout, this, [this, seconds] {
            sayError(tr("Not done within %1 s; cancelled.").arg(seconds));
            cancelAll(ExitTimeout);
        });
        m_timeout.start(std::chrono::seconds(seconds));
    }
    connect(&m_lookup, &QTimer::timeout, this, &SendCommand::look);
    connect(&m_plugin, &FilePlugin::memberCame, this, [this] {
        if (!m_sent && !isOver())
            m_lookup.start(m_to.isEmpty() ? kSettleMs : 0);
    });
    m_patience.setRemainingTime(kLookupMs);
    m_lookup.start(m_to.isEmpty() ? kSettleMs : 0);
}

MemberId SendCommand::onlyMember(QString *problem, bool *isFinal) const
{
    QStringList names;
    MemberId only = MemberId::None;
    const QAbstractItemModel *members = m_plugin.members();
    for (int row = 0; members && row < members->rowCount(); ++row) {
        const QModelIndex index = members->index(row, 0);
        const auto member = MemberId(index.data(MemberIdRole).toULongLong());
        if (!m_plugin.canSendTo(member))
            continue;
        only = member;
        names.append(index.data(IsHubRole).toBool() ? tr("%1 (hub)").arg(escaped(index.data(NameRole).toString()))
                                                    : escaped(index.data(NameRole).toString()));
    }
    if (names.size() == 1)
        return only;
    *isFinal = names.size() > 1;
    *problem = names.isEmpty() ? tr("Nobody else here takes files.")
                               : tr("Several members take files; name one with --to: %1%2")
                                     .arg(names.mid(0, 20).join(QStringLiteral(", ")),
                                          names.size() > 20 ? QStringLiteral(", …") : QString());
    return MemberId::None;
}

void SendCommand::look()
{
    if (isOver() || m_sent)
        return;
    MemberId to = MemberId::None;
    QString problem;
    bool isFinal = false;
    if (m_to.isEmpty()) {
        to = onlyMember(&problem, &isFinal);
    } else {
        const MemberLookup found = findMember(m_plugin.members(), FileTypes::content, m_to);
        to = found.member;
        problem = found.problem;
        isFinal = found.ambiguous;
    }
    if (to != MemberId::None)
        return send(to);
    if (isFinal || m_patience.hasExpired())
        return fail(ExitNoMember, problem);
    m_lookup.start(int(m_patience.remainingTime()) + 1);
}

void SendCommand::send(MemberId to)
{
    m_sent = true;
    connect(&m_plugin.sender(), &FileSender::finished, this, &SendCommand::transferEnded);
    connect(&m_plugin, &FilePlugin::progressed, this, [this] {
        if (!isOver())
            showProgress(m_pending);
    });
    for (const QString &path : std::as_const(m_paths)) {
        quint64 transfer = 0;
        const Error error = m_plugin.sender().send(to, path, &transfer);
        if (error.isError()) {
            sayError(error.message);
            if (m_exitCode == ExitOk)
                m_exitCode = error.code == ErrorCode::IoFailed ? int(ExitNoFile) : exitCodeFor(error.code);
            continue;
        }
        m_pending.append(transfer);
    }
    finishIfDone();
}

int SendCommand::exitCodeOf(const Transfer &transfer) const
{
    if (transfer.state == TransferState::Done)
        return ExitOk;
    return transfer.isLocalFault ? int(ExitNoFile) : exitCodeFor(transfer.error.code);
}

void SendCommand::transferEnded(quint64 id)
{
    if (isOver() || !m_pending.removeOne(id))
        return;
    const Transfer *transfer = transfers().find(id);
    if (transfer && transfer->state == TransferState::Done) {
        writeEvent("done", describe(*transfer));
        if (!run().json())
            sayError(tr("Sent %1 to %2: %3.").arg(transfer->name, transfer->peerName, summary(*transfer)));
    } else if (transfer) {
        writeEvent("failed", describe(*transfer));
        if (m_forcedExitCode < 0)
            sayError(tr("%1 was not sent to %2: %3").arg(transfer->name, transfer->peerName, transfer->error.message));
        if (m_exitCode == ExitOk)
            m_exitCode = exitCodeOf(*transfer);
    }
    finishIfDone();
}

void SendCommand::finishIfDone()
{
    if (m_sent && m_pending.isEmpty())
        finish(m_forcedExitCode >= 0 ? m_forcedExitCode : m_exitCode);
}

void SendCommand::cancelAll(int exitCode)
{
    if (isOver())
        return;
    m_forcedExitCode = exitCode;
    const QList<quint64> pending = m_pending;
    if (pending.isEmpty())
        return finish(exitCode);
    for (const quint64 transfer : pending)
        m_plugin.cancelTransfer(transfer); // queued ones end at once, the others when their stream has
}

void SendCommand::cancel()
{
    cancelAll(ExitInterrupted);
}

} // namespace patchbay::file
