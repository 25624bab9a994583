// SPDX-License-Identifier: MIT
// Bodies of control frames. What can be read can be written, and read again as the same.
#include "protocol/bodies.h"

#include <cstdint>
#include <cstdlib>

using namespace patchbay::protocol;

namespace {

template <typename Body>
void again(std::optional<Body> (*decode)(QByteArrayView), QByteArrayView bytes)
{
    const auto body = decode(bytes);
    if (!body)
        return;
    const QByteArray once = encode(*body);
    const auto second = decode(once);
    if (!second || encode(*second) != once)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArrayView bytes(data, qsizetype(size));
    again(decodeHello, bytes);
    again(decodeWelcome, bytes);
    again(decodeWait, bytes);
    again(decodeFault, bytes);
    again(decodeAccept, bytes);
    again(decodeAccepted, bytes);
    again(decodeTypeTable, bytes);
    again(decodeRoster, bytes);
    again(decodeStreamOpen, bytes);
    return 0;
}
