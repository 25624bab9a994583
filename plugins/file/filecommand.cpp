// SPDX-License-Identifier: MIT
#include "filecommand.h"

#include "transfertext.h"

#include <QJsonDocument>
#include <QLocale>

namespace patchbay::file {

namespace {
constexpr qsizetype kNameWidth = 30;
}

int positiveNumber(const QString &text, int most)
{
    bool isNumber = false;
    const int number = text.toInt(&isNumber);
    return isNumber && number >= 1 && number <= most ? number : 0;
}

FileCommand::FileCommand(ICommandContext *run, const TransferModel &transfers, QObject *parent)
    : QObject(parent), m_run(run), m_transfers(transfers)
{ }

void FileCommand::finish(int exitCode)
{
    if (!m_run)
        return;
    ending();
    clearLine();
    ICommandContext *run = std::exchange(m_run, nullptr);
    Q_EMIT finished(run);
    run->finish(exitCode);
}

void FileCommand::fail(int exitCode, const QString &sentence)
{
    if (!m_run)
        return;
    sayError(sentence);
    finish(exitCode);
}

void FileCommand::clearLine()
{
    if (m_lineShown)
        m_run->writeError("\r\x1b[K");
    m_lineShown = false;
}

void FileCommand::sayError(const QString &sentence)
{
    clearLine();
    m_run->writeError(sentence.toUtf8() + '\n');
}

void FileCommand::writeEvent(const char *name, QJsonObject object)
{
    if (!m_run->json())
        return;
    object.insert(QStringLiteral("event"), QString::fromLatin1(name));
    m_run->writeOutput(QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n');
}

QJsonObject FileCommand::describe(const Transfer &transfer) const
{
    const bool out = transfer.direction == Direction::Outgoing;
    QJsonObject object{{QStringLiteral("name"), transfer.name},
                       {out ? QStringLiteral("to") : QStringLiteral("from"), transfer.peerName},
                       {QStringLiteral("peer"), QString::fromLatin1(transfer.peerId.toHex())},
                       {QStringLiteral("size"), transfer.size}};
    if (!transfer.path.isEmpty())
        object.insert(QStringLiteral("path"), transfer.path);
    if (transfer.state == TransferState::Active) {
        object.insert(QStringLiteral("bytes"), transfer.bytes);
        object.insert(QStringLiteral("rate"), qint64(transfer.rate));
        if (const qint64 left = TransferModel::secondsLeft(transfer); left >= 0)
            object.insert(QStringLiteral("secondsLeft"), left);
    } else if (transfer.state == TransferState::Done) {
        object.insert(QStringLiteral("seconds"), double(m_transfers.elapsedMs(transfer)) / 1000.0);
        object.insert(QStringLiteral("rate"), qint64(transfer.rate));
        object.insert(QStringLiteral("xxh128"), QString::fromLatin1(transfer.hash.toHex()));
    } else if (hasEnded(transfer.state)) {
        object.insert(QStringLiteral("error"), transfer.error.message);
    }
    return object;
}

QString FileCommand::summary(const Transfer &transfer) const
{
    const double seconds = double(m_transfers.elapsedMs(transfer)) / 1000.0;
    QString text =
        tr("%1 in %2 s").arg(sizeText(transfer.size), QLocale().toString(seconds, 'f', seconds < 10 ? 2 : 1));
    if (transfer.rate > 0)
        text += QStringLiteral(", ") + rateText(transfer.rate);
    return text;
}

void FileCommand::showProgress(const QList<quint64> &active)
{
    QStringList parts;
    for (const quint64 id : active) {
        const Transfer *transfer = m_transfers.find(id);
        if (!transfer || hasEnded(transfer->state))
            continue;
        if (transfer->state == TransferState::Active) {
            writeEvent("progress", describe(*transfer));
            const int percent = transfer->size > 0 ? int(transfer->bytes * 100 / transfer->size) : 100;
            QString name = transfer->name;
            if (name.size() > kNameWidth)
                name = name.left(kNameWidth - 1) + QChar(0x2026);
            QString part = tr("%1 %2 %").arg(name, QString::number(percent));
            if (transfer->rate > 0)
                part += tr(" %1 %2 left")
                            .arg(rateText(transfer->rate), durationText(TransferModel::secondsLeft(*transfer)));
            parts.append(part);
        } else if (parts.isEmpty()) {
            parts.append(tr("Waiting for %1 to accept %2").arg(transfer->peerName, transfer->name));
        }
    }
    if (parts.isEmpty() || !m_run->errorIsTerminal())
        return;
    QString line = parts.first();
    if (parts.size() > 1)
        line += tr(" and %1 more").arg(parts.size() - 1);
    m_run->writeError("\r\x1b[K" + line.toUtf8());
    m_lineShown = true;
}

} // namespace patchbay::file
