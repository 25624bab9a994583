// SPDX-License-Identifier: MIT
#include "saycommand.h"

#include "textmessage.h"
#include "textplugin.h"
#include "texttypes.h"

#include <patchbay/commandtools.h>

#include <QCommandLineParser>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStringDecoder>

#include <algorithm>
#include <chrono>

namespace patchbay::text {

namespace {
constexpr int kLookupMs = 3000;
constexpr int kReceiptSeconds = 10;
constexpr int kMaxSeconds = 24 * 3600;
} // namespace

SayCommand::SayCommand(ICommandContext *run, TextPlugin &plugin) : TextCommand(run, &plugin), m_plugin(plugin)
{
    m_receipts.setSingleShot(true);
    m_lookup.setSingleShot(true);
    connect(&m_receipts, &QTimer::timeout, this, [this] { end(true); });
}

void SayCommand::start()
{
    QCommandLineParser parser;
    parser.addOption({QStringLiteral("to"), QString(), QStringLiteral("member")});
    parser.addOption(
        {QStringLiteral("timeout"), QString(), QStringLiteral("seconds"), QString::number(kReceiptSeconds)});
    if (!parser.parse(QStringList{run().verb()} + run().arguments()))
        return fail(ExitUsage, tr("%1 A text that starts with a dash goes behind --.").arg(parser.errorText()));
    bool isNumber = false;
    const int seconds = parser.value(QStringLiteral("timeout")).toInt(&isNumber);
    if (!isNumber || seconds < 1 || seconds > kMaxSeconds)
        return fail(ExitUsage, tr("--timeout takes a whole number of seconds from 1 to %1.").arg(kMaxSeconds));
    m_receipts.setInterval(std::chrono::seconds(seconds));
    m_to = parser.value(QStringLiteral("to"));
    if (parser.isSet(QStringLiteral("to")) && m_to.isEmpty())
        return fail(ExitUsage, tr("--to needs the name of a member."));

    const QStringList words = parser.positionalArguments();
    if (words.isEmpty())
        return fail(ExitUsage, tr("say needs a text, or - to read it from standard input."));
    connect(&m_lookup, &QTimer::timeout, this, &SayCommand::send);
    connect(&m_plugin, &TextPlugin::memberCame, this, [this] {
        if (m_lookup.isActive() && m_id.isEmpty())
            m_lookup.start(0); // look again once all that came with it are here
    });
    m_patience.setRemainingTime(kLookupMs);
    if (words == QStringList{QStringLiteral("-")}) {
        run().requestInput();
        return;
    }
    m_text = words.join(u' ').toUtf8();
    // The first members may just be coming in; those of one batch are all here when the event loop turns.
    m_lookup.start(0);
}

void SayCommand::input(const QByteArray &chunk)
{
    if (isOver())
        return;
    m_text += chunk;
    if (m_text.size() > kMaxTextBytes + 1) // one more: the newline that ends it is not sent
        return fail(ExitFailed,
                    tr("The input is longer than the %1 bytes of a message; send it as a file.").arg(kMaxTextBytes));
    if (!chunk.isEmpty())
        return run().requestInput();
    if (m_text.endsWith('\n'))
        m_text.chop(1);
    m_lookup.start(0);
}

void SayCommand::send()
{
    if (isOver() || !m_id.isEmpty())
        return;
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString text = decoder(m_text);
    if (decoder.hasError())
        return fail(ExitUsage, tr("The text is not valid UTF-8."));
    MemberId to = MemberId::Everyone;
    if (!m_to.isEmpty()) {
        const MemberLookup found = findMember(m_plugin.members(), TextTypes::message, m_to);
        if (found.member == MemberId::None) {
            if (found.ambiguous || m_patience.hasExpired())
                return fail(ExitNoMember, found.problem);
            m_lookup.start(int(m_patience.remainingTime()) + 1);
            return;
        }
        to = found.member;
    }
    m_lookup.stop();
    const Error error = m_plugin.send(to, text, &m_id);
    if (error.isError())
        return fail(exitCodeFor(error.code), error.message);
    connect(&m_plugin.outbox(), &Outbox::changed, this, [this](const QByteArray &id) {
        if (id == m_id)
            follow();
    });
    m_receipts.start();
    follow();
}

void SayCommand::follow()
{
    const Outgoing *message = m_plugin.outbox().find(m_id);
    if (!message || message->isSettled())
        end(false);
}

void SayCommand::end(bool timedOut)
{
    if (isOver())
        return;
    const Outgoing *message = m_plugin.outbox().find(m_id);
    if (!message)
        return finish(ExitOk);
    int exitCode = ExitOk;
    const auto tell = [this](const QString &name, const char *state, const QString &reason) {
        if (!run().json())
            return;
        QJsonObject object{{QStringLiteral("member"), name}, {QStringLiteral("state"), QString::fromLatin1(state)}};
        if (!reason.isEmpty())
            object.insert(QStringLiteral("reason"), reason);
        run().writeOutput(QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n');
    };
    for (const QString &name : message->delivered)
        tell(name, "delivered", {});
    for (const Missed &missed : message->missed) {
        tell(missed.name, "missed", missed.reason.message);
        sayError(missed.name.isEmpty()
                     ? tr("The message was not delivered: %1").arg(escaped(missed.reason.message))
                     : tr("%1 missed the message: %2").arg(missed.name, escaped(missed.reason.message)));
        exitCode = exitCodeFor(missed.reason.code);
    }
    if (timedOut && !message->waiting.isEmpty()) {
        QStringList names = message->waiting.values();
        std::sort(names.begin(), names.end());
        for (const QString &name : std::as_const(names))
            tell(name, "unconfirmed", {});
        sayError(tr("Not confirmed within %1 s by: %2.")
                     .arg(QString::number(m_receipts.interval() / 1000), names.join(QStringLiteral(", "))));
        if (exitCode == ExitOk)
            exitCode = ExitTimeout;
    }
    finish(exitCode);
}

} // namespace patchbay::text
