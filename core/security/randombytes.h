// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>

#include <functional>

namespace patchbay::security {

/// So many random bytes. Injected, so that tests know what comes.
using RandomBytes = std::function<QByteArray(int)>;

/// From QRandomGenerator::system(), fit for keys and tokens. Thread-safe.
RandomBytes systemRandom();

} // namespace patchbay::security
