// SPDX-License-Identifier: MIT
#include "net/localaddresses.h"

#include "net/address.h"

#include <QNetworkInterface>

#include <algorithm>

namespace patchbay::net {

namespace {

int rank(const QHostAddress &address)
{
    return address.protocol() == QAbstractSocket::IPv4Protocol ? 0 : 1;
}

} // namespace

QStringList reachableAddresses(const QString &bound)
{
    const QHostAddress own(bound);
    if (own != QHostAddress(QHostAddress::Any) && own != QHostAddress(QHostAddress::AnyIPv4)
        && own != QHostAddress(QHostAddress::AnyIPv6))
        return {bound};
    QList<QHostAddress> found;
    const QList<QNetworkInterface> interfaces = QNetworkInterface::allInterfaces();
    for (const QNetworkInterface &one : interfaces) {
        if (!one.flags().testFlag(QNetworkInterface::IsRunning) || one.flags().testFlag(QNetworkInterface::IsLoopBack))
            continue;
        for (const QNetworkAddressEntry &entry : one.addressEntries()) {
            // A link-local address means nothing without the name of an interface, which differs on the other side.
            if (!entry.ip().isLinkLocal())
                found.append(entry.ip());
        }
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const QHostAddress &a, const QHostAddress &b) { return rank(a) < rank(b); });
    QStringList texts;
    for (const QHostAddress &address : std::as_const(found)) {
        const QString text = displayAddress(address);
        texts.append(text.contains(u':') ? QStringLiteral("[%1]").arg(text) : text);
    }
    return texts.isEmpty() ? QStringList{QStringLiteral("127.0.0.1")} : texts;
}

} // namespace patchbay::net
