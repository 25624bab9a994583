// SPDX-License-Identifier: MIT
#include "fileplugin.h"

#include "filetypes.h"
#include "receivecommand.h"
#include "sendcommand.h"

namespace patchbay::file {

namespace {
constexpr int kPollMs = 150;
}

FilePlugin::FilePlugin(QObject *parent) : QObject(parent), m_sender(m_transfers, this), m_receiver(m_transfers, this)
{
    m_poll.setInterval(kPollMs);
    connect(&m_poll, &QTimer::timeout, this, &FilePlugin::poll);
    connect(&m_sender, &FileSender::started, &m_poll, qOverload<>(&QTimer::start));
    connect(&m_receiver, &FileReceiver::started, &m_poll, qOverload<>(&QTimer::start));
}

FilePlugin::~FilePlugin() = default;

Error FilePlugin::activate(IHost &host)
{
    m_host = &host;
    m_sender.activate(host);
    m_receiver.activate(host);
    return {};
}

void FilePlugin::deactivate()
{
    m_poll.stop();
    // Their runs were ended by the host.
    qDeleteAll(std::exchange(m_commands, {}));
    m_sender.deactivate();
    m_receiver.deactivate();
    m_host = nullptr;
}

void FilePlugin::poll()
{
    m_sender.poll();
    m_receiver.poll();
    Q_EMIT progressed();
    if (!m_sender.isBusy() && !m_receiver.isBusy())
        m_poll.stop();
}

void FilePlugin::streamOffered(const StreamOffer &offer)
{
    if (offer.type == FileTypes::content)
        m_receiver.streamOffered(offer);
}

void FilePlugin::streamFinished(StreamId stream, const Error &result)
{
    if (!m_sender.streamFinished(stream, result))
        m_receiver.streamFinished(stream, result);
}

void FilePlugin::memberJoined(MemberId)
{
    Q_EMIT memberCame();
}

void FilePlugin::memberLeft(MemberId member)
{
    m_sender.memberLeft(member);
}

QAbstractItemModel *FilePlugin::members()
{
    return m_host ? m_host->members() : nullptr;
}

bool FilePlugin::canSendTo(MemberId member) const
{
    return m_host && m_host->accepts(member, FileTypes::content);
}

Error FilePlugin::sendFile(MemberId to, const QString &path)
{
    quint64 transfer = 0;
    return m_sender.send(to, path, &transfer);
}

void FilePlugin::cancelTransfer(quint64 transfer)
{
    if (!m_sender.cancel(transfer))
        m_receiver.cancel(transfer);
}

// ---- commands -----------------------------------------------------------------------------------------------

void FilePlugin::startCommand(ICommandContext *run)
{
    FileCommand *command = nullptr;
    if (run->verb() == QStringLiteral("send"))
        command = new SendCommand(run, *this);
    else if (run->verb() == QStringLiteral("receive"))
        command = new ReceiveCommand(run, *this);
    if (!command) {
        run->writeError(tr("The file plugin does not know the command %1.").arg(run->verb()).toUtf8() + '\n');
        run->finish(ExitUsage);
        return;
    }
    m_commands.insert(run, command);
    connect(command, &FileCommand::finished, this, [this](ICommandContext *over) {
        if (FileCommand *ended = m_commands.take(over))
            ended->deleteLater();
    });
    command->start();
}

void FilePlugin::cancelCommand(ICommandContext *run)
{
    if (FileCommand *command = m_commands.value(run))
        command->cancel();
}

void FilePlugin::commandInput(ICommandContext *, const QByteArray &)
{
    // Neither command asks for input.
}

} // namespace patchbay::file
