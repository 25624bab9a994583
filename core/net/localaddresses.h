// SPDX-License-Identifier: MIT
#pragma once

#include <QList>
#include <QString>
#include <QStringList>

namespace patchbay::net {

struct LocalAddress
{
    QString address;
    QString interfaceName; ///< as people know it, e.g. "eth0"
};

/// The addresses of the running interfaces, IPv4 first; without loopback, and without link-local ones, which mean
/// nothing without the name of an interface that differs on the other side.
QList<LocalAddress> localAddresses();

/// Under which addresses others may reach a server bound to \a bound: itself, or, where that means every address,
/// localAddresses(), IPv6 ones in brackets; loopback where there is nothing else.
QStringList reachableAddresses(const QString &bound);

} // namespace patchbay::net
