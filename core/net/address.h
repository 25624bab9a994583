// SPDX-License-Identifier: MIT
#pragma once

#include <QHostAddress>
#include <QString>

namespace patchbay::net {

/// 127/8, ::1, and 127/8 written as an IPv6 address.
bool isLoopback(const QHostAddress &address);

/// As shown to people: an IPv4 address in IPv6 form is shown as IPv4.
QString displayAddress(const QHostAddress &address);

/// "[::1]" and "::1" are the same host to a user.
QString withoutBrackets(const QString &host);

} // namespace patchbay::net
