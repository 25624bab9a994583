// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"

#include <QtGlobal>

namespace patchbay::net {

/// Who may stand in the doorway: accepted connections that have not passed Hello yet. The only place that says so;
/// limits per address and penalties join it here.
struct AdmissionLimits
{
    /// All of them together. In plain loopback mode everybody has the same address, so there is no limit per
    /// address yet.
    int pending = 32;
    /// Over the limit, the oldest one that has sent nothing for this long makes room. A genuine client sends its
    /// Hello at once; this is for the scheduler of a loaded machine.
    base::Duration silence = std::chrono::milliseconds(250);
    /// When nobody can make room, the next ones wait in the system's queue and we look again after this time.
    base::Duration pause = std::chrono::milliseconds(100);
};

} // namespace patchbay::net
