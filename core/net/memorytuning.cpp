// SPDX-License-Identifier: MIT
#include "net/memorytuning.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace patchbay::net {

void tuneAllocatorForBulk()
{
#ifdef __GLIBC__
    constexpr int mebibyte = 1024 * 1024;
    // Blocks of a transfer come from the heap, not from a mapping of their own each.
    mallopt(M_MMAP_THRESHOLD, 32 * mebibyte);
    mallopt(M_TRIM_THRESHOLD, 128 * mebibyte);
    mallopt(M_TOP_PAD, 64 * mebibyte);
#endif
}

} // namespace patchbay::net
