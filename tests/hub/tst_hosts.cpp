// SPDX-License-Identifier: MIT
// Whole hosts in one process over real TCP: roster, messages, streams, relaying, reconnecting.
#include "testhost.h"

#include <patchbay/types.h>

using namespace patchbay;

class HostsTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void twoHostsSeeEachOther();
    void messagesReachOneOrEveryone();
    void streamsArriveWhole_data();
    void streamsArriveWhole();
    void streamEndings_data();
    void streamEndings();
    void hubRelaysTypesItDoesNotHave();
    void memberLeavesEndsItsStreams();
    void clientComesBackByItself();
    void modesSwitchAtRunTime();
    void callsWithoutALinkAreRefused();
    void messageTooLargeIsRefused();
};

void HostsTest::twoHostsSeeEachOther()
{
    TestHost hub(QStringLiteral("hub one"));
    TestHost alice(QStringLiteral("alice"));
    QVERIFY2(!hub.error.isError(), qPrintable(hub.error.message));
    QVERIFY(hub.probe() && alice.probe());
    QVERIFY(hub.serve());
    QVERIFY(alice.join(hub));
    QTRY_VERIFY(hub.accepts(QStringLiteral("alice")));
    QTRY_VERIFY(alice.accepts(QStringLiteral("hub")));
    QCOMPARE(alice.host->members()->rowCount(), 2);
    QCOMPARE(hub.host->members()->rowCount(), 2);
    QTRY_COMPARE(hub.probe()->joined().size(), 1);
    QTRY_COMPARE(alice.probe()->joined().size(), 1);
    QVERIFY(alice.host->bytesIn() > 0 && alice.host->bytesOut() > 0);
    QVERIFY(alice.shutdown());
    QTRY_COMPARE(hub.probe()->left().size(), 1);
    QTRY_COMPARE(hub.host->members()->rowCount(), 1);
    QVERIFY(hub.shutdown());
}

void HostsTest::messagesReachOneOrEveryone()
{
    TestHost hub(QStringLiteral("hub"));
    TestHost alice(QStringLiteral("alice"));
    TestHost bob(QStringLiteral("bob"));
    QVERIFY(hub.serve());
    QVERIFY(alice.join(hub) && bob.join(hub));
    QTRY_VERIFY(alice.accepts(QStringLiteral("bob")) && bob.accepts(QStringLiteral("alice")));

    for (int i = 0; i < 100; ++i)
        QVERIFY(!alice.probe()->send(alice.find(QStringLiteral("bob")), QByteArray::number(i), nullptr).isError());
    QTRY_COMPARE(bob.probe()->messages().size(), 100);
    for (int i = 0; i < 100; ++i)
        QCOMPARE(bob.probe()->messages()[i].body, QByteArray::number(i)); // in the order they were sent
    QCOMPARE(bob.probe()->messages().first().from, bob.find(QStringLiteral("alice")));
    QVERIFY(!bob.probe()->messages().first().toEveryone);

    QVERIFY(!bob.probe()->send(MemberId::Everyone, QByteArrayLiteral("all"), nullptr).isError());
    QTRY_COMPARE(alice.probe()->messages().size(), 1);
    QTRY_COMPARE(hub.probe()->messages().size(), 1);
    QVERIFY(alice.probe()->messages().first().toEveryone);
    QCOMPARE(bob.probe()->messages().size(), 100); // the sender is excluded

    QVERIFY(!hub.probe()->send(MemberId::Everyone, QByteArrayLiteral("from the hub"), nullptr).isError());
    QTRY_COMPARE(alice.probe()->messages().size(), 2);
    QTRY_COMPARE(bob.probe()->messages().size(), 101);
}

void HostsTest::streamsArriveWhole_data()
{
    QTest::addColumn<qint64>("size");
    QTest::addColumn<int>("source");
    for (const qint64 size : {0, 1, 65535, 65536, 65537, 262144, 1000000, 20000000})
        QTest::addRow("%lld bytes", static_cast<long long>(size)) << size << int(IProbe::Source::Pattern);
    QTest::newRow("a source that pauses") << qint64(300000) << int(IProbe::Source::Later);
}

void HostsTest::streamsArriveWhole()
{
    QFETCH(qint64, size);
    QFETCH(int, source);
    TestHost hub(QStringLiteral("hub"));
    TestHost alice(QStringLiteral("alice"));
    TestHost bob(QStringLiteral("bob"));
    QVERIFY(hub.serve());
    QVERIFY(alice.join(hub) && bob.join(hub));
    QTRY_VERIFY(alice.accepts(QStringLiteral("bob")) && bob.accepts(QStringLiteral("hub")));

    StreamId id = StreamId::None;
    QVERIFY(!alice.probe()->stream(alice.find(QStringLiteral("bob")), size, 3, IProbe::Source(source), &id).isError());
    if (source == int(IProbe::Source::Later)) {
        QTRY_COMPARE(alice.host->bytesOut() > quint64(size / 2), true);
        alice.probe()->host()->wake(id);
        QTRY_COMPARE_WITH_TIMEOUT(bob.probe()->finished().size() + (alice.probe()->host()->wake(id), 0), 1, 10000);
    }
    QTRY_COMPARE_WITH_TIMEOUT(bob.probe()->finished().size(), 1, 20000);
    QTRY_COMPARE(alice.probe()->finished().size(), 1);
    QCOMPARE(alice.probe()->finished().first().result.code, ErrorCode::None);
    QCOMPARE(bob.probe()->finished().first().result.code, ErrorCode::None);
    QCOMPARE(bob.probe()->bytesReceived(), size);
    QVERIFY(!bob.probe()->contentWrong());
    QCOMPARE(alice.probe()->openObjects() + bob.probe()->openObjects(), 0);

    // And from the hub itself to a client, and back.
    QVERIFY(!hub.probe()->stream(hub.find(QStringLiteral("bob")), size, 9, IProbe::Source::Pattern, nullptr).isError());
    QVERIFY(!bob.probe()->stream(bob.find(QStringLiteral("hub")), size, 4, IProbe::Source::Pattern, nullptr).isError());
    QTRY_COMPARE_WITH_TIMEOUT(bob.probe()->finished().size(), 3, 20000);
    QTRY_COMPARE_WITH_TIMEOUT(hub.probe()->finished().size(), 2, 20000);
    QCOMPARE(hub.probe()->bytesReceived(), size);
    QCOMPARE(bob.probe()->bytesReceived(), 2 * size);
    QVERIFY(!hub.probe()->contentWrong() && !bob.probe()->contentWrong());
}

void HostsTest::streamEndings_data()
{
    QTest::addColumn<int>("answer");
    QTest::addColumn<int>("source");
    QTest::addColumn<bool>("sinkFails");
    QTest::addColumn<QString>("cancelledBy");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("text");
    const int accept = int(IProbe::Answer::Accept);
    const int pattern = int(IProbe::Source::Pattern);
    QTest::newRow("declined") << int(IProbe::Answer::Reject) << pattern << false << QString()
                              << int(ErrorCode::Rejected) << QStringLiteral("not today");
    QTest::newRow("sink fails") << accept << pattern << true << QString() << int(ErrorCode::IoFailed)
                                << QStringLiteral("the disk is full");
    QTest::newRow("source fails") << accept << int(IProbe::Source::Failing) << false << QString()
                                  << int(ErrorCode::IoFailed) << QStringLiteral("the pattern ran out");
    QTest::newRow("sender cancels") << accept << int(IProbe::Source::Endless) << false << QStringLiteral("sender")
                                    << int(ErrorCode::Cancelled) << QStringLiteral("enough");
    QTest::newRow("receiver cancels") << accept << int(IProbe::Source::Endless) << false << QStringLiteral("receiver")
                                      << int(ErrorCode::Cancelled) << QStringLiteral("enough");
    QTest::newRow("offer taken back") << int(IProbe::Answer::Wait) << pattern << false << QStringLiteral("sender")
                                      << int(ErrorCode::Cancelled) << QStringLiteral("enough");
}

void HostsTest::streamEndings()
{
    QFETCH(int, answer);
    QFETCH(int, source);
    QFETCH(bool, sinkFails);
    QFETCH(QString, cancelledBy);
    QFETCH(int, code);
    QFETCH(QString, text);
    TestHost hub(QStringLiteral("hub"));
    TestHost alice(QStringLiteral("alice"));
    TestHost bob(QStringLiteral("bob"));
    QVERIFY(hub.serve());
    QVERIFY(alice.join(hub) && bob.join(hub));
    QTRY_VERIFY(alice.accepts(QStringLiteral("bob")));
    bob.probe()->setAnswer(IProbe::Answer(answer));
    bob.probe()->setSinkFails(sinkFails);

    StreamId id = StreamId::None;
    QVERIFY(
        !alice.probe()->stream(alice.find(QStringLiteral("bob")), 500000, 1, IProbe::Source(source), &id).isError());
    QTRY_COMPARE(bob.probe()->offered().size(), 1);
    const Error enough{ErrorCode::Cancelled, QStringLiteral("enough")};
    if (cancelledBy == QStringLiteral("sender")) {
        alice.probe()->host()->cancelStream(id, enough);
        alice.probe()->host()->cancelStream(id, enough); // twice does no harm
    } else if (cancelledBy == QStringLiteral("receiver")) {
        QTRY_VERIFY(bob.probe()->host()->streamProgress(bob.probe()->offered().first()) > 100000);
        bob.probe()->host()->cancelStream(bob.probe()->offered().first(), enough);
    }
    QTRY_COMPARE(alice.probe()->finished().size(), 1);
    QTRY_COMPARE(bob.probe()->finished().size(), 1);
    for (const TestHost *side : {&alice, &bob}) {
        const Error result = side->probe()->finished().first().result;
        QCOMPARE(int(result.code), code);
        QVERIFY2(result.message.contains(text), qPrintable(result.message));
        QCOMPARE(side->probe()->openObjects(), 0);
    }
    // The link goes on, and nothing comes twice.
    QVERIFY(
        !alice.probe()->send(alice.find(QStringLiteral("bob")), QByteArrayLiteral("still here"), nullptr).isError());
    QTRY_COMPARE(bob.probe()->messages().size(), 1);
    QCOMPARE(alice.probe()->finished().size(), 1);
    QCOMPARE(bob.probe()->finished().size(), 1);
}

void HostsTest::hubRelaysTypesItDoesNotHave()
{
    TestHost hub(QStringLiteral("hub"));
    TestHost alice(QStringLiteral("alice"));
    TestHost bob(QStringLiteral("bob"));
    QVERIFY(!hub.host->setPluginEnabled(QStringLiteral("org.patchbay.test.probe"), false).isError());
    QVERIFY(hub.serve());
    QVERIFY(alice.join(hub) && bob.join(hub));
    QTRY_VERIFY(alice.accepts(QStringLiteral("bob")));
    QVERIFY(!alice.accepts(QStringLiteral("hub")));
    QCOMPARE(alice.probe()->send(alice.find(QStringLiteral("hub")), QByteArrayLiteral("x"), nullptr).code,
             ErrorCode::NotAccepted);
    QVERIFY(!alice.probe()->send(MemberId::Everyone, QByteArrayLiteral("all"), nullptr).isError());
    QVERIFY(!alice.probe()
                 ->stream(alice.find(QStringLiteral("bob")), 5000000, 5, IProbe::Source::Pattern, nullptr)
                 .isError());
    QTRY_COMPARE(bob.probe()->messages().size(), 1);
    QTRY_COMPARE_WITH_TIMEOUT(bob.probe()->finished().size(), 1, 20000);
    QCOMPARE(bob.probe()->bytesReceived(), 5000000);
    QVERIFY(!bob.probe()->contentWrong());
}

void HostsTest::memberLeavesEndsItsStreams()
{
    TestHost hub(QStringLiteral("hub"));
    TestHost alice(QStringLiteral("alice"));
    auto bob = std::make_unique<TestHost>(QStringLiteral("bob"));
    QVERIFY(hub.serve());
    QVERIFY(alice.join(hub) && bob->join(hub));
    QTRY_VERIFY(alice.accepts(QStringLiteral("bob")));
    QVERIFY(
        !alice.probe()->stream(alice.find(QStringLiteral("bob")), -1, 1, IProbe::Source::Endless, nullptr).isError());
    QTRY_COMPARE(bob->probe()->offered().size(), 1);
    bob.reset(); // hard: no shutdown()
    QTRY_COMPARE(alice.probe()->finished().size(), 1);
    QVERIFY(alice.probe()->finished().first().result.isError());
    QTRY_COMPARE(alice.probe()->left().size(), 1);
    QCOMPARE(alice.probe()->openObjects(), 0);
}

void HostsTest::clientComesBackByItself()
{
    auto hub = std::make_unique<TestHost>(QStringLiteral("hub"));
    TestHost alice(QStringLiteral("alice"));
    QVERIFY(hub->serve());
    const quint16 port = hub->host->linkState().localPort;
    QVERIFY(alice.join(*hub));
    QTRY_VERIFY(alice.accepts(QStringLiteral("hub")));
    const MemberId before = alice.find(QStringLiteral("hub"));
    QVERIFY(hub->shutdown());
    QTRY_VERIFY(!alice.host->linkState().isUp());
    QTRY_COMPARE(alice.probe()->left().size(), 1);
    QCOMPARE(alice.probe()->send(before, QByteArrayLiteral("x"), nullptr).code, ErrorCode::NotConnected);
    hub->start(QStringLiteral("hub two"));
    hub->host->startServer(QStringLiteral("127.0.0.1"), port);
    QTRY_VERIFY(hub->host->linkState().isUp());
    QTRY_VERIFY_WITH_TIMEOUT(alice.host->linkState().isUp(), 15000);
    QTRY_VERIFY(alice.accepts(QStringLiteral("hub")));
    const MemberId after = alice.find(QStringLiteral("hub"));
    QVERIFY(!alice.probe()->send(after, QByteArrayLiteral("x"), nullptr).isError());
    QTRY_COMPARE(hub->probe()->messages().size(), 1);
}

void HostsTest::modesSwitchAtRunTime()
{
    TestHost one(QStringLiteral("one"));
    TestHost two(QStringLiteral("two"));
    for (int round = 0; round < 5; ++round) {
        TestHost &server = round % 2 == 0 ? one : two;
        TestHost &client = round % 2 == 0 ? two : one;
        client.host->stopLink();
        QTRY_VERIFY(!client.host->linkState().isUp());
        server.host->startServer(QStringLiteral("127.0.0.1"), 0);
        QTRY_VERIFY(server.host->linkState().phase == hub::LinkState::Phase::Listening);
        QVERIFY(client.join(server));
        QTRY_VERIFY(client.accepts(QStringLiteral("hub")));
        const qsizetype before = server.probe()->messages().size();
        QVERIFY(!client.probe()->send(client.find(QStringLiteral("hub")), QByteArrayLiteral("hi"), nullptr).isError());
        QTRY_COMPARE(server.probe()->messages().size(), before + 1);
    }
}

void HostsTest::callsWithoutALinkAreRefused()
{
    TestHost alone(QStringLiteral("alone"));
    QCOMPARE(alone.probe()->send(MemberId::Everyone, QByteArrayLiteral("x"), nullptr).code, ErrorCode::NotConnected);
    QCOMPARE(alone.probe()->stream(MemberId(77), 10, 1, IProbe::Source::Pattern, nullptr).code,
             ErrorCode::NotConnected);
    QVERIFY(alone.serve());
    QCOMPARE(alone.probe()->send(MemberId(77), QByteArrayLiteral("x"), nullptr).code, ErrorCode::NoSuchMember);
    QCOMPARE(alone.probe()->stream(MemberId::Everyone, 10, 1, IProbe::Source::Pattern, nullptr).code,
             ErrorCode::InvalidArgument);
    alone.probe()->host()->cancelStream(StreamId(999), {});
    alone.probe()->host()->wake(StreamId(999));
    QCOMPARE(alone.probe()->host()->streamProgress(StreamId(999)), 0);
}

void HostsTest::messageTooLargeIsRefused()
{
    TestHost hub(QStringLiteral("hub"));
    TestHost alice(QStringLiteral("alice"));
    QVERIFY(hub.serve() && alice.join(hub));
    QTRY_VERIFY(alice.accepts(QStringLiteral("hub")));
    const MemberId to = alice.find(QStringLiteral("hub"));
    QVERIFY(!alice.probe()->send(to, QByteArray(65535, 'a'), nullptr).isError());
    QVERIFY(!alice.probe()->send(to, QByteArray(65536, 'b'), nullptr).isError());
    QCOMPARE(alice.probe()->send(to, QByteArray(65537, 'c'), nullptr).code, ErrorCode::TooLarge);
    QTRY_COMPARE(hub.probe()->messages().size(), 2);
}

QTEST_GUILESS_MAIN(HostsTest)
#include "tst_hosts.moc"
