// SPDX-License-Identifier: MIT
// Calls from above with arguments that make no sense: they are refused here. None may become a frame that the other
// side takes for a broken protocol, or an end that looks like success.
#include "support/world.h"

#include <QtTest>

#include <limits>

using namespace patchbay::protocol;
using namespace patchbay::protocol::testing;

#define NO_PROBLEMS(world) QVERIFY2((world).problems().isEmpty(), qPrintable((world).problems().join(u'\n')))

namespace {

/// Alice, bob and their hub, and one open stream from alice to bob.
struct Pair
{
    World world;
    Endpoint &alice = world.join(QStringLiteral("alice"));
    Endpoint &bob = world.join(QStringLiteral("bob"));
    StreamKey sent = 0;
    StreamKey offered = 0;

    Pair()
    {
        sent = alice.open(bob.self, 1);
        world.settle();
        offered = bob.offers.back();
        bob.accept(offered);
        world.settle();
        alice.pour(sent, 100);
        world.settle();
    }
    bool allLinked() const { return alice.ready && bob.ready; }
};

} // namespace

class TestArguments final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sizeOfAStream_data()
    {
        QTest::addColumn<qint64>("size");
        QTest::addColumn<bool>("ok");
        QTest::newRow("unknown") << qint64(-1) << true;
        QTest::newRow("empty") << qint64(0) << true;
        QTest::newRow("largest") << std::numeric_limits<qint64>::max() << true;
        QTest::newRow("below unknown") << qint64(-2) << false;
        QTest::newRow("smallest") << std::numeric_limits<qint64>::min() << false;
    }

    void sizeOfAStream()
    {
        QFETCH(qint64, size);
        QFETCH(bool, ok);
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        for (Endpoint *sender : {&alice, &world.hub()}) {
            const MemberNumber to = sender == &alice ? kHubMember : alice.self;
            const StreamKey key = 99;
            if (ok)
                sender->streams[key].opened = true;
            const Fault fault = sender->node().openStream(key, to, streamType().name, {}, size, world.now);
            QCOMPARE(fault.code, ok ? Code::None : Code::InvalidArgument);
        }
        world.settle();
        QCOMPARE(alice.offers.size(), size_t(ok ? 1 : 0));
        if (ok)
            QCOMPARE(alice.streams.at(alice.offers[0]).size, size);
        QVERIFY(alice.ready);
        NO_PROBLEMS(world);
    }

    void headerOfAStream_data()
    {
        QTest::addColumn<qsizetype>("size");
        QTest::newRow("one below") << limits::kStreamHeaderBytes - 1;
        QTest::newRow("at the limit") << limits::kStreamHeaderBytes;
        QTest::newRow("one above") << limits::kStreamHeaderBytes + 1;
    }

    void headerOfAStream()
    {
        QFETCH(qsizetype, size);
        World world;
        Endpoint &alice = world.join(QStringLiteral("alice"));
        const bool ok = size <= limits::kStreamHeaderBytes;
        const QByteArray header(size, 'h');
        qsizetype received = -1;
        for (Endpoint *host : {&alice, &world.hub()})
            host->onEvent = [&](const NodeEvent &event) {
                if (const auto *e = std::get_if<StreamOffered>(&event))
                    received = e->header.size();
            };
        for (Endpoint *sender : {&alice, &world.hub()}) {
            received = -1;
            const MemberNumber to = sender == &alice ? kHubMember : alice.self;
            if (ok)
                sender->streams[99].opened = true;
            const Fault fault = sender->node().openStream(99, to, streamType().name, header, -1, world.now);
            QCOMPARE(fault.code, ok ? Code::None : Code::TooLarge);
            world.settle();
            QCOMPARE(received, ok ? size : -1);
        }
        QVERIFY(alice.ready);
        NO_PROBLEMS(world);
    }

    void resetWithoutAReason_data()
    {
        QTest::addColumn<bool>("bySender");
        QTest::newRow("sender") << true;
        QTest::newRow("receiver") << false;
    }

    /// Code None means confirmed: nobody may believe that because somebody forgot the reason.
    void resetWithoutAReason()
    {
        QFETCH(bool, bySender);
        Pair pair;
        if (bySender)
            pair.alice.node().resetStream(pair.sent, {}, pair.world.now);
        else
            pair.bob.node().resetStream(pair.offered, {}, pair.world.now);
        pair.world.settle();
        for (const StreamRecord &record : {pair.alice.streams.at(pair.sent), pair.bob.streams.at(pair.offered)}) {
            QVERIFY(record.closed);
            QVERIFY(record.reason.isFault());
        }
        QVERIFY(pair.allLinked());
        NO_PROBLEMS(pair.world);
    }

    void closedWithoutAReason_data()
    {
        QTest::addColumn<bool>("byHub");
        QTest::newRow("hub") << true;
        QTest::newRow("client") << false;
    }

    void closedWithoutAReason()
    {
        QFETCH(bool, byHub);
        Pair pair;
        if (byHub)
            pair.world.hub().node().closeAll({}, pair.world.now);
        else
            pair.alice.node().closeAll({}, pair.world.now);
        pair.world.settle();
        for (const StreamRecord &record : {pair.alice.streams.at(pair.sent), pair.bob.streams.at(pair.offered)}) {
            QVERIFY(record.closed);
            QVERIFY(record.reason.isFault());
        }
        QCOMPARE(pair.alice.closings.size(), 1);
        QVERIFY(pair.alice.closings[0].reason.isFault());
        QVERIFY(pair.world.hub().closings.value(0).reason.isFault());
        NO_PROBLEMS(pair.world);
    }

    /// Reasons and names of any length and content arrive, cut, and cost no link.
    void longTexts()
    {
        Pair pair;
        const QString text = QString(300'000, u'\u20ac') + QChar(0xd800) + QStringLiteral("\n\x1b[2J");
        pair.bob.node().resetStream(pair.offered, {Code::Failed, text, Party::Local}, pair.world.now);
        pair.world.settle();
        const Fault reason = pair.alice.streams.at(pair.sent).reason;
        QCOMPARE(reason.code, Code::Failed);
        QVERIFY(!reason.text.isEmpty() && reason.text.size() <= limits::kFaultTextChars + 1);
        QVERIFY(pair.allLinked());
        pair.alice.node().closeAll({Code::GoingAway, text, Party::Local}, pair.world.now);
        pair.world.settle();
        QCOMPARE(pair.world.hub().closings.value(0).reason.code, Code::GoingAway);
        QVERIFY(pair.world.hub().closings.value(0).reason.text.size() <= limits::kFaultTextChars + 1);
        NO_PROBLEMS(pair.world);
    }

    void wrongEndOfAStream()
    {
        Pair pair;
        Node &alice = pair.alice.node();
        Node &bob = pair.bob.node();
        const patchbay::base::TimePoint now = pair.world.now;
        // What only the receiver does, from the sender, and the other way round.
        alice.acceptStream(pair.sent, now);
        alice.consumeStream(pair.sent, 50, now);
        alice.confirmStream(pair.sent, now);
        bob.endStream(pair.offered, now);
        QVERIFY(!bob.sendStreamData(pair.offered, "x", now));
        QCOMPARE(bob.streamSpace(pair.offered), 0);
        // Too early, twice, too much, negative.
        bob.acceptStream(pair.offered, now);
        bob.confirmStream(pair.offered, now);
        bob.consumeStream(pair.offered, -5, now);
        bob.consumeStream(pair.offered, 0, now);
        bob.consumeStream(pair.offered, std::numeric_limits<qint64>::max(), now);
        bob.consumeStream(pair.offered, std::numeric_limits<qint64>::max(), now);
        pair.world.settle();
        QVERIFY(pair.allLinked());
        QVERIFY(!pair.alice.streams.at(pair.sent).closed && !pair.bob.streams.at(pair.offered).closed);
        // And it goes on.
        pair.alice.pour(pair.sent, 100);
        pair.alice.end(pair.sent);
        alice.endStream(pair.sent, now);
        pair.world.settle();
        QCOMPARE(pair.bob.streams.at(pair.offered).received, 200);
        pair.bob.confirm(pair.offered);
        pair.bob.confirm(pair.offered);
        pair.world.settle();
        QVERIFY(!pair.alice.streams.at(pair.sent).reason.isFault() && pair.alice.streams.at(pair.sent).closed);
        NO_PROBLEMS(pair.world);
    }

    void unknownConnections()
    {
        Pair pair;
        for (Node *node : {&pair.alice.node(), &pair.world.hub().node()}) {
            node->handleReceived(4711, "GET / HTTP/1.1\r\n", pair.world.now);
            node->handleTransportClosed(4711, pair.world.now);
            node->closeConnection(4711, {Code::Failed, QStringLiteral("x"), Party::Local}, pair.world.now);
            QVERIFY(node->pollTransmit(4711, 1000).isEmpty());
        }
        pair.world.settle();
        QVERIFY(pair.allLinked());
        QVERIFY(pair.world.hub().closings.isEmpty());
        NO_PROBLEMS(pair.world);
    }
};

QTEST_GUILESS_MAIN(TestArguments)
#include "tst_arguments.moc"
