// SPDX-License-Identifier: MIT
// Two hosts that do not know each other: both people confirm before anything goes up (PROTOCOL.md 3.6).
#include "support/rawpeer.h"

#include <QtTest>

using namespace patchbay::protocol;
using namespace patchbay::protocol::testing;
using namespace std::chrono_literals;

namespace {

#define NO_PROBLEMS(world) QVERIFY2((world).problems().isEmpty(), qPrintable((world).problems().join(u'\n')))

NodeConfig pairing(const QString &name)
{
    NodeConfig client = config(name);
    client.pairing = true;
    return client;
}

Endpoint &joinPairing(World &world, const QString &name = QStringLiteral("alice"))
{
    Endpoint &client = world.addClient(pairing(name));
    world.connect(client);
    world.settle();
    return client;
}

/// What a client has told above.
bool isSilent(const Endpoint &client)
{
    return !client.ready && client.members.empty() && client.messages.isEmpty() && client.streams.empty()
           && client.readies.isEmpty() && client.refused.isEmpty() && client.writable.isEmpty()
           && client.undeliverable.isEmpty();
}

} // namespace

class TestPairing final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bothConfirm_data()
    {
        QTest::addColumn<bool>("hubFirst");
        QTest::newRow("hub first") << true;
        QTest::newRow("client first") << false;
    }

    void bothConfirm()
    {
        QFETCH(bool, hubFirst);
        World world; // its `admit` is null: it would let in everybody, but not somebody who wants to pair
        Endpoint &alice = joinPairing(world);
        QCOMPARE(world.hub().knocks.size(), 1);
        QVERIFY(world.hub().knocks[0].wantsPairing);
        QCOMPARE(alice.waits.size(), 1);
        const ConnectionId hubLink = world.hub().knocks[0].id;
        const ConnectionId clientLink = alice.waits[0].id;
        // Three frames as the commitment protocol has them.
        QVERIFY(alice.node().sendPairing(clientLink, "commitment", world.now));
        world.settle();
        QVERIFY(world.hub().node().sendPairing(hubLink, "nonce B", world.now));
        world.settle();
        QVERIFY(alice.node().sendPairing(clientLink, "nonce A", world.now));
        world.settle();
        QCOMPARE(world.hub().pairings.size(), 2);
        QCOMPARE(world.hub().pairings[1].bytes, QByteArray("nonce A"));
        QCOMPARE(alice.pairings.size(), 1);
        QCOMPARE(alice.pairings[0].bytes, QByteArray("nonce B"));

        for (const bool hub : {hubFirst, !hubFirst}) {
            QVERIFY(isSilent(alice));
            if (hub)
                world.hub().node().admitConnection(hubLink, true, world.now);
            else
                alice.node().admitConnection(clientLink, true, world.now);
            world.settle();
        }
        QVERIFY(alice.ready);
        QCOMPARE(alice.readies.size(), 1);
        QCOMPARE(alice.members.size(), size_t(2));
        QVERIFY(alice.members.at(alice.self).verified);
        QVERIFY(!alice.send(kHubMember, "hello").isFault());
        world.settle();
        QCOMPARE(world.hub().messages.size(), 1);
        QVERIFY(!alice.node().sendPairing(clientLink, "late", world.now));
        QVERIFY(!world.hub().node().sendPairing(hubLink, "late", world.now));
        alice.node().admitConnection(clientLink, true, world.now);
        world.settle();
        QCOMPARE(alice.readies.size(), 1);
        world.advance(limits::kWaitDeadline * 2);
        QVERIFY(alice.ready);
        NO_PROBLEMS(world);
    }

    void refusedByTheHub_data()
    {
        QTest::addColumn<int>("answer");
        QTest::addColumn<bool>("canPair");
        QTest::addColumn<bool>("waits");
        using Answer = Admission::Answer;
        QTest::newRow("refused") << int(Answer::Refuse) << true << false;
        QTest::newRow("admitted") << int(Answer::Admit) << true << true;
        QTest::newRow("asked") << int(Answer::Ask) << true << true;
        QTest::newRow("refused, cannot pair") << int(Answer::Refuse) << false << false;
        QTest::newRow("admitted, cannot pair") << int(Answer::Admit) << false << false;
        QTest::newRow("asked, cannot pair") << int(Answer::Ask) << false << false;
    }

    void refusedByTheHub()
    {
        QFETCH(int, answer);
        QFETCH(bool, canPair);
        QFETCH(bool, waits);
        NodeConfig hub = config(QStringLiteral("hub"));
        hub.canPair = canPair;
        hub.admit = [&](const Knock &) { return Admission{Admission::Answer(answer), {}, true}; };
        World world(hub);
        Endpoint &alice = joinPairing(world);
        QCOMPARE(alice.waits.size(), waits ? 1 : 0);
        QCOMPARE(world.hub().knocks.size(), waits ? 1 : 0);
        if (!waits)
            QCOMPARE(alice.closings.at(0).reason.code, Code::PermissionDenied);
        QCOMPARE(world.hub().members.size(), size_t(1));
        NO_PROBLEMS(world);
    }

    /// Who knows the hub waits also where nobody can pair: somebody may still decide.
    void askedByAHubThatCannotPair()
    {
        NodeConfig hub = config(QStringLiteral("hub"));
        hub.canPair = false;
        hub.admit = [](const Knock &) { return Admission{Admission::Answer::Ask, {}, false}; };
        World world(hub);
        Endpoint &alice = world.join(QStringLiteral("alice"));
        QVERIFY(!alice.waits.at(0).canPair);
        QVERIFY(!alice.node().sendPairing(alice.waits.at(0).id, "x", world.now));
        QVERIFY(!world.hub().node().sendPairing(world.hub().knocks.at(0).id, "x", world.now));
        auto raw = rawClient(world, config(QStringLiteral("raw")));
        raw->send(Kind::Pairing, "x");
        QCOMPARE(raw->byeCode(), Code::ProtocolError);
        world.hub().drain();
        world.hub().node().admitConnection(world.hub().knocks.at(0).id, false, world.now);
        world.settle();
        QVERIFY(alice.ready);
    }

    void refusedByOurSide()
    {
        World world;
        Endpoint &alice = joinPairing(world);
        world.hub().node().admitConnection(world.hub().knocks.at(0).id, true, world.now);
        world.settle();
        alice.node().closeConnection(alice.waits.at(0).id,
                                     {Code::Rejected, QStringLiteral("the codes differ"), Party::Local}, world.now);
        world.settle();
        QCOMPARE(world.hub().closings.at(0).reason.code, Code::Rejected);
        alice.node().admitConnection(alice.waits.at(0).id, true, world.now);
        QVERIFY(isSilent(alice));
        NO_PROBLEMS(world);
    }

    /// Welcome came, our side has not confirmed: nothing goes up, and who sends something is told.
    void nothingGoesUpBeforeWeConfirm()
    {
        World world;
        RawHub hub(world, pairing(QStringLiteral("raw client")));
        hub.greet();
        hub.peer.send(Kind::Wait, encode(WaitBody{true}));
        hub.letIn();
        const quint16 message = RawHub::kMessageNumber;
        const quint16 stream = RawHub::kStreamNumber;
        const QByteArray fault = encode(Fault{Code::Failed, QStringLiteral("x"), Party::Local});
        hub.peer.send(Kind::Accepted,
                      encode(AcceptedBody{0, {{messageType().name, {Code::TooMany, {}, Party::Local}}}}));
        hub.peer.send({0, Kind::Message, 0, message, 9, RawHub::kOther}, "x");
        hub.peer.send({0, Kind::Message, kToEveryone, message, 10, RawHub::kOther}, "x");
        hub.peer.send({0, Kind::StreamOpen, 0, stream, 2, RawHub::kOther}, encode(StreamOpenBody{-1, {}}));
        hub.peer.send({0, Kind::Undeliverable, 0, message, 1, RawHub::kOther}, fault);
        hub.peer.send({0, Kind::Writable, 0, 0, 0, RawHub::kOther});
        RosterBody body;
        body.present = {{9, QByteArray(32, 'n'), QStringLiteral("nine"), {}, true, false}};
        body.left = {RawHub::kOther};
        hub.peer.send(Kind::Roster, encode(body));
        hub.client.node().acceptTypes({messageType(QStringLiteral("a.b/1"))}, world.now);
        hub.client.drain();
        QVERIFY(isSilent(hub.client));
        QVERIFY(hub.client.closings.isEmpty());
        QCOMPARE(hub.client.send(kHubMember, "x").code, Code::NotConnected);
        Fault refused;
        hub.client.open(kHubMember, 1, streamType().name, &refused);
        QCOMPARE(refused.code, Code::NotConnected);
        QCOMPARE(hub.peer.count(Kind::Undeliverable), 1); // the one to us alone
        QCOMPARE(decodeFault(hub.peer.last(Kind::Undeliverable)->payload)->code, Code::PermissionDenied);
        QCOMPARE(decodeFault(hub.peer.last(Kind::StreamReset)->payload)->code, Code::PermissionDenied);
        QCOMPARE(hub.peer.count(Kind::Accept), 0);

        // And then all of it is as it is by now.
        hub.client.node().admitConnection(1, true, world.now);
        hub.client.drain();
        hub.peer.poll();
        QVERIFY(hub.client.ready);
        QCOMPARE(hub.client.members.size(), size_t(3));
        QVERIFY(hub.client.members.at(9).verified);
        QCOMPARE(hub.client.refused.size(), 1);
        QCOMPARE(hub.peer.count(Kind::Accept), 1);
        NO_PROBLEMS(world);
    }

    void weConfirmTooLate()
    {
        for (const bool inTime : {true, false}) {
            World world;
            RawHub hub(world, pairing(QStringLiteral("raw client")));
            hub.greet();
            hub.peer.send(Kind::Wait, encode(WaitBody{true}));
            hub.letIn();
            for (int i = 0; i < 11; ++i) {
                world.advance(10s);
                hub.peer.send(Kind::Pong, QByteArray(8, 'x'));
            }
            world.advance(10s - 1ns);
            QVERIFY(hub.client.closings.isEmpty());
            if (inTime)
                hub.client.node().admitConnection(1, true, world.now);
            world.advance(1ns);
            QCOMPARE(hub.client.closings.size(), inTime ? 0 : 1);
            QCOMPARE(hub.client.ready, inTime);
            if (!inTime)
                QCOMPARE(hub.client.closings[0].reason.party, Party::Local);
        }
    }

    void aBrokenLinkWhileHeld()
    {
        World world;
        Endpoint &alice = joinPairing(world);
        world.hub().node().admitConnection(world.hub().knocks.at(0).id, true, world.now);
        world.settle();
        world.cut(world.linkOf(alice));
        world.settle();
        QVERIFY(isSilent(alice));
        QVERIFY(alice.left.isEmpty());
        world.connect(alice); // anew, and nothing of the old link counts
        world.settle();
        QCOMPARE(alice.waits.size(), 2);
        QVERIFY(isSilent(alice));
        NO_PROBLEMS(world);
    }

    void wrongOrder_data()
    {
        QTest::addColumn<QList<int>>("kinds");
        QTest::addColumn<int>("code");
        const auto row = [](const char *name, const QList<Kind> &kinds, Code code) {
            QList<int> numbers;
            for (const Kind kind : kinds)
                numbers.append(int(kind));
            QTest::newRow(name) << numbers << int(code);
        };
        const Code broken = Code::ProtocolError;
        row("Wait", {Kind::Wait}, Code::None);
        row("Wait, then Welcome", {Kind::Wait, Kind::Welcome}, Code::None);
        row("Wait, then Pairing", {Kind::Wait, Kind::Pairing}, Code::None);
        row("Wait, then TypeTable", {Kind::Wait, Kind::TypeTable}, Code::None);
        row("Welcome at once", {Kind::Welcome}, broken);
        row("Wait twice", {Kind::Wait, Kind::Wait}, broken);
        row("Wait after Welcome", {Kind::Wait, Kind::Welcome, Kind::Wait}, broken);
        row("Pairing before Wait", {Kind::Pairing}, broken);
        row("Pairing after Welcome", {Kind::Wait, Kind::Welcome, Kind::Pairing}, broken);
        row("Accepted before Welcome", {Kind::Wait, Kind::Accepted}, broken);
        row("Message before Welcome", {Kind::Wait, Kind::Message}, broken);
        row("StreamOpen before Welcome", {Kind::Wait, Kind::StreamOpen}, broken);
    }

    void wrongOrder()
    {
        QFETCH(QList<int>, kinds);
        QFETCH(int, code);
        World world;
        RawHub hub(world, pairing(QStringLiteral("raw client")));
        hub.greet();
        const NodeConfig self = config(QStringLiteral("raw hub"));
        for (const int kind : kinds) {
            QByteArray payload("x");
            if (Kind(kind) == Kind::Wait)
                payload = encode(WaitBody{true});
            else if (Kind(kind) == Kind::Welcome)
                payload = encode(Welcome{kProtocolVersion, RawHub::kSelf, self.peerId, self.name});
            else if (Kind(kind) == Kind::TypeTable)
                payload = encode(QList<NumberedType>{});
            hub.peer.send(Kind(kind), payload);
        }
        hub.client.drain();
        QCOMPARE(hub.client.closings.size(), code == 0 ? 0 : 1);
        if (code != 0) {
            QCOMPARE(int(hub.client.closings[0].reason.code), code);
            QVERIFY(isMisbehaviour(hub.client.closings[0].reason));
        }
        QVERIFY(isSilent(hub.client));
    }

    void aWaitThatCannotBeUsed()
    {
        for (const bool readable : {true, false}) {
            World world;
            RawHub hub(world, pairing(QStringLiteral("raw client")));
            hub.greet();
            hub.peer.send(Kind::Wait, readable ? encode(WaitBody{false}) : QByteArray("\xa0"));
            hub.client.drain();
            QCOMPARE(hub.client.closings.size(), 1);
            QCOMPARE(hub.client.closings[0].reason.code, readable ? Code::PermissionDenied : Code::Malformed);
        }
    }

    void pairingFrames_data()
    {
        QTest::addColumn<bool>("hub");
        QTest::newRow("to the hub") << true;
        QTest::newRow("to the client") << false;
    }

    void pairingFrames()
    {
        QFETCH(bool, hub);
        World world;
        std::unique_ptr<RawHub> rawHub;
        std::unique_ptr<RawPeer> client;
        if (hub) {
            client = rawClient(world, pairing(QStringLiteral("raw")));
        } else {
            rawHub = std::make_unique<RawHub>(world, pairing(QStringLiteral("raw")));
            rawHub->greet();
            rawHub->peer.send(Kind::Wait, encode(WaitBody{true}));
        }
        Endpoint &host = hub ? world.hub() : rawHub->client;
        RawPeer &peer = hub ? *client : rawHub->peer;
        host.drain();
        // Ours
        QVERIFY(!host.node().sendPairing(1, QByteArray(limits::kPairingBytes + 1, 'x'), world.now));
        QVERIFY(!host.node().sendPairing(2, "x", world.now));
        for (int i = 0; i < limits::kPairingFrames; ++i)
            QVERIFY(host.node().sendPairing(1, QByteArray(limits::kPairingBytes, 'x'), world.now));
        QVERIFY(!host.node().sendPairing(1, "x", world.now));
        peer.poll();
        QCOMPARE(peer.count(Kind::Pairing), limits::kPairingFrames);
        // Theirs
        for (int i = 0; i < limits::kPairingFrames; ++i)
            peer.send(Kind::Pairing, "x");
        host.drain();
        QVERIFY(host.closings.isEmpty());
        QCOMPARE(host.pairings.size(), limits::kPairingFrames);
        peer.send(Kind::Pairing, "x");
        host.drain();
        QCOMPARE(host.closings.size(), 1);
        QCOMPARE(host.closings[0].reason.code, Code::ProtocolError);
        QCOMPARE(host.pairings.size(), limits::kPairingFrames);
        NO_PROBLEMS(world);
    }

    /// It was on its way when the hub let the client in: an oddity, no error.
    void aLatePairingFrame()
    {
        World world;
        auto peer = rawClient(world, pairing(QStringLiteral("raw")));
        world.hub().drain();
        world.hub().node().admitConnection(1, true, world.now);
        peer->send(Kind::Pairing, "x");
        world.hub().drain();
        QVERIFY(world.hub().closings.isEmpty() && world.hub().pairings.isEmpty());
        auto known = rawClient(world, config(QStringLiteral("known")), 2); // one that never waited
        known->send(Kind::Pairing, "x");
        world.hub().drain();
        QCOMPARE(known->byeCode(), Code::ProtocolError);
    }

    void cutAnywhere()
    {
        World world;
        world.cuts = Cuts::SingleBytes;
        world.transmitMax = 1;
        Endpoint &alice = joinPairing(world);
        QVERIFY(alice.node().sendPairing(alice.waits.at(0).id, "x", world.now));
        alice.node().admitConnection(alice.waits.at(0).id, true, world.now);
        world.hub().node().admitConnection(world.hub().knocks.at(0).id, true, world.now);
        world.settle();
        QVERIFY(alice.ready);
        NO_PROBLEMS(world);
    }
};

QTEST_GUILESS_MAIN(TestPairing)
#include "tst_pairing.moc"
