// SPDX-License-Identifier: MIT
#include "fileplugin.h"
#include "filetypes.h"

#include <patchbay/testing/fakehost.h>

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

using namespace patchbay;
using namespace patchbay::file;
using patchbay::testing::FakeCommand;
using patchbay::testing::FakeHost;

namespace {

QStringList words(const char *line)
{
    return QString::fromUtf8(line).split(u' ', Qt::SkipEmptyParts);
}

/// The objects of the event \a name in NDJSON \a output.
QList<QJsonObject> events(const QByteArray &output, const char *name)
{
    QList<QJsonObject> found;
    for (const QByteArray &line : output.split('\n')) {
        const QJsonObject object = QJsonDocument::fromJson(line).object();
        if (object.value(QStringLiteral("event")).toString() == QString::fromLatin1(name))
            found.append(object);
    }
    return found;
}

} // namespace

class TestFileCommands final : public QObject
{
    Q_OBJECT

    struct Setup
    {
        QTemporaryDir folder;
        FilePlugin plugin;
        FakeHost host;

        Setup() { [[maybe_unused]] const Error error = host.activate(&plugin); }
        MemberId add(const char *name, bool isHub = false)
        {
            return host.addMember(QString::fromUtf8(name), {FileTypes::content}, isHub);
        }
        QString makeFile(const char *name, const QByteArray &content)
        {
            QFile file(folder.filePath(QString::fromUtf8(name)));
            return file.open(QIODevice::WriteOnly) && file.write(content) == content.size() ? file.fileName()
                                                                                            : QString();
        }
        StreamId offer(MemberId from, const QByteArray &name, const QByteArray &content)
        {
            return host.offerStream(from, FileTypes::content, encodeHeader({name, content.size(), std::nullopt}),
                                    streamSize(content.size()));
        }
        /// Offers, sends and ends one file.
        void transfer(MemberId from, const QByteArray &name, const QByteArray &content)
        {
            const StreamId stream = offer(from, name, content);
            host.feed(stream, streamOf(content));
            [[maybe_unused]] const Error result = host.finishIncoming(stream);
        }
        QByteArray streamOf(const QByteArray &content)
        {
            FileSource source;
            QByteArray bytes(streamSize(content.size()), Qt::Uninitialized);
            return source.open(makeFile("source", content)).isError()
                           || source.read(bytes.data(), bytes.size()) != bytes.size()
                       ? QByteArray()
                       : bytes;
        }
        QStringList filesIn(const char *name) const
        {
            return QDir(folder.filePath(QString::fromUtf8(name))).entryList(QDir::Files | QDir::Hidden, QDir::Name);
        }
    };

private Q_SLOTS:
    // ---- send ----

    void sendToTheOnlyMember()
    {
        Setup s;
        s.add("bob");
        s.host.addMember(QStringLiteral("chat only"), {QStringLiteral("x/1")});
        s.makeFile("a.txt", "hello");
        FakeCommand run(&s.plugin, QStringLiteral("send"), words("a.txt"));
        run.setWorkingDirectory(s.folder.path());
        run.start();
        QTRY_COMPARE(s.host.opened().size(), 1);
        QVERIFY(!run.isFinished());
        s.host.pumpAndFinish(s.host.opened()[0].id);
        QVERIFY(run.isFinished());
        QCOMPARE(run.exitCode(), int(ExitOk));
        QCOMPARE(run.output(), QByteArray());
        QVERIFY(run.error().contains("Sent a.txt to bob"));
        QVERIFY(!run.error().contains('\r')); // no terminal, no progress line
        QVERIFY(!run.wasUsedAfterFinish());
    }

    void sendSeveral()
    {
        Setup s;
        const MemberId bob = s.add("bob");
        s.add("carol");
        QStringList arguments = words("--to bob --json-is-not-mine");
        arguments.removeLast();
        for (const char *name : {"a", "b", "c", "d", "e", "f"})
            arguments.append(s.makeFile(name, name));
        FakeCommand run(&s.plugin, QStringLiteral("send"), arguments);
        run.setJson(true);
        run.start();
        for (int i = 0; i < 6; ++i) {
            QTRY_VERIFY(s.host.opened().size() > i);
            QCOMPARE(s.host.opened()[i].member, bob);
            QVERIFY(!run.isFinished());
            s.host.pumpAndFinish(s.host.opened()[i].id);
        }
        QVERIFY(run.isFinished());
        QCOMPARE(run.exitCode(), int(ExitOk));
        const QList<QJsonObject> done = events(run.output(), "done");
        QCOMPARE(done.size(), 6);
        QCOMPARE(done[0].value(QStringLiteral("to")).toString(), QStringLiteral("bob"));
        QCOMPARE(done[0].value(QStringLiteral("size")).toInt(), 1);
        QCOMPARE(done[0].value(QStringLiteral("xxh128")).toString().size(), 32);
    }

    void sendRefuses_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("exitCode");
        QTest::addColumn<QByteArray>("says");
        QTest::newRow("nothing") << QStringList() << int(ExitUsage) << QByteArray("usage");
        QTest::newRow("unknown option") << words("a.txt --frob") << int(ExitUsage) << QByteArray("frob");
        QTest::newRow("timeout") << words("a.txt --timeout 0") << int(ExitUsage) << QByteArray("--timeout");
        QTest::newRow("no name") << QStringList{QStringLiteral("a.txt"), QStringLiteral("--to=")} << int(ExitUsage)
                                 << QByteArray("--to");
        QTest::newRow("missing file") << words("missing.txt") << int(ExitNoFile) << QByteArray("missing.txt");
        QTest::newRow("one of two missing")
            << words("a.txt missing.txt") << int(ExitNoFile) << QByteArray("missing.txt");
        QTest::newRow("folder") << words(".") << int(ExitNoFile) << QByteArray("folder");
        QTest::newRow("several members") << words("a.txt") << int(ExitNoMember)
                                         << QByteArray("bob, carol, server (hub)");
        QTest::newRow("unknown member") << words("a.txt --to dave") << int(ExitNoMember) << QByteArray("dave");
    }
    void sendRefuses()
    {
        QFETCH(QStringList, arguments);
        QFETCH(int, exitCode);
        QFETCH(QByteArray, says);
        Setup s;
        s.add("bob");
        s.add("carol");
        s.add("server", true);
        s.makeFile("a.txt", "hello");
        FakeCommand run(&s.plugin, QStringLiteral("send"), arguments);
        run.setWorkingDirectory(s.folder.path());
        run.start();
        QTRY_VERIFY_WITH_TIMEOUT(run.isFinished(), 6000);
        QCOMPARE(run.exitCode(), exitCode);
        QVERIFY2(run.error().contains(says), run.error().constData());
        QCOMPARE(run.error().count('\n'), 1);
        QCOMPARE(s.host.opened().size(), 0);
    }

    void sendNobodyIsHere()
    {
        Setup s;
        FakeCommand run(&s.plugin, QStringLiteral("send"), {s.makeFile("a.txt", "x")});
        run.start();
        QTRY_VERIFY_WITH_TIMEOUT(run.isFinished(), 6000);
        QCOMPARE(run.exitCode(), int(ExitNoMember));
    }

    void sendFails_data()
    {
        QTest::addColumn<int>("code");
        QTest::addColumn<int>("exitCode");
        QTest::newRow("declined") << int(ErrorCode::Rejected) << int(ExitRejected);
        QTest::newRow("cancelled there") << int(ErrorCode::Cancelled) << int(ExitRejected);
        QTest::newRow("link lost") << int(ErrorCode::NotConnected) << int(ExitNoConnection);
        QTest::newRow("their disk") << int(ErrorCode::IoFailed) << int(ExitFailed);
        QTest::newRow("member left") << int(ErrorCode::NoSuchMember) << int(ExitNoMember);
    }
    void sendFails()
    {
        QFETCH(int, code);
        QFETCH(int, exitCode);
        Setup s;
        s.add("bob");
        FakeCommand run(&s.plugin, QStringLiteral("send"), {s.makeFile("a.txt", "x")});
        run.start();
        QTRY_COMPARE(s.host.opened().size(), 1);
        s.host.finishStream(s.host.opened()[0].id, {ErrorCode(code), QStringLiteral("the re\x1b[31mason")});
        QCOMPARE(run.exitCode(), exitCode);
        QVERIFY(run.error().contains("a.txt was not sent to bob: the re\\u{1B}[31mason"));
    }

    void sendTimesOut()
    {
        Setup s;
        s.add("bob");
        FakeCommand run(&s.plugin, QStringLiteral("send"), {s.makeFile("a.txt", "x"), QStringLiteral("--timeout=1")});
        run.start();
        QTRY_VERIFY(run.isFinished());
        QCOMPARE(run.exitCode(), int(ExitTimeout));
        QCOMPARE(s.host.openStreams().size(), 0);
    }

    void sendCancelled()
    {
        Setup s;
        s.add("bob");
        QStringList files;
        for (const char *name : {"a", "b", "c", "d", "e", "f"})
            files.append(s.makeFile(name, name));
        FakeCommand run(&s.plugin, QStringLiteral("send"), files);
        run.start();
        QTRY_COMPARE(s.host.opened().size(), 4);
        run.cancel();
        QTRY_VERIFY(run.isFinished());
        QCOMPARE(run.exitCode(), int(ExitInterrupted));
        QCOMPARE(s.host.openStreams().size(), 0);
        QCOMPARE(s.host.opened().size(), 4);
        QVERIFY(!run.wasUsedAfterFinish());
    }

    void sendShowsProgress()
    {
        Setup s;
        s.add("bob");
        FakeCommand run(&s.plugin, QStringLiteral("send"), {s.makeFile("a.txt", QByteArray(200000, 'x'))});
        run.setTerminals(true, true);
        run.start();
        QTRY_COMPARE(s.host.opened().size(), 1);
        QTRY_VERIFY(run.error().contains("Waiting for bob"));
        s.host.pump(s.host.opened()[0].id, 100000);
        QTRY_VERIFY(run.error().contains("a.txt 50 %"));
        s.host.pumpAndFinish(s.host.opened()[0].id);
        QVERIFY(run.isFinished());
    }

    // ---- receive ----

    void receiveOnce()
    {
        Setup s;
        const MemberId bob = s.add("bob");
        FakeCommand run(&s.plugin, QStringLiteral("receive"), words("--once --dir in"));
        run.setWorkingDirectory(s.folder.path());
        run.start();
        QVERIFY(run.error().contains(s.folder.filePath(QStringLiteral("in")).toUtf8())); // it says that it waits
        s.transfer(bob, "a.txt", "hello");
        QVERIFY(run.isFinished());
        QCOMPARE(run.exitCode(), int(ExitOk));
        QCOMPARE(run.output(), s.folder.filePath(QStringLiteral("in/a.txt")).toUtf8() + '\n');
        // The next one is not this command's.
        const StreamId next = s.offer(bob, "b.txt", "x");
        QCOMPARE(s.host.stream(next).state, FakeHost::StreamState::Offered);
    }

    void receiveTakesWhatWaits()
    {
        Setup s;
        const MemberId bob = s.add("bob");
        const StreamId first = s.offer(bob, "a.txt", "a");
        const StreamId second = s.offer(bob, "b.txt", "b");
        FakeCommand run(&s.plugin, QStringLiteral("receive"), {QStringLiteral("--once"), QStringLiteral("--dir=in")});
        run.setWorkingDirectory(s.folder.path());
        run.start();
        QCOMPARE(s.host.stream(first).state, FakeHost::StreamState::Accepted);
        QCOMPARE(s.host.stream(second).state, FakeHost::StreamState::Offered);
        // A failed one does not count; the next that waits takes its place.
        s.host.finishStream(first, {ErrorCode::Cancelled, QStringLiteral("no")});
        QVERIFY(!run.isFinished());
        QCOMPARE(s.host.stream(second).state, FakeHost::StreamState::Accepted);
        s.host.feed(second, s.streamOf("b"));
        QVERIFY(!s.host.finishIncoming(second).isError());
        QVERIFY(run.isFinished());
        QCOMPARE(s.filesIn("in"), QStringList{QStringLiteral("b.txt")});
    }

    void receiveCountJson()
    {
        Setup s;
        const MemberId bob = s.add("bob");
        FakeCommand run(&s.plugin, QStringLiteral("receive"), words("--count 2 --dir in"));
        run.setWorkingDirectory(s.folder.path());
        run.setJson(true);
        run.start();
        s.transfer(bob, "a.txt", "1");
        s.transfer(bob, "a.txt", "2");
        QCOMPARE(run.exitCode(), int(ExitOk));
        QCOMPARE(events(run.output(), "waiting").size(), 1);
        const QList<QJsonObject> done = events(run.output(), "done");
        QCOMPARE(done.size(), 2);
        QCOMPARE(done[1].value(QStringLiteral("path")).toString(), s.folder.filePath(QStringLiteral("in/a (2).txt")));
        QCOMPARE(done[1].value(QStringLiteral("from")).toString(), QStringLiteral("bob"));
    }

    void receiveRefuses_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("exitCode");
        QTest::newRow("argument") << words("file") << int(ExitUsage);
        QTest::newRow("unknown option") << words("--frob") << int(ExitUsage);
        QTest::newRow("count") << words("--count 0") << int(ExitUsage);
        QTest::newRow("timeout") << words("--dir in --timeout no") << int(ExitUsage);
        QTest::newRow("no folder") << QStringList{QStringLiteral("--dir=")} << int(ExitUsage);
        QTest::newRow("folder is a file") << words("--dir a.txt") << int(ExitNoFile);
        QTest::newRow("folder cannot be made") << words("--dir /proc/patchbay") << int(ExitNoFile);
    }
    void receiveRefuses()
    {
        QFETCH(QStringList, arguments);
        QFETCH(int, exitCode);
        Setup s;
        s.makeFile("a.txt", "x");
        FakeCommand run(&s.plugin, QStringLiteral("receive"), arguments);
        run.setWorkingDirectory(s.folder.path());
        run.start();
        QCOMPARE(run.exitCode(), exitCode);
        QCOMPARE(run.error().count('\n'), 1);
    }

    void receiveTimesOut()
    {
        Setup s;
        FakeCommand once(&s.plugin, QStringLiteral("receive"), words("--once --timeout 1 --dir in"));
        FakeCommand open(&s.plugin, QStringLiteral("receive"), words("--timeout 1 --dir in"));
        for (FakeCommand *run : {&once, &open}) {
            run->setWorkingDirectory(s.folder.path());
            run->start();
        }
        QTRY_VERIFY(once.isFinished() && open.isFinished());
        QCOMPARE(once.exitCode(), int(ExitTimeout));
        QCOMPARE(open.exitCode(), int(ExitOk));
    }

    void receiveCancelledRemovesThePart()
    {
        Setup s;
        const MemberId bob = s.add("bob");
        FakeCommand run(&s.plugin, QStringLiteral("receive"), words("--dir in"));
        run.setWorkingDirectory(s.folder.path());
        run.start();
        const StreamId stream = s.offer(bob, "a.txt", QByteArray(100000, 'x'));
        s.host.feed(stream, s.streamOf(QByteArray(100000, 'x')).left(50000));
        QCOMPARE(s.filesIn("in").size(), 1);
        run.cancel();
        QVERIFY(!run.isFinished()); // not before the part is gone
        QTRY_VERIFY(run.isFinished());
        QCOMPARE(run.exitCode(), int(ExitInterrupted));
        QCOMPARE(s.filesIn("in"), QStringList());
    }

    void switchedOffInTheMiddle()
    {
        Setup s;
        const MemberId bob = s.add("bob");
        FakeCommand run(&s.plugin, QStringLiteral("receive"), words("--dir in"));
        run.setWorkingDirectory(s.folder.path());
        run.start();
        const StreamId stream = s.offer(bob, "a.txt", QByteArray(100000, 'x'));
        s.host.feed(stream, s.streamOf(QByteArray(100000, 'x')).left(50000));
        run.cancel();
        s.host.deactivate();
        QVERIFY(run.isFinished());
        QVERIFY(!run.wasUsedAfterFinish());
        QCOMPARE(s.filesIn("in"), QStringList());
    }
};

QTEST_GUILESS_MAIN(TestFileCommands)
#include "tst_filecommands.moc"
