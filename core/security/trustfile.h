// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "security/problem.h"
#include "security/truststore.h"

#include <QString>

#include <optional>

namespace patchbay::security {

struct LoadedTrust
{
    TrustStore store;
    QString warning; ///< for people, at once: the previous copy had to be used, or nobody is known any more
};

enum class ProfileAge { New, Existing };

/// Reads `trust` of the profile folder \a directory, which the caller has locked. Where that is damaged or missing,
/// the copy before it, `trust.previous`, is used and the warning says so; nothing is written then.
///
/// A Problem where there is no sound copy, or one of a newer version, or one others could have changed: never an
/// empty store instead. Where neither file exists, nobody is known yet: an empty store is written, and with
/// ProfileAge::Existing (see Identity::isNew()) the warning says so.
base::Result<LoadedTrust, Problem> loadTrust(const QString &directory, ProfileAge age);

/// Replaces `trust` atomically and durably (0600); what it held before, if it was sound, becomes `trust.previous`.
/// On a Problem the old one still holds.
[[nodiscard]] std::optional<Problem> saveTrust(const QString &directory, const TrustStore &store);

} // namespace patchbay::security
