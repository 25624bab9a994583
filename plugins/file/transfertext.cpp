// SPDX-License-Identifier: MIT
#include "transfertext.h"

#include <QCoreApplication>
#include <QLocale>

namespace patchbay::file {

namespace {

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::file::TransferText", source);
}

} // namespace

QString sizeText(qint64 bytes)
{
    return QLocale().formattedDataSize(bytes, bytes < 1024 ? 0 : 1);
}

QString rateText(double bytesPerSecond)
{
    return tr("%1/s").arg(sizeText(qint64(bytesPerSecond)));
}

QString durationText(qint64 seconds)
{
    if (seconds < 0)
        return {};
    const qint64 hours = seconds / 3600;
    const QString tail = QStringLiteral("%1:%2")
                             .arg(seconds / 60 % 60, hours > 0 ? 2 : 1, 10, QLatin1Char('0'))
                             .arg(seconds % 60, 2, 10, QLatin1Char('0'));
    return hours > 0 ? QStringLiteral("%1:%2").arg(QString::number(hours), tail) : tail;
}

QString stateText(TransferState state, Direction direction)
{
    const bool out = direction == Direction::Outgoing;
    switch (state) {
    case TransferState::Queued:
        return tr("Queued");
    case TransferState::Waiting:
        return tr("Waiting for the answer");
    case TransferState::Offered:
        return tr("Waiting for your answer");
    case TransferState::Active:
        return out ? tr("Sending") : tr("Receiving");
    case TransferState::Done:
        return out ? tr("Sent") : tr("Received");
    case TransferState::Declined:
        return tr("Declined");
    case TransferState::Cancelled:
        return tr("Cancelled");
    case TransferState::Failed:
        return tr("Failed");
    }
    return {};
}

} // namespace patchbay::file
