// SPDX-License-Identifier: MIT
#include "security/tlschannel.h"

#include "security/peercheck.h"
#include "security/peerid.h"
#include "security/tlscallbacks.h"

#include <QCoreApplication>
#include <QSslCertificate>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstring>

namespace patchbay::security {

namespace {

/// One AES-GCM key protects at most 2^24.5 full records, about 360 GiB (RFC 8446 5.5). Far below that we change it.
constexpr quint64 kBytesPerKey = quint64(32) << 30;
/// The other side may change its key too, but not so often that it costs us anything.
constexpr quint64 kFreeKeyUpdates = 16;
constexpr quint64 kBytesPerKeyUpdate = quint64(64) << 20;
constexpr char kHandshakeRecord = 0x16;

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::security::TlsChannel", source);
}

} // namespace

/// The way from OpenSSL's callbacks into a channel.
struct TlsCallbackAccess
{
    static TlsChannel *channel(const SSL *ssl) { return static_cast<TlsChannel *>(SSL_get_app_data(ssl)); }

    static int read(BIO *bio, char *data, size_t max, size_t *count)
    {
        auto *self = static_cast<TlsChannel *>(BIO_get_data(bio));
        BIO_clear_retry_flags(bio);
        const qint64 got = self->m_wireEnded ? ITlsWire::kEnded : self->m_wire.receive(data, qint64(max));
        *count = 0;
        if (got == ITlsWire::kNothingNow) {
            BIO_set_retry_read(bio);
            return 0;
        }
        if (got < 0) {
            self->m_wireEnded = true;
            return 0;
        }
        // Nothing but TLS is worth an answer, not even an alert.
        if (self->m_received == 0 && data[0] != kHandshakeRecord && self->m_side == TlsChannel::Side::Server) {
            self->fail(TlsChannel::Failure::NotTls, tr("what it says is not TLS"));
            self->m_wireEnded = true;
            return 0;
        }
        self->m_received += quint64(got);
        *count = size_t(got);
        return 1;
    }

    static int write(BIO *bio, const char *data, size_t size, size_t *count)
    {
        auto *self = static_cast<TlsChannel *>(BIO_get_data(bio));
        BIO_clear_retry_flags(bio);
        if (self->m_failure != TlsChannel::Failure::NotTls)
            self->m_wire.send(data, qint64(size));
        *count = size;
        return 1;
    }

    static long control(BIO *bio, int command, long, void *)
    {
        const auto *self = static_cast<TlsChannel *>(BIO_get_data(bio));
        switch (command) {
        case BIO_CTRL_FLUSH:
            return 1;
        case BIO_CTRL_EOF:
            return self->m_wireEnded ? 1 : 0;
        default:
            return 0;
        }
    }

    static int create(BIO *bio)
    {
        BIO_set_init(bio, 1);
        return 1;
    }

    static int verify(X509_STORE_CTX *context)
    {
        const auto *ssl =
            static_cast<const SSL *>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
        TlsChannel *self = channel(ssl);
        QList<QSslCertificate> chain;
        const STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(context);
        for (int i = 0; i < sk_X509_num(sent); ++i) {
            unsigned char *der = nullptr;
            const int size = i2d_X509(sk_X509_value(sent, i), &der);
            if (size > 0)
                chain.append(QSslCertificate(QByteArray(reinterpret_cast<const char *>(der), size), QSsl::Der));
            OPENSSL_free(der);
        }
        const PeerCheck check = checkPeerCertificates(chain, self->m_context->ownPeerId());
        QString refusal = check.refusal;
        // Somebody's signature under a key adds nothing, and nothing of ours has one.
        if (refusal.isEmpty() && X509_self_signed(X509_STORE_CTX_get0_cert(context), 1) != 1)
            refusal = tr("The certificate of the other side was not signed by its own key. Check that it is a "
                         "Patchbay, and that nothing in between breaks the encryption open.");
        if (refusal.isEmpty() && self->m_judge)
            refusal = self->m_judge(check.peerId);
        if (refusal.isEmpty()) {
            self->m_peerId = check.peerId;
            X509_STORE_CTX_set_error(context, X509_V_OK);
            return 1;
        }
        const bool own = !chain.isEmpty() && peerIdOf(chain.first()) == self->m_context->ownPeerId();
        self->fail(own ? TlsChannel::Failure::OwnKey : TlsChannel::Failure::Certificate, refusal);
        X509_STORE_CTX_set_error(context, X509_V_ERR_APPLICATION_VERIFICATION);
        return 0;
    }

    static void helloCame(const SSL *ssl) { channel(ssl)->m_helloComplete = true; }

    static void messageSeen(int written, int, int contentType, const void *bytes, size_t size, SSL *ssl, void *)
    {
        if (written || contentType != SSL3_RT_HANDSHAKE || size == 0
            || *static_cast<const unsigned char *>(bytes) != SSL3_MT_KEY_UPDATE)
            return;
        TlsChannel *self = channel(ssl);
        if (++self->m_keyUpdates > kFreeKeyUpdates + self->m_received / kBytesPerKeyUpdate)
            self->fail(TlsChannel::Failure::Broken, tr("it changes its key without end"));
    }
};

namespace tls {

int verifyPeer(X509_STORE_CTX *context, void *)
{
    return TlsCallbackAccess::verify(context);
}

int clientHelloCame(SSL *ssl, int *, void *)
{
    TlsCallbackAccess::helloCame(ssl);
    return SSL_CLIENT_HELLO_SUCCESS;
}

int selectProtocol(SSL *, const unsigned char **chosen, unsigned char *chosenLength, const unsigned char *offered,
                   unsigned int offeredLength, void *)
{
    const auto *wanted = reinterpret_cast<const unsigned char *>(TlsContext::kProtocol);
    constexpr unsigned int wantedLength = sizeof TlsContext::kProtocol - 1;
    for (unsigned int at = 0; at < offeredLength;) {
        const unsigned int length = offered[at];
        if (length > offeredLength - at - 1)
            break;
        if (length == wantedLength && std::memcmp(offered + at + 1, wanted, wantedLength) == 0) {
            *chosen = offered + at + 1;
            *chosenLength = static_cast<unsigned char>(length);
            return SSL_TLSEXT_ERR_OK;
        }
        at += 1 + length;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

} // namespace tls

const bio_method_st *TlsChannel::wireMethod()
{
    // Made once per process and never changed after.
    static const BIO_METHOD *const method = [] {
        BIO_METHOD *made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "patchbay wire");
        BIO_meth_set_read_ex(made, TlsCallbackAccess::read);
        BIO_meth_set_write_ex(made, TlsCallbackAccess::write);
        BIO_meth_set_ctrl(made, TlsCallbackAccess::control);
        BIO_meth_set_create(made, TlsCallbackAccess::create);
        return made;
    }();
    return method;
}

TlsChannel::TlsChannel(std::shared_ptr<const TlsContext> context, Side side, ITlsWire &wire, Judge judge)
    : m_context(std::move(context)), m_wire(wire), m_judge(std::move(judge)), m_side(side)
{
    m_ssl = SSL_new(m_context->m_context);
    BIO *bio = BIO_new(wireMethod());
    if (!m_ssl || !bio) {
        BIO_free(bio);
        fail(Failure::Broken, tr("there is not enough memory for an encrypted link"));
        return;
    }
    BIO_set_data(bio, this);
    SSL_set_bio(m_ssl, bio, bio);
    SSL_set_app_data(m_ssl, this);
    SSL_set_msg_callback(m_ssl, TlsCallbackAccess::messageSeen);
    if (side == Side::Server) {
        SSL_set_accept_state(m_ssl);
        return;
    }
    QByteArray offer(1, char(sizeof TlsContext::kProtocol - 1));
    offer += TlsContext::kProtocol;
    SSL_set_alpn_protos(m_ssl, reinterpret_cast<const unsigned char *>(offer.constData()),
                        static_cast<unsigned int>(offer.size()));
    SSL_set_connect_state(m_ssl);
}

TlsChannel::~TlsChannel()
{
    SSL_free(m_ssl);
}

TlsChannel::State TlsChannel::handshake()
{
    if (m_state != State::Handshaking)
        return m_state;
    ERR_clear_error();
    const int result = SSL_do_handshake(m_ssl);
    if (m_state == State::Failed)
        return m_state;
    if (result == 1)
        checkNewlyOpen();
    else if (SSL_get_error(m_ssl, result) != SSL_ERROR_WANT_READ)
        failFromOpenssl();
    return m_state;
}

void TlsChannel::checkNewlyOpen()
{
    // A peer that offers no ALPN at all is not asked by OpenSSL, so it is noticed here.
    const unsigned char *protocol = nullptr;
    unsigned int length = 0;
    SSL_get0_alpn_selected(m_ssl, &protocol, &length);
    if (length != sizeof TlsContext::kProtocol - 1 || std::memcmp(protocol, TlsContext::kProtocol, length) != 0)
        return fail(Failure::WrongTls, tr("it speaks TLS, but not Patchbay's protocol"));
    if (m_peerId.isEmpty())
        return fail(Failure::Certificate, tr("it showed no certificate"));
    m_state = State::Open;
}

void TlsChannel::fail(Failure failure, const QString &text)
{
    if (m_state == State::Failed)
        return;
    m_state = State::Failed;
    m_failure = failure;
    m_failureText = text;
}

void TlsChannel::failFromOpenssl()
{
    const unsigned long error = ERR_peek_error();
    const int reason = ERR_GET_REASON(error);
    const QString words = QString::fromLatin1(error ? ERR_reason_error_string(error) : "");
    ERR_clear_error();
    if (m_wireEnded && error == 0)
        return fail(Failure::Broken, tr("the connection ended during the TLS handshake"));
    switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
        if (m_state == State::Handshaking && m_side == Side::Client)
            return fail(Failure::NotTls, tr("what it says is not TLS"));
        return fail(Failure::WrongTls, tr("its TLS cannot be understood (%1)").arg(words));
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
        return fail(Failure::WrongTls, tr("it does not speak TLS 1.3"));
    case SSL_R_NO_APPLICATION_PROTOCOL:
    case SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL:
        return fail(Failure::WrongTls, tr("it speaks TLS, but not Patchbay's protocol"));
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        return fail(Failure::Certificate, tr("it showed no certificate"));
    default:
        break;
    }
    if (reason >= SSL_AD_REASON_OFFSET) // its alert, not our finding
        return fail(Failure::Refused, tr("it refused the encrypted link (%1)").arg(words));
    fail(Failure::Broken, words.isEmpty() ? tr("the encrypted link broke") : words);
}

qint64 TlsChannel::read(char *data, qint64 max)
{
    if (m_state != State::Open)
        return 0;
    ERR_clear_error();
    qint64 total = 0;
    while (total < max) {
        size_t count = 0;
        // One call gives one record at most.
        const int result = SSL_read_ex(m_ssl, data + total, size_t(max - total), &count);
        total += qint64(count);
        if (m_state == State::Failed)
            break;
        if (result == 1)
            continue;
        switch (SSL_get_error(m_ssl, result)) {
        case SSL_ERROR_WANT_READ:
            return total;
        case SSL_ERROR_ZERO_RETURN:
            m_state = State::Ended;
            return total;
        default:
            // An end without close_notify is an end: frames carry their own length, and Bye its own word.
            if (m_wireEnded) {
                ERR_clear_error();
                m_state = State::Ended;
            } else {
                failFromOpenssl();
            }
            return total;
        }
    }
    return total;
}

bool TlsChannel::write(const char *data, qint64 size)
{
    if (m_finished || (m_state != State::Open && m_state != State::Ended))
        return false;
    ERR_clear_error();
    if (m_writtenSinceKey >= kBytesPerKey) {
        m_writtenSinceKey = 0;
        SSL_key_update(m_ssl, SSL_KEY_UPDATE_NOT_REQUESTED);
    }
    for (qint64 done = 0; done < size;) {
        size_t count = 0;
        if (SSL_write_ex(m_ssl, data + done, size_t(size - done), &count) != 1) {
            failFromOpenssl(); // the wire takes everything, so this is no full buffer
            return false;
        }
        done += qint64(count);
    }
    m_writtenSinceKey += quint64(size);
    return true;
}

void TlsChannel::finish()
{
    if (m_finished || (m_state != State::Open && m_state != State::Ended))
        return;
    m_finished = true;
    ERR_clear_error();
    SSL_shutdown(m_ssl);
    ERR_clear_error();
}

} // namespace patchbay::security
