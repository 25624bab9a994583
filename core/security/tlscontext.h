// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"

#include <QByteArray>
#include <QString>

#include <memory>

struct ssl_ctx_st;

namespace patchbay::security {

/// What all TLS links of one host share: its certificate and key, and the rules every link keeps: TLS 1.3 only, ALPN
/// "patchbay/1", a certificate from both sides, no tickets, no resumption, no early data. Immutable once made, so any
/// number of threads may build channels from it.
class TlsContext final
{
public:
    /// The ALPN name both sides must agree on (RFC 7301).
    static constexpr char kProtocol[] = "patchbay/1";

    /// \a certificate and \a key in DER (the key as PKCS#8 or SEC 1). The error says what OpenSSL lacks or refuses;
    /// there is no weaker mode to fall back to.
    static base::Result<std::shared_ptr<const TlsContext>, QString> create(const QByteArray &certificate,
                                                                           const QByteArray &key);
    ~TlsContext();
    TlsContext(const TlsContext &) = delete;
    TlsContext &operator=(const TlsContext &) = delete;

    /// SHA-256 of the public key in the certificate.
    QByteArray ownPeerId() const { return m_ownPeerId; }

private:
    friend class TlsChannel;
    TlsContext() = default;

    ssl_ctx_st *m_context = nullptr;
    QByteArray m_ownPeerId;
};

} // namespace patchbay::security
