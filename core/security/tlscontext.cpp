// SPDX-License-Identifier: MIT
#include "security/tlscontext.h"

#include "security/peerid.h"
#include "security/tlscallbacks.h"

#include <QCoreApplication>
#include <QSslCertificate>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace patchbay::security {

namespace {

/// One certificate of ours is about 400 bytes. OpenSSL stops reading a longer list before it is parsed.
constexpr long kCertificateListBytes = 8 * 1024;
/// How much one system call may bring: several records.
constexpr size_t kReadAheadBytes = 128 * 1024;

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::security::TlsContext", source);
}

QString opensslError()
{
    char text[256] = {};
    ERR_error_string_n(ERR_peek_last_error(), text, sizeof text);
    ERR_clear_error();
    return QString::fromLatin1(text);
}

/// AES first only where the processor has instructions for it.
const char *cipherOrder()
{
#if defined(__x86_64__) || defined(__i386__)
    if (!__builtin_cpu_supports("aes"))
        return "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384";
#endif
    return "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
}

bool useIdentity(SSL_CTX *context, const QByteArray &certificate, const QByteArray &key)
{
    const auto *bytes = reinterpret_cast<const unsigned char *>(key.constData());
    EVP_PKEY *parsed = d2i_AutoPrivateKey(nullptr, &bytes, long(key.size()));
    if (!parsed)
        return false;
    const bool used = SSL_CTX_use_PrivateKey(context, parsed) == 1;
    EVP_PKEY_free(parsed);
    return used
           && SSL_CTX_use_certificate_ASN1(context, int(certificate.size()),
                                           reinterpret_cast<const unsigned char *>(certificate.constData()))
                  == 1
           && SSL_CTX_check_private_key(context) == 1;
}

bool applyRules(SSL_CTX *context)
{
    // No compression, renegotiation or tickets; the rest of what TLS 1.2 had is gone with TLS 1.2.
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, kReadAheadBytes);
    SSL_CTX_set_max_cert_list(context, kCertificateListBytes);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_cert_verify_callback(context, tls::verifyPeer, nullptr);
    SSL_CTX_set_client_hello_cb(context, tls::clientHelloCame, nullptr);
    SSL_CTX_set_alpn_select_cb(context, tls::selectProtocol, nullptr);
    return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1
           && SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 && SSL_CTX_set_num_tickets(context, 0) == 1
           && SSL_CTX_set_max_early_data(context, 0) == 1 && SSL_CTX_set_ciphersuites(context, cipherOrder()) == 1
           && SSL_CTX_set1_groups_list(context, "X25519:P-256") == 1
           && SSL_CTX_set1_sigalgs_list(context, "ECDSA+SHA256") == 1;
}

} // namespace

base::Result<std::shared_ptr<const TlsContext>, QString> TlsContext::create(const QByteArray &certificate,
                                                                            const QByteArray &key)
{
    ERR_clear_error();
    std::shared_ptr<TlsContext> made(new TlsContext);
    made->m_context = SSL_CTX_new(TLS_method());
    if (!made->m_context || !applyRules(made->m_context))
        return tr("This system's OpenSSL cannot do TLS 1.3 as Patchbay needs it (%1). Update OpenSSL.")
            .arg(opensslError());
    if (!useIdentity(made->m_context, certificate, key))
        return tr("The key of this profile cannot be used for TLS: %1.").arg(opensslError());
    made->m_ownPeerId = peerIdOf(QSslCertificate(certificate, QSsl::Der));
    return std::shared_ptr<const TlsContext>(std::move(made));
}

TlsContext::~TlsContext()
{
    SSL_CTX_free(m_context);
}

} // namespace patchbay::security
