// SPDX-License-Identifier: MIT
#include "textplugin.h"

#include "listencommand.h"
#include "saycommand.h"
#include "textmessage.h"
#include "texttypes.h"

#include <patchbay/commandtools.h>

namespace patchbay::text {

namespace {
constexpr qsizetype kNamedInReason = 3; // members named beside a message that missed several
}

TextPlugin::TextPlugin(QObject *parent) : QObject(parent)
{
    connect(&m_outbox, &Outbox::changed, this, &TextPlugin::showOutcome);
}

TextPlugin::~TextPlugin() = default;

Error TextPlugin::activate(IHost &host)
{
    m_host = &host;
    m_members.setModel(host.members());
    return {};
}

void TextPlugin::deactivate()
{
    // Their runs were ended by the host.
    qDeleteAll(std::exchange(m_commands, {}));
    m_members.setModel(nullptr);
    m_host = nullptr;
}

QAbstractItemModel *TextPlugin::members()
{
    return m_host ? m_host->members() : nullptr;
}

bool TextPlugin::canSendTo(MemberId member) const
{
    return m_host && m_host->accepts(member, TextTypes::message);
}

Error TextPlugin::sendText(MemberId to, const QString &text)
{
    QByteArray id;
    return send(to, text, &id);
}

Error TextPlugin::send(MemberId to, const QString &text, QByteArray *id)
{
    if (!m_host)
        return {ErrorCode::PluginStopped, tr("The text plugin is switched off.")};
    if (text.trimmed().isEmpty())
        return {ErrorCode::InvalidArgument, tr("There is no text to send.")};
    const qsizetype bytes = text.toUtf8().size();
    if (bytes > kMaxTextBytes)
        return {ErrorCode::TooLarge, tr("The message has %1 bytes and at most %2 fit; send it as a file.")
                                         .arg(QString::number(bytes), QString::number(kMaxTextBytes))};

    // Whoever has the whole plugin confirms what it receives.
    Outgoing message;
    message.id = newMessageId();
    int takers = 0;
    const QHash<MemberId, MemberIndex::Member> &members = m_members.all();
    for (auto member = members.cbegin(); member != members.cend(); ++member) {
        if ((to != MemberId::Everyone && to != member.key()) || !member->types.contains(TextTypes::message))
            continue;
        ++takers;
        if (member->types.contains(TextTypes::receipt))
            message.waiting.insert(member.key(), escaped(member->name));
    }
    if (to == MemberId::Everyone && takers == 0)
        return {ErrorCode::NoSuchMember, tr("Nobody else here takes text messages, so nobody would read it.")};

    const QDateTime now = QDateTime::currentDateTime();
    const Error error = m_host->sendMessage(
        to, TextTypes::message, encodeMessage({text, message.id, now.toMSecsSinceEpoch()}), &message.messageId);
    if (error.isError())
        return error;

    TimelineRow row;
    row.time = now;
    row.from = m_host->ownName();
    row.peerId = m_host->ownPeerId();
    row.to = to == MemberId::Everyone ? QString() : m_members.find(to).name;
    row.text = text;
    row.own = true;
    row.state = MessageState::Sent;
    message.rowKey = m_timeline.append(row);
    *id = message.id;
    m_outbox.add(std::move(message));
    return {};
}

// ---- receiving --------------------------------------------------------------------------------------------

void TextPlugin::messageReceived(const MessageIn &message)
{
    if (!m_host)
        return;
    if (message.type == TextTypes::message) {
        receiveText(message);
    } else if (message.type == TextTypes::receipt) {
        const Parsed<QByteArray> id = decodeReceipt(message.body);
        if (id.value)
            m_outbox.receipt(*id.value, message.from);
        else
            m_host->log(
                tr("Dropped a receipt from %1: %2.").arg(escaped(m_members.find(message.from).name), id.problem));
    }
}

void TextPlugin::receiveText(const MessageIn &message)
{
    const MemberIndex::Member sender = m_members.find(message.from);
    const Parsed<TextMessage> parsed = decodeMessage(message.body);
    if (!parsed.value) {
        m_host->log(tr("Dropped a message from %1: %2.").arg(escaped(sender.name), parsed.problem));
        return;
    }
    TimelineRow row;
    row.time = QDateTime::currentDateTime();
    row.from = sender.name;
    row.peerId = sender.peerId;
    row.to = message.toEveryone ? QString() : m_host->ownName();
    row.text = parsed.value->text;
    m_timeline.append(row);
    // In the timeline is received. A receipt that does not get through needs no receipt of its own.
    if (!parsed.value->id.isEmpty() && m_host->accepts(message.from, TextTypes::receipt))
        (void)m_host->sendMessage(message.from, TextTypes::receipt, encodeReceipt(parsed.value->id), nullptr);
    Q_EMIT received(row);
}

void TextPlugin::undeliverable(MessageId message, MemberId member, const Error &reason)
{
    m_outbox.undeliverable(message, member, escaped(m_members.find(member).name), reason);
}

void TextPlugin::writable(MemberId)
{
    // A full queue refused the message and the person still has the text: sending again is theirs to decide.
}

void TextPlugin::memberJoined(MemberId)
{
    Q_EMIT memberCame();
}

void TextPlugin::memberLeft(MemberId member)
{
    m_outbox.memberLeft(member);
}

void TextPlugin::showOutcome(const QByteArray &id)
{
    const Outgoing *message = m_outbox.find(id);
    if (!message)
        return;
    if (message->missed.isEmpty()) {
        if (message->isSettled())
            m_timeline.setState(message->rowKey, MessageState::Delivered, tr("Delivered"));
        return;
    }
    QStringList reasons;
    for (const Missed &missed : message->missed.mid(0, kNamedInReason)) {
        reasons.append(missed.name.isEmpty() ? escaped(missed.reason.message)
                                             : tr("%1: %2").arg(missed.name, escaped(missed.reason.message)));
    }
    if (message->missed.size() > kNamedInReason)
        reasons.append(tr("and %n more", nullptr, int(message->missed.size() - kNamedInReason)));
    m_timeline.setState(message->rowKey, MessageState::NotDelivered,
                        tr("Not delivered. %1").arg(reasons.join(QStringLiteral("; "))));
}

// ---- commands -----------------------------------------------------------------------------------------------

void TextPlugin::startCommand(ICommandContext *run)
{
    TextCommand *command = nullptr;
    if (run->verb() == QStringLiteral("say"))
        command = new SayCommand(run, *this);
    else if (run->verb() == QStringLiteral("listen"))
        command = new ListenCommand(run, *this);
    if (!command) {
        run->writeError(tr("The text plugin does not know the command %1.").arg(run->verb()).toUtf8() + '\n');
        run->finish(ExitUsage);
        return;
    }
    m_commands.insert(run, command);
    connect(command, &TextCommand::finished, this, [this](ICommandContext *over) {
        if (TextCommand *ended = m_commands.take(over))
            ended->deleteLater();
    });
    command->start();
}

void TextPlugin::cancelCommand(ICommandContext *run)
{
    if (TextCommand *command = m_commands.value(run))
        command->cancel();
}

void TextPlugin::commandInput(ICommandContext *run, const QByteArray &chunk)
{
    if (TextCommand *command = m_commands.value(run))
        command->input(chunk);
}

} // namespace patchbay::text
