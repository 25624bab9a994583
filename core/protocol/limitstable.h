// SPDX-License-Identifier: MIT
#pragma once

#include <QList>
#include <QString>

namespace patchbay::protocol {

/// One limit as people read it.
struct LimitRow
{
    QString name;
    QString value; ///< with its unit
    QString whenExceeded;
};

/// The limits of the engine, made from the constants of limits.h. Limits of the net layer and of plugins are theirs.
QList<LimitRow> limitsTable();

} // namespace patchbay::protocol
