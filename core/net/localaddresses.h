// SPDX-License-Identifier: MIT
#pragma once

#include <QString>
#include <QStringList>

namespace patchbay::net {

/// Under which addresses others may reach a server bound to \a bound: itself, or, where that means every address,
/// those of the running interfaces, IPv4 first, the ones of this link only last; loopback where there is nothing else.
QStringList reachableAddresses(const QString &bound);

} // namespace patchbay::net
