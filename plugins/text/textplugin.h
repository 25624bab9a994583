// SPDX-License-Identifier: MIT
#pragma once

#include "itextlogic.h"
#include "memberindex.h"
#include "outbox.h"
#include "timelinemodel.h"

#include <patchbay/command.h>
#include <patchbay/payload.h>
#include <patchbay/plugin.h>

#include <QHash>
#include <QObject>

namespace patchbay::text {

class TextCommand;

/// The logic of the chat: sends, receives and confirms messages and keeps the timeline. Everything on the main thread.
class TextPlugin final : public QObject,
                         public IPlugin,
                         public IMessageHandler,
                         public IDeliveryObserver,
                         public IMemberObserver,
                         public ICommandProvider,
                         public ITextLogic
{
    Q_OBJECT
    Q_INTERFACES(patchbay::IPlugin patchbay::IMessageHandler patchbay::IDeliveryObserver patchbay::IMemberObserver
                     patchbay::ICommandProvider patchbay::text::ITextLogic)

public:
    explicit TextPlugin(QObject *parent = nullptr);
    ~TextPlugin() override;

    // IPlugin
    Error activate(IHost &host) override;
    void deactivate() override;

    // IMessageHandler
    void messageReceived(const MessageIn &message) override;

    // IDeliveryObserver
    void undeliverable(MessageId message, MemberId member, const Error &reason) override;
    void writable(MemberId member) override;

    // IMemberObserver
    void memberJoined(MemberId member) override;
    void memberLeft(MemberId member) override;

    // ICommandProvider
    void startCommand(ICommandContext *run) override;
    void cancelCommand(ICommandContext *run) override;
    void commandInput(ICommandContext *run, const QByteArray &chunk) override;

    // ITextLogic
    QAbstractItemModel *timeline() override { return &m_timeline; }
    QAbstractItemModel *members() override;
    bool canSendTo(MemberId member) const override;
    Error sendText(MemberId to, const QString &text) override;

    /// As sendText(); \a id is the message's place in outbox().
    Error send(MemberId to, const QString &text, QByteArray *id);
    const Outbox &outbox() const { return m_outbox; }

Q_SIGNALS:
    void received(const patchbay::text::TimelineRow &row);
    void memberCame();

private:
    void receiveText(const MessageIn &message);
    void showOutcome(const QByteArray &id);

    IHost *m_host = nullptr;
    TimelineModel m_timeline;
    MemberIndex m_members;
    Outbox m_outbox;
    QHash<ICommandContext *, TextCommand *> m_commands;
};

} // namespace patchbay::text
