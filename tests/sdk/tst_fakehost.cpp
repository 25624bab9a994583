// SPDX-License-Identifier: MIT
// FakeHost keeps the promises of IHost, so that a test against it says something about the real one.
#include <patchbay/testing/fakehost.h>

#include <QSignalSpy>
#include <QTest>

#include <thread>

using namespace patchbay;
using patchbay::testing::FakeCommand;
using patchbay::testing::FakeHost;
using StreamState = FakeHost::StreamState;

namespace {

const QString note = QStringLiteral("org.test.note/1");
const QString bytes = QStringLiteral("org.test.bytes/1");

class Source final : public IByteSource
{
public:
    explicit Source(const QByteArray &content) : m_content(content) { }
    virtual ~Source() = default;
    qint64 read(char *data, qint64 max) override
    {
        if (later)
            return StreamLater;
        if (fails && m_offset > 0)
            return StreamFailed;
        const qint64 count = qMin(max, qint64(m_content.size()) - m_offset);
        std::copy_n(m_content.constData() + m_offset, count, data);
        m_offset += count;
        return count;
    }
    void cancel() override { ++cancels; }
    QString errorText() const override { return QStringLiteral("bad sector"); }

    bool later = false;
    bool fails = false;
    int cancels = 0;

private:
    const QByteArray m_content;
    qint64 m_offset = 0;
};

class Sink final : public IByteSink
{
public:
    virtual ~Sink() = default;
    qint64 write(const char *data, qint64 size) override
    {
        if (content.size() >= limit)
            return fails ? StreamFailed : StreamLater;
        const qint64 taken = qMin<qint64>(size, 3);
        content.append(data, taken);
        return taken;
    }
    bool finish() override { return durable; }
    void cancel() override { ++cancels; }
    QString errorText() const override { return QStringLiteral("disk full"); }

    QByteArray content;
    qint64 limit = 1000;
    bool fails = false;
    bool durable = true;
    int cancels = 0;
};

class Plugin final : public QObject,
                     public IPlugin,
                     public IMessageHandler,
                     public IStreamHandler,
                     public IDeliveryObserver,
                     public IMemberObserver,
                     public ICommandProvider
{
    Q_OBJECT
    Q_INTERFACES(patchbay::IPlugin patchbay::IMessageHandler patchbay::IStreamHandler patchbay::IDeliveryObserver
                     patchbay::IMemberObserver patchbay::ICommandProvider)

public:
    Error activate(IHost &given) override
    {
        host = &given;
        return activateResult;
    }
    void deactivate() override { events.append(QStringLiteral("deactivate")); }
    void messageReceived(const MessageIn &message) override
    {
        events.append(
            QStringLiteral("message %1%2")
                .arg(QString::fromUtf8(message.body), message.toEveryone ? QStringLiteral(" to all") : QString()));
    }
    void streamOffered(const StreamOffer &offer) override
    {
        if (reject)
            (void)host->rejectStream(offer.stream, {ErrorCode::Rejected, QStringLiteral("busy")});
        else
            accepted = host->acceptStream(offer.stream, &sink);
        QVERIFY(finished.isEmpty()); // nothing calls back from inside
    }
    void streamFinished(StreamId stream, const Error &result) override { finished.append({stream, result}); }
    void undeliverable(MessageId message, MemberId, const Error &) override
    {
        events.append(QStringLiteral("undeliverable %1").arg(quint64(message)));
    }
    void writable(MemberId) override { events.append(QStringLiteral("writable")); }
    void memberJoined(MemberId member) override { events.append(QStringLiteral("joined %1").arg(quint64(member))); }
    void memberLeft(MemberId member) override { events.append(QStringLiteral("left %1").arg(quint64(member))); }
    void startCommand(ICommandContext *run) override { run->requestInput(); }
    void cancelCommand(ICommandContext *run) override { run->finish(ExitInterrupted); }
    void commandInput(ICommandContext *run, const QByteArray &chunk) override
    {
        run->writeOutput(chunk);
        if (chunk.isEmpty())
            run->finish(ExitOk);
        else
            run->requestInput();
    }

    IHost *host = nullptr;
    Error activateResult;
    Error accepted;
    bool reject = false;
    Sink sink;
    QStringList events;
    QList<QPair<StreamId, Error>> finished;
};

} // namespace

class FakeHostTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void members();
    void sending();
    void receiving();
    void outgoingStream();
    void outgoingStreamEnds();
    void incomingStream();
    void incomingStreamFails();
    void reject();
    void cancel();
    void wakeFromAnyThread();
    void deactivate();
    void surroundings();
    void command();
};

void FakeHostTest::members()
{
    Plugin plugin;
    FakeHost host;
    const MemberId early = host.addMember(QStringLiteral("Early"), {note});
    QVERIFY(!host.activate(&plugin).isError());
    const MemberId late = host.addMember(QStringLiteral("Late"), {bytes}, true);
    QCOMPARE(plugin.events, (QStringList{QStringLiteral("joined 1"), QStringLiteral("joined 2")}));
    QAbstractItemModel *model = host.members();
    QCOMPARE(model->rowCount(), 2);
    const QModelIndex index = model->index(1, 0);
    QCOMPARE(index.data(NameRole).toString(), QStringLiteral("Late"));
    QCOMPARE(index.data(MemberIdRole).toULongLong(), quint64(late));
    QCOMPARE(index.data(PeerIdRole).toByteArray().size(), 32);
    QCOMPARE(index.data(IsHubRole).toBool(), true);
    QVERIFY(host.accepts(early, note) && !host.accepts(early, bytes) && !host.accepts(MemberId(99), note));
    host.removeMember(early);
    QCOMPARE(model->rowCount(), 1);
    QCOMPARE(plugin.events.last(), QStringLiteral("left 1"));
    const QByteArray peer = index.sibling(0, 0).data(PeerIdRole).toByteArray();
    host.removeMember(late);
    QVERIFY(host.addMember(QStringLiteral("Late"), {bytes}) != late); // a new id for the same peer
    QCOMPARE(model->index(0, 0).data(PeerIdRole).toByteArray(), peer);
}

void FakeHostTest::sending()
{
    Plugin plugin;
    FakeHost host;
    QCOMPARE(host.sendMessage(MemberId::Everyone, note, "x", nullptr).code, ErrorCode::PluginStopped);
    QVERIFY(!host.activate(&plugin).isError());
    const MemberId alice = host.addMember(QStringLiteral("Alice"), {note});
    MessageId id = MessageId::None;
    QVERIFY(!host.sendMessage(alice, note, "one", &id).isError());
    QVERIFY(!host.sendMessage(MemberId::Everyone, note, "two", nullptr).isError());
    QCOMPARE(host.sent().size(), 2);
    QVERIFY(host.sent().first().id == id && host.sent().first().to == alice);
    QCOMPARE(host.takeSent().last().body, QByteArray("two"));
    QVERIFY(host.sent().isEmpty());
    QCOMPARE(host.sendMessage(alice, bytes, "x", nullptr).code, ErrorCode::NotAccepted);
    QCOMPARE(host.sendMessage(MemberId(99), note, "x", nullptr).code, ErrorCode::NoSuchMember);
    host.setMaxBytes(note, 3);
    QVERIFY(!host.sendMessage(alice, note, "123", nullptr).isError());
    QCOMPARE(host.sendMessage(alice, note, "1234", nullptr).code, ErrorCode::TooLarge);
    host.setSendError({ErrorCode::QueueFull, QStringLiteral("full")});
    QCOMPARE(host.sendMessage(alice, note, "1", nullptr).code, ErrorCode::QueueFull);
    host.setSendError({});
    host.setConnected(false);
    QCOMPARE(host.sendMessage(alice, note, "1", nullptr).code, ErrorCode::NotConnected);
    host.reportUndeliverable(id, alice, {ErrorCode::Failed, {}});
    host.reportWritable(alice);
    QCOMPARE(plugin.events.mid(1), (QStringList{QStringLiteral("undeliverable 1"), QStringLiteral("writable")}));
}

void FakeHostTest::receiving()
{
    Plugin plugin;
    FakeHost host;
    QVERIFY(!host.activate(&plugin).isError());
    host.deliverMessage(MemberId(7), note, "hi");
    host.deliverMessage(MemberId(7), note, "hi", true);
    QCOMPARE(plugin.events, (QStringList{QStringLiteral("message hi"), QStringLiteral("message hi to all")}));
}

void FakeHostTest::outgoingStream()
{
    Plugin plugin;
    FakeHost host;
    QVERIFY(!host.activate(&plugin).isError());
    const MemberId alice = host.addMember(QStringLiteral("Alice"), {bytes});
    Source source("abcdefghij");
    StreamId id = StreamId::None;
    QCOMPARE(host.openStream(MemberId::Everyone, bytes, {}, 10, &source, &id).code, ErrorCode::InvalidArgument);
    QCOMPARE(host.openStream(alice, bytes, QByteArray(32 * 1024 + 1, 'h'), 10, &source, &id).code, ErrorCode::TooLarge);
    QVERIFY(!host.openStream(alice, bytes, "head", 10, &source, &id).isError());
    QCOMPARE(host.opened().size(), 1);
    QCOMPARE(host.stream(id).header, QByteArray("head"));
    QVERIFY(host.stream(id).state == StreamState::Offered);
    const FakeHost::Pumped first = host.pump(id, 4, 3);
    QCOMPARE(first.bytes, QByteArray("abcd"));
    QVERIFY(!first.atEnd);
    QCOMPARE(host.streamProgress(id), 4);
    QVERIFY(host.stream(id).state == StreamState::Accepted);
    QCOMPARE(host.pumpAndFinish(id), QByteArray("efghij"));
    QCOMPARE(plugin.finished.size(), 1);
    QVERIFY(!plugin.finished.first().second.isError());
    host.finishStream(id, {ErrorCode::Failed, {}}); // once only
    QCOMPARE(plugin.finished.size(), 1);
    QCOMPARE(source.cancels, 0);
    QVERIFY(host.pump(id).bytes.isEmpty());
}

void FakeHostTest::outgoingStreamEnds()
{
    Plugin plugin;
    FakeHost host;
    QVERIFY(!host.activate(&plugin).isError());
    const MemberId alice = host.addMember(QStringLiteral("Alice"), {bytes});
    Source failing("abc");
    failing.fails = true;
    StreamId id = StreamId::None;
    QVERIFY(!host.openStream(alice, bytes, {}, -1, &failing, &id).isError());
    QCOMPARE(host.pumpAndFinish(id), QByteArray("abc"));
    QCOMPARE(plugin.finished.last().second.code, ErrorCode::IoFailed);
    QCOMPARE(plugin.finished.last().second.message, QStringLiteral("bad sector"));

    Source waiting("abc");
    waiting.later = true;
    QVERIFY(!host.openStream(alice, bytes, {}, -1, &waiting, &id).isError());
    QVERIFY(host.pumpAndFinish(id).isEmpty());
    QCOMPARE(host.openStreams(), QList<StreamId>{id});
    host.removeMember(alice);
    QCOMPARE(plugin.finished.last().second.code, ErrorCode::NotConnected);
    QCOMPARE(waiting.cancels, 1);
}

void FakeHostTest::incomingStream()
{
    Plugin plugin;
    FakeHost host;
    QVERIFY(!host.activate(&plugin).isError());
    const StreamId id = host.offerStream(MemberId(1), bytes, "head", 8);
    QVERIFY(!plugin.accepted.isError());
    QVERIFY(host.stream(id).state == StreamState::Accepted);
    QVERIFY(host.acceptStream(id, &plugin.sink).isError()); // answered already
    plugin.sink.limit = 6;
    QCOMPARE(host.feed(id, "12345678", 5), 6);
    plugin.sink.limit = 1000;
    QCOMPARE(host.feed(id, "78"), 2);
    QCOMPARE(host.streamProgress(id), 8);
    QVERIFY(!host.finishIncoming(id).isError());
    QCOMPARE(plugin.sink.content, QByteArray("12345678"));
    QCOMPARE(plugin.finished.size(), 1);
    QCOMPARE(plugin.sink.cancels, 0);
    QCOMPARE(host.feed(id, "x"), 0);
    QVERIFY(host.finishIncoming(id).isError());
}

void FakeHostTest::incomingStreamFails()
{
    Plugin plugin;
    FakeHost host;
    QVERIFY(!host.activate(&plugin).isError());
    StreamId id = host.offerStream(MemberId(1), bytes, {}, -1);
    plugin.sink.limit = 3;
    plugin.sink.fails = true;
    QCOMPARE(host.feed(id, "123456"), 3);
    QCOMPARE(plugin.finished.last().second.message, QStringLiteral("disk full"));
    plugin.finished.clear();
    plugin.sink.durable = false;
    id = host.offerStream(MemberId(1), bytes, {}, -1);
    QCOMPARE(host.finishIncoming(id).code, ErrorCode::IoFailed);
    QCOMPARE(plugin.finished.last().second.code, ErrorCode::IoFailed);
}

void FakeHostTest::reject()
{
    Plugin plugin;
    FakeHost host;
    QVERIFY(!host.activate(&plugin).isError());
    plugin.reject = true;
    const StreamId id = host.offerStream(MemberId(1), bytes, {}, -1);
    QVERIFY(host.stream(id).state == StreamState::Rejected);
    QCOMPARE(host.stream(id).reason.message, QStringLiteral("busy"));
    QVERIFY(plugin.finished.isEmpty());
    QTRY_COMPARE(plugin.finished.size(), 1);
    QCOMPARE(plugin.finished.first().second.code, ErrorCode::Rejected);
}

void FakeHostTest::cancel()
{
    Plugin plugin;
    FakeHost host;
    QVERIFY(!host.activate(&plugin).isError());
    const StreamId id = host.offerStream(MemberId(1), bytes, {}, -1);
    host.cancelStream(id, {ErrorCode::Cancelled, QStringLiteral("enough")});
    host.cancelStream(id, {ErrorCode::Cancelled, QStringLiteral("enough")});
    host.cancelStream(StreamId(99), {});
    QVERIFY(plugin.finished.isEmpty());
    host.deliverPending();
    QCOMPARE(plugin.finished.size(), 1);
    QCOMPARE(plugin.sink.cancels, 1);
}

void FakeHostTest::wakeFromAnyThread()
{
    Plugin plugin;
    FakeHost host;
    QVERIFY(!host.activate(&plugin).isError());
    const StreamId id = host.offerStream(MemberId(1), bytes, {}, -1);
    std::thread([&] {
        for (int i = 0; i < 100; ++i)
            host.wake(id);
    }).join();
    host.wake(StreamId(99));
    QCOMPARE(host.stream(id).wakes, 100);
}

void FakeHostTest::deactivate()
{
    Plugin plugin;
    FakeHost host;
    plugin.activateResult = {ErrorCode::Failed, QStringLiteral("no")};
    QVERIFY(host.activate(&plugin).isError());
    QVERIFY(!host.settings());
    plugin.activateResult = {};
    QVERIFY(!host.activate(&plugin).isError());
    (void)host.offerStream(MemberId(1), bytes, {}, -1);
    host.deactivate();
    QCOMPARE(plugin.finished.size(), 1);
    QCOMPARE(plugin.finished.first().second.code, ErrorCode::PluginStopped);
    QCOMPARE(plugin.events, QStringList{QStringLiteral("deactivate")});
    QVERIFY(!host.settings());
    QVERIFY(host.dataDirectory().isEmpty());
    QVERIFY(!host.activate(&plugin).isError()); // and again
    host.deactivate();
    host.deactivate();
    QCOMPARE(plugin.events.size(), 2);
}

void FakeHostTest::surroundings()
{
    Plugin plugin;
    FakeHost host;
    QVERIFY(!host.activate(&plugin).isError());
    QCOMPARE(host.apiVersion(), quint32(PATCHBAY_API_VERSION));
    host.settings()->setValue(QStringLiteral("k"), 5);
    QCOMPARE(host.settings()->value(QStringLiteral("k")).toInt(), 5);
    QVERIFY(QDir(host.dataDirectory()).exists());
    host.report({ErrorCode::Failed, QStringLiteral("r")});
    host.log(QStringLiteral("l"));
    host.notify(QStringLiteral("t"), QStringLiteral("x"));
    QCOMPARE(host.reports().size(), 1);
    QCOMPARE(host.logLines(), QStringList{QStringLiteral("l")});
    QCOMPARE(host.notifications().first().second, QStringLiteral("x"));
    QCOMPARE(host.ownPeerId().size(), 32);
    host.setOwnName(QStringLiteral("Zoe"));
    QCOMPARE(host.ownName(), QStringLiteral("Zoe"));
}

void FakeHostTest::command()
{
    Plugin plugin;
    FakeCommand run(&plugin, QStringLiteral("cat"), {QStringLiteral("-")});
    run.setInput({"a", "b"});
    run.start();
    QCOMPARE(run.inputRequests(), 1);
    QVERIFY(!run.isFinished());
    QTRY_VERIFY(run.isFinished());
    QCOMPARE(run.output(), QByteArray("ab"));
    QCOMPARE(run.exitCode(), int(ExitOk));
    run.cancel();
    QVERIFY(!run.wasUsedAfterFinish());
    run.writeOutput("late");
    QVERIFY(run.wasUsedAfterFinish());

    FakeCommand other(&plugin, QStringLiteral("cat"), {});
    other.start();
    other.giveInput("x");
    other.cancel();
    QCOMPARE(other.exitCode(), int(ExitInterrupted));
    QCOMPARE(other.output(), QByteArray("x"));
}

QTEST_GUILESS_MAIN(FakeHostTest)
#include "tst_fakehost.moc"
