// SPDX-License-Identifier: MIT
#include "security/identity.h"

#include "security/certificate.h"
#include "security/digest.h"
#include "security/peerid.h"
#include "security/privatefile.h"

#include <QCoreApplication>
#include <QDir>
#include <QSsl>

namespace patchbay::security {

namespace {

constexpr qint64 kMaxIdentityBytes = 16 * 1024;
constexpr qint64 kMaxCompanionBytes = 256;
constexpr char kFirstLine[] = "patchbay identity 1\n";
constexpr char kCertificateBegin[] = "-----BEGIN CERTIFICATE-----\n";
constexpr char kChecksum[] = "sha256 ";
constexpr qsizetype kChecksumLine = qsizetype(sizeof(kChecksum)) - 1 + 2 * kDigestBytes + 1;

QString tr(const char *text)
{
    return QCoreApplication::translate("patchbay::security", text);
}

/// What else shows that somebody was here: file names in a profile folder.
QStringList traces()
{
    return {QStringLiteral("identity.id"), QStringLiteral("trust"), QStringLiteral("trust.previous")};
}

QString howToStartAnew(const QDir &dir)
{
    return tr("Restore it from a backup. Or, to become a new peer to everybody else, move identity.pem, identity.id, "
              "trust and trust.previous out of %1.")
        .arg(dir.path());
}

QByteArray toFile(const KeyPair &pair)
{
    const QByteArray content = kFirstLine + pair.keyPem + pair.certificatePem;
    return content + kChecksum + sha256({content}).toHex() + '\n';
}

/// Nothing unless every byte is as toFile() wrote it.
std::optional<KeyPair> fromFile(const QByteArray &file)
{
    if (file.size() < kChecksumLine)
        return {};
    const QByteArray content = file.chopped(kChecksumLine);
    if (file != content + kChecksum + sha256({content}).toHex() + '\n' || !content.startsWith(kFirstLine))
        return {};
    const qsizetype key = qsizetype(sizeof(kFirstLine)) - 1;
    const qsizetype certificate = content.indexOf(kCertificateBegin);
    if (certificate < key)
        return {};
    return KeyPair{content.mid(key, certificate - key), content.mid(certificate)};
}

Problem problemOf(const FileFault &fault, const QString &path)
{
    using Kind = FileFault::Kind;
    const QString what = describe(fault, path) + QLatin1Char(' ');
    switch (fault.kind) {
    case Kind::NotOurs:
    case Kind::NotRegular:
    case Kind::TooOpen:
        return {ProblemCode::Insecure,
                what
                    + tr("It holds the key that proves who you are, so it must be a file of your own that nobody else "
                         "can read: check who had access, then make it so (chmod 600).")};
    case Kind::TooLarge:
        return {ProblemCode::Damaged, what + tr("Restore it from a backup.")};
    default:
        return {ProblemCode::Io, what + tr("Check its permissions and the free space.")};
    }
}

/// Nothing unless the companion could be read and holds a peer id.
std::optional<QByteArray> readCompanion(const QString &path)
{
    const auto file = readPrivateFile(path, kMaxCompanionBytes);
    return file.ok() ? parsePeerId(QString::fromLatin1(file.value())) : std::nullopt;
}

Problem noCrypto()
{
    return {ProblemCode::Crypto,
            tr("A key could not be made: libcrypto refused. Check that OpenSSL 3 is installed completely.")};
}

} // namespace

base::Result<Identity, Problem> Identity::fromPem(const QByteArray &keyPem, const QByteArray &certificatePem)
{
    Identity identity;
    identity.m_certificate = QSslCertificate(certificatePem, QSsl::Pem);
    identity.m_key = QSslKey(keyPem, QSsl::Ec, QSsl::Pem, QSsl::PrivateKey);
    identity.m_peerId = peerIdOf(identity.m_certificate);
    if (identity.m_peerId.isEmpty() || identity.m_key.isNull() || !belongTogether({keyPem, certificatePem}))
        return noCrypto();
    return identity;
}

base::Result<Identity, Problem> Identity::temporary(const RandomBytes &random)
{
    const auto pair = makeKeyPair(random);
    if (!pair)
        return noCrypto();
    return fromPem(pair->keyPem, pair->certificatePem);
}

base::Result<Identity, Problem> Identity::open(const QString &directory, const RandomBytes &random)
{
    const QDir dir(directory);
    const QString path = dir.filePath(QStringLiteral("identity.pem"));
    const auto file = readPrivateFile(path, kMaxIdentityBytes);
    if (file.ok())
        return load(dir, file.value());
    if (file.error().kind != FileFault::Kind::Missing)
        return problemOf(file.error(), path);
    for (const QString &trace : traces()) {
        if (isThere(dir.filePath(trace)))
            return Problem{ProblemCode::Lost,
                           tr("The identity %1 is gone, but %2 beside it shows that there was one.").arg(path, trace)
                               + QLatin1Char(' ') + howToStartAnew(dir)};
    }
    return create(dir, random);
}

base::Result<Identity, Problem> Identity::load(const QDir &dir, const QByteArray &file)
{
    const QString path = dir.filePath(QStringLiteral("identity.pem"));
    const auto pair = fromFile(file);
    if (!pair)
        return Problem{ProblemCode::Damaged,
                       tr("The identity %1 is damaged.").arg(path) + QLatin1Char(' ') + howToStartAnew(dir)};
    auto identity = fromPem(pair->keyPem, pair->certificatePem);
    if (!identity.ok())
        return Problem{ProblemCode::Damaged, tr("The identity %1 holds no key that can be used.").arg(path)
                                                 + QLatin1Char(' ') + howToStartAnew(dir)};

    const QString companion = dir.filePath(QStringLiteral("identity.id"));
    const auto known = readCompanion(companion);
    if (known && *known != identity.value().m_peerId)
        return Problem{
            ProblemCode::Damaged,
            tr("The identity %1 is another one than %2 says this profile had. Restore the right one from a backup, or "
               "delete identity.id if this is the right one.")
                .arg(path, companion)};
    if (!known) {
        if (const auto fault = identity.value().writeCompanion(dir))
            return problemOf(*fault, companion);
    }
    return identity;
}

base::Result<Identity, Problem> Identity::create(const QDir &dir, const RandomBytes &random)
{
    const auto pair = makeKeyPair(random);
    if (!pair)
        return noCrypto();
    auto identity = fromPem(pair->keyPem, pair->certificatePem);
    if (!identity.ok())
        return identity;
    // First the key, then the companion that says there was one: a crash in between loses nothing.
    const QString path = dir.filePath(QStringLiteral("identity.pem"));
    if (const auto fault = writePrivateFile(path, toFile(*pair), Replace::No))
        return problemOf(*fault, path);
    if (const auto fault = identity.value().writeCompanion(dir))
        return problemOf(*fault, dir.filePath(QStringLiteral("identity.id")));
    identity.value().m_isNew = true;
    return identity;
}

std::optional<FileFault> Identity::writeCompanion(const QDir &dir) const
{
    return writePrivateFile(dir.filePath(QStringLiteral("identity.id")), formatPeerId(m_peerId).toLatin1() + '\n',
                            Replace::Yes);
}

} // namespace patchbay::security
