// SPDX-License-Identifier: MIT
#pragma once

#include "net/linkstatus.h"
#include "protocol/node.h"

#include <memory>

namespace patchbay::net {

/// The engine of one mode.
std::unique_ptr<protocol::Node> makeNode(Mode mode, const protocol::NodeConfig &config);

} // namespace patchbay::net
