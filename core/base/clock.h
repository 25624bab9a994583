// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

namespace patchbay::base {

/// Monotonic time as the engine sees it. The engine never asks for it: it is passed in, so tests run in virtual time.
using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

} // namespace patchbay::base
