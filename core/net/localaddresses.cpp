// SPDX-License-Identifier: MIT
#include "net/localaddresses.h"

#include "net/address.h"

#include <QNetworkInterface>

namespace patchbay::net {

QList<LocalAddress> localAddresses()
{
    QList<LocalAddress> v4;
    QList<LocalAddress> v6;
    const QList<QNetworkInterface> interfaces = QNetworkInterface::allInterfaces();
    for (const QNetworkInterface &one : interfaces) {
        if (!one.flags().testFlag(QNetworkInterface::IsRunning) || one.flags().testFlag(QNetworkInterface::IsLoopBack))
            continue;
        const QList<QNetworkAddressEntry> entries = one.addressEntries();
        for (const QNetworkAddressEntry &entry : entries) {
            if (entry.ip().isLinkLocal())
                continue;
            const bool isV4 = entry.ip().protocol() == QAbstractSocket::IPv4Protocol;
            (isV4 ? v4 : v6).append({displayAddress(entry.ip()), one.humanReadableName()});
        }
    }
    return v4 + v6;
}

QStringList reachableAddresses(const QString &bound)
{
    const QHostAddress own(bound);
    if (own != QHostAddress(QHostAddress::Any) && own != QHostAddress(QHostAddress::AnyIPv4)
        && own != QHostAddress(QHostAddress::AnyIPv6))
        return {bound};
    QStringList texts;
    const QList<LocalAddress> found = localAddresses();
    for (const LocalAddress &one : found)
        texts.append(one.address.contains(u':') ? QStringLiteral("[%1]").arg(one.address) : one.address);
    return texts.isEmpty() ? QStringList{QStringLiteral("127.0.0.1")} : texts;
}

} // namespace patchbay::net
