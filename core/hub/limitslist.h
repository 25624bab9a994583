// SPDX-License-Identifier: MIT
#pragma once

#include <QList>
#include <QString>

namespace patchbay::hub {

struct Limit
{
    QString name;
    QString value;
    QString consequence; ///< what happens when it is exceeded
};

/// Every limit that holds for strangers, peers and plugins, made from the constants that the code uses.
QList<Limit> allLimits();

} // namespace patchbay::hub
