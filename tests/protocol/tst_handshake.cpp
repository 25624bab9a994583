// SPDX-License-Identifier: MIT
// Hello and what answers it: every way to be welcomed and every way to be refused (PROTOCOL.md 3).
#include "support/rawpeer.h"

#include <QCborArray>
#include <QCborValue>
#include <QtTest>

using namespace patchbay::protocol;
using namespace patchbay::protocol::testing;

namespace {

QByteArray helloFrame(const QByteArray &body)
{
    return encodeFrame({0, Kind::Hello, 0, 0, 0, 0}, body);
}

QCborMap helloMap()
{
    Hello hello;
    hello.peerId = peerIdOf(QStringLiteral("raw"));
    hello.name = QStringLiteral("raw");
    hello.agent = QStringLiteral("test");
    hello.types = {messageType()};
    return QCborValue::fromCbor(encode(hello)).toMap();
}

QByteArray changed(const char *key, const QCborValue &value)
{
    QCborMap map = helloMap();
    map[QLatin1String(key)] = value;
    return QCborValue(map).toCbor();
}

/// A list of types with one entry. (In braces, compilers differ about an array in an array.)
QCborArray oneType(const QString &name, int mode, int maxBytes)
{
    QCborArray types;
    types.append(QCborArray{name, mode, maxBytes});
    return types;
}

QByteArray without(const char *key)
{
    QCborMap map = helloMap();
    map.remove(QLatin1String(key));
    return QCborValue(map).toCbor();
}

} // namespace

class TestHandshake final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void welcomed()
    {
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        Endpoint &bob = world.join(QStringLiteral("bob"));
        QVERIFY(alice.ready && bob.ready && world.hub().ready);
        QCOMPARE(alice.self, 2u);
        QCOMPARE(bob.self, 3u);
        QCOMPARE(world.hub().self, kHubMember);
        for (Endpoint *host : {&alice, &bob, &world.hub()}) {
            QCOMPARE(host->members.size(), size_t(3));
            QCOMPARE(host->find(QStringLiteral("hub")), kHubMember);
            QCOMPARE(host->find(QStringLiteral("alice")), 2u);
            QCOMPARE(host->members.at(3).peerId, peerIdOf(QStringLiteral("bob")));
            QCOMPARE(host->members.at(3).types, QStringList({messageType().name, streamType().name}));
        }
        QCOMPARE(alice.readies.size(), 1);
        QCOMPARE(alice.readies[0].member, kHubMember);
        QCOMPARE(alice.readies[0].peerId, peerIdOf(QStringLiteral("hub")));
        QCOMPARE(world.hub().readies.size(), 2);
        QVERIFY2(world.problems().isEmpty(), qPrintable(world.problems().join(u'\n')));
    }

    void manyTypesFollowHello()
    {
        QList<TypeInfo> types;
        for (int i = 0; i < limits::kTypesPerMember; ++i)
            types.append(messageType(QStringLiteral("org.example.a-rather-long-name-of-a-type-%1/1").arg(i)));
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"), types);
        QVERIFY(alice.ready);
        QVERIFY(alice.refused.isEmpty());
        QCOMPARE(world.hub().members.at(alice.self).types.size(), limits::kTypesPerMember);
        QVERIFY2(world.problems().isEmpty(), qPrintable(world.problems().join(u'\n')));
    }

    void provenPeerIdWins()
    {
        World world;
        Endpoint &alice = world.addClient(QStringLiteral("alice"));
        world.connect(alice, peerIdOf(QStringLiteral("proven")));
        world.settle();
        QCOMPARE(world.hub().members.at(2).peerId, peerIdOf(QStringLiteral("proven")));
    }

    void comesBackUnderTheSameNumber()
    {
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        Endpoint &bob = world.join(QStringLiteral("bob"));
        const MemberNumber number = alice.self;
        world.cut(world.linkOf(alice));
        world.settle();
        QVERIFY(!alice.ready);
        QCOMPARE(bob.left, QList<MemberNumber>{number});
        world.connect(alice);
        world.settle();
        QCOMPARE(alice.self, number);
        QCOMPARE(bob.members.count(number), size_t(1));
        QVERIFY2(world.problems().isEmpty(), qPrintable(world.problems().join(u'\n')));
    }

    void newerConnectionReplacesTheOlder()
    {
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        Endpoint &bob = world.join(QStringLiteral("bob"));
        const StreamKey key = bob.open(alice.self, 1);
        world.settle();
        world.linkOf(alice).toClient.blocked = true; // half open
        Endpoint &again = world.addClient(QStringLiteral("alice"));
        world.connect(again);
        world.settle();
        QVERIFY(again.ready);
        QCOMPARE(again.self, alice.self);
        QVERIFY(bob.streams.at(key).closed);
        QVERIFY(bob.left.isEmpty());
        const auto &closings = world.hub().closings;
        QCOMPARE(closings.size(), 1);
        QCOMPARE(closings[0].reason.code, Code::Replaced);
        QVERIFY2(world.problems().isEmpty(), qPrintable(world.problems().join(u'\n')));
    }

    void refusesItself()
    {
        World world;
        Endpoint &same = world.addClient(QStringLiteral("hub"));
        world.connect(same);
        world.settle();
        QVERIFY(!same.ready);
        QCOMPARE(same.closings.size(), 1);
        QCOMPARE(same.closings[0].reason.code, Code::SelfConnection);
        QCOMPARE(world.hub().members.size(), size_t(1));
    }

    void refusesWhenFull()
    {
        NodeConfig hub = config(QStringLiteral("hub"));
        hub.maxMembers = 2;
        World world(hub);
        QVERIFY(world.join(QStringLiteral("a")).ready);
        QVERIFY(world.join(QStringLiteral("b")).ready);
        Endpoint &late = world.join(QStringLiteral("c"));
        QVERIFY(!late.ready);
        QCOMPARE(late.closings.at(0).reason.code, Code::ServerFull);
        QVERIFY(late.closings.at(0).reason.text.contains(QStringLiteral("2 members")));
        Endpoint &again = world.join(QStringLiteral("a")); // not one more
        QVERIFY(again.ready);
    }

    void hello_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<int>("code"); // 0: welcomed
        const int ok = 0;
        const int malformed = int(Code::Malformed);
        const int version = int(Code::VersionMismatch);
        const int stranger = -int(Code::NotPatchbay); // no Bye is sent
        const auto types = [](int count) {
            QCborArray array;
            for (int i = 0; i < count; ++i)
                array.append(QCborArray{QStringLiteral("a.b%1/1").arg(i), 0, 100});
            return array;
        };
        QTest::newRow("as it should be") << QCborValue(helloMap()).toCbor() << ok;
        QTest::newRow("newer, still speaks ours") << changed("max", 9) << ok;
        QTest::newRow("unknown field") << changed("colour", QCborArray{1, 2, QStringLiteral("blue")}) << ok;
        QTest::newRow("no types") << without("types") << ok;
        QTest::newRow("32 types") << changed("types", types(32)) << ok;
        QTest::newRow("33 types") << changed("types", types(33)) << malformed;
        QTest::newRow("too new") << changed("min", 2) << version;
        QTest::newRow("too old") << changed("max", 0) << version;
        QTest::newRow("huge version") << changed("min", 1LL << 40) << version;
        QTest::newRow("says it is a hub") << changed("hub", true) << int(Code::ProtocolError);
        QTest::newRow("hub is no bool") << changed("hub", 1) << malformed;
        QTest::newRow("no peer") << without("peer") << malformed;
        QTest::newRow("peer of 31 bytes") << changed("peer", QByteArray(31, 'x')) << malformed;
        QTest::newRow("peer of 33 bytes") << changed("peer", QByteArray(33, 'x')) << malformed;
        QTest::newRow("peer as text") << changed("peer", QString(32, u'x')) << malformed;
        QTest::newRow("no name") << without("name") << malformed;
        QTest::newRow("name is a number") << changed("name", 7) << malformed;
        QTest::newRow("no min") << without("min") << malformed;
        QTest::newRow("max is text") << changed("max", QStringLiteral("1")) << malformed;
        QTest::newRow("types is a map") << changed("types", QCborMap()) << malformed;
        QTest::newRow("type without a dot") << changed("types", oneType(QStringLiteral("a/1"), 0, 1)) << malformed;
        QTest::newRow("type of mode 2") << changed("types", oneType(QStringLiteral("a.b/1"), 2, 1)) << malformed;
        QTest::newRow("type of 1 MiB") << changed("types", oneType(QStringLiteral("a.b/1"), 0, 1024 * 1024)) << ok;
        QTest::newRow("type over 1 MiB") << changed("types", oneType(QStringLiteral("a.b/1"), 0, 1024 * 1024 + 1))
                                         << malformed;
        QTest::newRow("other magic") << changed("magic", QStringLiteral("switchboard")) << stranger;
        QTest::newRow("no magic") << without("magic") << stranger;
        QTest::newRow("empty") << QByteArray() << stranger;
        QTest::newRow("not CBOR") << QByteArray("hello there") << stranger;
        QTest::newRow("trailing byte") << QCborValue(helloMap()).toCbor() + '\0' << stranger;
    }

    void hello()
    {
        QFETCH(QByteArray, body);
        QFETCH(int, code);
        World world;
        RawPeer peer(world.hub().node(), world.now);
        QCOMPARE(peer.count(Kind::Hello), 1); // the hub says it without being asked
        peer.feed(helloFrame(body));
        world.hub().drain();
        if (code == 0) {
            QCOMPARE(peer.count(Kind::Welcome), 1);
            QCOMPARE(world.hub().readies.size(), 1);
            return;
        }
        QCOMPARE(world.hub().closings.size(), 1);
        QCOMPARE(int(world.hub().closings[0].reason.code), std::abs(code));
        QCOMPARE(int(peer.byeCode()), std::max(0, code));
        QCOMPARE(peer.count(Kind::Welcome), 0);
        QCOMPARE(world.hub().members.size(), size_t(1));
    }

    void helloSize_data()
    {
        QTest::addColumn<int>("size");
        QTest::addColumn<bool>("read");
        QTest::newRow("one below") << int(limits::kHelloBytes) - 1 << true;
        QTest::newRow("at the limit") << int(limits::kHelloBytes) << true;
        QTest::newRow("one above") << int(limits::kHelloBytes) + 1 << false;
    }

    void helloSize()
    {
        QFETCH(int, size);
        QFETCH(bool, read);
        QByteArray body;
        for (int padding = 3000; body.size() != size; padding += int(size - body.size()))
            body = changed("padding", QByteArray(padding, 'p'));
        World world;
        RawPeer peer(world.hub().node(), world.now);
        peer.feed(helloFrame(body));
        QCOMPARE(peer.count(Kind::Welcome), read ? 1 : 0);
    }

    void stranger_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("looksLike");
        QTest::newRow("HTTP request") << QByteArray("GET / HTTP/1.1\r\nHost: x\r\n\r\n") << QStringLiteral("HTTP");
        QTest::newRow("HTTP answer") << QByteArray("HTTP/1.1 400 Bad Request\r\n\r\n") << QStringLiteral("HTTP");
        QTest::newRow("TLS") << QByteArray("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) << QStringLiteral("TLS");
        QTest::newRow("SSH") << QByteArray("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n") << QStringLiteral("SSH");
        QTest::newRow("mail") << QByteArray("220 mail.example.org ESMTP\r\n") << QStringLiteral("mail");
        QTest::newRow("noise") << QByteArray("\x80\x01\x02\xff\xfe\x00\x10", 7) << QStringLiteral("noise");
        QTest::newRow("one byte") << QByteArray("Z") << QStringLiteral("noise");
        QTest::newRow("zeros") << QByteArray(16, '\0') << QStringLiteral("noise");
        QTest::newRow("a large Hello") << QByteArray("\0\0\x10\x01\x01", 5) << QStringLiteral("noise");
    }

    void stranger()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, looksLike);
        for (const bool hub : {true, false}) {
            for (const qsizetype piece : {bytes.size(), qsizetype(1)}) {
                World world;
                Endpoint &host = hub ? world.hub() : world.addClient(QStringLiteral("alice"));
                RawPeer peer(host.node(), world.now);
                for (qsizetype i = 0; i < bytes.size(); i += piece)
                    peer.feed(bytes.mid(i, piece));
                host.drain();
                QCOMPARE(host.closings.size(), 1);
                QCOMPARE(host.closings[0].reason.code, Code::NotPatchbay);
                if (piece > 1)
                    QVERIFY2(host.closings[0].reason.text.contains(looksLike),
                             qPrintable(host.closings[0].reason.text));
                QCOMPARE(peer.count(Kind::Bye), 0);
            }
        }
    }

    void aCutHelloIsNoStranger()
    {
        const QByteArray frame = helloFrame(QCborValue(helloMap()).toCbor());
        for (qsizetype size = 0; size < frame.size(); ++size) {
            World world;
            RawPeer peer(world.hub().node(), world.now);
            peer.feed(frame.first(size));
            peer.close();
            world.hub().drain();
            QCOMPARE(world.hub().closings.size(), 1);
            QCOMPARE(world.hub().closings[0].reason.code, Code::TransportLost);
        }
    }

    void aClientRefusesAClient()
    {
        World world;
        Endpoint &alice = world.addClient(QStringLiteral("alice"));
        RawPeer peer(alice.node(), world.now);
        peer.sendHello(config(QStringLiteral("bob")), false);
        alice.drain();
        QCOMPARE(alice.closings.size(), 1);
        QCOMPARE(alice.closings[0].reason.code, Code::ProtocolError);
        QVERIFY(alice.closings[0].reason.text.contains(QStringLiteral("not a hub")));
    }

    void namesAreCutAndCleaned()
    {
        NodeConfig wild = config(QString(300, QChar(0x4E16)) + QStringLiteral("\n"));
        World world;
        Endpoint &alice = world.addClient(wild);
        world.connect(alice);
        world.settle();
        QVERIFY(alice.ready);
        const QString name = world.hub().members.at(alice.self).name;
        QVERIFY(!name.isEmpty());
        QVERIFY(name.toUtf8().size() <= limits::kNameBytes);

        RawPeer peer(world.hub().node(), world.now, 9);
        peer.feed(helloFrame(changed("name", QStringLiteral("a\nb\x1b[31m"))));
        world.hub().drain();
        QCOMPARE(world.hub().find(QStringLiteral("a\uFFFDb\uFFFD[31m")), 3u);
    }
};

QTEST_GUILESS_MAIN(TestHandshake)
#include "tst_handshake.moc"
