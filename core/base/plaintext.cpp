// SPDX-License-Identifier: MIT
#include "base/plaintext.h"

namespace patchbay::base {

namespace {

bool isUnsafe(QChar c)
{
    const char16_t u = c.unicode();
    return u < 0x20 || (u >= 0x7F && u < 0xA0) // C0, DEL, C1
           || (u >= 0x202A && u <= 0x202E)     // bidi embeddings and overrides
           || (u >= 0x2066 && u <= 0x2069)     // bidi isolates
           || u == 0x200E || u == 0x200F || u == 0x061C || u == 0x2028 || u == 0x2029;
}

} // namespace

QString singleLine(const QString &text, int maxCharacters)
{
    QString result = text.left(maxCharacters);
    if (text.size() > maxCharacters) {
        if (!result.isEmpty() && result.back().isHighSurrogate())
            result.chop(1);
        result.append(QChar(0x2026));
    }
    for (QChar &c : result) {
        if (isUnsafe(c))
            c = QChar(QChar::ReplacementCharacter);
    }
    return result;
}

} // namespace patchbay::base
