// SPDX-License-Identifier: MIT
#include "listencommand.h"

#include "textplugin.h"

#include <patchbay/commandtools.h>

#include <QCommandLineParser>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTimer>

#include <chrono>

namespace patchbay::text {

namespace {
constexpr int kMaxCount = 1'000'000'000;
constexpr int kMaxSeconds = 24 * 3600;
} // namespace

ListenCommand::ListenCommand(ICommandContext *run, TextPlugin &plugin) : TextCommand(run, &plugin), m_plugin(plugin) { }

void ListenCommand::start()
{
    QCommandLineParser parser;
    parser.addOption({QStringLiteral("count"), QString(), QStringLiteral("n")});
    parser.addOption({QStringLiteral("timeout"), QString(), QStringLiteral("seconds")});
    if (!parser.parse(QStringList{run().verb()} + run().arguments()))
        return fail(ExitUsage, parser.errorText());
    if (!parser.positionalArguments().isEmpty())
        return fail(ExitUsage, tr("usage: %1").arg(QStringLiteral("listen [--count N] [--timeout S]")));
    bool isNumber = true;
    if (parser.isSet(QStringLiteral("count"))) {
        m_left = parser.value(QStringLiteral("count")).toInt(&isNumber);
        if (!isNumber || m_left < 1 || m_left > kMaxCount)
            return fail(ExitUsage, tr("--count takes a whole number from 1."));
    }
    if (parser.isSet(QStringLiteral("timeout"))) {
        const int seconds = parser.value(QStringLiteral("timeout")).toInt(&isNumber);
        if (!isNumber || seconds < 1 || seconds > kMaxSeconds)
            return fail(ExitUsage, tr("--timeout takes a whole number of seconds from 1 to %1.").arg(kMaxSeconds));
        QTimer::singleShot(std::chrono::seconds(seconds), this, [this, seconds] {
            if (!isOver() && m_left == 0)
                finish(ExitOk); // "listen for so long" was done
            else
                fail(ExitTimeout, tr("No more messages within %1 s.").arg(seconds));
        });
    }
    connect(&m_plugin, &TextPlugin::received, this, &ListenCommand::print);
    sayError(tr("Listening for messages. Ctrl-C ends."));
}

void ListenCommand::print(const TimelineRow &row)
{
    if (isOver())
        return;
    if (run().json()) {
        const QJsonObject object{{QStringLiteral("time"), row.time.toUTC().toString(Qt::ISODateWithMs)},
                                 {QStringLiteral("from"), row.from},
                                 {QStringLiteral("peer"), QString::fromLatin1(row.peerId.toHex())},
                                 {QStringLiteral("to"), row.to.isEmpty() ? QStringLiteral("everyone") : row.to},
                                 {QStringLiteral("text"), row.text}};
        run().writeOutput(QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n');
    } else {
        // Escaped wherever it goes: one line is one message, and nobody can write a line in the name of another.
        run().writeOutput(escaped(row.from).toUtf8() + ": " + escaped(row.text).toUtf8() + '\n');
    }
    if (m_left > 0 && --m_left == 0)
        finish(ExitOk);
}

} // namespace patchbay::text
