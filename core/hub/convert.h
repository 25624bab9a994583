// SPDX-License-Identifier: MIT
#pragma once

#include "plugins/pluginspec.h"
#include "protocol/nodeevent.h"

#include <patchbay/types.h>

namespace patchbay::hub {

/// Between the words of the protocol and those of the SDK. The first block of codes has the same numbers on both sides
/// (core/protocol/nodeevent.h), so that a peer's reason reaches the plugin unchanged.
Error toError(const protocol::Fault &fault);
protocol::Fault toFault(const Error &error);
protocol::TypeInfo toTypeInfo(const plugins::PayloadType &type);

} // namespace patchbay::hub
