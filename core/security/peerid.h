// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QString>
#include <QStringView>

#include <optional>

class QSslCertificate;

namespace patchbay::security {

/// A peer id is the SHA-256 of the SubjectPublicKeyInfo of the peer's key.
constexpr int kPeerIdBytes = 32;

/// Of the key in \a certificate; empty unless that is an EC P-256 key in the one usual encoding (named curve,
/// uncompressed point), so that no key has two ids. Looks at nothing but the key. Thread-safe, like all of these.
QByteArray peerIdOf(const QSslCertificate &certificate);

/// The same for a SubjectPublicKeyInfo in DER.
QByteArray peerIdOfPublicKey(QByteArrayView der);

/// As shown to people: base32 in eight groups of seven, such as "abcdefg-…". Four of the 56 characters are check
/// characters. Empty unless \a id has 32 bytes.
QString formatPeerId(const QByteArray &id);

/// What formatPeerId() made, whatever became of hyphens, blanks and case. Any one or two wrong characters, swapped
/// ones among them, are noticed for certain. Nothing if it is no peer id.
std::optional<QByteArray> parsePeerId(QStringView text);

/// The first 8 characters of formatPeerId(), without the hyphen. To tell members apart in a list; never to decide
/// anything: 40 bits are found by trying.
QString shortPeerId(const QByteArray &id);

} // namespace patchbay::security
