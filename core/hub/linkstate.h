// SPDX-License-Identifier: MIT
#pragma once

#include "hub/host.h"
#include "net/linkstatus.h"

namespace patchbay::hub {

/// The link in the application's words, with the exit code a command ends with because of it.
LinkState toLinkState(const net::LinkStatus &status);

} // namespace patchbay::hub
