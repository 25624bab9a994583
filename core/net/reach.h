// SPDX-License-Identifier: MIT
#pragma once

namespace patchbay::net {

/// Which addresses may be bound and dialled, and whose connections are taken.
enum class Reach { Loopback, Anywhere };

} // namespace patchbay::net
