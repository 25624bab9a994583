// SPDX-License-Identifier: MIT
#pragma once

#include "ifilelogic.h"

#include <QString>

/// \file
/// Sizes, rates and times as people read them; for the table and the command line alike.
namespace patchbay::file {

QString sizeText(qint64 bytes);
QString rateText(double bytesPerSecond);
/// "0:07", "12:30", "1:02:03"; empty for a negative number.
QString durationText(qint64 seconds);
QString stateText(TransferState state, Direction direction);

} // namespace patchbay::file
