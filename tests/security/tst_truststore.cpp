// SPDX-License-Identifier: MIT
#include "security/digest.h"
#include "security/trustcodec.h"
#include "security/truststore.h"
#include "support.h"

#include <QCborArray>
#include <QCborMap>
#include <QRandomGenerator>
#include <QTest>
#include <QtEndian>

using namespace patchbay::security;

class TrustStoreTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void putsFindsForgets();
    void findsByAddress();
    void limits_data();
    void limits();
    void numberOfPeersIsLimited();
    void numberOfPinsIsLimited();
    void sizeIsLimited();
    void pinsAreHard();
    void changedKeysAreTold_data();
    void changedKeysAreTold();
    void roundTrip();
    void newerVersionIsRefused();
    void unknownFieldsAreIgnored();
    void badFieldsAreRefused_data();
    void badFieldsAreRefused();
    void hostileBodies_data();
    void hostileBodies();
    void randomChangesOfTheBody();
};

namespace {

QByteArray sealed(quint32 version, const QByteArray &body)
{
    QByteArray bytes("pbtrust\0", 8);
    char number[4];
    qToBigEndian(version, number);
    bytes += QByteArray(number, 4) + body;
    return bytes + sha256({bytes});
}

QCborMap sampleBody()
{
    const QByteArray bytes = encodeTrust(sampleStore()).value();
    return QCborValue::fromCbor(bytes.mid(12).chopped(32)).toMap();
}

} // namespace

void TrustStoreTest::putsFindsForgets()
{
    TrustStore store;
    QVERIFY(!store.find(idOf(1)));
    QVERIFY(!store.put(peerOf(1)));
    QVERIFY(!store.put(peerOf(2)));
    QCOMPARE(store.find(idOf(1))->label, QStringLiteral("Ada"));
    QVERIFY(!store.put(peerOf(1, QStringLiteral("Bob"))));
    QCOMPARE(store.find(idOf(1))->label, QStringLiteral("Bob"));
    QCOMPARE(store.count(), 2);
    QCOMPARE(store.list().first().peerId, idOf(1));
    QVERIFY(!store.pinHub(QStringLiteral("h:1"), idOf(1)));
    QVERIFY(!store.pinHub(QStringLiteral("h:2"), idOf(2)));
    QVERIFY(store.forget(idOf(1)));
    QVERIFY(!store.forget(idOf(1)));
    QCOMPARE(store.hubPins().keys(), QStringList(QStringLiteral("h:2")));
    QCOMPARE(store.count(), 1);
}

void TrustStoreTest::findsByAddress()
{
    TrustStore store;
    for (int i = 1; i <= 3; ++i) {
        KnownPeer peer = peerOf(i);
        peer.lastAddress = i == 3 ? QString() : QStringLiteral("a:1");
        peer.lastSeen = i;
        QVERIFY(!store.put(peer));
    }
    QCOMPARE(store.findByAddress(QStringLiteral("a:1"))->peerId, idOf(2)); // the one seen last
    QVERIFY(!store.findByAddress(QStringLiteral("a:2")));
    QVERIFY(!store.findByAddress({}));
}

void TrustStoreTest::limits_data()
{
    QTest::addColumn<KnownPeer>("peer");
    QTest::addColumn<bool>("taken");
    const auto row = [](const QByteArray &name, bool taken, const auto &change) {
        KnownPeer peer = peerOf(1);
        change(peer);
        QTest::newRow(name.constData()) << peer << taken;
    };
    for (const int size : {0, 31, 32, 33})
        row("id of " + QByteArray::number(size), size == 32,
            [size](KnownPeer &peer) { peer.peerId = QByteArray(size, 'x'); });
    for (const int size : {0, 63, 64, 65, 100'000})
        row("label of " + QByteArray::number(size), size <= 64,
            [size](KnownPeer &peer) { peer.label = QString(size, QLatin1Char('x')); });
    for (const int size : {21, 22}) // three bytes each
        row("label of so many euro signs: " + QByteArray::number(size), size <= 21,
            [size](KnownPeer &peer) { peer.label = QString(size, QChar(0x20ac)); });
    row("label with newline", false, [](KnownPeer &peer) { peer.label = QStringLiteral("a\nb"); });
    row("label with NUL", false, [](KnownPeer &peer) { peer.label = QString(QChar(0)); });
    row("label with override", false, [](KnownPeer &peer) { peer.label = QString(QChar(0x202e)); });
    row("label with half a character", false, [](KnownPeer &peer) { peer.label = QString(QChar(0xd800)); });
    for (const int size : {299, 300, 301})
        row("address of " + QByteArray::number(size), size <= 300,
            [size](KnownPeer &peer) { peer.lastAddress = QString(size, QLatin1Char('x')); });
    for (const int count : {255, 256, 257}) {
        Permissions permissions;
        for (int i = 0; i < count; ++i)
            permissions.insert(QString::number(i), Permission::Yes);
        row("permissions: " + QByteArray::number(count), count <= 256,
            [&permissions](KnownPeer &peer) { peer.permissions = permissions; });
        row("of members: " + QByteArray::number(count), count <= 256,
            [&permissions](KnownPeer &peer) { peer.memberPermissions = permissions; });
    }
    for (const int size : {0, 1, 127, 128, 129})
        row("plugin id of " + QByteArray::number(size), size >= 1 && size <= 128, [size](KnownPeer &peer) {
            peer.permissions = {{QString(size, QLatin1Char('x')), Permission::Yes}};
        });
    row("no permission", false, [](KnownPeer &peer) { peer.permissions = {{QStringLiteral("x"), Permission(4)}}; });
    row("negative time", false, [](KnownPeer &peer) { peer.verifiedAt = -1; });
    row("last time", true, [](KnownPeer &peer) { peer.lastSeen = kLatestTime; });
    row("after the last time", false, [](KnownPeer &peer) { peer.lastSeen = kLatestTime + 1; });
    row("no way to verify", false, [](KnownPeer &peer) { peer.how = VerifiedBy(4); });
}

void TrustStoreTest::limits()
{
    QFETCH(KnownPeer, peer);
    QFETCH(bool, taken);
    TrustStore store;
    const auto problem = store.put(peer);
    QCOMPARE(!problem, taken);
    QCOMPARE(store.count(), taken ? 1 : 0);
    if (!taken)
        QVERIFY(problem->code == ProblemCode::Invalid && problem->text.size() < 600);
    else
        QVERIFY(decodeTrust(encodeTrust(store).value(), {}).value() == store);
}

void TrustStoreTest::numberOfPeersIsLimited()
{
    TrustStore store;
    KnownPeer peer = peerOf(0);
    for (int i = 0; i < kMaxKnownPeers; ++i) {
        qToBigEndian(i, peer.peerId.data());
        QVERIFY(!store.put(peer));
    }
    QVERIFY(!store.put(peer)); // one that is there
    const auto problem = store.put(peerOf(1));
    QVERIFY(problem && problem->code == ProblemCode::Limit);
    QCOMPARE(store.count(), kMaxKnownPeers);
    const auto bytes = encodeTrust(store);
    QVERIFY(bytes.ok());
    const auto loaded = decodeTrust(bytes.value(), {});
    QVERIFY(loaded.ok());
    QVERIFY(loaded.value() == store);
}

void TrustStoreTest::numberOfPinsIsLimited()
{
    TrustStore store;
    for (int i = 0; i < kMaxHubPins; ++i)
        QVERIFY(!store.pinHub(QStringLiteral("h:%1").arg(i), idOf(i % 7)));
    QVERIFY(!store.pinHub(QStringLiteral("h:0"), idOf(0)));
    const auto problem = store.pinHub(QStringLiteral("other:1"), idOf(0));
    QVERIFY(problem && problem->code == ProblemCode::Limit);
    QVERIFY(decodeTrust(encodeTrust(store).value(), {}).value() == store);
}

void TrustStoreTest::sizeIsLimited()
{
    Permissions permissions; // as many and as long as may be: 33 KiB, twice a peer
    for (int i = 0; i < kMaxPermissions; ++i)
        permissions.insert(QString::number(i).rightJustified(kMaxPluginIdBytes, QLatin1Char('x')), Permission::No);
    TrustStore store;
    for (int i = 0; i < 1100; ++i) {
        KnownPeer peer = peerOf(i);
        peer.permissions = permissions;
        peer.memberPermissions = permissions;
        QVERIFY(!store.put(peer));
    }
    const auto bytes = encodeTrust(store);
    QVERIFY(!bytes.ok());
    QCOMPARE(bytes.error().code, ProblemCode::Limit);
    for (int i = 0; i < 150; ++i)
        store.forget(idOf(i));
    QVERIFY(encodeTrust(store).ok());
}

void TrustStoreTest::pinsAreHard()
{
    TrustStore store = sampleStore();
    const QString address = QStringLiteral("hub.example:7229");
    QVERIFY(!store.pinHub(address, idOf(2)));
    const auto problem = store.pinHub(address, idOf(9));
    QVERIFY(problem && problem->code == ProblemCode::KeyChanged);
    QVERIFY(problem->text.contains(address));
    QCOMPARE(store.hubPins().value(address), idOf(2));
    QVERIFY(store.forget(idOf(2))); // a separate act
    QVERIFY(!store.pinHub(address, idOf(9)));
    QVERIFY(store.pinHub({}, idOf(9)));
    QVERIFY(store.pinHub(QStringLiteral("h:1"), QByteArray(16, 'x')));
    QVERIFY(store.pinHub(QString(301, QLatin1Char('x')), idOf(9)));
}

void TrustStoreTest::changedKeysAreTold_data()
{
    QTest::addColumn<QString>("label");
    QTest::addColumn<QString>("address");
    QTest::addColumn<QByteArray>("peerId");
    QTest::addColumn<int>("by"); // -1: nothing to tell
    const QString there = QStringLiteral("hub.example:7229");
    const int address = int(KeyChange::By::Address);
    const int label = int(KeyChange::By::Label);
    QTest::newRow("the hub itself") << QStringLiteral("Grüße") << there << idOf(2) << -1;
    QTest::newRow("another key there") << QString() << there << idOf(9) << address;
    QTest::newRow("a known peer there") << QStringLiteral("Ada") << there << idOf(1) << address;
    QTest::newRow("another port") << QString() << QStringLiteral("hub.example:7230") << idOf(9) << -1;
    QTest::newRow("a known label") << QStringLiteral("Ada") << QString() << idOf(9) << label;
    QTest::newRow("in capitals") << QStringLiteral(" ADA ") << QString() << idOf(9) << label;
    QTest::newRow("the peer itself") << QStringLiteral("Ada") << QString() << idOf(1) << -1;
    QTest::newRow("label of one not verified") << QStringLiteral("Bob") << QString() << idOf(9) << -1;
    QTest::newRow("nothing") << QString() << QString() << idOf(9) << -1;
}

void TrustStoreTest::changedKeysAreTold()
{
    QFETCH(QString, label);
    QFETCH(QString, address);
    QFETCH(QByteArray, peerId);
    QFETCH(int, by);
    TrustStore store = sampleStore();
    QVERIFY(!store.put(peerOf(3, QStringLiteral("Bob"))));
    const auto change = store.keyChange(label, address, peerId);
    QCOMPARE(change ? int(change->by) : -1, by);
    if (change) {
        QVERIFY(!change->text.isEmpty());
        QVERIFY(change->known.peerId != peerId);
    }
}

void TrustStoreTest::roundTrip()
{
    QVERIFY(sampleStore().count() == 2);
    for (const TrustStore &store : {TrustStore(), sampleStore()}) {
        const auto bytes = encodeTrust(store);
        QVERIFY(bytes.ok());
        QVERIFY(isWholeTrust(bytes.value()));
        const auto loaded = decodeTrust(bytes.value(), {});
        QVERIFY(loaded.ok());
        QVERIFY(loaded.value() == store);
        QCOMPARE(encodeTrust(loaded.value()).value().size(), bytes.value().size());
    }
}

void TrustStoreTest::newerVersionIsRefused()
{
    const QByteArray body = QCborValue(sampleBody()).toCbor();
    QVERIFY(decodeTrust(sealed(1, body), {}).ok());
    for (const quint32 version : {2u, 0xffffffffu}) {
        const auto loaded = decodeTrust(sealed(version, "whatever"), QStringLiteral("/x/trust"));
        QVERIFY(!loaded.ok());
        QCOMPARE(loaded.error().code, ProblemCode::Newer);
        QVERIFY(loaded.error().text.contains(QStringLiteral("/x/trust")));
    }
    QCOMPARE(decodeTrust(sealed(0, body), {}).error().code, ProblemCode::Damaged);
}

void TrustStoreTest::unknownFieldsAreIgnored()
{
    QCborMap body = sampleBody();
    body[QLatin1String("later")] = QCborArray{1, 2, 3};
    QCborArray peers = body.value(QLatin1String("peers")).toArray();
    QCborMap peer = peers[0].toMap();
    peer[QLatin1String("later")] = 1;
    peers[0] = peer;
    body[QLatin1String("peers")] = peers;
    const auto store = decodeTrustBody(QCborValue(body).toCbor());
    QVERIFY(store.has_value());
    QCOMPARE(store->list(), sampleStore().list());
}

void TrustStoreTest::badFieldsAreRefused_data()
{
    QTest::addColumn<QString>("field"); // with a leading slash: of the body, not of a peer
    QTest::addColumn<QCborValue>("value");
    const auto row = [](const char *field, const char *name, const QCborValue &value) {
        QTest::addRow("%s %s", field, name) << QString::fromLatin1(field) << value;
    };
    for (const char *field : {"id", "label", "how", "verified", "seen", "address", "permissions", "members", "banned",
                              "muted", "enter", "hub", "/peers", "/pins", "/invites"}) {
        row(field, "missing", QCborValue());
        row(field, "of another type", QCborValue(1.5));
        row(field, "null", QCborValue(nullptr));
        row(field, "undefined tag", QCborValue(QCborKnownTags::Url, QStringLiteral("x")));
    }
    row("id", "short", QByteArray(31, 'x'));
    row("label", "long", QString(65, QLatin1Char('x')));
    row("label", "not plain", QStringLiteral("a\nb"));
    row("how", "4", 4);
    row("how", "-1", -1);
    row("how", "2^32", qint64(1) << 32);
    row("verified", "-1", -1);
    row("seen", "late", kLatestTime + 1);
    row("permissions", "4", QCborMap{{QStringLiteral("x"), 4}});
    row("permissions", "-1", QCborMap{{QStringLiteral("x"), -1}});
    row("permissions", "2^32", QCborMap{{QStringLiteral("x"), qint64(1) << 32}});
    row("permissions", "text", QCborMap{{QStringLiteral("x"), QStringLiteral("1")}});
    row("permissions", "by number", QCborMap{{1, 1}});
    row("members", "of nothing", QCborMap{{QString(), 1}});
    row("/peers", "of numbers", QCborArray{1});
    row("/pins", "short", QCborMap{{QStringLiteral("h:1"), QByteArray(31, 'x')}});
    row("/pins", "text", QCborMap{{QStringLiteral("h:1"), QStringLiteral("x")}});
    row("/pins", "by number", QCborMap{{1, idOf(1)}});
    row("/invites", "of numbers", QCborArray{1});
}

void TrustStoreTest::badFieldsAreRefused()
{
    QFETCH(QString, field);
    QFETCH(QCborValue, value);
    QCborMap body = sampleBody();
    const auto change = [&value](QCborMap &map, const QString &name) {
        if (value.isUndefined())
            map.remove(name);
        else
            map[name] = value;
    };
    if (field.startsWith(QLatin1Char('/'))) {
        change(body, field.mid(1));
    } else {
        QCborArray peers = body.value(QLatin1String("peers")).toArray();
        QCborMap peer = peers[0].toMap();
        change(peer, field);
        peers[0] = peer;
        body[QLatin1String("peers")] = peers;
    }
    const QByteArray bytes = QCborValue(body).toCbor();
    QVERIFY(!decodeTrustBody(bytes));
    const auto loaded = decodeTrust(sealed(1, bytes), QStringLiteral("/x/trust"));
    QVERIFY(!loaded.ok());
    QCOMPARE(loaded.error().code, ProblemCode::Damaged);
}

void TrustStoreTest::hostileBodies_data()
{
    QTest::addColumn<QByteArray>("body");
    const QByteArray good = QCborValue(sampleBody()).toCbor();
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("more behind") << good + 'x';
    QTest::newRow("cut") << good.chopped(1);
    QTest::newRow("deep") << QByteArray(1'000'000, '\x81');
    QTest::newRow("a long claim") << QByteArray::fromHex("9bffffffffffffffff");
    QTest::newRow("long bytes") << QByteArray::fromHex("a1655065657273 5bffffffffffffff00");
    QCborMap twice = sampleBody();
    QCborArray peers = twice.value(QLatin1String("peers")).toArray();
    peers.append(QCborValue(peers.first()));
    twice[QLatin1String("peers")] = peers;
    QTest::newRow("a peer twice") << QCborValue(twice).toCbor();
    // A map with the same address twice, which QCborMap would not write.
    const QByteArray pin = "\x63h:1\x58\x20" + idOf(1);
    QTest::newRow("a pin twice") << QByteArray("\xa3\x65peers\x80\x64pins\xa2" + pin + pin + "\x67invites\x80");
}

void TrustStoreTest::hostileBodies()
{
    QFETCH(QByteArray, body);
    QVERIFY(!decodeTrustBody(body));
    QVERIFY(!decodeTrust(body, {}).ok());
    QVERIFY(!decodeTrust(sealed(1, body), {}).ok());
}

void TrustStoreTest::randomChangesOfTheBody()
{
    // As a fuzzer would, without the checksum in the way: whatever is taken can be written and read again.
    const QByteArray good = QCborValue(sampleBody()).toCbor();
    QRandomGenerator random(11);
    int taken = 0;
    for (int i = 0; i < 20'000; ++i) {
        QByteArray body = good;
        for (int n = random.bounded(1, 4); n > 0; --n)
            body[random.bounded(int(body.size()))] = char(random.bounded(256));
        const auto store = decodeTrustBody(body);
        if (!store)
            continue;
        ++taken;
        const auto again = encodeTrust(*store);
        QVERIFY(again.ok());
        QVERIFY(decodeTrust(again.value(), {}).value() == *store);
    }
    QVERIFY(taken > 100 && taken < 19'900);
}

QTEST_GUILESS_MAIN(TrustStoreTest)
#include "tst_truststore.moc"
