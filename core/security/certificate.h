// SPDX-License-Identifier: MIT
#pragma once

#include "security/randombytes.h"

#include <QByteArray>

#include <optional>

namespace patchbay::security {

/// A private key and a certificate for it, as PEM.
struct KeyPair
{
    QByteArray keyPem; ///< PKCS #8, not encrypted. A secret
    QByteArray certificatePem;
};

/// A new EC P-256 key from libcrypto's own generator, and a self-signed X.509 v3 certificate that says nothing about
/// anybody: the name is "patchbay", the serial number 128 bits of \a random, valid from 2000 until the end of 9999.
/// Nothing if libcrypto refuses. Thread-safe.
std::optional<KeyPair> makeKeyPair(const RandomBytes &random);

/// Whether the certificate is for this key and signed by it.
bool belongTogether(const KeyPair &pair);

} // namespace patchbay::security
