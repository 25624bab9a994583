// SPDX-License-Identifier: MIT
// What a host is told does not depend on how the bytes were cut on their way: one exchange with everything in it gives
// every host the same events each time. And what a host does when only one end of a link knows that it broke.
#include "support/world.h"

#include <QtTest>

using namespace patchbay::protocol;
using namespace patchbay::protocol::testing;

namespace {

const QString kRare = QStringLiteral("org.example.rare/1");

/// Events as text. Left out is what follows the pace of the bytes: StreamSpace, how data was cut, and when exactly an
/// answer came that may overtake.
class Diary
{
public:
    void note(const NodeEvent &event)
    {
        std::visit([this](const auto &e) { add(e); }, event);
    }
    QStringList lines() const
    {
        QStringList all = m_lines + m_answers;
        for (const auto &[key, bytes] : m_data)
            all.append(QStringLiteral("data %1: %2").arg(key).arg(bytes));
        return all;
    }

private:
    void add(const NodeReady &e) { line(QStringLiteral("ready as %1 at %2").arg(e.self).arg(e.hubName)); }
    void add(const MemberJoined &e) { line(QStringLiteral("joined ") + text(e.member)); }
    void add(const MemberChanged &e) { line(QStringLiteral("changed ") + text(e.member)); }
    void add(const MemberLeft &e) { line(QStringLiteral("left %1").arg(e.number)); }
    void add(const MessageReceived &e)
    {
        line(QStringLiteral("message from %1, %2, %3, %4")
                 .arg(e.from)
                 .arg(e.type, QString::fromLatin1(e.body))
                 .arg(int(e.toEveryone)));
    }
    void add(const MessageUndeliverable &e)
    {
        // The hub or the receiver says it, whoever gets to know first; the code is the same.
        m_answers.append(
            QStringLiteral("undeliverable %1 to %2: %3").arg(e.token).arg(e.member).arg(int(e.reason.code)));
    }
    void add(const MemberWritable &e) { line(QStringLiteral("writable %1").arg(e.member)); }
    void add(const StreamOffered &e)
    {
        line(QStringLiteral("offered %1 from %2, %3, %4").arg(e.key).arg(e.from).arg(e.type).arg(e.size));
    }
    void add(const StreamAccepted &e) { line(QStringLiteral("accepted %1").arg(e.key)); }
    void add(const StreamClosed &e) { line(QStringLiteral("closed %1: ").arg(e.key) + text(e.reason)); }
    void add(const StreamData &e) { m_data[e.key] += e.chunk.size(); }
    void add(const StreamEnded &e) { line(QStringLiteral("ended %1 after %2").arg(e.key).arg(m_data[e.key])); }
    void add(const StreamSpace &) { }
    void add(const ConnectionReady &e) { line(QStringLiteral("link to %1, %2").arg(e.member).arg(e.name)); }
    void add(const ConnectionClosing &e) { line(QStringLiteral("closing: ") + text(e.reason)); }
    void add(const TypeRefused &e) { line(QStringLiteral("refused %1: ").arg(e.type) + text(e.reason)); }
    void add(const KnockWaiting &e) { line(QStringLiteral("%1 knocks").arg(e.knock.name)); }
    void add(const PairingWaiting &e) { line(QStringLiteral("waiting for %1").arg(e.hubName)); }
    void add(const PairingFrame &e) { line(QStringLiteral("pairing ") + QString::fromLatin1(e.bytes.toHex())); }

    void line(const QString &text) { m_lines.append(text); }
    static QString text(const Fault &fault) { return QStringLiteral("%1 %2").arg(int(fault.code)).arg(fault.text); }
    static QString text(const MemberInfo &member)
    {
        return QStringLiteral("%1 %2 (%3) %4")
            .arg(member.number)
            .arg(member.name, member.types.join(u','))
            .arg(int(member.isSelf));
    }

    QStringList m_lines;
    QStringList m_answers;
    std::map<StreamKey, qint64> m_data;
};

void receiveByItself(Endpoint &host, Diary &diary)
{
    host.onEvent = [&host, &diary](const NodeEvent &event) {
        diary.note(event);
        if (const auto *e = std::get_if<StreamOffered>(&event))
            host.accept(e->key);
        else if (const auto *e = std::get_if<StreamData>(&event))
            host.consume(e->key, e->chunk.size());
        else if (const auto *e = std::get_if<StreamEnded>(&event))
            host.confirm(e->key);
    };
}

/// What alice, bob and the hub were told, one after another.
QStringList exchange(Cuts cuts, quint32 seed, QStringList *problems)
{
    World world;
    world.cuts = cuts;
    world.random.seed(seed);
    Diary diaries[3];
    receiveByItself(world.hub(), diaries[0]);
    Endpoint &alice = world.addClient(QStringLiteral("alice"));
    receiveByItself(alice, diaries[1]);
    world.connect(alice);
    world.settle();
    Endpoint &bob = world.addClient(QStringLiteral("bob"));
    receiveByItself(bob, diaries[2]);
    world.connect(bob);
    world.settle();

    const auto send = [&](Endpoint &from, MemberNumber to, const char *body) {
        (void)from.send(to, body);
        world.settle();
    };
    send(alice, bob.self, "to bob");
    send(alice, kHubMember, "to the hub");
    send(bob, kEveryone, "from bob to all");
    send(world.hub(), kEveryone, "from the hub to all");
    send(alice, kEveryone, "from alice to all");

    // Both ways through the hub, and both ways with it.
    const auto stream = [&](Endpoint &from, MemberNumber to, qsizetype size) {
        const StreamKey key = from.open(to, quint32(size));
        world.settle();
        while (key != 0 && from.streams.at(key).sent < size) {
            if (from.pour(key, size - from.streams.at(key).sent) == 0 && !world.step())
                break;
        }
        from.end(key);
        world.settle();
    };
    stream(alice, bob.self, 30'000);
    stream(bob, alice.self, 1);
    stream(alice, kHubMember, 0);
    stream(world.hub(), bob.self, 5000);

    // One reset by its sender, one by its receiver.
    const StreamKey dropped = alice.open(bob.self, 3);
    world.settle();
    alice.pour(dropped, 100);
    world.settle();
    alice.reset(dropped);
    world.settle();
    (void)bob.open(alice.self, 4);
    world.settle();
    alice.reset(alice.offers.back(), Code::Rejected);
    world.settle();

    // A type comes and goes while a message for it is on its way, and streams are open.
    bob.node().acceptTypes({messageType(kRare)}, world.now);
    world.settle();
    (void)alice.send(bob.self, "too late", kRare);
    bob.node().withdrawTypes({kRare}, world.now);
    world.settle();
    (void)alice.open(bob.self, 5);
    (void)world.hub().open(bob.self, 6);
    world.settle();
    bob.node().withdrawTypes({streamType().name}, world.now);
    world.settle();
    world.advance(std::chrono::seconds(50)); // pings

    (void)alice.open(kHubMember, 7);
    send(alice, bob.self, "farewell");
    alice.node().closeAll({Code::GoingAway, QStringLiteral("bye"), Party::Local}, world.now);
    world.settle();
    send(bob, kHubMember, "still here");
    *problems = world.problems();
    return diaries[0].lines() + diaries[1].lines() + diaries[2].lines();
}

} // namespace

class TestExchange final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sameEventsForAnyCuts()
    {
        QStringList problems;
        const QStringList whole = exchange(Cuts::Whole, 0, &problems);
        QCOMPARE(problems, QStringList());
        const auto count = [&](const char *start) {
            return std::count_if(whole.cbegin(), whole.cend(),
                                 [start](const QString &line) { return line.startsWith(QLatin1String(start)); });
        };
        QCOMPARE(count("message"), 10); // 2 to one, 3 to everyone but oneself: 6, farewell, still here
        QCOMPARE(count("undeliverable"), 1);
        QCOMPARE(count("offered"), 9);
        QCOMPARE(count("closed"), 18); // once at each end
        QCOMPARE(count("ended"), 4);
        QCOMPARE(count("left"), 2 + 3); // to the others; and alice is alone
        QCOMPARE(exchange(Cuts::SingleBytes, 0, &problems), whole);
        QCOMPARE(problems, QStringList());
        for (quint32 seed = 1; seed <= 25; ++seed) {
            QCOMPARE(exchange(Cuts::Random, seed, &problems), whole);
            QCOMPARE(problems, QStringList());
        }
    }

    void onlyOneEndKnowsThatItBroke_data()
    {
        QTest::addColumn<bool>("hubKnows");
        QTest::newRow("the hub") << true;
        QTest::newRow("the client") << false;
    }

    /// A cable was pulled: the other end finds out by itself, and its streams end.
    void onlyOneEndKnowsThatItBroke()
    {
        QFETCH(bool, hubKnows);
        World world;
        Diary diaries[3];
        Endpoint &bob = world.join(QStringLiteral("bob"));
        Endpoint &alice = world.join(QStringLiteral("alice"));
        receiveByItself(world.hub(), diaries[0]);
        receiveByItself(alice, diaries[1]);
        receiveByItself(bob, diaries[2]);
        const StreamKey relayed = alice.open(bob.self, 1);
        const StreamKey own = world.hub().open(alice.self, 2);
        world.settle();
        alice.pour(relayed, 1000);
        world.hub().pour(own, 1000);
        world.settle();

        Link &link = world.linkOf(alice);
        link.open = false; // nothing comes through any more
        if (hubKnows)
            world.hub().node().handleTransportClosed(link.hubId, world.now);
        else
            alice.node().handleTransportClosed(link.clientId, world.now);
        Endpoint &late = hubKnows ? alice : world.hub();
        const ConnectionId id = hubKnows ? link.clientId : link.hubId;
        for (int second = 0; second < 60; ++second) {
            QVERIFY(late.closings.isEmpty());
            world.settle();
            (void)late.node().pollTransmit(id, 1'000'000); // its system takes the bytes and sends them into the void
            world.advance(std::chrono::seconds(1));
        }
        QCOMPARE(late.closings.size(), 1);
        QCOMPARE(late.closings[0].reason.code, Code::Timeout);
        QVERIFY(alice.streams.at(relayed).closed && world.hub().streams.at(own).closed);
        for (const Endpoint *host : {&alice, &bob, &world.hub()}) {
            for (const auto &[key, record] : host->streams) {
                QVERIFY(record.closed);
                QVERIFY(record.reason.isFault());
            }
        }
        QVERIFY(bob.ready);
        QCOMPARE(bob.left.size(), 1);

        late.node().handleTransportClosed(id, world.now);

        // And back again, under the same number.
        const MemberNumber before = bob.left[0];
        world.connect(alice);
        world.settle();
        QVERIFY(alice.ready);
        QCOMPARE(alice.self, before);
        QVERIFY2(world.problems().isEmpty(), qPrintable(world.problems().join(u'\n')));
    }
};

QTEST_GUILESS_MAIN(TestExchange)
#include "tst_exchange.moc"
