// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QList>
#include <QSslCertificate>
#include <QSslError>
#include <QString>

namespace patchbay::security {

/// Far more than a certificate of ours takes (about 400 bytes); the rest is for strangers.
constexpr int kMaxCertificateBytes = 4096;

/// Whether a TLS link may go on in spite of \a error, because a peer is known by its key and not by an authority:
/// exactly SelfSignedCertificate, HostNameMismatch, CertificateNotYetValid and CertificateExpired. Thread-safe.
bool isTolerable(const QSslError &error);

/// Whether all of them are, of which there may be none.
bool areTolerable(const QList<QSslError> &errors);

struct PeerCheck
{
    QByteArray peerId; ///< 32 bytes, or empty when refused
    QString refusal;   ///< for people; empty when not refused

    bool ok() const { return !peerId.isEmpty(); }
};

/// Who is on the other side of a TLS link that presented \a chain: exactly one certificate, of at most 4 KiB, with an
/// EC P-256 key that is not our own. To be called when the handshake is over: only TLS itself has shown that the
/// other side holds the private key. Thread-safe.
PeerCheck checkPeerCertificates(const QList<QSslCertificate> &chain, const QByteArray &ownPeerId);

} // namespace patchbay::security
