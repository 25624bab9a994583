// SPDX-License-Identifier: MIT
#include "fileplugin.h"
#include "filetypes.h"

#include <patchbay/testing/fakehost.h>

#include <QAbstractItemModelTester>
#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace patchbay;
using namespace patchbay::file;
using patchbay::testing::FakeHost;

class TestFilePlugin final : public QObject
{
    Q_OBJECT

    struct Setup
    {
        QTemporaryDir folder;
        FilePlugin plugin;
        FakeHost host;
        QAbstractItemModelTester tester{plugin.transfers(), QAbstractItemModelTester::FailureReportingMode::QtTest};
        MemberId bob = MemberId::None;

        Setup()
        {
            [[maybe_unused]] const Error error = host.activate(&plugin);
            bob = host.addMember(QStringLiteral("bob"), {FileTypes::content});
            plugin.setInboxFolder(inbox());
        }
        QString inbox() const { return folder.filePath(QStringLiteral("inbox")); }
        QStringList landed() const { return QDir(inbox()).entryList(QDir::Files | QDir::Hidden, QDir::Name); }
        QString makeFile(const QString &name, const QByteArray &content)
        {
            QFile file(folder.filePath(name));
            return file.open(QIODevice::WriteOnly) && file.write(content) == content.size() ? file.fileName()
                                                                                            : QString();
        }
        QVariant row(int at, int role) { return plugin.transfers()->index(at, 0).data(role); }
        TransferState state(int at) { return TransferState(row(at, StateRole).toInt()); }
        quint64 id(int at) { return row(at, TransferIdRole).toULongLong(); }
        /// The header and stream of a file called \a name.
        static QByteArray header(const QByteArray &name, qint64 size)
        {
            return encodeHeader({name, size, std::nullopt});
        }
        static QByteArray stream(const QByteArray &content)
        {
            QTemporaryDir temporary;
            QFile file(temporary.filePath(QStringLiteral("x")));
            if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
                return {};
            file.close();
            FileSource source;
            QByteArray bytes(streamSize(content.size()), Qt::Uninitialized);
            return source.open(file.fileName()).isError() || source.read(bytes.data(), bytes.size()) != bytes.size()
                       ? QByteArray()
                       : bytes;
        }
        StreamId offer(const QByteArray &name, const QByteArray &content)
        {
            return host.offerStream(bob, FileTypes::content, header(name, content.size()), streamSize(content.size()));
        }
        FakeHost::StreamState streamState(StreamId stream) { return host.stream(stream).state; }
    };

private Q_SLOTS:
    void sends()
    {
        Setup s;
        const QString path = s.makeFile(QStringLiteral("a.txt"), "hello");
        QVERIFY(!s.plugin.sendFile(s.bob, path).isError());
        QCOMPARE(s.state(0), TransferState::Queued);
        QTRY_COMPARE(s.host.opened().size(), 1);
        QCOMPARE(s.state(0), TransferState::Waiting);
        const FakeHost::Stream stream = s.host.opened()[0];
        QCOMPARE(stream.member, s.bob);
        QCOMPARE(stream.type, FileTypes::content);
        QCOMPARE(stream.size, streamSize(5));
        QCOMPARE(decodeHeader(stream.header).header->name, QByteArray("a.txt"));
        const QByteArray bytes = s.host.pumpAndFinish(stream.id);
        QCOMPARE(bytes, Setup::stream("hello"));
        QCOMPARE(s.state(0), TransferState::Done);
        QCOMPARE(s.row(0, BytesRole).toLongLong(), 5);
    }

    void fourAtATime()
    {
        Setup s;
        const QString path = s.makeFile(QStringLiteral("a.txt"), "hello");
        for (int i = 0; i < 7; ++i)
            QVERIFY(!s.plugin.sendFile(s.bob, path).isError());
        QTRY_COMPARE(s.host.opened().size(), FileSender::kMaxActive);
        s.plugin.cancelTransfer(s.id(6)); // a queued one
        QCOMPARE(s.state(6), TransferState::Cancelled);
        s.host.pumpAndFinish(s.host.opened()[0].id);
        QTRY_COMPARE(s.host.opened().size(), FileSender::kMaxActive + 1);
        for (int i = 1; i < 6; ++i)
            QTRY_VERIFY(s.host.opened().size() > i && (s.host.pumpAndFinish(s.host.opened()[i].id), true));
        for (int i = 0; i < 6; ++i)
            QCOMPARE(s.state(i), TransferState::Done);
        QCOMPARE(s.host.opened().size(), 6);
    }

    void changedSourceFails()
    {
        Setup s;
        const QString path = s.makeFile(QStringLiteral("a.txt"), QByteArray(200000, 'x'));
        QVERIFY(!s.plugin.sendFile(s.bob, path).isError());
        QTRY_COMPARE(s.host.opened().size(), 1);
        const StreamId stream = s.host.opened()[0].id;
        s.host.pump(stream, 65536);
        QVERIFY(QFile(path).resize(100));
        s.host.pumpAndFinish(stream);
        QCOMPARE(s.state(0), TransferState::Failed);
        QVERIFY(s.row(0, ReasonRole).toString().contains(QStringLiteral("changed")));
        QVERIFY(s.plugin.list().find(s.id(0))->isLocalFault);
    }

    void outcomes_data()
    {
        QTest::addColumn<Error>("result");
        QTest::addColumn<int>("state");
        QTest::newRow("declined") << Error{ErrorCode::Rejected, QStringLiteral("no")} << int(TransferState::Declined);
        QTest::newRow("cancelled") << Error{ErrorCode::Cancelled, QStringLiteral("no")}
                                   << int(TransferState::Cancelled);
        QTest::newRow("lost") << Error{ErrorCode::NotConnected, QStringLiteral("no")} << int(TransferState::Failed);
        QTest::newRow("their disk") << Error{ErrorCode::IoFailed, QStringLiteral("no")} << int(TransferState::Failed);
        QTest::newRow("a code of later") << Error{ErrorCode(999), QStringLiteral("no")} << int(TransferState::Failed);
    }
    void outcomes()
    {
        QFETCH(Error, result);
        QFETCH(int, state);
        Setup s;
        QVERIFY(!s.plugin.sendFile(s.bob, s.makeFile(QStringLiteral("a.txt"), "hello")).isError());
        QTRY_COMPARE(s.host.opened().size(), 1);
        s.host.finishStream(s.host.opened()[0].id, result);
        QCOMPARE(int(s.state(0)), state);
        QCOMPARE(s.row(0, ReasonRole).toString(), QStringLiteral("no"));
    }

    void refusedBeforeTheQueue()
    {
        Setup s;
        QVERIFY(s.plugin.sendFile(s.bob, s.folder.filePath(QStringLiteral("missing"))).isError());
        QVERIFY(s.plugin.sendFile(s.bob, s.folder.path()).isError());
        QVERIFY(s.plugin.sendFile(s.bob, s.makeFile(QStringLiteral("a\nb"), "x")).isError());
        const MemberId chat = s.host.addMember(QStringLiteral("chat only"), {QStringLiteral("x/1")});
        QCOMPARE(s.plugin.sendFile(chat, s.makeFile(QStringLiteral("a"), "x")).code, ErrorCode::NotAccepted);
        QCOMPARE(s.plugin.transfers()->rowCount(), 0);
    }

    void memberLeaves()
    {
        Setup s;
        const QString path = s.makeFile(QStringLiteral("a.txt"), "hello");
        for (int i = 0; i < 6; ++i)
            QVERIFY(!s.plugin.sendFile(s.bob, path).isError());
        QTRY_COMPARE(s.host.opened().size(), FileSender::kMaxActive);
        s.host.removeMember(s.bob);
        QCoreApplication::processEvents();
        for (int i = 0; i < 6; ++i)
            QCOMPARE(s.state(i), TransferState::Failed);
        QCOMPARE(s.host.opened().size(), FileSender::kMaxActive);
    }

    // ---- receiving ----

    void asksFirst()
    {
        Setup s;
        const StreamId stream = s.offer("a.txt", "hello");
        QCOMPARE(s.streamState(stream), FakeHost::StreamState::Offered);
        QCOMPARE(s.state(0), TransferState::Offered);
        QCOMPARE(s.host.notifications().size(), 1);
        QVERIFY(!QDir(s.inbox()).exists()); // nothing touched yet
        QVERIFY(!s.plugin.acceptOffer(s.id(0)).isError());
        QCOMPARE(s.streamState(stream), FakeHost::StreamState::Accepted);
        QVERIFY(s.plugin.acceptOffer(s.id(0)).isError());
        s.host.feed(stream, Setup::stream("hello"));
        QVERIFY(!s.host.finishIncoming(stream).isError());
        QCOMPARE(s.state(0), TransferState::Done);
        QCOMPARE(s.landed(), QStringList{QStringLiteral("a.txt")});
        QCOMPARE(s.row(0, PathRole).toString(), s.inbox() + QStringLiteral("/a.txt"));
    }

    void declines()
    {
        Setup s;
        const StreamId stream = s.offer("a.txt", "hello");
        s.plugin.declineOffer(s.id(0));
        QTRY_COMPARE(s.streamState(stream), FakeHost::StreamState::Finished);
        QCOMPARE(s.state(0), TransferState::Declined);
        QVERIFY(s.landed().isEmpty());
    }

    void takenBack()
    {
        Setup s;
        const StreamId stream = s.offer("a.txt", "hello");
        s.host.finishStream(stream, {ErrorCode::Cancelled, QStringLiteral("changed my mind")});
        QCOMPARE(s.state(0), TransferState::Cancelled);
        QVERIFY(s.plugin.acceptOffer(s.id(0)).isError());
    }

    void cancelRemovesThePart()
    {
        Setup s;
        s.plugin.setAcceptsWithoutAsking(true);
        const StreamId stream = s.offer("a.txt", QByteArray(100000, 'x'));
        s.host.feed(stream, Setup::stream(QByteArray(100000, 'x')).left(50000));
        QCOMPARE(s.landed().size(), 1);
        s.plugin.cancelTransfer(s.id(0));
        QTRY_COMPARE(s.state(0), TransferState::Cancelled);
        QCOMPARE(s.landed(), QStringList());
    }

    void flippedByteDoesNotLand()
    {
        Setup s;
        s.plugin.setAcceptsWithoutAsking(true);
        const StreamId stream = s.offer("a.txt", "hello");
        QByteArray bytes = Setup::stream("hello");
        bytes[6] = 'X';
        s.host.feed(stream, bytes);
        QCOMPARE(s.state(0), TransferState::Failed);
        QVERIFY(s.row(0, ReasonRole).toString().contains(QStringLiteral("checksum")));
        QCOMPARE(s.landed(), QStringList());
    }

    /// The confirmation was lost after the file had landed: it is there, and is shown to be.
    void landedIsDone()
    {
        Setup s;
        s.plugin.setAcceptsWithoutAsking(true);
        const StreamId stream = s.offer("a.txt", "hello");
        s.host.feed(stream, Setup::stream("hello"));
        QVERIFY(s.host.stream(stream).sink->finish());
        s.host.finishStream(stream, {ErrorCode::NotConnected, QStringLiteral("link lost")});
        QCOMPARE(s.state(0), TransferState::Done);
        QCOMPARE(s.landed(), QStringList{QStringLiteral("a.txt")});
    }

    void refusedOffers_data()
    {
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<qint64>("size");
        QTest::newRow("noise") << QByteArray("noise") << qint64(10);
        QTest::newRow("path") << Setup::header("../x", 5) << streamSize(5);
        QTest::newRow("control character") << Setup::header("a\x1b[2J", 5) << streamSize(5);
        QTest::newRow("sizes differ") << Setup::header("a", 5) << streamSize(6);
    }
    void refusedOffers()
    {
        QFETCH(QByteArray, header);
        QFETCH(qint64, size);
        Setup s;
        s.plugin.setAcceptsWithoutAsking(true);
        const StreamId stream = s.host.offerStream(s.bob, FileTypes::content, header, size);
        QTRY_COMPARE(s.streamState(stream), FakeHost::StreamState::Finished);
        QCOMPARE(s.plugin.transfers()->rowCount(), 0);
        QCOMPARE(s.host.logLines().size(), 1);
        QVERIFY(!s.host.logLines()[0].contains(QChar(0x1b)));
    }

    void noRoom()
    {
        Setup s;
        s.plugin.setAcceptsWithoutAsking(true);
        const StreamId stream = s.host.offerStream(s.bob, FileTypes::content, Setup::header("big", kMaxFileBytes),
                                                   streamSize(kMaxFileBytes));
        QTRY_COMPARE(s.state(0), TransferState::Failed);
        QVERIFY(s.row(0, ReasonRole).toString().contains(QStringLiteral("no room")));
        QCOMPARE(s.host.reports().size(), 1);
        QVERIFY(!s.host.stream(stream).reason.message.contains(s.inbox())); // the sender is not told our folders
    }

    void folderThatCannotBeWritten()
    {
        Setup s;
        s.plugin.setInboxFolder(QStringLiteral("/proc/patchbay"));
        s.offer("a.txt", "hello");
        QVERIFY(s.plugin.acceptOffer(s.id(0)).isError());
        QCOMPARE(s.state(0), TransferState::Offered); // still there to be accepted elsewhere
        s.plugin.setInboxFolder(s.inbox());
        QVERIFY(!s.plugin.acceptOffer(s.id(0)).isError());
    }

    void offersAreLimited()
    {
        Setup s;
        for (int i = 0; i < FileReceiver::kMaxOffersPerMember; ++i)
            s.offer("a.txt", "hello");
        QCOMPARE(s.plugin.transfers()->rowCount(), FileReceiver::kMaxOffersPerMember);
        const StreamId over = s.offer("a.txt", "hello");
        QCOMPARE(s.streamState(over), FakeHost::StreamState::Rejected);
        QCOMPARE(s.plugin.transfers()->rowCount(), FileReceiver::kMaxOffersPerMember);
        // Another member is not affected.
        const MemberId carol = s.host.addMember(QStringLiteral("carol"), {FileTypes::content});
        const StreamId other = s.host.offerStream(carol, FileTypes::content, Setup::header("a", 1), streamSize(1));
        QCOMPARE(s.streamState(other), FakeHost::StreamState::Offered);
    }

    void mappedNameIsTold()
    {
        Setup s;
        s.plugin.setAcceptsWithoutAsking(true);
        const StreamId stream = s.offer("what?.txt", "hello");
        QVERIFY(s.row(0, ReasonRole).toString().contains(QStringLiteral("replaced")));
        s.host.feed(stream, Setup::stream("hello"));
        QVERIFY(!s.host.finishIncoming(stream).isError());
        QCOMPARE(s.landed(), QStringList{QStringLiteral("what_.txt")});
    }

    void switchedOffInTheMiddle()
    {
        Setup s;
        s.plugin.setAcceptsWithoutAsking(true);
        const StreamId in = s.offer("a.txt", QByteArray(100000, 'x'));
        s.host.feed(in, Setup::stream(QByteArray(100000, 'x')).left(50000));
        const QString path = s.makeFile(QStringLiteral("b.txt"), "hello");
        for (int i = 0; i < 6; ++i)
            QVERIFY(!s.plugin.sendFile(s.bob, path).isError());
        QTRY_COMPARE(s.host.opened().size(), FileSender::kMaxActive);
        s.host.deactivate();
        for (int i = 0; i < s.plugin.transfers()->rowCount(); ++i)
            QVERIFY(hasEnded(s.state(i)));
        QCOMPARE(s.landed(), QStringList());
        QVERIFY(s.plugin.sendFile(s.bob, path).isError());
        QVERIFY(!s.host.activate(&s.plugin).isError());
        QVERIFY(!s.plugin.sendFile(s.bob, path).isError());
    }

    void clearFinished()
    {
        Setup s;
        s.offer("a.txt", "hello");
        s.plugin.declineOffer(s.id(0));
        QTRY_COMPARE(s.state(0), TransferState::Declined);
        s.offer("b.txt", "hello");
        s.plugin.clearFinished();
        QCOMPARE(s.plugin.transfers()->rowCount(), 1);
        QCOMPARE(s.row(0, FileNameRole).toString(), QStringLiteral("b.txt"));
    }
};

QTEST_GUILESS_MAIN(TestFilePlugin)
#include "tst_fileplugin.moc"
