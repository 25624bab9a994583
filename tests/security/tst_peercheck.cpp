// SPDX-License-Identifier: MIT
#include "security/identity.h"
#include "security/peercheck.h"
#include "security/peerid.h"

#include <QTest>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

using namespace patchbay::security;

class PeerCheckTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void toleratesExactlyFour();
    void takesACertificateOfOurs();
    void refusesOtherKeys_data();
    void refusesOtherKeys();
    void refusesOtherChains();
    void refusesItself();
    void sizeIsLimited_data();
    void sizeIsLimited();
};

namespace {

/// \a organisation makes it large.
QSslCertificate certificateFor(EVP_PKEY *key, const QByteArray &organisation = {})
{
    X509 *certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    if (!organisation.isEmpty()) {
        X509_NAME *name = X509_NAME_new();
        // Attributes that may be of any length.
        X509_NAME_add_entry_by_NID(name, NID_pkcs9_unstructuredName, MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char *>(organisation.constData()),
                                   int(organisation.size()), -1, 0);
        X509_set_subject_name(certificate, name);
        X509_NAME_free(name);
    }
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256());
    unsigned char *der = nullptr;
    const int length = i2d_X509(certificate, &der);
    const QByteArray bytes(reinterpret_cast<const char *>(der), length);
    OPENSSL_free(der);
    X509_free(certificate);
    return QSslCertificate(bytes, QSsl::Der);
}

QSslCertificate certificateOf(const QByteArray &kind)
{
    EVP_PKEY *key = kind == "RSA"       ? EVP_RSA_gen(2048)
                    : kind == "Ed25519" ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                        : EVP_EC_gen(kind.constData());
    if (kind == "compressed") {
        key = EVP_EC_gen("P-256");
        EVP_PKEY_set_utf8_string_param(key, "point-format", "compressed");
    } else if (kind == "explicit") {
        key = EVP_EC_gen("P-256");
        EVP_PKEY_set_utf8_string_param(key, "encoding", "explicit");
    }
    const QSslCertificate certificate = certificateFor(key);
    EVP_PKEY_free(key);
    return certificate;
}

} // namespace

void PeerCheckTest::toleratesExactlyFour()
{
    const QList<QSslError::SslError> tolerable{QSslError::SelfSignedCertificate, QSslError::HostNameMismatch,
                                               QSslError::CertificateNotYetValid, QSslError::CertificateExpired};
    int tolerated = 0;
    for (int i = -1; i < 64; ++i) {
        const auto error = QSslError::SslError(i);
        QCOMPARE(isTolerable(QSslError(error)), tolerable.contains(error));
        QCOMPARE(areTolerable({QSslError(QSslError::SelfSignedCertificate), QSslError(error)}),
                 tolerable.contains(error));
        tolerated += isTolerable(QSslError(error)) ? 1 : 0;
    }
    QCOMPARE(tolerated, 4);
    QVERIFY(areTolerable({}));
    QVERIFY(!isTolerable(QSslError(QSslError::NoPeerCertificate)));
    QVERIFY(!isTolerable(QSslError(QSslError::SelfSignedCertificateInChain)));
}

void PeerCheckTest::takesACertificateOfOurs()
{
    const auto identity = Identity::temporary();
    const auto own = Identity::temporary();
    const PeerCheck check = checkPeerCertificates({identity.value().certificate()}, own.value().peerId());
    QVERIFY(check.ok());
    QVERIFY(check.refusal.isEmpty());
    QCOMPARE(check.peerId, identity.value().peerId());
    QVERIFY(checkPeerCertificates({certificateOf("P-256")}, own.value().peerId()).ok());
}

void PeerCheckTest::refusesOtherKeys_data()
{
    QTest::addColumn<QByteArray>("kind");
    for (const char *kind : {"RSA", "Ed25519", "P-384", "P-521", "secp256k1", "compressed", "explicit"})
        QTest::newRow(kind) << QByteArray(kind);
}

void PeerCheckTest::refusesOtherKeys()
{
    QFETCH(QByteArray, kind);
    const QSslCertificate certificate = certificateOf(kind);
    QVERIFY(!certificate.isNull());
    const PeerCheck check = checkPeerCertificates({certificate}, QByteArray(32, 'o'));
    QVERIFY(!check.ok());
    QVERIFY(check.peerId.isEmpty());
    QVERIFY2(check.refusal.contains(QStringLiteral("P-256")), qPrintable(check.refusal));
    QVERIFY(peerIdOf(certificate).isEmpty());
}

void PeerCheckTest::refusesOtherChains()
{
    const QSslCertificate good = certificateOf("P-256");
    QVERIFY(!checkPeerCertificates({}, {}).ok());
    QVERIFY(!checkPeerCertificates({QSslCertificate()}, {}).ok());
    QVERIFY(!checkPeerCertificates({good, good}, {}).ok());
    QVERIFY(!checkPeerCertificates(QList<QSslCertificate>(1000, good), {}).ok());
    QVERIFY(peerIdOf(QSslCertificate()).isEmpty());
}

void PeerCheckTest::refusesItself()
{
    const auto own = Identity::temporary();
    const PeerCheck check = checkPeerCertificates({own.value().certificate()}, own.value().peerId());
    QVERIFY(!check.ok());
    QVERIFY(check.refusal.contains(QStringLiteral("itself")));
}

void PeerCheckTest::sizeIsLimited_data()
{
    QTest::addColumn<int>("size");
    QTest::addColumn<bool>("taken");
    QTest::newRow("below") << kMaxCertificateBytes - 1 << true;
    QTest::newRow("at") << kMaxCertificateBytes << true;
    QTest::newRow("above") << kMaxCertificateBytes + 1 << false;
}

void PeerCheckTest::sizeIsLimited()
{
    QFETCH(int, size);
    QFETCH(bool, taken);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    // The length of a signature varies by a byte or two: look for one that fits.
    QSslCertificate certificate;
    for (int tries = 0, filler = 3500; tries < 1000 && certificate.toDer().size() != size; ++tries) {
        certificate = certificateFor(key, QByteArray(filler, 'x'));
        filler += size - int(certificate.toDer().size());
    }
    EVP_PKEY_free(key);
    QCOMPARE(certificate.toDer().size(), size);
    QCOMPARE(checkPeerCertificates({certificate}, {}).ok(), taken);
}

QTEST_GUILESS_MAIN(PeerCheckTest)
#include "tst_peercheck.moc"
