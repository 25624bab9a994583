// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "security/problem.h"
#include "security/truststore.h"

#include <QByteArray>
#include <QByteArrayView>

#include <optional>

namespace patchbay::security {

/// "pbtrust" and a zero byte · version, 4 bytes · CBOR · SHA-256 of all before it. Every version ends in that SHA-256.
constexpr quint32 kTrustVersion = 1;
constexpr qint64 kMaxTrustBytes = 64LL * 1024 * 1024;

/// Problem: larger than kMaxTrustBytes.
base::Result<QByteArray, Problem> encodeTrust(const TrustStore &store);

/// Whether \a bytes end in the SHA-256 of the rest.
bool isWholeTrust(QByteArrayView bytes);

/// Damaged or Newer; \a name is the file's, for the text. Fields of the same version that are not known are ignored.
/// Takes any bytes; thread-safe.
base::Result<TrustStore, Problem> decodeTrust(QByteArrayView bytes, const QString &name);

/// The CBOR in it, checksum passed: nothing unless every field is in its limits. For fuzzers too.
std::optional<TrustStore> decodeTrustBody(QByteArrayView cbor);

} // namespace patchbay::security
