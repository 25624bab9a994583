// SPDX-License-Identifier: MIT
#pragma once

namespace patchbay::hub {

/// Called once, first thing in main() of a program that runs hosts: what concerns the process, not one host. Raises
/// the limit of open files and tunes the allocator for bulk.
void prepareProcess();

} // namespace patchbay::hub
