// SPDX-License-Identifier: MIT
#include "security/digest.h"
#include "security/trustcodec.h"
#include "security/trustfile.h"
#include "support.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace patchbay::security;

class TrustFileTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void beginsEmpty();
    void saysThatNobodyIsKnownAnyMore();
    void keepsTwoCopies();
    void filesArePrivate();
    void cutAnywhereThePreviousCopyIsUsed();
    void anyFlippedByteThePreviousCopyIsUsed();
    void withoutASoundCopyItIsRefused_data();
    void withoutASoundCopyItIsRefused();
    void aDamagedFileNeverReplacesTheCopy();
    void newerVersionIsRefused();
    void unsafeFilesAreRefused_data();
    void unsafeFilesAreRefused();
    void stoppedAnywhereWhileSaving_data();
    void stoppedAnywhereWhileSaving();
    void savingFailsWithoutLoss();
    void sizeIsLimited();

private:
    QString path(const char *name = "trust") const { return m_dir->filePath(QLatin1String(name)); }

    std::unique_ptr<QTemporaryDir> m_dir;
    TrustStore m_older; ///< what trust.previous holds
    TrustStore m_newer;
};

/// A folder with two copies.
void TrustFileTest::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    m_older = sampleStore();
    m_newer = m_older;
    QVERIFY(!m_newer.put(peerOf(3)));
    QVERIFY(!saveTrust(m_dir->path(), m_older));
    QVERIFY(!saveTrust(m_dir->path(), m_newer));
}

void TrustFileTest::beginsEmpty()
{
    QTemporaryDir dir;
    const auto first = loadTrust(dir.path(), ProfileAge::New);
    QVERIFY(first.ok());
    QVERIFY(first.value().warning.isEmpty());
    QCOMPARE(first.value().store.count(), 0);
    QVERIFY(QFile::exists(dir.filePath(QStringLiteral("trust"))));
    const auto second = loadTrust(dir.path(), ProfileAge::Existing);
    QVERIFY(second.ok());
    QVERIFY(second.value().warning.isEmpty());
}

void TrustFileTest::saysThatNobodyIsKnownAnyMore()
{
    QVERIFY(QFile::remove(path()) && QFile::remove(path("trust.previous")));
    const auto loaded = loadTrust(m_dir->path(), ProfileAge::Existing);
    QVERIFY(loaded.ok());
    QVERIFY(loaded.value().warning.contains(m_dir->path()));
}

void TrustFileTest::keepsTwoCopies()
{
    QVERIFY(decodeTrust(contentOf(path()), {}).value() == m_newer);
    QVERIFY(decodeTrust(contentOf(path("trust.previous")), {}).value() == m_older);
    const auto loaded = loadTrust(m_dir->path(), ProfileAge::Existing);
    QVERIFY(loaded.ok());
    QVERIFY(loaded.value().warning.isEmpty());
    QVERIFY(loaded.value().store == m_newer);
}

void TrustFileTest::filesArePrivate()
{
    for (const char *name : {"trust", "trust.previous"}) {
        struct stat info = {};
        QCOMPARE(::stat(QFile::encodeName(path(name)).constData(), &info), 0);
        QCOMPARE(int(info.st_mode & 07777), 0600);
    }
    QCOMPARE(QDir(m_dir->path()).entryList(QDir::Files | QDir::Hidden),
             QStringList({QStringLiteral("trust"), QStringLiteral("trust.previous")}));
}

void TrustFileTest::cutAnywhereThePreviousCopyIsUsed()
{
    const QByteArray whole = contentOf(path());
    for (qsizetype size = 0; size < whole.size(); ++size) {
        QVERIFY(putFile(path(), whole.left(size)));
        const auto loaded = loadTrust(m_dir->path(), ProfileAge::Existing);
        QVERIFY(loaded.ok());
        QVERIFY(loaded.value().store == m_older);
        QVERIFY(loaded.value().warning.contains(path()));
    }
    QVERIFY(QFile::remove(path()));
    const auto loaded = loadTrust(m_dir->path(), ProfileAge::Existing);
    QVERIFY(loaded.ok());
    QVERIFY(loaded.value().store == m_older);
    QVERIFY(!loaded.value().warning.isEmpty());
}

void TrustFileTest::anyFlippedByteThePreviousCopyIsUsed()
{
    const QByteArray whole = contentOf(path());
    for (const int mask : {0x01, 0x80, 0xff}) {
        for (qsizetype i = 0; i < whole.size(); ++i) {
            QByteArray flipped = whole;
            flipped[i] = char(flipped[i] ^ mask);
            QVERIFY(putFile(path(), flipped));
            const auto loaded = loadTrust(m_dir->path(), ProfileAge::Existing);
            QVERIFY(loaded.ok());
            QVERIFY(loaded.value().store == m_older);
            QVERIFY(!loaded.value().warning.isEmpty());
        }
    }
}

void TrustFileTest::withoutASoundCopyItIsRefused_data()
{
    QTest::addColumn<QByteArray>("current"); // "-": there is none
    QTest::addColumn<QByteArray>("previous");
    const QByteArray whole = encodeTrust(sampleStore()).value();
    QTest::newRow("both empty") << QByteArray() << QByteArray();
    QTest::newRow("both cut") << whole.chopped(1) << whole.chopped(1);
    QTest::newRow("damaged, none") << whole + 'x' << QByteArray("-");
    QTest::newRow("empty, none") << QByteArray() << QByteArray("-");
    QTest::newRow("none, damaged") << QByteArray("-") << whole.left(40);
    QTest::newRow("none, empty") << QByteArray("-") << QByteArray();
}

void TrustFileTest::withoutASoundCopyItIsRefused()
{
    QFETCH(QByteArray, current);
    QFETCH(QByteArray, previous);
    QVERIFY(putFile(path(), current) && putFile(path("trust.previous"), previous));
    if (current == "-")
        QVERIFY(QFile::remove(path()));
    if (previous == "-")
        QVERIFY(QFile::remove(path("trust.previous")));
    for (const ProfileAge age : {ProfileAge::New, ProfileAge::Existing}) {
        const auto loaded = loadTrust(m_dir->path(), age);
        QVERIFY(!loaded.ok());
        QCOMPARE(loaded.error().code, ProblemCode::Damaged);
        QVERIFY(loaded.error().text.contains(path()) && loaded.error().text.contains(path("trust.previous")));
    }
    QCOMPARE(QFile::exists(path()), current != "-"); // nothing was made
}

void TrustFileTest::aDamagedFileNeverReplacesTheCopy()
{
    QVERIFY(putFile(path(), contentOf(path()).chopped(1)));
    auto loaded = loadTrust(m_dir->path(), ProfileAge::Existing);
    QVERIFY(loaded.ok());
    TrustStore store = loaded.value().store;
    QVERIFY(!store.put(peerOf(4)));
    QVERIFY(!saveTrust(m_dir->path(), store));
    QVERIFY(decodeTrust(contentOf(path()), {}).value() == store);
    QVERIFY(decodeTrust(contentOf(path("trust.previous")), {}).value() == m_older);
}

void TrustFileTest::newerVersionIsRefused()
{
    QByteArray bytes = contentOf(path()).chopped(32);
    bytes[11] = 2;
    bytes += sha256({bytes});
    QVERIFY(putFile(path(), bytes));
    const auto loaded = loadTrust(m_dir->path(), ProfileAge::Existing);
    QVERIFY(!loaded.ok()); // and not the older copy, whose use would undo what the newer version did
    QCOMPARE(loaded.error().code, ProblemCode::Newer);
    QVERIFY(loaded.error().text.contains(path()));
}

void TrustFileTest::unsafeFilesAreRefused_data()
{
    QTest::addColumn<QString>("how");
    for (const char *how : {"0644", "0620", "link", "fifo", "owner"})
        QTest::newRow(how) << QString::fromLatin1(how);
}

void TrustFileTest::unsafeFilesAreRefused()
{
    QFETCH(QString, how);
    for (const char *which : {"trust", "trust.previous"}) {
        init();
        if (qstrcmp(which, "trust.previous") == 0)
            QVERIFY(putFile(path(), "damaged"));
        const QByteArray name = QFile::encodeName(path(which));
        bool isNumber = false;
        const int mode = how.toInt(&isNumber, 8);
        if (isNumber) {
            QCOMPARE(::chmod(name.constData(), mode_t(mode)), 0);
        } else if (how == QLatin1String("owner")) {
            if (::geteuid() != 0)
                QSKIP("only root can give files away");
            QCOMPARE(::chown(name.constData(), 12345, gid_t(-1)), 0);
        } else {
            QVERIFY(QFile::rename(path(which), path("elsewhere")));
            if (how == QLatin1String("link"))
                QVERIFY(QFile::link(path("elsewhere"), path(which)));
            else
                QCOMPARE(::mkfifo(name.constData(), 0600), 0);
        }
        const auto loaded = loadTrust(m_dir->path(), ProfileAge::Existing);
        QVERIFY(!loaded.ok());
        QCOMPARE(loaded.error().code, ProblemCode::Insecure);
        QVERIFY(loaded.error().text.contains(path(which)));
    }
}

void TrustFileTest::stoppedAnywhereWhileSaving_data()
{
    QTest::addColumn<int>("step");
    for (int step = 0; step < 5; ++step)
        QTest::addRow("step %d", step) << step;
}

/// The states of the folder that a kill leaves behind, one after the other.
void TrustFileTest::stoppedAnywhereWhileSaving()
{
    QFETCH(int, step);
    TrustStore next = m_newer;
    QVERIFY(!next.put(peerOf(5)));
    const QByteArray bytes = encodeTrust(next).value();
    const QByteArray current = QFile::encodeName(path());
    const QByteArray previous = QFile::encodeName(path("trust.previous"));
    if (step >= 1) // a second name was given
        QCOMPARE(::link(current.constData(), (previous + ".new").constData()), 0);
    if (step >= 2) // and replaced the copy
        QCOMPARE(::rename((previous + ".new").constData(), previous.constData()), 0);
    if (step == 3) // half of the new file was written
        QVERIFY(putFile(path("trust.new"), bytes.left(bytes.size() / 2)));
    if (step >= 4) // all of it
        QVERIFY(putFile(path("trust.new"), bytes));
    const auto loaded = loadTrust(m_dir->path(), ProfileAge::Existing);
    QVERIFY(loaded.ok());
    QVERIFY(loaded.value().store == m_newer);
    QVERIFY(loaded.value().warning.isEmpty());
    // And the next save is as any other.
    QVERIFY(!saveTrust(m_dir->path(), next));
    QVERIFY(decodeTrust(contentOf(path()), {}).value() == next);
    QVERIFY(decodeTrust(contentOf(path("trust.previous")), {}).value() == m_newer);
    QCOMPARE(QDir(m_dir->path()).entryList(QDir::Files | QDir::Hidden).size(), 2);
}

void TrustFileTest::savingFailsWithoutLoss()
{
    const auto problem = saveTrust(path("no/such/folder"), m_newer);
    QVERIFY(problem);
    QCOMPARE(problem->code, ProblemCode::Io);
    // A folder where the new file is to be written.
    QVERIFY(QDir().mkdir(path("trust.new")));
    QVERIFY(saveTrust(m_dir->path(), m_older));
    const auto loaded = loadTrust(m_dir->path(), ProfileAge::Existing);
    QVERIFY(loaded.ok());
    QVERIFY(loaded.value().store == m_newer);
}

void TrustFileTest::sizeIsLimited()
{
    for (const qint64 size : {kMaxTrustBytes, kMaxTrustBytes + 1}) {
        QVERIFY(putFile(path(), {}));
        QVERIFY(QFile::resize(path(), size));
        const auto loaded = loadTrust(m_dir->path(), ProfileAge::Existing);
        QVERIFY(loaded.ok());
        QVERIFY(loaded.value().store == m_older);
    }
}

QTEST_GUILESS_MAIN(TrustFileTest)
#include "tst_trustfile.moc"
