// SPDX-License-Identifier: MIT
#include "net/address.h"

namespace patchbay::net {

QHostAddress unmapped(const QHostAddress &address)
{
    bool isV4 = false;
    const quint32 v4 = address.toIPv4Address(&isV4);
    return isV4 ? QHostAddress(v4) : address;
}

bool isLoopback(const QHostAddress &address)
{
    return !address.isNull() && unmapped(address).isLoopback();
}

QString displayAddress(const QHostAddress &address)
{
    return unmapped(address).toString();
}

QString withoutBrackets(const QString &host)
{
    if (host.size() > 2 && host.startsWith(QLatin1Char('[')) && host.endsWith(QLatin1Char(']')))
        return host.mid(1, host.size() - 2);
    return host;
}

} // namespace patchbay::net
