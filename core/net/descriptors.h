// SPDX-License-Identifier: MIT
#pragma once

namespace patchbay::net {

/// Raises the soft limit of open files to the hard one, at most 65,536. Called once at start.
void raiseDescriptorLimit();

/// How many descriptors stay out of reach of accepted connections: at the limit itself accept() fails for ever and
/// Qt spins on it, and the rest of the program could open no file.
int descriptorReserve(int limit);

/// True when a descriptor with this number is inside the reserve. The system hands out the lowest free number, so a
/// number tells how many are in use.
bool isInDescriptorReserve(int descriptor);

/// True when the next descriptor would be outside the reserve.
bool hasSpareDescriptor();

} // namespace patchbay::net
