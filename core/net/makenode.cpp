// SPDX-License-Identifier: MIT
#include "net/makenode.h"

#include "protocol/clientnode.h"
#include "protocol/hubnode.h"

namespace patchbay::net {

std::unique_ptr<protocol::Node> makeNode(Mode mode, const protocol::NodeConfig &config)
{
    if (mode == Mode::Server)
        return std::make_unique<protocol::HubNode>(config);
    return std::make_unique<protocol::ClientNode>(config);
}

} // namespace patchbay::net
