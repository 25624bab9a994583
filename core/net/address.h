// SPDX-License-Identifier: MIT
#pragma once

#include <QHostAddress>
#include <QString>

namespace patchbay::net {

/// An IPv4 address written in IPv6 form as the IPv4 address that it is; others as they are.
QHostAddress unmapped(const QHostAddress &address);

/// 127/8, ::1, and 127/8 written as an IPv6 address.
bool isLoopback(const QHostAddress &address);

/// As shown to people.
QString displayAddress(const QHostAddress &address);

/// "[::1]" and "::1" are the same host to a user.
QString withoutBrackets(const QString &host);

} // namespace patchbay::net
