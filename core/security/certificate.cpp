// SPDX-License-Identifier: MIT
#include "security/certificate.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

namespace patchbay::security {

namespace {

constexpr char kCommonName[] = "patchbay";
constexpr char kNotBefore[] = "20000101000000Z";
constexpr char kNotAfter[] = "99991231235959Z"; // RFC 5280: no end that is known
constexpr int kSerialBytes = 16;

template <typename T, void (*release)(T *)>
struct Free
{
    void operator()(T *pointer) const { release(pointer); }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY, EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509, X509_free>>;
using Name = std::unique_ptr<X509_NAME, Free<X509_NAME, X509_NAME_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION, X509_EXTENSION_free>>;
using Number = std::unique_ptr<BIGNUM, Free<BIGNUM, BN_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO, BIO_free_all>>;

QByteArray contentOf(BIO *bio)
{
    char *data = nullptr;
    const long length = BIO_get_mem_data(bio, &data);
    return length > 0 ? QByteArray(data, length) : QByteArray();
}

bool setSerial(X509 *certificate, const RandomBytes &random)
{
    QByteArray bytes = random(kSerialBytes);
    if (bytes.size() != kSerialBytes)
        return false;
    bytes[0] = char((quint8(bytes[0]) & 0x7f) | 0x40); // positive, and always as long
    const Number number(
        BN_bin2bn(reinterpret_cast<const unsigned char *>(bytes.constData()), int(bytes.size()), nullptr));
    return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate));
}

bool setName(X509 *certificate)
{
    const Name name(X509_NAME_new());
    return name
           && X509_NAME_add_entry_by_txt(name.get(), "CN", MBSTRING_ASC,
                                         reinterpret_cast<const unsigned char *>(kCommonName), -1, -1, 0)
                  == 1
           && X509_set_subject_name(certificate, name.get()) == 1 && X509_set_issuer_name(certificate, name.get()) == 1;
}

/// It certifies nobody else.
bool addConstraints(X509 *certificate)
{
    const Extension extension(X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, "critical,CA:FALSE"));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

Certificate makeCertificate(EVP_PKEY *key, const RandomBytes &random)
{
    Certificate certificate(X509_new());
    if (!certificate || X509_set_version(certificate.get(), X509_VERSION_3) != 1
        || !setSerial(certificate.get(), random) || !setName(certificate.get())
        || ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate.get()), kNotBefore) != 1
        || ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate.get()), kNotAfter) != 1
        || X509_set_pubkey(certificate.get(), key) != 1 || !addConstraints(certificate.get())
        || X509_sign(certificate.get(), key, EVP_sha256()) <= 0)
        return nullptr;
    return certificate;
}

} // namespace

std::optional<KeyPair> makeKeyPair(const RandomBytes &random)
{
    const Key key(EVP_EC_gen("P-256"));
    if (!key)
        return {};
    const Certificate certificate = makeCertificate(key.get(), random);
    const Bio keyBio(BIO_new(BIO_s_secmem()));
    const Bio certificateBio(BIO_new(BIO_s_mem()));
    if (!certificate || !keyBio || !certificateBio
        || PEM_write_bio_PKCS8PrivateKey(keyBio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1
        || PEM_write_bio_X509(certificateBio.get(), certificate.get()) != 1)
        return {};
    return KeyPair{contentOf(keyBio.get()), contentOf(certificateBio.get())};
}

bool belongTogether(const KeyPair &pair)
{
    const Bio keyBio(BIO_new_mem_buf(pair.keyPem.constData(), int(pair.keyPem.size())));
    const Bio certificateBio(BIO_new_mem_buf(pair.certificatePem.constData(), int(pair.certificatePem.size())));
    if (!keyBio || !certificateBio)
        return false;
    // An empty password instead of the default callback, which would ask on the terminal.
    char noPassword[] = "";
    const Key key(PEM_read_bio_PrivateKey(keyBio.get(), nullptr, nullptr, noPassword));
    const Certificate certificate(PEM_read_bio_X509(certificateBio.get(), nullptr, nullptr, noPassword));
    return key && certificate && X509_check_private_key(certificate.get(), key.get()) == 1
           && X509_verify(certificate.get(), key.get()) == 1;
}

} // namespace patchbay::security
