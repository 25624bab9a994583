// SPDX-License-Identifier: MIT
#pragma once

#include <QString>

namespace patchbay::security {

enum class ProblemCode {
    Io,         ///< the system refused: no space, no permission, …
    Damaged,    ///< a file is not what was written
    Insecure,   ///< a file could be read or changed by somebody else
    Lost,       ///< a file is gone that was there
    Newer,      ///< a file of a newer version of Patchbay
    Limit,      ///< more than may be kept
    Invalid,    ///< what was given makes no sense
    KeyChanged, ///< pinned to another key
    Crypto,     ///< libcrypto refused
};

/// Why something failed, for programs, and a sentence for people: what happened, to which file, what to do.
struct Problem
{
    ProblemCode code = ProblemCode::Invalid;
    QString text;
};

} // namespace patchbay::security
