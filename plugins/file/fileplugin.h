// SPDX-License-Identifier: MIT
#pragma once

#include "filereceiver.h"
#include "filesender.h"
#include "ifilelogic.h"
#include "transfermodel.h"

#include <patchbay/command.h>
#include <patchbay/payload.h>
#include <patchbay/plugin.h>

#include <QHash>
#include <QObject>
#include <QTimer>

namespace patchbay::file {

class FileCommand;

/// The logic of file transfer. Main thread, but for the reads and writes of its sources and sinks.
class FilePlugin final : public QObject,
                         public IPlugin,
                         public IStreamHandler,
                         public IMemberObserver,
                         public ICommandProvider,
                         public IFileLogic
{
    Q_OBJECT
    Q_INTERFACES(patchbay::IPlugin patchbay::IStreamHandler patchbay::IMemberObserver patchbay::ICommandProvider
                     patchbay::file::IFileLogic)

public:
    explicit FilePlugin(QObject *parent = nullptr);
    ~FilePlugin() override;

    // IPlugin
    Error activate(IHost &host) override;
    void deactivate() override;

    // IStreamHandler
    void streamOffered(const StreamOffer &offer) override;
    void streamFinished(StreamId stream, const Error &result) override;

    // IMemberObserver
    void memberJoined(MemberId member) override;
    void memberLeft(MemberId member) override;

    // ICommandProvider
    void startCommand(ICommandContext *run) override;
    void cancelCommand(ICommandContext *run) override;
    void commandInput(ICommandContext *run, const QByteArray &chunk) override;

    // IFileLogic
    QAbstractItemModel *transfers() override { return &m_transfers; }
    QAbstractItemModel *members() override;
    bool canSendTo(MemberId member) const override;
    Error sendFile(MemberId to, const QString &path) override;
    void cancelTransfer(quint64 transfer) override;
    Error acceptOffer(quint64 transfer) override { return m_receiver.acceptOffer(transfer); }
    void declineOffer(quint64 transfer) override { m_receiver.declineOffer(transfer); }
    void clearFinished() override { m_transfers.clearFinished(); }
    QString inboxFolder() const override { return m_receiver.inboxFolder(); }
    void setInboxFolder(const QString &folder) override { m_receiver.setInboxFolder(folder); }
    qint64 inboxFreeBytes() const override { return InboxFile::freeBytes(inboxFolder()); }
    bool acceptsWithoutAsking() const override { return m_receiver.acceptsWithoutAsking(); }
    void setAcceptsWithoutAsking(bool accept) override { m_receiver.setAcceptsWithoutAsking(accept); }

    // for the commands
    FileSender &sender() { return m_sender; }
    FileReceiver &receiver() { return m_receiver; }
    const TransferModel &list() const { return m_transfers; }

Q_SIGNALS:
    void memberCame();
    /// The rows of the transfers under way were brought up to date; a few times a second while there are any.
    void progressed();

private:
    void poll();

    IHost *m_host = nullptr;
    TransferModel m_transfers;
    FileSender m_sender;
    FileReceiver m_receiver;
    QTimer m_poll;
    QHash<ICommandContext *, FileCommand *> m_commands;
};

} // namespace patchbay::file
