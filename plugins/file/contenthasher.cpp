// SPDX-License-Identifier: MIT
#include "contenthasher.h"

#include <QtGlobal>

#include <cstring>

#include <xxhash.h>

namespace patchbay::file {

ContentHasher::ContentHasher() : m_state(XXH3_createState())
{
    Q_CHECK_PTR(m_state);
    XXH3_128bits_reset(m_state);
}

ContentHasher::~ContentHasher()
{
    XXH3_freeState(m_state);
}

void ContentHasher::add(const char *data, qint64 size)
{
    XXH3_128bits_update(m_state, data, size_t(size));
}

ContentHash ContentHasher::result() const
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(m_state));
    ContentHash hash;
    static_assert(sizeof(canonical.digest) == sizeof(hash));
    std::memcpy(hash.data(), canonical.digest, hash.size());
    return hash;
}

} // namespace patchbay::file
