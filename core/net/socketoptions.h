// SPDX-License-Identifier: MIT
#pragma once

#include "net/transport.h"

namespace patchbay::net {

/// Frames are written whole, so nothing is gained by waiting for more.
void disableDelay(int descriptor);

/// Tells the system that about \a wanted unsent bytes in its own buffer are enough (TCP_NOTSENT_LOWAT), within the
/// limits that make sense. \a current remembers what was told last, so that small changes cost no system call.
void setUnsentTarget(int descriptor, qint64 wanted, qint64 *current);

/// Both ends of a connected socket; a null address where there is none any more.
Endpoint localEndpoint(int descriptor);
Endpoint peerEndpoint(int descriptor);

void closeDescriptor(qintptr descriptor);

} // namespace patchbay::net
