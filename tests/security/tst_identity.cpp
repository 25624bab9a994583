// SPDX-License-Identifier: MIT
#include "security/identity.h"
#include "security/peerid.h"
#include "support.h"

#include <QDir>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace patchbay;
using namespace patchbay::security;

class IdentityTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void keepsItsKey();
    void certificateSaysNothing();
    void filesArePrivate();
    void identitiesDiffer();
    void cutAnywhereIsRefused();
    void anyFlippedByteIsRefused();
    void lostIsNotNew_data();
    void lostIsNotNew();
    void unsafeFilesAreRefused_data();
    void unsafeFilesAreRefused();
    void sizeIsLimited_data();
    void sizeIsLimited();
    void companionIsMended_data();
    void companionIsMended();
    void anotherIdentityIsRefused();
    void leftOverOfACrashIsReplaced();
    void folderThatCannotBeWritten();

private:
    QString path(const char *name = "identity.pem") const { return m_dir->filePath(QLatin1String(name)); }
    void verifyRefused(ProblemCode code);

    std::unique_ptr<QTemporaryDir> m_dir;
};

void IdentityTest::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
}

/// Refused with a sentence that names the file, and nothing was made in its place.
void IdentityTest::verifyRefused(ProblemCode code)
{
    const QByteArray before = contentOf(path());
    const auto identity = Identity::open(m_dir->path());
    QVERIFY(!identity.ok());
    QCOMPARE(identity.error().code, code);
    QVERIFY2(identity.error().text.contains(path()), qPrintable(identity.error().text));
    QCOMPARE(contentOf(path()), before);
}

void IdentityTest::keepsItsKey()
{
    const auto first = Identity::open(m_dir->path());
    QVERIFY2(first.ok(), first.ok() ? "" : qPrintable(first.error().text));
    QVERIFY(first.value().isNew());
    QCOMPARE(first.value().peerId().size(), 32);
    QCOMPARE(first.value().key().algorithm(), QSsl::Ec);
    QCOMPARE(first.value().key().type(), QSsl::PrivateKey);
    QCOMPARE(first.value().key().length(), 256);
    const auto again = Identity::open(m_dir->path());
    QVERIFY(again.ok());
    QVERIFY(!again.value().isNew());
    QCOMPARE(again.value().peerId(), first.value().peerId());
    QCOMPARE(again.value().certificate(), first.value().certificate());
    QCOMPARE(again.value().key(), first.value().key());
    QCOMPARE(peerIdOf(again.value().certificate()), again.value().peerId());
}

void IdentityTest::certificateSaysNothing()
{
    const auto identity = Identity::temporary();
    QVERIFY(identity.ok());
    const QSslCertificate certificate = identity.value().certificate();
    QCOMPARE(certificate.subjectInfo(QSslCertificate::CommonName), QStringList(QStringLiteral("patchbay")));
    QCOMPARE(certificate.subjectInfoAttributes().size(), 1);
    QCOMPARE(certificate.issuerInfo(QSslCertificate::CommonName), QStringList(QStringLiteral("patchbay")));
    QVERIFY(certificate.isSelfSigned());
    QCOMPARE(certificate.version(), QByteArray("3"));
    QCOMPARE(certificate.effectiveDate(), QDateTime({2000, 1, 1}, {0, 0}, Qt::UTC));
    QCOMPARE(certificate.expiryDate(), QDateTime({9999, 12, 31}, {23, 59, 59}, Qt::UTC));
    const QByteArray serial = QByteArray::fromHex(certificate.serialNumber());
    QCOMPARE(serial.size(), 16);
    QVERIFY(quint8(serial[0]) < 0x80);
    QVERIFY(certificate.toDer().size() < 1024);
    QVERIFY(identity.value().certificate().subjectAlternativeNames().isEmpty());
}

void IdentityTest::filesArePrivate()
{
    QVERIFY(Identity::open(m_dir->path()).ok());
    for (const char *name : {"identity.pem", "identity.id"}) {
        struct stat info = {};
        QCOMPARE(::stat(QFile::encodeName(path(name)).constData(), &info), 0);
        QCOMPARE(int(info.st_mode & 07777), 0600);
    }
    QCOMPARE(QDir(m_dir->path()).entryList(QDir::Files | QDir::Hidden),
             QStringList({QStringLiteral("identity.id"), QStringLiteral("identity.pem")}));
}

void IdentityTest::identitiesDiffer()
{
    const auto a = Identity::temporary();
    const auto b = Identity::temporary();
    QVERIFY(a.ok() && b.ok());
    QVERIFY(a.value().peerId() != b.value().peerId());
    QVERIFY(a.value().certificate().serialNumber() != b.value().certificate().serialNumber());
    QVERIFY(!a.value().isNew());
    // Random bytes that do not come make no identity.
    QVERIFY(!Identity::temporary([](int) { return QByteArray(); }).ok());
}

void IdentityTest::cutAnywhereIsRefused()
{
    QVERIFY(Identity::open(m_dir->path()).ok());
    const QByteArray whole = contentOf(path());
    for (const bool withCompanion : {true, false}) {
        if (!withCompanion)
            QVERIFY(QFile::remove(path("identity.id")));
        for (qsizetype size = 0; size < whole.size(); ++size) {
            QVERIFY(putFile(path(), whole.left(size)));
            verifyRefused(ProblemCode::Damaged);
            QCOMPARE(QFile::exists(path("identity.id")), withCompanion);
        }
    }
    QVERIFY(putFile(path(), whole));
    QVERIFY(Identity::open(m_dir->path()).ok());
}

void IdentityTest::anyFlippedByteIsRefused()
{
    QVERIFY(Identity::open(m_dir->path()).ok());
    const QByteArray whole = contentOf(path());
    for (const int mask : {0x01, 0x20, 0xff}) {
        for (qsizetype i = 0; i < whole.size(); ++i) {
            QByteArray flipped = whole;
            flipped[i] = char(flipped[i] ^ mask);
            QVERIFY(putFile(path(), flipped));
            verifyRefused(ProblemCode::Damaged);
        }
    }
    QVERIFY(putFile(path(), whole + '\n'));
    verifyRefused(ProblemCode::Damaged);
}

void IdentityTest::lostIsNotNew_data()
{
    QTest::addColumn<QString>("trace");
    for (const char *name : {"identity.id", "trust", "trust.previous"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

void IdentityTest::lostIsNotNew()
{
    QFETCH(QString, trace);
    QVERIFY(putFile(m_dir->filePath(trace), "x"));
    verifyRefused(ProblemCode::Lost);
    QVERIFY(!QFile::exists(path()));
    // As the text says: move it away to start anew.
    QVERIFY(QFile::remove(m_dir->filePath(trace)));
    QVERIFY(Identity::open(m_dir->path()).ok());
    // And what was made is missed.
    QVERIFY(QFile::remove(path()));
    verifyRefused(ProblemCode::Lost);
}

void IdentityTest::unsafeFilesAreRefused_data()
{
    QTest::addColumn<QString>("how");
    for (const char *how :
         {"0640", "0604", "0620", "0602", "0601", "0610", "link", "dangling", "folder", "fifo", "owner"})
        QTest::newRow(how) << QString::fromLatin1(how);
}

void IdentityTest::unsafeFilesAreRefused()
{
    QFETCH(QString, how);
    QVERIFY(Identity::open(m_dir->path()).ok());
    const QByteArray name = QFile::encodeName(path());
    const QByteArray whole = contentOf(path());
    bool isNumber = false;
    const int mode = how.toInt(&isNumber, 8);
    if (isNumber) {
        QCOMPARE(::chmod(name.constData(), mode_t(mode)), 0);
    } else if (how == QLatin1String("owner")) {
        if (::geteuid() != 0)
            QSKIP("only root can give files away");
        QCOMPARE(::chown(name.constData(), 12345, gid_t(-1)), 0);
    } else {
        QVERIFY(QFile::rename(path(), path("elsewhere")));
        if (how == QLatin1String("link"))
            QVERIFY(QFile::link(path("elsewhere"), path()));
        else if (how == QLatin1String("dangling"))
            QVERIFY(QFile::link(path("nowhere"), path()));
        else if (how == QLatin1String("folder"))
            QVERIFY(QDir().mkdir(path()));
        else
            QCOMPARE(::mkfifo(name.constData(), 0600), 0);
    }
    const auto identity = Identity::open(m_dir->path());
    QVERIFY(!identity.ok());
    QCOMPARE(identity.error().code, ProblemCode::Insecure);
    QVERIFY(identity.error().text.contains(path()));
    QVERIFY(!QFile::exists(path("nowhere")));
}

void IdentityTest::sizeIsLimited_data()
{
    QTest::addColumn<int>("size");
    QTest::newRow("at") << 16 * 1024;
    QTest::newRow("above") << 16 * 1024 + 1;
}

void IdentityTest::sizeIsLimited()
{
    QFETCH(int, size);
    QVERIFY(putFile(path(), QByteArray(size, 'x')));
    verifyRefused(ProblemCode::Damaged);
    const auto identity = Identity::open(m_dir->path());
    QCOMPARE(identity.error().text.contains(QStringLiteral("larger")), size > 16 * 1024);
}

void IdentityTest::companionIsMended_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("missing") << QByteArray();
    QTest::newRow("damaged") << QByteArray("abc\n");
    QTest::newRow("oversized") << QByteArray(4096, 'a');
}

void IdentityTest::companionIsMended()
{
    QFETCH(QByteArray, content);
    const auto first = Identity::open(m_dir->path());
    QVERIFY(first.ok());
    QVERIFY(QFile::remove(path("identity.id")));
    if (!content.isEmpty())
        QVERIFY(putFile(path("identity.id"), content));
    const auto again = Identity::open(m_dir->path());
    QVERIFY(again.ok());
    QCOMPARE(again.value().peerId(), first.value().peerId());
    QCOMPARE(contentOf(path("identity.id")), formatPeerId(first.value().peerId()).toLatin1() + '\n');
}

void IdentityTest::anotherIdentityIsRefused()
{
    QTemporaryDir other;
    QVERIFY(Identity::open(other.path()).ok());
    QVERIFY(Identity::open(m_dir->path()).ok());
    QVERIFY(putFile(path(), contentOf(other.filePath(QStringLiteral("identity.pem")))));
    verifyRefused(ProblemCode::Damaged);
}

void IdentityTest::leftOverOfACrashIsReplaced()
{
    QVERIFY(putFile(path("identity.pem.new"), "half of a k"));
    QVERIFY(Identity::open(m_dir->path()).ok());
    QVERIFY(!QFile::exists(path("identity.pem.new")));
}

void IdentityTest::folderThatCannotBeWritten()
{
    const auto identity = Identity::open(path("no/such/folder"));
    QVERIFY(!identity.ok());
    QCOMPARE(identity.error().code, ProblemCode::Io);
}

QTEST_GUILESS_MAIN(IdentityTest)
#include "tst_identity.moc"
