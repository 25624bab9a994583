// SPDX-License-Identifier: MIT
#include "security/randombytes.h"

#include <QRandomGenerator>

namespace patchbay::security {

RandomBytes systemRandom()
{
    return [](int count) {
        QByteArray bytes;
        while (bytes.size() < count) {
            const quint32 word = QRandomGenerator::system()->generate();
            bytes.append(reinterpret_cast<const char *>(&word), sizeof(word));
        }
        bytes.truncate(count);
        return bytes;
    };
}

} // namespace patchbay::security
