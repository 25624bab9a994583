// SPDX-License-Identifier: MIT
#pragma once

#include "ifilelogic.h"

#include <QCoreApplication>
#include <QLocale>
#include <QString>

/// \file
/// Sizes, rates and times as people read them; for the logic module and the panel module alike, so all of it is inline.
namespace patchbay::file {

namespace detail {

inline QString text(const char *source)
{
    return QCoreApplication::translate("patchbay::file::TransferText", source);
}

} // namespace detail

inline QString sizeText(qint64 bytes)
{
    return QLocale().formattedDataSize(bytes, bytes < 1024 ? 0 : 1);
}

inline QString rateText(double bytesPerSecond)
{
    return detail::text("%1/s").arg(sizeText(qint64(bytesPerSecond)));
}

/// "0:07", "12:30", "1:02:03"; empty for a negative number.
inline QString durationText(qint64 seconds)
{
    if (seconds < 0)
        return {};
    const qint64 hours = seconds / 3600;
    const QString tail = QStringLiteral("%1:%2")
                             .arg(seconds / 60 % 60, hours > 0 ? 2 : 1, 10, QLatin1Char('0'))
                             .arg(seconds % 60, 2, 10, QLatin1Char('0'));
    return hours > 0 ? QStringLiteral("%1:%2").arg(QString::number(hours), tail) : tail;
}

inline QString stateText(TransferState state, Direction direction)
{
    const bool out = direction == Direction::Outgoing;
    switch (state) {
    case TransferState::Queued:
        return detail::text("Queued");
    case TransferState::Waiting:
        return detail::text("Waiting for the answer");
    case TransferState::Offered:
        return detail::text("Waiting for your answer");
    case TransferState::Active:
        return out ? detail::text("Sending") : detail::text("Receiving");
    case TransferState::Done:
        return out ? detail::text("Sent") : detail::text("Received");
    case TransferState::Declined:
        return detail::text("Declined");
    case TransferState::Cancelled:
        return detail::text("Cancelled");
    case TransferState::Failed:
        return detail::text("Failed");
    }
    return {};
}

} // namespace patchbay::file
