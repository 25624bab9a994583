// SPDX-License-Identifier: MIT
// Which files may be loaded at all.
#include "plugins/modulefile.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace patchbay::plugins;

namespace {

const QString suffix = QStringLiteral(PATCHBAY_PLUGIN_SUFFIX);

bool writeFile(const QString &path, qint64 size = 10)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.resize(size)
           && file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
}

bool setMode(const QString &path, mode_t mode)
{
    return ::chmod(QFile::encodeName(path).constData(), mode) == 0;
}

} // namespace

class ModuleFileTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void acceptsAnOrdinaryFile();
    void refuses_data();
    void refuses();
    void followsLinks();
    void noticesChanges();
    void candidates();

private:
    QString path(const QString &name) const { return m_folder->filePath(name); }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void ModuleFileTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
}

void ModuleFileTest::acceptsAnOrdinaryFile()
{
    const QString file = path(QStringLiteral("good") + suffix);
    QVERIFY(writeFile(file, maxModuleBytes));
    const auto result = checkModuleFile(file);
    QVERIFY2(result.ok(), result ? "" : qPrintable(result.error()));
    QCOMPARE(result.value().path, QFileInfo(file).canonicalFilePath());
    QCOMPARE(result.value().size, maxModuleBytes);
}

void ModuleFileTest::refuses_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("reason");
    const auto row = [](const char *kind, const char *reason) {
        QTest::newRow(kind) << QString::fromLatin1(kind) << QString::fromLatin1(reason);
    };
    row("relative", "not an absolute path");
    row("other suffix", "not named like a library");
    row("absent", "does not exist");
    row("folder", "not a regular file");
    row("pipe", "not a regular file");
    row("too large", "larger than 64 MiB");
    row("world-writable", "written to by everybody; run: chmod go-w");
    row("group-writable", "written to by its group; run: chmod go-w");
    row("world-writable folder", "The folder");
    row("group-writable folder", "The folder");
    row("link to another suffix", "which is not named like a library");
    row("dangling link", "does not exist");
    row("link in a writable folder", "The folder");
    row("link into a writable folder", "The folder");
    if (::geteuid() == 0)
        row("owned by another user", "belongs to another user");
}

void ModuleFileTest::refuses()
{
    QFETCH(QString, kind);
    QFETCH(QString, reason);
    QString file = path(QStringLiteral("module") + suffix);
    const QString other = path(QStringLiteral("sub"));
    QVERIFY(QDir().mkpath(other));
    if (kind == QLatin1String("relative")) {
        file = QStringLiteral("module") + suffix;
    } else if (kind == QLatin1String("other suffix")) {
        file = path(QStringLiteral("module.txt"));
        QVERIFY(writeFile(file));
    } else if (kind == QLatin1String("folder")) {
        QVERIFY(QDir().mkpath(file));
    } else if (kind == QLatin1String("pipe")) {
        QCOMPARE(::mkfifo(QFile::encodeName(file).constData(), 0600), 0);
    } else if (kind == QLatin1String("too large")) {
        QVERIFY(writeFile(file, maxModuleBytes + 1));
    } else if (kind == QLatin1String("link to another suffix")) {
        QVERIFY(writeFile(path(QStringLiteral("data.bin"))));
        QVERIFY(QFile::link(path(QStringLiteral("data.bin")), file));
    } else if (kind == QLatin1String("dangling link")) {
        QVERIFY(QFile::link(path(QStringLiteral("nothing") + suffix), file));
    } else if (kind == QLatin1String("link in a writable folder")) {
        QVERIFY(writeFile(file));
        const QString link = other + QStringLiteral("/link") + suffix;
        QVERIFY(QFile::link(file, link) && setMode(other, 0777));
        file = link;
    } else if (kind == QLatin1String("link into a writable folder")) {
        const QString target = other + QStringLiteral("/target") + suffix;
        QVERIFY(writeFile(target) && setMode(other, 0777));
        QVERIFY(QFile::link(target, file));
    } else if (kind != QLatin1String("absent")) {
        QVERIFY(writeFile(file));
    }
    if (kind == QLatin1String("world-writable"))
        QVERIFY(setMode(file, 0602));
    else if (kind == QLatin1String("group-writable"))
        QVERIFY(setMode(file, 0620));
    else if (kind == QLatin1String("world-writable folder"))
        QVERIFY(setMode(m_folder->path(), 0702));
    else if (kind == QLatin1String("group-writable folder"))
        QVERIFY(setMode(m_folder->path(), 0720));
    else if (kind == QLatin1String("owned by another user"))
        QCOMPARE(::chown(QFile::encodeName(file).constData(), 12345, gid_t(-1)), 0);

    const auto result = checkModuleFile(file);
    const QString error = result ? QStringLiteral("accepted") : result.error();
    QVERIFY2(error.contains(reason), qPrintable(error));
}

void ModuleFileTest::followsLinks()
{
    const QString target = path(QStringLiteral("target") + suffix);
    const QString link = path(QStringLiteral("link") + suffix);
    QVERIFY(writeFile(target) && QFile::link(target, link));
    const auto result = checkModuleFile(link);
    QVERIFY(result.ok());
    QCOMPARE(result.value().path, QFileInfo(target).canonicalFilePath());
    QVERIFY(QFile::remove(target));
    QVERIFY(QDir().mkpath(target)); // a link to something else than a file
    QVERIFY(!checkModuleFile(link).ok());
}

void ModuleFileTest::noticesChanges()
{
    const QString file = path(QStringLiteral("good") + suffix);
    QVERIFY(writeFile(file));
    const ModuleFile before = checkModuleFile(file).value();
    QVERIFY(checkModuleFile(file).value() == before);
    QVERIFY(writeFile(file, 11));
    QVERIFY(checkModuleFile(file).value() != before);
}

void ModuleFileTest::candidates()
{
    for (const QString &name : {QStringLiteral("b"), QStringLiteral("a"), QStringLiteral(".hidden")})
        QVERIFY(writeFile(path(name + suffix)));
    QVERIFY(writeFile(path(QStringLiteral("README.txt"))));
    QVERIFY(writeFile(path(QStringLiteral("x") + suffix + QStringLiteral(".1"))));
    QVERIFY(QFile::link(path(QStringLiteral("nothing") + suffix), path(QStringLiteral("dangling") + suffix)));
    const QStringList expected{path(QStringLiteral(".hidden") + suffix), path(QStringLiteral("a") + suffix),
                               path(QStringLiteral("b") + suffix), path(QStringLiteral("dangling") + suffix)};
    QCOMPARE(moduleCandidates(m_folder->path()), expected);
    QVERIFY(moduleCandidates(path(QStringLiteral("no such folder"))).isEmpty());
}

QTEST_GUILESS_MAIN(ModuleFileTest)
#include "tst_modulefile.moc"
