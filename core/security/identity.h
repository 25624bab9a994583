// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "security/problem.h"
#include "security/randombytes.h"

#include <QByteArray>
#include <QSslCertificate>
#include <QSslKey>
#include <QString>

namespace patchbay::security {

/// Who we are to others: one EC P-256 key and a self-signed certificate for it, which names neither host nor user.
/// A value; copies share the key. Thread-safe as values are.
class Identity
{
public:
    /// The identity of the profile folder \a directory, which exists and is locked by the caller. Reads
    /// `identity.pem`, or makes one where none was ever there, and writes the peer id into `identity.id` beside it.
    ///
    /// Never replaces an identity: where `identity.pem` is damaged, unsafe or missing while `identity.id`, `trust` or
    /// `trust.previous` show that there was one, the answer is a Problem that says how to start anew on purpose.
    static base::Result<Identity, Problem> open(const QString &directory, const RandomBytes &random = systemRandom());

    /// One that is kept in memory only.
    static base::Result<Identity, Problem> temporary(const RandomBytes &random = systemRandom());

    QByteArray peerId() const { return m_peerId; } ///< 32 bytes
    QSslCertificate certificate() const { return m_certificate; }
    QSslKey key() const { return m_key; }
    bool isNew() const { return m_isNew; } ///< made by this call of open()

private:
    Identity() = default;
    static base::Result<Identity, Problem> fromPem(const QByteArray &keyPem, const QByteArray &certificatePem);

    QByteArray m_peerId;
    QSslCertificate m_certificate;
    QSslKey m_key;
    bool m_isNew = false;
    QByteArray m_keyPem; ///< until it is written
};

} // namespace patchbay::security
