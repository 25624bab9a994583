// SPDX-License-Identifier: MIT
// Who is let in: tokens, the answer of NodeConfig::admit, links that wait for somebody's decision (PROTOCOL.md 3.6).
#include "support/rawpeer.h"

#include <QCryptographicHash>
#include <QtTest>

using namespace patchbay::protocol;
using namespace patchbay::protocol::testing;
using namespace std::chrono_literals;

namespace {

#define NO_PROBLEMS(world) QVERIFY2((world).problems().isEmpty(), qPrintable((world).problems().join(u'\n')))

NodeConfig askingHub()
{
    NodeConfig hub = config(QStringLiteral("hub"));
    hub.admit = [](const Knock &) { return Admission{Admission::Answer::Ask, {}, false}; };
    return hub;
}

NodeConfig withToken(const QByteArray &token)
{
    NodeConfig client = config(QStringLiteral("raw"));
    client.token = token;
    return client;
}

} // namespace

class TestAdmission final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void plainToken_data()
    {
        QTest::addColumn<QByteArray>("needed");
        QTest::addColumn<QByteArray>("token");
        QTest::addColumn<bool>("proven");
        QTest::addColumn<bool>("comesIn");
        const QByteArray token(16, 't');
        QTest::newRow("none needed, none sent") << QByteArray() << QByteArray() << false << true;
        QTest::newRow("none needed, one sent") << QByteArray() << token << false << true;
        QTest::newRow("right") << token << token << false << true;
        QTest::newRow("none sent") << token << QByteArray() << false << false;
        QTest::newRow("first byte wrong") << token << 'x' + token.mid(1) << false << false;
        QTest::newRow("last byte wrong") << token << token.chopped(1) + 'x' << false << false;
        QTest::newRow("shorter") << token << token.chopped(1) << false << false;
        QTest::newRow("longer") << token << token + 't' << false << false;
        QTest::newRow("32 bytes") << QByteArray(32, 'a') << QByteArray(32, 'a') << false << true;
        QTest::newRow("identity proven, none sent") << token << QByteArray() << true << true;
        QTest::newRow("identity proven, wrong one") << token << QByteArray("x") << true << true;
    }

    void plainToken()
    {
        QFETCH(QByteArray, needed);
        QFETCH(QByteArray, token);
        QFETCH(bool, proven);
        QFETCH(bool, comesIn);
        NodeConfig hub = config(QStringLiteral("hub"));
        hub.plainToken = needed;
        int asked = 0;
        hub.admit = [&](const Knock &) {
            ++asked;
            return Admission{Admission::Answer::Admit, {}, false};
        };
        World world(hub);
        RawPeer peer(world.hub().node(), world.now, 1, proven ? peerIdOf(QStringLiteral("raw")) : QByteArray());
        peer.sendHello(withToken(token), false);
        world.hub().drain();
        QCOMPARE(peer.count(Kind::Welcome), comesIn ? 1 : 0);
        QCOMPARE(asked, comesIn ? 1 : 0);
        QCOMPARE(peer.byeCode(), comesIn ? Code::None : Code::PermissionDenied);
        QCOMPARE(world.hub().members.size(), size_t(comesIn ? 2 : 1));
    }

    void tokenSize_data()
    {
        QTest::addColumn<int>("size");
        QTest::addColumn<bool>("read");
        QTest::newRow("31 bytes") << int(limits::kTokenBytes) - 1 << true;
        QTest::newRow("32 bytes") << int(limits::kTokenBytes) << true;
        QTest::newRow("33 bytes") << int(limits::kTokenBytes) + 1 << false;
    }

    void tokenSize()
    {
        QFETCH(int, size);
        QFETCH(bool, read);
        World world;
        RawPeer peer(world.hub().node(), world.now);
        peer.sendHello(withToken(QByteArray(size, 't')), false);
        QCOMPARE(peer.count(Kind::Welcome), read ? 1 : 0);
        QCOMPARE(peer.byeCode(), read ? Code::None : Code::Malformed);
    }

    void knock()
    {
        NodeConfig hub = config(QStringLiteral("hub"));
        QList<Knock> knocks;
        hub.admit = [&](const Knock &knock) {
            knocks.append(knock);
            return Admission{Admission::Answer::Admit, {}, false};
        };
        World world(hub);
        const QByteArray proven = peerIdOf(QStringLiteral("proven"));
        RawPeer peer(world.hub().node(), world.now, 7, proven);
        const NodeConfig client = withToken("secret");
        peer.sendHello(client, false);
        QCOMPARE(knocks.size(), 1);
        QCOMPARE(knocks[0].id, 7u);
        QCOMPARE(knocks[0].peerId, proven); // not what Hello claims
        QCOMPARE(knocks[0].name, client.name);
        QCOMPARE(knocks[0].token, QByteArray("secret"));
        QVERIFY(!knocks[0].wantsPairing);
        Hello hello;
        hello.peerId = client.peerId;
        hello.name = client.name;
        hello.agent = client.agent;
        hello.types = client.accepted;
        hello.token = client.token;
        QCOMPARE(knocks[0].helloHash, QCryptographicHash::hash(encode(hello), QCryptographicHash::Sha256));
        QCOMPARE(knocks[0].ownHelloHash,
                 QCryptographicHash::hash(peer.last(Kind::Hello)->payload, QCryptographicHash::Sha256));
    }

    void answers_data()
    {
        QTest::addColumn<int>("answer");
        QTest::addColumn<bool>("verified");
        QTest::addColumn<int>("code"); // of the Fault given
        QTest::addColumn<int>("bye");
        using Answer = Admission::Answer;
        QTest::newRow("admit") << int(Answer::Admit) << false << 0 << 0;
        QTest::newRow("admit, verified") << int(Answer::Admit) << true << 0 << 0;
        QTest::newRow("ask") << int(Answer::Ask) << false << 0 << 0;
        QTest::newRow("refuse") << int(Answer::Refuse) << false << 0 << int(Code::PermissionDenied);
        QTest::newRow("refuse with a reason")
            << int(Answer::Refuse) << true << int(Code::Rejected) << int(Code::Rejected);
    }

    void answers()
    {
        QFETCH(int, answer);
        QFETCH(bool, verified);
        QFETCH(int, code);
        QFETCH(int, bye);
        NodeConfig hub = config(QStringLiteral("hub"));
        hub.admit = [&](const Knock &) {
            return Admission{Admission::Answer(answer), {Code(code), QStringLiteral("so"), Party::Local}, verified};
        };
        World world(hub);
        Endpoint &alice = world.join(QStringLiteral("alice"));
        const bool admitted = Admission::Answer(answer) == Admission::Answer::Admit;
        QCOMPARE(alice.ready, admitted);
        QCOMPARE(world.hub().knocks.size(), Admission::Answer(answer) == Admission::Answer::Ask ? 1 : 0);
        QCOMPARE(alice.waits.size(), world.hub().knocks.size());
        if (admitted) {
            QCOMPARE(world.hub().members.at(alice.self).verified, verified);
            QCOMPARE(alice.members.at(alice.self).verified, verified);
            QVERIFY(!alice.members.at(kHubMember).verified);
        }
        if (bye != 0) {
            QCOMPARE(int(alice.closings.at(0).reason.code), bye);
            QCOMPARE(alice.closings.at(0).reason.party, Party::Remote);
            QVERIFY(!isMisbehaviour(world.hub().closings.at(0).reason));
            QVERIFY(!isMisbehaviour(alice.closings.at(0).reason));
        }
        NO_PROBLEMS(world);
    }

    void askedAndAdmitted()
    {
        for (const bool verified : {false, true}) {
            World world(askingHub());
            Endpoint &alice = world.join(QStringLiteral("alice"));
            const Knock knock = world.hub().knocks.at(0);
            QCOMPARE(knock.name, QStringLiteral("alice"));
            const PairingWaiting wait = alice.waits.at(0);
            QCOMPARE(wait.hubPeerId, peerIdOf(QStringLiteral("hub")));
            QCOMPARE(wait.hubName, QStringLiteral("hub"));
            QCOMPARE(wait.helloHash, knock.ownHelloHash);
            QCOMPARE(wait.ownHelloHash, knock.helloHash);
            QCOMPARE(wait.helloHash.size(), 32);
            QVERIFY(wait.canPair);
            QCOMPARE(world.hub().members.size(), size_t(1));
            QVERIFY(world.hub().readies.isEmpty() && alice.readies.isEmpty());
            QCOMPARE(alice.send(kHubMember, "x").code, Code::NotConnected);

            world.hub().node().admitConnection(knock.id + 1, true, world.now); // no such link
            world.hub().node().admitConnection(knock.id, verified, world.now);
            world.hub().node().admitConnection(knock.id, !verified, world.now); // too late
            world.settle();
            QVERIFY(alice.ready); // it asked for no pairing, so our own side needs not confirm
            QCOMPARE(world.hub().members.at(alice.self).verified, verified);
            QVERIFY(!alice.send(kHubMember, "x").isFault());
            world.settle();
            QCOMPARE(world.hub().messages.size(), 1);
            world.advance(limits::kWaitDeadline * 2);
            QVERIFY(alice.ready);
            NO_PROBLEMS(world);
        }
    }

    void askedAndRefused()
    {
        World world(askingHub());
        Endpoint &alice = world.join(QStringLiteral("alice"));
        world.hub().node().closeConnection(world.hub().knocks.at(0).id,
                                           {Code::Rejected, QStringLiteral("not you"), Party::Local}, world.now);
        world.settle();
        QCOMPARE(alice.closings.at(0).reason.code, Code::Rejected);
        QCOMPARE(alice.closings.at(0).reason.text, QStringLiteral("not you"));
        world.hub().node().admitConnection(world.hub().knocks.at(0).id, true, world.now);
        world.settle();
        QCOMPARE(world.hub().members.size(), size_t(1));
        NO_PROBLEMS(world);
    }

    void waitingDeadline_data()
    {
        QTest::addColumn<bool>("hub");
        QTest::newRow("hub") << true;
        QTest::newRow("client") << false;
    }

    /// It is alive and answers pings, so nothing but the deadline ends it.
    void waitingDeadline()
    {
        QFETCH(bool, hub);
        World world(askingHub());
        std::unique_ptr<RawHub> rawHub;
        std::unique_ptr<RawPeer> client;
        world.advance(5s);
        if (hub) {
            client = rawClient(world, config(QStringLiteral("raw")));
            world.hub().drain();
            QCOMPARE(client->count(Kind::Wait), 1);
        } else {
            rawHub = std::make_unique<RawHub>(world);
            rawHub->greet();
            rawHub->peer.send(Kind::Wait, encode(WaitBody{true}));
        }
        Endpoint &host = hub ? world.hub() : rawHub->client;
        RawPeer &peer = hub ? *client : rawHub->peer;
        for (int i = 0; i < 11; ++i) {
            world.advance(10s);
            peer.send(Kind::Pong, QByteArray(8, 'x'));
        }
        peer.poll();
        world.advance(10s - 1ns);
        QVERIFY(host.closings.isEmpty());
        world.advance(1ns);
        QCOMPARE(host.closings.size(), 1);
        QCOMPARE(host.closings[0].reason.code, Code::Timeout);
        QCOMPARE(host.closings[0].reason.party, hub ? Party::Local : Party::Remote);
        QVERIFY(!isMisbehaviour(host.closings[0].reason));
    }

    void waitingLinksPingEachOther()
    {
        World world(askingHub());
        Endpoint &alice = world.join(QStringLiteral("alice"));
        world.advance(limits::kWaitDeadline - 1s);
        QVERIFY(alice.closings.isEmpty() && world.hub().closings.isEmpty());
        world.linkOf(alice).toHub.blocked = true;
        world.linkOf(alice).toClient.blocked = true;
        world.advance(1s);
        QCOMPARE(world.hub().closings.size(), 1);
    }

    void waitingAndDead()
    {
        World world(askingHub());
        auto peer = rawClient(world, config(QStringLiteral("raw")));
        world.advance(20s - 1ns);
        peer->poll();
        QCOMPARE(peer->count(Kind::Ping), 0);
        world.advance(1ns);
        peer->poll();
        QCOMPARE(peer->count(Kind::Ping), 1);
        world.advance(40s);
        QCOMPARE(world.hub().closings.size(), 1);
        QCOMPARE(world.hub().closings[0].reason.code, Code::Timeout);
    }

    void howManyWait()
    {
        World world(askingHub());
        std::vector<std::unique_ptr<RawPeer>> peers;
        for (int i = 0; i <= limits::kWaitingLinks; ++i) {
            peers.push_back(rawClient(world, config(QStringLiteral("raw%1").arg(i)), 1 + ConnectionId(i)));
            world.hub().drain();
            QCOMPARE(world.hub().closings.size(), i < limits::kWaitingLinks ? 0 : 1);
        }
        QCOMPARE(peers.back()->byeCode(), Code::TooMany);
        QCOMPARE(peers.back()->count(Kind::Wait), 0);
        QVERIFY(!isMisbehaviour(world.hub().closings[0].reason)); // it did nothing wrong
        QCOMPARE(world.hub().knocks.size(), limits::kWaitingLinks);

        // The same peer again is not one more: its older link goes.
        auto again = rawClient(world, config(QStringLiteral("raw3")), 100);
        world.hub().drain();
        QCOMPARE(again->count(Kind::Wait), 1);
        peers[3]->poll();
        QCOMPARE(peers[3]->byeCode(), Code::Replaced);

        // Each way out makes room: admitted, refused, lost.
        world.hub().node().admitConnection(1, false, world.now);
        world.hub().node().closeConnection(2, {Code::Rejected, {}, Party::Local}, world.now);
        peers[2]->close();
        for (ConnectionId id = 200; id < 204; ++id) {
            auto late = rawClient(world, config(QStringLiteral("late%1").arg(id)), id);
            QCOMPARE(late->count(Kind::Wait), id < 203 ? 1 : 0);
        }
        world.hub().drain();
        NO_PROBLEMS(world);
    }

    void noRoom()
    {
        NodeConfig hub = askingHub();
        hub.maxMembers = 1;
        World world(hub);
        Endpoint &alice = world.join(QStringLiteral("alice"));
        Endpoint &bob = world.join(QStringLiteral("bob"));
        world.hub().node().admitConnection(world.hub().knocks.at(0).id, false, world.now);
        world.hub().node().admitConnection(world.hub().knocks.at(1).id, false, world.now); // the last place is taken
        world.settle();
        QVERIFY(alice.ready);
        QCOMPARE(bob.closings.at(0).reason.code, Code::ServerFull);
        Endpoint &carol = world.join(QStringLiteral("carol")); // does not even wait
        QCOMPARE(carol.closings.at(0).reason.code, Code::ServerFull);
        QVERIFY(carol.waits.isEmpty());
        NO_PROBLEMS(world);
    }

    /// A stranger who claims or even is a member must not throw out the member's link by knocking.
    void aKnockReplacesNobody()
    {
        World world(askingHub());
        Endpoint &alice = world.join(QStringLiteral("alice"));
        world.hub().node().admitConnection(world.hub().knocks.at(0).id, true, world.now);
        world.settle();
        Endpoint &again = world.join(QStringLiteral("alice"));
        QVERIFY(alice.ready);
        QVERIFY(world.hub().closings.isEmpty());
        world.hub().node().admitConnection(world.hub().knocks.at(1).id, false, world.now);
        world.settle();
        QVERIFY(again.ready);
        QCOMPARE(alice.closings.at(0).reason.code, Code::Replaced);
        QVERIFY(!world.hub().members.at(again.self).verified);
        NO_PROBLEMS(world);
    }

    void framesWhileWaiting_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("flags");
        QTest::addColumn<QByteArray>("payload");
        QTest::addColumn<int>("code");
        const auto row = [](const char *name, Kind kind, const QByteArray &payload, Code code, int flags = 0) {
            QTest::newRow(name) << int(kind) << flags << payload << int(code);
        };
        const Code ok = Code::None;
        const Code broken = Code::ProtocolError;
        row("Ping", Kind::Ping, QByteArray(8, 'x'), ok);
        row("Pong", Kind::Pong, QByteArray(8, 'x'), ok);
        row("Pairing", Kind::Pairing, "x", ok);
        row("empty Pairing", Kind::Pairing, {}, ok);
        row("Pairing of 63 bytes", Kind::Pairing, QByteArray(limits::kPairingBytes - 1, 'x'), ok);
        row("Pairing of 64 bytes", Kind::Pairing, QByteArray(limits::kPairingBytes, 'x'), ok);
        row("Pairing of 65 bytes", Kind::Pairing, QByteArray(limits::kPairingBytes + 1, 'x'), Code::FrameTooLarge);
        row("Bye", Kind::Bye, encode(Fault{Code::GoingAway, {}, Party::Local}), Code::GoingAway);
        row("Hello", Kind::Hello, "x", broken);
        row("Wait", Kind::Wait, encode(WaitBody{true}), broken);
        row("Welcome", Kind::Welcome, "x", broken);
        row("Accept", Kind::Accept, encode(AcceptBody{1, {messageType(QStringLiteral("a.b/1"))}, {}}), broken);
        row("Accepted", Kind::Accepted, encode(AcceptedBody{1, {}}), broken);
        row("TypeTable", Kind::TypeTable, encode(QList<NumberedType>{}), broken);
        row("Roster", Kind::Roster, encode(RosterBody{}), broken);
        row("Message", Kind::Message, "x", broken);
        row("large Message", Kind::Message, QByteArray(5000, 'x'), Code::FrameTooLarge);
        row("Undeliverable", Kind::Undeliverable, encode(Fault{Code::Failed, {}, Party::Local}), broken);
        row("Writable", Kind::Writable, {}, broken);
        row("StreamOpen", Kind::StreamOpen, encode(StreamOpenBody{1, {}}), broken);
        row("StreamAccept", Kind::StreamAccept, QByteArray(8, '\0'), broken);
        row("StreamData", Kind::StreamData, "x", broken);
        row("StreamCredit", Kind::StreamCredit, QByteArray(8, '\0'), broken);
        row("StreamEnd", Kind::StreamEnd, {}, broken);
        row("StreamDone", Kind::StreamDone, {}, broken);
        row("StreamReset", Kind::StreamReset, encode(Fault{Code::Failed, {}, Party::Local}), broken);
        row("unknown", Kind(99), "x", broken);
        row("unknown, may be skipped", Kind(99), "x", broken, kIgnorable);
    }

    void framesWhileWaiting()
    {
        QFETCH(int, kind);
        QFETCH(int, flags);
        QFETCH(QByteArray, payload);
        QFETCH(int, code);
        World world(askingHub());
        Endpoint &bystander = world.join(QStringLiteral("bystander"));
        world.hub().node().admitConnection(world.hub().knocks.at(0).id, false, world.now);
        world.settle();
        const size_t types = world.hub().members.at(kHubMember).types.size();
        auto peer = rawClient(world, config(QStringLiteral("raw"), {messageType(QStringLiteral("only.raw/1"))}));
        QCOMPARE(peer->count(Kind::TypeTable), 0); // not even names of types are told
        peer->send({0, Kind(kind), quint8(flags), 1, 1, bystander.self}, payload);
        world.settle();
        QCOMPARE(world.hub().closings.size(), code == 0 ? 0 : 1);
        if (code != 0) {
            QCOMPARE(int(world.hub().closings[0].reason.code), code);
            QCOMPARE(isMisbehaviour(world.hub().closings[0].reason), Code(code) != Code::GoingAway);
        }
        peer->close();
        world.settle();
        QCOMPARE(world.hub().pairings.size(), Kind(kind) == Kind::Pairing && code == 0 ? 1 : 0);
        QVERIFY(bystander.messages.isEmpty() && world.hub().messages.isEmpty());
        QVERIFY(bystander.streams.empty() && world.hub().streams.empty());
        QCOMPARE(bystander.members.size(), size_t(2));
        QVERIFY(bystander.left.isEmpty() && world.hub().left.isEmpty());
        QCOMPARE(size_t(world.hub().members.at(kHubMember).types.size()), types);
        NO_PROBLEMS(world);
    }

    /// What members do does not reach a link that waits.
    void nothingGoesToALinkThatWaits()
    {
        World world(askingHub());
        Endpoint &bystander = world.join(QStringLiteral("bystander"));
        world.hub().node().admitConnection(world.hub().knocks.at(0).id, false, world.now);
        world.settle();
        auto peer = rawClient(world, config(QStringLiteral("raw")));
        const size_t before = peer->frames.size();
        (void)bystander.send(kEveryone, "to all");
        (void)world.hub().send(kEveryone, "to all");
        bystander.node().acceptTypes({messageType(QStringLiteral("new.type/1"))}, world.now);
        world.join(QStringLiteral("other"));
        world.settle();
        peer->poll();
        QCOMPARE(peer->frames.size(), before);
    }
};

QTEST_GUILESS_MAIN(TestAdmission)
#include "tst_admission.moc"
