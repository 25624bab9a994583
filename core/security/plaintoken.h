// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "security/problem.h"
#include "security/randombytes.h"

#include <QByteArray>
#include <QString>

namespace patchbay::security {

constexpr int kPlainTokenBytes = 16;

/// The token of plain mode in the file \a path: every local user can reach loopback, but only its owner can read the
/// file (0600). Made where it does not exist. A Problem when it is damaged, or others could read or change it.
base::Result<QByteArray, Problem> readOrMakePlainToken(const QString &path, const RandomBytes &random = systemRandom());

} // namespace patchbay::security
