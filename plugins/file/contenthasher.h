// SPDX-License-Identifier: MIT
#pragma once

#include "contentformat.h"

struct XXH3_state_s;

namespace patchbay::file {

/// XXH3-128 over a file, piece by piece. It finds a bad disk, bad memory and mistakes of ours; the link itself is for
/// the transport to protect.
class ContentHasher final
{
public:
    ContentHasher();
    ~ContentHasher();
    ContentHasher(const ContentHasher &) = delete;
    ContentHasher &operator=(const ContentHasher &) = delete;

    void add(const char *data, qint64 size);
    /// Canonical (big-endian) form.
    ContentHash result() const;

private:
    XXH3_state_s *const m_state;
};

} // namespace patchbay::file
