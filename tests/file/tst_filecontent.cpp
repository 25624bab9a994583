// SPDX-License-Identifier: MIT
#include "contentformat.h"
#include "contenthasher.h"
#include "filesink.h"
#include "filesource.h"
#include "inboxfile.h"

#include <QCborArray>
#include <QCborMap>
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <QtEndian>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace patchbay;
using namespace patchbay::file;

namespace {

QByteArray pattern(qint64 size)
{
    QByteArray bytes(size, Qt::Uninitialized);
    quint32 state = quint32(size) + 1;
    for (qsizetype i = 0; i < bytes.size(); ++i) {
        state = state * 1664525u + 1013904223u;
        bytes[i] = char(state >> 24);
    }
    return bytes;
}

QByteArray readAll(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("cannot be opened");
}

bool writeAll(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
}

/// The whole stream of \a source, read with buffers of \a chunk bytes.
QByteArray readStream(FileSource &source, qint64 chunk)
{
    QByteArray stream;
    QByteArray buffer(chunk, Qt::Uninitialized);
    for (;;) {
        const qint64 count = source.read(buffer.data(), chunk);
        if (count <= 0)
            return count == 0 ? stream : QByteArray("failed");
        stream.append(buffer.constData(), count);
    }
}

bool feed(FileSink &sink, const QByteArray &stream, qint64 chunk)
{
    for (qsizetype at = 0; at < stream.size();) {
        const qint64 count = sink.write(stream.constData() + at, std::min<qint64>(chunk, stream.size() - at));
        if (count <= 0)
            return false;
        at += count;
    }
    return true;
}

QStringList filesIn(const QString &folder)
{
    return QDir(folder).entryList(QDir::Files | QDir::Hidden | QDir::System, QDir::Name);
}

} // namespace

class TestFileContent final : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;
    int m_count = 0;

    QString freshFolder()
    {
        const QString path = m_folder.filePath(QStringLiteral("d%1").arg(++m_count));
        QDir().mkpath(path);
        return path;
    }
    QString makeFile(const QByteArray &bytes, const QString &name = QStringLiteral("a.bin"))
    {
        const QString path = freshFolder() + u'/' + name;
        return writeAll(path, bytes) ? path : QString();
    }
    QByteArray streamOf(const QByteArray &bytes)
    {
        FileSource source;
        return source.open(makeFile(bytes)).isError() ? QByteArray() : readStream(source, 65536);
    }

private Q_SLOTS:
    void initTestCase() { QVERIFY(m_folder.isValid()); }

    // ---- the header ----

    void headerRoundTrip()
    {
        const HeaderResult result = decodeHeader(encodeHeader({"a\xFFz", 12345, 1'700'000'000'123}));
        QVERIFY2(result.header, qPrintable(result.problem));
        QCOMPARE(result.header->name, QByteArray("a\xFFz"));
        QCOMPARE(result.header->size, 12345);
        QCOMPARE(result.header->modified.value_or(0), 1'700'000'000'123);
        QVERIFY(!decodeHeader(encodeHeader({"a", 0, std::nullopt})).header->modified);
    }

    void headerRefused_data()
    {
        QTest::addColumn<QByteArray>("body");
        const QString name = QStringLiteral("name");
        const QString size = QStringLiteral("size");
        const auto row = [](const char *title, const QCborValue &value) { QTest::newRow(title) << value.toCbor(); };
        QTest::newRow("nothing") << QByteArray();
        QTest::newRow("noise") << QByteArray("\xFF\xFF\xFF\xFF");
        row("no map", QCborArray{1});
        row("no name", QCborMap{{size, 1}});
        row("no size", QCborMap{{name, QByteArray("a")}});
        row("name is text", QCborMap{{name, QStringLiteral("a")}, {size, 1}});
        row("size is text", QCborMap{{name, QByteArray("a")}, {size, QStringLiteral("1")}});
        row("negative size", QCborMap{{name, QByteArray("a")}, {size, -1}});
        row("size is a fraction", QCborMap{{name, QByteArray("a")}, {size, 1.5}});
        row("size over the limit", QCborMap{{name, QByteArray("a")}, {size, kMaxFileBytes + 1}});
        row("negative time", QCborMap{{name, QByteArray("a")}, {size, 1}, {QStringLiteral("mtime"), -1}});
        row("time over the limit", QCborMap{{name, QByteArray("a")},
                                            {size, 1},
                                            {QStringLiteral("mtime"), std::numeric_limits<qint64>::max()}});
        QTest::newRow("size 2^64-1") << QByteArray("\xA2\x44name\x41"
                                                   "a",
                                                   8);
        QTest::newRow("size twice") << QByteArray("\xA3\x64name\x41"
                                                  "a\x64size\x01\x64size\x02",
                                                  20);
        QTest::newRow("bytes behind it") << encodeHeader({"a", 1, std::nullopt}) + 'x';
        QTest::newRow("too large") << encodeHeader({QByteArray(5000, 'x'), 1, std::nullopt});
        QTest::newRow("claims 4 GiB of name") << QByteArray("\xA2\x64name\x5A\xFF\xFF\xFF\xFF", 11);
    }
    void headerRefused()
    {
        QFETCH(QByteArray, body);
        const HeaderResult result = decodeHeader(body);
        QVERIFY(!result.header);
        QVERIFY(!result.problem.isEmpty());
    }

    void hashIsTheStandardOne()
    {
        // xxhsum -H128 of the empty input and of "abc".
        ContentHasher empty;
        const ContentHash none = empty.result();
        QCOMPARE(QByteArray(none.data(), kHashBytes).toHex(), QByteArray("99aa06d3014798d86001c324468d497f"));
        ContentHasher hasher;
        hasher.add("a", 1);
        hasher.add("bc", 2);
        const ContentHash abc = hasher.result();
        QCOMPARE(QByteArray(abc.data(), kHashBytes).toHex(), QByteArray("06b05ab6733a618578af5f94892f3950"));
    }

    // ---- there and back ----

    void roundTrip_data()
    {
        QTest::addColumn<qint64>("size");
        QTest::addColumn<qint64>("readChunk");
        QTest::addColumn<qint64>("writeChunk");
        for (const qint64 size :
             {qint64(0), qint64(1), qint64(2), qint64(65535), qint64(65536), qint64(65537), kBlockBytes - 1,
              kBlockBytes, kBlockBytes + 1, 3 * kBlockBytes, 3 * kBlockBytes + 12345}) {
            QTest::addRow("%lld bytes", static_cast<long long>(size)) << size << qint64(65536) << qint64(65536);
        }
        QTest::newRow("in odd pieces") << 2 * kBlockBytes + 7 << qint64(4099) << qint64(977);
        QTest::newRow("one byte at a time") << qint64(3000) << qint64(1) << qint64(1);
        QTest::newRow("0 bytes, one at a time") << qint64(0) << qint64(1) << qint64(1);
        QTest::newRow("in one go") << 2 * kBlockBytes << 4 * kBlockBytes << 4 * kBlockBytes;
    }
    void roundTrip()
    {
        QFETCH(qint64, size);
        QFETCH(qint64, readChunk);
        QFETCH(qint64, writeChunk);
        const QByteArray content = pattern(size);
        const QString path = makeFile(content);
        FileSource source;
        QVERIFY(!source.open(path).isError());
        const ContentHeader header = source.header();
        QCOMPARE(header.name, QByteArray("a.bin"));
        QCOMPARE(header.size, size);
        const QByteArray stream = readStream(source, readChunk);
        QCOMPARE(stream.size(), streamSize(size));

        const QString inbox = freshFolder();
        FileSink sink(header, QStringLiteral("a.bin"), 0640);
        QVERIFY(!sink.open(inbox).isError());
        QVERIFY(feed(sink, stream, writeChunk));
        QCOMPARE(filesIn(inbox).size(), 1);
        QVERIFY(
            filesIn(inbox).first().startsWith(QStringLiteral(".patchbay-"))); // not under its name before it is whole
        QVERIFY2(sink.finish(), qPrintable(sink.errorText()));
        QCOMPARE(sink.landedPath(), inbox + QStringLiteral("/a.bin"));
        QVERIFY(readAll(sink.landedPath()) == content);
        QCOMPARE(filesIn(inbox), QStringList{QStringLiteral("a.bin")});
        QCOMPARE(sink.hash(), source.hash());
        struct stat landed = {};
        QCOMPARE(::stat(QFile::encodeName(sink.landedPath()).constData(), &landed), 0);
        QCOMPARE(int(landed.st_mode & 07777), 0640);
        QCOMPARE(qint64(landed.st_mtim.tv_sec), header.modified.value_or(0) / 1000);
    }

    void neverOverwrites()
    {
        const QString inbox = freshFolder();
        QVERIFY(writeAll(inbox + QStringLiteral("/a.bin"), "mine"));
        QVERIFY(writeAll(inbox + QStringLiteral("/a (3).bin"), "mine too"));
        QStringList landed;
        for (int i = 0; i < 3; ++i) {
            FileSink sink({"a.bin", 3, std::nullopt}, QStringLiteral("a.bin"), 0600);
            QVERIFY(!sink.open(inbox).isError());
            QVERIFY(feed(sink, streamOf("new"), 65536));
            QVERIFY(sink.finish());
            landed.append(sink.landedPath().section(u'/', -1));
        }
        QCOMPARE(landed,
                 (QStringList{QStringLiteral("a (2).bin"), QStringLiteral("a (4).bin"), QStringLiteral("a (5).bin")}));
        QCOMPARE(readAll(inbox + QStringLiteral("/a.bin")), QByteArray("mine"));
        QCOMPARE(readAll(inbox + QStringLiteral("/a (3).bin")), QByteArray("mine too"));
    }

    /// A link, a folder or a pipe of that name is a name that is taken; nothing is written through it.
    void nameTakenByOtherThings_data()
    {
        QTest::addColumn<QString>("kind");
        for (const char *kind : {"link", "dangling link", "folder", "pipe"})
            QTest::newRow(kind) << QString::fromLatin1(kind);
    }
    void nameTakenByOtherThings()
    {
        QFETCH(QString, kind);
        const QString inbox = freshFolder();
        const QString victim = makeFile("victim");
        const QByteArray taken = QFile::encodeName(inbox + QStringLiteral("/a.bin"));
        if (kind == QStringLiteral("link"))
            QCOMPARE(::symlink(QFile::encodeName(victim).constData(), taken.constData()), 0);
        else if (kind == QStringLiteral("dangling link"))
            QCOMPARE(::symlink("/nowhere/at/all", taken.constData()), 0);
        else if (kind == QStringLiteral("folder"))
            QCOMPARE(::mkdir(taken.constData(), 0700), 0);
        else
            QCOMPARE(::mkfifo(taken.constData(), 0600), 0);
        FileSink sink({"a.bin", 3, std::nullopt}, QStringLiteral("a.bin"), 0600);
        QVERIFY(!sink.open(inbox).isError());
        QVERIFY(feed(sink, streamOf("new"), 65536));
        QVERIFY(sink.finish());
        QCOMPARE(sink.landedPath(), inbox + QStringLiteral("/a (2).bin"));
        QCOMPARE(readAll(victim), QByteArray("victim"));
    }

    void neverExecutable()
    {
        const QString inbox = freshFolder();
        FileSink sink({"x.sh", 3, std::nullopt}, QStringLiteral("x.sh"), 07777);
        QVERIFY(!sink.open(inbox).isError());
        QVERIFY(feed(sink, streamOf("new"), 65536));
        QVERIFY(sink.finish());
        struct stat landed = {};
        QCOMPARE(::stat(QFile::encodeName(sink.landedPath()).constData(), &landed), 0);
        QCOMPARE(int(landed.st_mode & 07111), 0);
    }

    void folderSwappedUnderneath()
    {
        // The folder is held open: what takes its name later gets nothing.
        const QString inbox = freshFolder();
        const QString moved = inbox + QStringLiteral("-moved");
        const QString other = freshFolder();
        FileSink sink({"a.bin", 3, std::nullopt}, QStringLiteral("a.bin"), 0600);
        QVERIFY(!sink.open(inbox).isError());
        QVERIFY(QFile::rename(inbox, moved));
        QVERIFY(QFile::link(other, inbox));
        QVERIFY(feed(sink, streamOf("new"), 65536));
        QVERIFY(sink.finish());
        QVERIFY(filesIn(other).isEmpty());
        QCOMPARE(filesIn(moved), QStringList{QStringLiteral("a.bin")});
    }

    // ---- nothing wrong ever lands ----

    /// Every byte of the stream flipped, one at a time: the file never lands, and the part is removed.
    void flippedByte()
    {
        const QByteArray stream = streamOf(pattern(40));
        for (qsizetype at = 0; at < stream.size(); ++at) {
            QByteArray wrong = stream;
            wrong[at] = char(wrong[at] ^ 0x10);
            const QString inbox = freshFolder();
            {
                FileSink sink({"a.bin", 40, std::nullopt}, QStringLiteral("a.bin"), 0600);
                QVERIFY(!sink.open(inbox).isError());
                const bool taken = feed(sink, wrong, 65536);
                QVERIFY2(!taken || !sink.finish(), qPrintable(QString::number(at)));
                QVERIFY(!sink.errorText().isEmpty());
                QVERIFY(sink.landedPath().isEmpty());
                sink.discard();
            }
            QCOMPARE(filesIn(inbox), QStringList());
        }
    }

    /// Cut at every byte, and with one byte more.
    void cutAnywhere()
    {
        const QByteArray stream = streamOf(pattern(40));
        for (qsizetype size = 0; size <= stream.size() + 1; ++size) {
            if (size == stream.size())
                continue;
            const QString inbox = freshFolder();
            {
                FileSink sink({"a.bin", 40, std::nullopt}, QStringLiteral("a.bin"), 0600);
                QVERIFY(!sink.open(inbox).isError());
                const bool taken = feed(sink, size < stream.size() ? stream.left(size) : stream + 'x', 65536);
                QVERIFY(!taken || !sink.finish());
                QVERIFY(!sink.errorText().isEmpty());
            } // the destructor removes the part as well
            QCOMPARE(filesIn(inbox), QStringList());
        }
    }

    void refusedStreams_data()
    {
        QTest::addColumn<QByteArray>("stream");
        QTest::addColumn<qint64>("offered");
        QByteArray length(4, '\0');
        qToBigEndian(quint32(kBlockBytes + 1), length.data());
        QTest::newRow("block too large") << length + QByteArray(100, 'x') << kBlockBytes * 10;
        QTest::newRow("block of 4 GiB") << QByteArray("\xFF\xFF\xFF\xFF") << kBlockBytes * 10;
        QTest::newRow("more than offered") << streamOf(pattern(41)) << qint64(40);
        QTest::newRow("more than offered, known from the block header alone")
            << QByteArray("\0\0\0\x29", 4) << qint64(40);
        QTest::newRow("less than offered") << streamOf(pattern(39)) << qint64(40);
        QTest::newRow("nothing offered, something sent") << streamOf(pattern(1)) << qint64(0);
        QByteArray wrongSize = streamOf(pattern(40));
        wrongSize[wrongSize.size() - 17] = char(41);
        QTest::newRow("trailer names another size") << wrongSize << qint64(40);
        QTest::newRow("two files in one stream") << streamOf(pattern(40)) + streamOf(pattern(40)) << qint64(40);
    }
    void refusedStreams()
    {
        QFETCH(QByteArray, stream);
        QFETCH(qint64, offered);
        const QString inbox = freshFolder();
        FileSink sink({"a.bin", offered, std::nullopt}, QStringLiteral("a.bin"), 0600);
        QVERIFY(!sink.open(inbox).isError());
        QVERIFY(!feed(sink, stream, 65536));
        QVERIFY(sink.errorText().contains(QStringLiteral("a.bin")));
    }

    void cancelledSink()
    {
        const QString inbox = freshFolder();
        FileSink sink({"a.bin", 40, std::nullopt}, QStringLiteral("a.bin"), 0600);
        QVERIFY(!sink.open(inbox).isError());
        const QByteArray stream = streamOf(pattern(40));
        QVERIFY(feed(sink, stream, 65536));
        sink.cancel();
        QVERIFY(!sink.finish());
        sink.discard();
        QCOMPARE(filesIn(inbox), QStringList());
    }

    void unusableFolders_data()
    {
        QTest::addColumn<QString>("folder");
        QTest::newRow("not a folder") << makeFile("x");
        QTest::newRow("below a file") << makeFile("x") + QStringLiteral("/deeper");
        QTest::newRow("not writable, even for root") << QStringLiteral("/proc/patchbay");
    }
    void unusableFolders()
    {
        QFETCH(QString, folder);
        FileSink sink({"a.bin", 40, std::nullopt}, QStringLiteral("a.bin"), 0600);
        const Error error = sink.open(folder);
        QVERIFY(error.isError());
        QVERIFY2(error.message.contains(folder), qPrintable(error.message));
    }

    void missingFolderIsMade()
    {
        const QString inbox = freshFolder() + QStringLiteral("/new/inbox");
        FileSink sink({"a.bin", 3, std::nullopt}, QStringLiteral("a.bin"), 0600);
        QVERIFY(!sink.open(inbox).isError());
        QVERIFY(feed(sink, streamOf("new"), 65536));
        QVERIFY(sink.finish());
        QCOMPARE(filesIn(inbox), QStringList{QStringLiteral("a.bin")});
    }

    void freeBytes()
    {
        QVERIFY(InboxFile::freeBytes(m_folder.path()) > 0);
        QVERIFY(InboxFile::freeBytes(m_folder.filePath(QStringLiteral("not/there/yet"))) > 0);
    }

    // ---- the source ----

    void notSent_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("says");
        QTest::newRow("missing") << QStringLiteral("missing") << QStringLiteral("No such file");
        QTest::newRow("folder") << QStringLiteral("folder") << QStringLiteral("folder");
        QTest::newRow("link") << QStringLiteral("link") << QStringLiteral("symbolic link");
        QTest::newRow("pipe") << QStringLiteral("pipe") << QStringLiteral("regular file"); // and it does not block
        QTest::newRow("socket") << QStringLiteral("socket") << QString();
        QTest::newRow("device") << QStringLiteral("device") << QStringLiteral("regular file");
    }
    void notSent()
    {
        QFETCH(QString, kind);
        QFETCH(QString, says);
        QString path = freshFolder() + QStringLiteral("/x");
        const QByteArray encoded = QFile::encodeName(path);
        if (kind == QStringLiteral("folder")) {
            QCOMPARE(::mkdir(encoded.constData(), 0700), 0);
        } else if (kind == QStringLiteral("link")) {
            QVERIFY(QFile::link(makeFile("x"), path));
        } else if (kind == QStringLiteral("pipe")) {
            QCOMPARE(::mkfifo(encoded.constData(), 0600), 0);
        } else if (kind == QStringLiteral("socket")) {
            const FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM, 0));
            sockaddr_un address = {};
            address.sun_family = AF_UNIX;
            qstrncpy(address.sun_path, encoded.constData(), sizeof(address.sun_path));
            QCOMPARE(::bind(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof(address)), 0);
        } else if (kind == QStringLiteral("device")) {
            path = QStringLiteral("/dev/zero");
        }
        const Error error = FileSource::check(path);
        QCOMPARE(error.code, ErrorCode::IoFailed);
        QVERIFY2(error.message.contains(path) && error.message.contains(says), qPrintable(error.message));
    }

    void changedSource_data()
    {
        QTest::addColumn<QString>("change");
        for (const char *change : {"grows", "shrinks", "rewritten", "emptied"})
            QTest::newRow(change) << QString::fromLatin1(change);
    }
    void changedSource()
    {
        QFETCH(QString, change);
        const QByteArray content = pattern(300000);
        const QString path = makeFile(content);
        // An old time, so that a change in the same tick of the clock still shows.
        const timespec old[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
        QCOMPARE(::utimensat(AT_FDCWD, QFile::encodeName(path).constData(), old, 0), 0);
        FileSource source;
        QVERIFY(!source.open(path).isError());
        QByteArray buffer(65536, Qt::Uninitialized);
        QVERIFY(source.read(buffer.data(), buffer.size()) > 0);
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadWrite));
        if (change == QStringLiteral("grows")) {
            QVERIFY(file.resize(content.size() + 1));
        } else if (change == QStringLiteral("shrinks")) {
            QVERIFY(file.resize(100000));
        } else if (change == QStringLiteral("emptied")) {
            QVERIFY(file.resize(0));
        } else {
            QVERIFY(file.seek(200000));
            QCOMPARE(file.write("changed"), 7);
        }
        file.close();
        qint64 count = 0;
        do {
            count = source.read(buffer.data(), buffer.size());
        } while (count > 0);
        QCOMPARE(count, qint64(StreamFailed));
        QVERIFY(source.hasFailed());
        QVERIFY2(source.errorText().contains(QStringLiteral("changed while it was being sent")),
                 qPrintable(source.errorText()));
    }

    void cancelledSource()
    {
        FileSource source;
        QVERIFY(!source.open(makeFile(pattern(1000))).isError());
        source.cancel();
        char byte = 0;
        QCOMPARE(source.read(&byte, 1), qint64(StreamFailed));
        QVERIFY(!source.hasFailed());
    }
};

QTEST_GUILESS_MAIN(TestFileContent)
#include "tst_filecontent.moc"
