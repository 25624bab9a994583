// SPDX-License-Identifier: MIT
#include "hub/processsetup.h"

#include "net/descriptors.h"
#include "net/memorytuning.h"

namespace patchbay::hub {

void prepareProcess()
{
    net::tuneAllocatorForBulk();
    net::raiseDescriptorLimit();
}

} // namespace patchbay::hub
