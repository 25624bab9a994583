// SPDX-License-Identifier: MIT
// Frames that must not be: each one ends the link with its code, reaches nobody, and leaves the others alone
// (PROTOCOL.md 2.3). And those that may be: they end nothing.
#include "support/rawpeer.h"

#include <QtTest>

using namespace patchbay::protocol;
using namespace patchbay::protocol::testing;

namespace {

// The hub of this test knows two types, so these are their numbers.
constexpr quint16 kMessage = 1;
constexpr quint16 kStream = 2;
constexpr MemberNumber kRaw = 2; ///< the one that misbehaves
constexpr MemberNumber kBystander = 3;

struct Frame
{
    FrameHeader header;
    QByteArray payload;
};
using Frames = std::vector<Frame>;

QByteArray limit64(quint64 value)
{
    QByteArray bytes(8, Qt::Uninitialized);
    qToBigEndian(value, bytes.data());
    return bytes;
}

QByteArray fault()
{
    return encode(Fault{Code::Cancelled, QStringLiteral("no"), Party::Local});
}

Frame open(quint32 stream, MemberNumber to, quint16 type = kStream)
{
    return {{0, Kind::StreamOpen, 0, type, stream, to}, encode(StreamOpenBody{-1, {}})};
}

Frame on(Kind kind, quint32 stream, const QByteArray &payload = {}, MemberNumber member = kHubMember)
{
    return {{0, kind, 0, kStream, stream, member}, payload};
}

Frame bare(Kind kind, const QByteArray &payload = {})
{
    return {{0, kind, 0, 0, 0, 0}, payload};
}

Frame message(MemberNumber to, quint16 type = kMessage)
{
    return {{0, Kind::Message, 0, type, 1, to}, "x"};
}

} // namespace

Q_DECLARE_METATYPE(Frames)

class TestFrames final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void towardsTheHub_data()
    {
        QTest::addColumn<Frames>("frames");
        QTest::addColumn<int>("code"); // 0: nothing happens to the link
        const auto row = [](const char *name, const Frames &frames, Code code) {
            QTest::newRow(name) << frames << int(code);
        };
        const Code ok = Code::None;
        const Code broken = Code::ProtocolError;
        row("nothing", {}, ok);
        row("Hello twice", {bare(Kind::Hello, "x")}, broken);
        row("Welcome", {bare(Kind::Welcome, "x")}, broken);
        row("TypeTable", {bare(Kind::TypeTable, "\xa0")}, broken);
        row("Roster", {bare(Kind::Roster, "\xa0")}, broken);
        row("Accepted", {bare(Kind::Accepted, "\xa0")}, broken);
        row("Writable", {bare(Kind::Writable)}, broken);
        row("kind 0", {bare(Kind(0))}, broken);
        row("unknown kind", {bare(Kind(99), "x")}, broken);
        row("unknown kind that may be skipped", {{{0, Kind(99), kIgnorable, 7, 7, 7}, "x"}}, ok);
        row("unknown flags", {{{0, Kind::Message, 0x7e, kMessage, 1, kHubMember}, "x"}}, ok);
        row("ping of 7 bytes", {bare(Kind::Ping, QByteArray(7, 'x'))}, Code::Malformed);
        row("pong of 7 bytes", {bare(Kind::Pong, QByteArray(7, 'x'))}, Code::Malformed);
        row("ping of 9 bytes", {bare(Kind::Ping, QByteArray(9, 'x'))}, Code::FrameTooLarge);
        row("Bye", {bare(Kind::Bye, encode(Fault{Code::GoingAway, QStringLiteral("x"), Party::Local}))},
            Code::GoingAway);
        row("Bye that cannot be read", {bare(Kind::Bye, "??")}, Code::GoingAway);

        row("Accept that cannot be read", {bare(Kind::Accept, "\xa0")}, Code::Malformed);
        row("Accept twice the same", {bare(Kind::Accept, encode(AcceptBody{1, {messageType()}, {}}))}, ok);
        row("Accept removes what it never had",
            {bare(Kind::Accept, encode(AcceptBody{1, {}, {QStringLiteral("a.b/1")}}))}, ok);
        row("Undeliverable that cannot be read", {{{0, Kind::Undeliverable, 0, 1, 1, kBystander}, "x"}},
            Code::Malformed);
        row("Undeliverable about no message", {{{0, Kind::Undeliverable, 0, 1, 0, kBystander}, fault()}},
            Code::Malformed);
        row("Undeliverable to nobody", {{{0, Kind::Undeliverable, 0, 1, 1, 99}, fault()}}, ok);

        row("message of type 0", {message(kBystander, 0)}, broken);
        row("message of an unknown type", {message(kBystander, 77)}, broken);
        row("message of a stream type", {message(kBystander, kStream)}, broken);
        row("message to itself", {message(kRaw)}, broken);
        row("message to nobody", {message(kNobody)}, broken);
        row("message to one who never was", {message(99)}, ok);

        row("stream 0", {open(0, kHubMember)}, broken);
        row("stream with the hub's parity", {open(2, kHubMember)}, broken);
        row("stream twice", {open(1, kHubMember), open(1, kHubMember)}, broken);
        row("stream number goes back", {open(5, kHubMember), open(3, kHubMember)}, broken);
        row("stream numbers skip", {open(5, kHubMember), open(0x7fffffff, kHubMember)}, ok);
        row("stream of a message type", {open(1, kHubMember, kMessage)}, broken);
        row("stream of an unknown type", {open(1, kHubMember, 77)}, broken);
        row("stream to itself", {open(1, kRaw)}, broken);
        row("stream to everyone", {open(1, kEveryone)}, ok);
        row("stream to nobody", {open(1, kNobody)}, ok);
        row("StreamOpen that cannot be read", {on(Kind::StreamOpen, 1, "x")}, Code::Malformed);

        for (const Kind kind : {Kind::StreamAccept, Kind::StreamCredit, Kind::StreamData, Kind::StreamEnd,
                                Kind::StreamDone, Kind::StreamReset}) {
            const bool limit = kind == Kind::StreamAccept || kind == Kind::StreamCredit;
            const QByteArray payload =
                limit ? limit64(1) : (kind == Kind::StreamData || kind == Kind::StreamReset ? fault() : QByteArray());
            const auto named = [&](const char *what) { return QByteArray(what) + char('0' + int(kind) % 10); };
            row(named("never opened, ours, kind 3"), {on(kind, 1, payload)}, broken);
            row(named("never opened, the hub's, kind 3"), {on(kind, 4, payload)}, broken);
            row(named("stream 0, kind 3"), {on(kind, 0, payload)}, broken);
            if (kind != Kind::StreamReset)
                row(named("not accepted yet, kind 3"), {open(1, kHubMember), on(kind, 1, payload)}, broken);
            row(named("late, after a reset, kind 3"),
                {open(1, kHubMember), on(Kind::StreamReset, 1, fault()), on(kind, 1, payload)}, ok);
        }
        row("StreamEnd with a payload", {open(1, kHubMember), on(Kind::StreamEnd, 1, "x")}, Code::FrameTooLarge);
        row("StreamReset that cannot be read", {open(1, kHubMember), on(Kind::StreamReset, 1, "x")}, Code::Malformed);
    }

    void towardsTheHub()
    {
        QFETCH(Frames, frames);
        QFETCH(int, code);
        World world;
        auto peer = rawClient(world, config(QStringLiteral("raw")));
        Endpoint &bystander = world.join(QStringLiteral("bystander"));
        QCOMPARE(bystander.self, kBystander);
        for (const Frame &frame : frames)
            peer->send(frame.header, frame.payload);
        peer->poll();
        world.settle();
        QCOMPARE(world.hub().closings.size(), code == 0 ? 0 : 1);
        if (code != 0) {
            QCOMPARE(int(world.hub().closings[0].reason.code), code);
            QVERIFY(!world.hub().closings[0].reason.text.isEmpty());
            if (frames.front().header.kind != Kind::Bye)
                QCOMPARE(int(peer->byeCode()), code);
            QCOMPARE(bystander.left, QList<MemberNumber>{kRaw});
        }
        // The others go on.
        QVERIFY(!bystander.send(kHubMember, "fine").isFault());
        world.settle();
        QVERIFY(bystander.ready);
        QCOMPARE(world.hub().messages.last().body, QByteArray("fine"));
        peer->close();
        world.settle();
        for (const auto &[key, record] : world.hub().streams)
            QVERIFY(record.closed);
        QVERIFY2(world.problems().isEmpty(), qPrintable(world.problems().join(u'\n')));
    }

    void towardsAClient_data()
    {
        QTest::addColumn<Frames>("frames");
        QTest::addColumn<int>("code");
        const auto row = [](const char *name, const Frames &frames, Code code) {
            QTest::newRow(name) << frames << int(code);
        };
        const Code ok = Code::None;
        const Code broken = Code::ProtocolError;
        const QByteArray id(32, 'i');
        const auto roster = [&](const RosterBody &body) { return Frames{bare(Kind::Roster, encode(body))}; };
        const auto table = [](const QList<NumberedType> &types) {
            return Frames{bare(Kind::TypeTable, encode(types))};
        };
        row("nothing", {}, ok);
        row("Accept", {bare(Kind::Accept, encode(AcceptBody{1, {}, {}}))}, broken);
        row("Welcome twice",
            {bare(Kind::Welcome,
                  encode(Welcome{1, 2, peerIdOf(QStringLiteral("raw hub")), QStringLiteral("raw hub")}))},
            Code::Malformed);
        row("Accepted nobody asked for", {bare(Kind::Accepted, encode(AcceptedBody{77, {}}))}, ok);
        row("Accepted that cannot be read", {bare(Kind::Accepted, "\xa0")}, Code::Malformed);
        row("a number for two types", table({{1, messageType(QStringLiteral("a.b/1"))}}), broken);
        row("two numbers for a type", table({{9, messageType()}}), broken);
        row("a type again", table({{1, messageType()}}), ok);
        row("TypeTable that cannot be read", {bare(Kind::TypeTable, "\xa0")}, Code::Malformed);
        row("Roster that cannot be read", {bare(Kind::Roster, "x")}, Code::Malformed);
        row("one more member", roster({{{9, id, QStringLiteral("nine"), {1}}}, {}, false}), ok);
        row("a member with an unknown type", roster({{{9, id, QStringLiteral("nine"), {77}}}, {}, false}), ok);
        row("one left who was not here", roster({{}, {99}, false}), ok);
        row("the hub left", roster({{}, {kHubMember}, false}), broken);
        row("we left", roster({{}, {RawHub::kSelf}, false}), broken);
        row("message from nobody", {message(kNobody)}, broken);
        row("message from one who is not here", {message(99)}, broken);
        row("message of an unknown type", {message(RawHub::kOther, 77)}, broken);
        row("message of a stream type", {message(RawHub::kOther, kStream)}, broken);
        row("message", {message(RawHub::kOther)}, ok);
        row("stream from nobody", {open(2, 99)}, broken);
        row("stream with our parity", {open(1, RawHub::kOther)}, broken);
        row("stream of a message type", {open(2, RawHub::kOther, kMessage)}, broken);
        row("stream", {open(2, RawHub::kOther)}, ok);
        row("Writable", {{{0, Kind::Writable, 0, 0, 0, RawHub::kOther}, {}}}, ok);
        row("Undeliverable that cannot be read", {{{0, Kind::Undeliverable, 0, 1, 1, 3}, "x"}}, Code::Malformed);
    }

    void towardsAClient()
    {
        QFETCH(Frames, frames);
        QFETCH(int, code);
        World world;
        RawHub hub(world);
        hub.welcome();
        QVERIFY(hub.client.ready);
        for (const Frame &frame : frames)
            hub.peer.send(frame.header, frame.payload);
        hub.client.drain();
        QCOMPARE(hub.client.closings.size(), code == 0 ? 0 : 1);
        if (code != 0) {
            QCOMPARE(int(hub.client.closings[0].reason.code), code);
            QCOMPARE(int(hub.peer.byeCode()), code);
        }
        hub.peer.close();
        hub.client.drain();
        for (const auto &[key, record] : hub.client.streams)
            QVERIFY(record.closed);
        QVERIFY2(hub.client.problems.isEmpty(), qPrintable(hub.client.problems.join(u'\n')));
    }

    void beforeWelcome_data()
    {
        QTest::addColumn<int>("kind");
        for (const Kind kind : {Kind::Message, Kind::Roster, Kind::StreamOpen, Kind::StreamData, Kind::Undeliverable,
                                Kind::Writable, Kind::Accept, Kind::StreamReset})
            QTest::addRow("kind %d", int(kind)) << int(kind);
    }

    void beforeWelcome()
    {
        QFETCH(int, kind);
        World world;
        RawHub hub(world);
        hub.peer.sendHello(config(QStringLiteral("raw hub")), true);
        hub.peer.send({0, Kind(kind), 0, 0, 0, 0});
        hub.client.drain();
        QCOMPARE(hub.client.closings.size(), 1);
        QVERIFY(hub.client.messages.isEmpty() && hub.client.streams.empty());
    }

    // ---- credit ----

    void moreThanWasGranted_data()
    {
        QTest::addColumn<int>("over");
        QTest::newRow("one below") << -1;
        QTest::newRow("all of it") << 0;
        QTest::newRow("one above") << 1;
    }

    void moreThanWasGranted()
    {
        QFETCH(int, over);
        World world;
        auto peer = rawClient(world, config(QStringLiteral("raw")));
        peer->send(open(1, kHubMember).header, open(1, kHubMember).payload);
        world.hub().drain();
        world.hub().accept(world.hub().offers.back());
        peer->poll();
        const auto *accepted = peer->last(Kind::StreamAccept);
        QVERIFY(accepted);
        const qint64 limit = qFromBigEndian<qint64>(accepted->payload.constData());
        QCOMPARE(limit, limits::kInitialWindow);
        for (qint64 left = limit + over; left > 0;) {
            const qint64 count = std::min<qint64>(left, limits::kChunkBytes);
            peer->send(on(Kind::StreamData, 1).header, patternBytes(0, limit + over - left, count));
            left -= count;
        }
        world.hub().drain();
        QCOMPARE(world.hub().closings.size(), over > 0 ? 1 : 0);
        if (over > 0)
            QCOMPARE(world.hub().closings[0].reason.code, Code::FlowControl);
        QCOMPARE(world.hub().streams.begin()->second.closed, over > 0);
    }

    void creditOutOfRange_data()
    {
        QTest::addColumn<quint64>("first");
        QTest::addColumn<quint64>("second");
        QTest::addColumn<bool>("ok");
        const quint64 most = limits::kMaxWindow;
        QTest::newRow("grows") << quint64(1000) << quint64(2000) << true;
        QTest::newRow("from nothing") << quint64(0) << quint64(1) << true;
        QTest::newRow("stays") << quint64(1000) << quint64(1000) << true;
        QTest::newRow("goes back") << quint64(1000) << quint64(999) << false;
        QTest::newRow("8 MiB ahead") << quint64(0) << most << true;
        QTest::newRow("one more") << quint64(0) << most + 1 << false;
        QTest::newRow("one more at once") << most + 1 << most + 2 << false;
        QTest::newRow("negative") << quint64(0) << ~quint64(0) << false;
        QTest::newRow("just positive") << quint64(0) << (~quint64(0) >> 1) << false;
    }

    void creditOutOfRange()
    {
        QFETCH(quint64, first);
        QFETCH(quint64, second);
        QFETCH(bool, ok);
        World world;
        RawHub hub(world);
        hub.welcome();
        const StreamKey key = hub.client.open(RawHub::kOther, 1);
        QVERIFY(key != 0);
        hub.peer.poll();
        hub.peer.send(on(Kind::StreamAccept, 1, limit64(first), RawHub::kOther).header, limit64(first));
        hub.peer.send(on(Kind::StreamCredit, 1, {}, RawHub::kOther).header, limit64(second));
        hub.client.drain();
        QCOMPARE(hub.client.closings.size(), ok ? 0 : 1);
        if (ok)
            QCOMPARE(hub.client.node().streamSpace(key),
                     qsizetype(std::min<quint64>(second, limits::kStreamQueueBytes)));
    }

    void acceptedTwiceDoneEarlyOrTwice()
    {
        const std::vector<Frames> wrong{
            {on(Kind::StreamAccept, 1, limit64(10)), on(Kind::StreamAccept, 1, limit64(20))},
            {on(Kind::StreamAccept, 1, limit64(10)), on(Kind::StreamDone, 1)},
            {on(Kind::StreamDone, 1)},
            {on(Kind::StreamCredit, 1, limit64(10))},
            {on(Kind::StreamAccept, 1, QByteArray(7, 'x'))},
            {on(Kind::StreamAccept, 1, limit64(10)), on(Kind::StreamData, 1, "x")},
            {on(Kind::StreamAccept, 1, limit64(10)), on(Kind::StreamEnd, 1)}};
        for (const Frames &frames : wrong) {
            World world;
            RawHub hub(world);
            hub.welcome();
            const StreamKey key = hub.client.open(RawHub::kOther, 1);
            for (const Frame &frame : frames)
                hub.peer.send(frame.header, frame.payload);
            hub.client.drain();
            QCOMPARE(hub.client.closings.size(), 1);
            QCOMPARE(hub.client.closings[0].reason.code, Code::ProtocolError);
            QVERIFY(hub.client.streams.at(key).closed);
        }
    }

    void endTwice()
    {
        World world;
        auto peer = rawClient(world, config(QStringLiteral("raw")));
        peer->send(open(1, kHubMember).header, open(1, kHubMember).payload);
        world.hub().drain();
        world.hub().accept(world.hub().offers.back());
        peer->send(on(Kind::StreamEnd, 1).header);
        QVERIFY(world.hub().closings.isEmpty());
        peer->send(on(Kind::StreamEnd, 1).header);
        world.hub().drain();
        QCOMPARE(world.hub().closings.size(), 1);
    }
};

QTEST_GUILESS_MAIN(TestFrames)
#include "tst_frames.moc"
