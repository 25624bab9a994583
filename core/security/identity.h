// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "security/problem.h"
#include "security/randombytes.h"

#include <QByteArray>
#include <QSslCertificate>
#include <QSslKey>
#include <QString>

#include <optional>

class QDir;

namespace patchbay::security {

struct FileFault;

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
    bool isNew() const { return m_isNew; } ///< was made just now, by open()

private:
    Identity() = default;
    static base::Result<Identity, Problem> fromPem(const QByteArray &keyPem, const QByteArray &certificatePem);
    static base::Result<Identity, Problem> load(const QDir &dir, const QByteArray &file);
    static base::Result<Identity, Problem> create(const QDir &dir, const RandomBytes &random);
    std::optional<FileFault> writeCompanion(const QDir &dir) const;

    QByteArray m_peerId;
    QSslCertificate m_certificate;
    QSslKey m_key;
    bool m_isNew = false;
};

} // namespace patchbay::security
