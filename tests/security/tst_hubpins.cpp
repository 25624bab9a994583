// SPDX-License-Identifier: MIT
#include "security/hubpins.h"
#include "support.h"

#include <QTest>

using namespace patchbay::security;

class HubPinsTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void judges_data();
    void judges();
    void forgettingIsASeparateAct();
    void isASnapshot();
};

namespace {

const QString kThere = QStringLiteral("hub.example:7229"); // pinned to 2
const QString kElsewhere = QStringLiteral("192.0.2.9:1");

/// sampleStore() and a peer that is not verified, and a pin to a key nothing else is known of.
TrustStore storeForPins()
{
    TrustStore store = sampleStore();
    if (store.put(peerOf(3)) || store.pinHub(QStringLiteral("pinned:1"), idOf(4)))
        return {};
    return store;
}

} // namespace

void HubPinsTest::judges_data()
{
    QTest::addColumn<QByteArray>("expected");
    QTest::addColumn<QString>("address");
    QTest::addColumn<QByteArray>("proven");
    QTest::addColumn<HubTrust>("trust");
    const QByteArray none;
    // idOf() ends in its number, so the first half is the same for all: a half of its own is needed.
    const QByteArray other = QByteArray(16, 'o') + QByteArray(16, 'p');
    QTest::newRow("pinned there") << none << kThere << idOf(2) << HubTrust::Trusted;
    QTest::newRow("known hub elsewhere") << none << kElsewhere << idOf(2) << HubTrust::Trusted;
    QTest::newRow("verified peer elsewhere") << none << kElsewhere << idOf(1) << HubTrust::Trusted;
    QTest::newRow("pinned, not in the list") << none << QStringLiteral("pinned:1") << idOf(4) << HubTrust::Trusted;
    QTest::newRow("unverified peer") << none << kElsewhere << idOf(3) << HubTrust::Unknown;
    QTest::newRow("pinned at another address only") << none << kElsewhere << idOf(4) << HubTrust::Unknown;
    QTest::newRow("stranger") << none << kElsewhere << other << HubTrust::Unknown;
    QTest::newRow("no address") << none << QString() << other << HubTrust::Unknown;
    QTest::newRow("stranger where a hub is pinned") << none << kThere << other << HubTrust::KeyChanged;
    QTest::newRow("known peer where a hub is pinned") << none << kThere << idOf(1) << HubTrust::KeyChanged;
    QTest::newRow("half expected") << other.left(16) << kElsewhere << other << HubTrust::Trusted;
    QTest::newRow("all expected") << other << kElsewhere << other << HubTrust::Trusted;
    QTest::newRow("unverified, but expected") << idOf(3) << kElsewhere << idOf(3) << HubTrust::Trusted;
    QTest::newRow("another half expected") << other.right(16) << kElsewhere << other << HubTrust::WrongKey;
    QTest::newRow("another expected") << other << kElsewhere << idOf(2) << HubTrust::WrongKey;
    QTest::newRow("another expected of a pinned") << other << kThere << idOf(2) << HubTrust::WrongKey;
    QTest::newRow("last byte differs") << idOf(1) << kElsewhere << idOf(2) << HubTrust::WrongKey;
    QTest::newRow("link to another key for a pinned address") << other << kThere << other << HubTrust::KeyChanged;
    for (const int size : {1, 15, 17, 31})
        QTest::addRow("expected %d bytes", size) << other.left(size) << kElsewhere << other << HubTrust::WrongKey;
    QTest::newRow("expected 33 bytes") << other + 'x' << kElsewhere << other << HubTrust::WrongKey;
    QTest::newRow("nothing proven") << none << kElsewhere << QByteArray() << HubTrust::WrongKey;
    QTest::newRow("half proven") << other.left(16) << kElsewhere << other.left(16) << HubTrust::WrongKey;
}

void HubPinsTest::judges()
{
    QFETCH(QByteArray, expected);
    QFETCH(QString, address);
    QFETCH(QByteArray, proven);
    QFETCH(HubTrust, trust);
    const HubJudgement judgement = HubPins(storeForPins()).judge(expected, address, proven);
    QCOMPARE(judgement.trust, trust);
    QCOMPARE(judgement.sentence.isEmpty(), trust == HubTrust::Trusted);
    if (trust != HubTrust::Trusted)
        QVERIFY(judgement.sentence.contains(address));
}

void HubPinsTest::forgettingIsASeparateAct()
{
    TrustStore store = storeForPins();
    QCOMPARE(HubPins(store).judge({}, kThere, idOf(9)).trust, HubTrust::KeyChanged);
    QCOMPARE(HubPins(store).judge({}, kThere, idOf(9)).trust, HubTrust::KeyChanged); // asking again does not help
    QVERIFY(store.forget(idOf(2)));
    QCOMPARE(HubPins(store).judge({}, kThere, idOf(9)).trust, HubTrust::Unknown); // to be paired
    QVERIFY(!store.pinHub(kThere, idOf(9)));
    QCOMPARE(HubPins(store).judge({}, kThere, idOf(9)).trust, HubTrust::Trusted);
    QCOMPARE(HubPins(store).judge({}, kThere, idOf(2)).trust, HubTrust::KeyChanged);
}

void HubPinsTest::isASnapshot()
{
    TrustStore store = storeForPins();
    const HubPins pins(store);
    QVERIFY(store.forget(idOf(2)));
    QCOMPARE(pins.judge({}, kThere, idOf(2)).trust, HubTrust::Trusted);
    QCOMPARE(HubPins().judge({}, kThere, idOf(2)).trust, HubTrust::Unknown);
}

QTEST_GUILESS_MAIN(HubPinsTest)
#include "tst_hubpins.moc"
