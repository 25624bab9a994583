// SPDX-License-Identifier: MIT
#include "security/peerid.h"

#include "security/digest.h"

#include <QSslCertificate>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <array>
#include <memory>

namespace patchbay::security {

namespace {

constexpr char kAlphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
constexpr size_t kSymbols = 52; // 260 bits for 256: the last four are zero
constexpr size_t kHalves = 2;
constexpr size_t kHalfSymbols = kSymbols / kHalves;
constexpr size_t kHalfLength = kHalfSymbols + 2;
constexpr int kGroup = 7;

/// SubjectPublicKeyInfo of every P-256 key, up to and with the mark of an uncompressed point.
constexpr unsigned char kSpkiPrefix[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                         0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                         0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
constexpr int kSpkiBytes = int(sizeof(kSpkiPrefix)) + 64;

using Symbols = std::array<quint8, kSymbols>;

Symbols toSymbols(const QByteArray &id)
{
    Symbols symbols = {};
    for (int bit = 0; bit < kPeerIdBytes * 8; ++bit) {
        if (quint8(id[bit / 8]) >> (7 - bit % 8) & 1)
            symbols[size_t(bit / 5)] |= quint8(16 >> (bit % 5));
    }
    return symbols;
}

/// Times x in GF(32) = GF(2)[x] / (x^5 + x^2 + 1).
quint8 timesX(quint8 value)
{
    const int shifted = value << 1;
    return quint8(shifted & 32 ? shifted ^ 0x25 : shifted);
}

struct Check
{
    quint8 p = 0;
    quint8 q = 0;
};

/// Two check symbols of a half: the sum of its symbols, and the sum of symbol i times x^i. With them two halves that
/// both hold differ in three places or more, as x has order 31 and a half is shorter. The number of the half counts
/// as a symbol, so halves cannot be swapped.
Check checkOf(const Symbols &symbols, size_t half)
{
    Check check;
    for (size_t i = kHalfSymbols; i-- > 0;) {
        const quint8 symbol = symbols[half * kHalfSymbols + i];
        check.p ^= symbol;
        check.q = quint8(timesX(check.q) ^ symbol);
    }
    check.p = quint8(check.p ^ half);
    check.q = quint8(timesX(check.q) ^ half);
    return check;
}

int symbolOf(QChar character)
{
    const char16_t c = character.unicode();
    if (c >= u'a' && c <= u'z')
        return c - u'a';
    if (c >= u'A' && c <= u'Z')
        return c - u'A';
    if (c >= u'2' && c <= u'7')
        return c - u'2' + 26;
    return -1;
}

} // namespace

QByteArray peerIdOfPublicKey(QByteArrayView der)
{
    // A key has one id only if it has one encoding: named curve, uncompressed point, nothing behind.
    if (der.size() != kSpkiBytes
        || !der.startsWith(QByteArrayView(reinterpret_cast<const char *>(kSpkiPrefix), sizeof(kSpkiPrefix))))
        return {};
    const auto *in = reinterpret_cast<const unsigned char *>(der.data());
    // Refuses a point that is not on the curve.
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(d2i_PUBKEY(nullptr, &in, long(der.size())),
                                                                  &EVP_PKEY_free);
    return key ? sha256({der}) : QByteArray();
}

QByteArray peerIdOf(const QSslCertificate &certificate)
{
    const QByteArray der = certificate.toDer();
    const auto *in = reinterpret_cast<const unsigned char *>(der.constData());
    const std::unique_ptr<X509, decltype(&X509_free)> parsed(d2i_X509(nullptr, &in, long(der.size())), &X509_free);
    if (!parsed)
        return {};
    unsigned char *out = nullptr;
    const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(parsed.get()), &out);
    if (length <= 0)
        return {};
    const QByteArray id = peerIdOfPublicKey(QByteArrayView(reinterpret_cast<const char *>(out), length));
    OPENSSL_free(out);
    return id;
}

QString formatPeerId(const QByteArray &id)
{
    if (id.size() != kPeerIdBytes)
        return {};
    const Symbols symbols = toSymbols(id);
    QString plain;
    for (size_t half = 0; half < kHalves; ++half) {
        for (size_t i = 0; i < kHalfSymbols; ++i)
            plain += QLatin1Char(kAlphabet[symbols[half * kHalfSymbols + i]]);
        const Check check = checkOf(symbols, half);
        plain += QLatin1Char(kAlphabet[check.p]);
        plain += QLatin1Char(kAlphabet[check.q]);
    }
    QString text;
    for (qsizetype i = 0; i < plain.size(); i += kGroup) {
        if (i > 0)
            text += QLatin1Char('-');
        text += QStringView(plain).mid(i, kGroup);
    }
    return text;
}

std::optional<QByteArray> parsePeerId(QStringView text)
{
    std::array<quint8, kHalves *kHalfLength> all = {};
    size_t count = 0;
    for (const QChar character : text) {
        if (character == QLatin1Char('-') || character.isSpace())
            continue;
        const int symbol = symbolOf(character);
        if (symbol < 0 || count == all.size())
            return {};
        all[count++] = quint8(symbol);
    }
    if (count != all.size())
        return {};

    Symbols symbols = {};
    for (size_t half = 0; half < kHalves; ++half) {
        for (size_t i = 0; i < kHalfSymbols; ++i)
            symbols[half * kHalfSymbols + i] = all[half * kHalfLength + i];
        const Check check = checkOf(symbols, half);
        if (all[half * kHalfLength + kHalfSymbols] != check.p || all[half * kHalfLength + kHalfSymbols + 1] != check.q)
            return {};
    }
    if (symbols.back() & 15)
        return {};
    QByteArray id(kPeerIdBytes, '\0');
    for (int bit = 0; bit < kPeerIdBytes * 8; ++bit) {
        if (symbols[size_t(bit / 5)] & (16 >> (bit % 5)))
            id[bit / 8] = char(quint8(id[bit / 8]) | (128 >> (bit % 8)));
    }
    return id;
}

QString shortPeerId(const QByteArray &id)
{
    return formatPeerId(id).remove(QLatin1Char('-')).left(8);
}

} // namespace patchbay::security
