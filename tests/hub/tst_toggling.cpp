// SPDX-License-Identifier: MIT
// A plugin switched off and on 200 times while messages and streams go to it.
#include "testhost.h"

using namespace patchbay;

class TogglingTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void twoHundredTimesUnderTraffic();
};

void TogglingTest::twoHundredTimesUnderTraffic()
{
    const QString id = QStringLiteral("org.patchbay.test.probe");
    TestHost hub(QStringLiteral("hub"));
    TestHost alice(QStringLiteral("alice"));
    TestHost bob(QStringLiteral("bob"));
    QVERIFY(hub.serve());
    QVERIFY(alice.join(hub) && bob.join(hub));
    QTRY_VERIFY(alice.accepts(QStringLiteral("bob")));

    IProbe *const bobs = bob.probe();
    int opened = 0;
    int deactivations = 0;
    connect(bob.host.get(), &hub::Host::pluginDeactivated, this, [&] { ++deactivations; });
    for (int round = 0; round < 200; ++round) {
        QTRY_VERIFY(alice.accepts(QStringLiteral("bob")));
        const MemberId to = alice.find(QStringLiteral("bob"));
        for (int i = 0; i < 3; ++i)
            (void)alice.probe()->send(to, QByteArray::number(round), nullptr);
        const auto kind = round % 2 == 0 ? IProbe::Source::Endless : IProbe::Source::Pattern;
        if (!alice.probe()->stream(to, 300000, quint8(round), kind, nullptr).isError())
            ++opened;
        if (round % 3 == 0) // sometimes in the middle of the bytes, sometimes before the offer has arrived
            QTRY_VERIFY(bobs->offered().size() > 0);
        QVERIFY(!bob.host->setPluginEnabled(id, false).isError());
        QTRY_COMPARE(deactivations, round + 1);
        QCOMPARE(bobs->openObjects(), 0);
        QCOMPARE(bobs->finished().size(), bobs->offered().size()); // each exactly once
        QVERIFY(!bob.host->setPluginEnabled(id, true).isError());
        QTRY_COMPARE(bobs->activations(), round + 2);
    }
    QTRY_COMPARE_WITH_TIMEOUT(alice.probe()->finished().size(), opened, 20000);
    QCOMPARE(alice.probe()->openObjects(), 0);
    QVERIFY(!bobs->contentWrong());
    QVERIFY(bobs->messages().size() > 0);
    QVERIFY(hub.host->linkState().isUp() && alice.host->linkState().isUp() && bob.host->linkState().isUp());
}

QTEST_GUILESS_MAIN(TogglingTest)
#include "tst_toggling.moc"
