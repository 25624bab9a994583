// SPDX-License-Identifier: MIT
// A seeded simulation: clients that come and go, message, stream, stall, reset and switch types off, over links that
// cut bytes anywhere and block. Endpoint and World check what must hold at every step.
// PATCHBAY_SIMULATION_SEEDS=N runs more of them.
#include "support/world.h"

#include <QtTest>

using namespace patchbay::protocol;
using namespace patchbay::protocol::testing;

namespace {

const QStringList kStreamTypes{QStringLiteral("org.example.file/1"), QStringLiteral("org.example.voice/2")};

/// Lets random hosts do random things.
class Actors
{
public:
    Actors(World &world, quint32 seed) : m_world(world), m_random(seed)
    {
        m_world.random.seed(seed + 1);
        for (int i = 0; i < 4; ++i) {
            Endpoint &client = m_world.addClient(QStringLiteral("client%1").arg(i), types());
            m_world.connect(client);
        }
    }

    static QList<TypeInfo> types()
    {
        return {messageType(), messageType(QStringLiteral("org.example.note/1"), 2000), streamType(kStreamTypes[0]),
                streamType(kStreamTypes[1])};
    }

    void act()
    {
        Endpoint &host = anyHost();
        switch (pick(20)) {
        case 0:
        case 1:
            return openStream(host);
        case 2:
        case 3:
            return answerOffer(host);
        case 4:
        case 5:
        case 6:
        case 7:
        case 8:
            return work(host);
        case 9:
            if (pick(3) == 0)
                resetSomething(host);
            return;
        case 10:
        case 11:
            if (const MemberNumber to = anyMember(host))
                m_sent += host.send(to, QByteArray(int(pick(3000)), 'm')).isFault() ? 0 : 1;
            return;
        case 12:
            (void)host.send(kEveryone, QByteArray(int(pick(300)), 'e'));
            return;
        case 13:
            return toggleType(host);
        case 14:
            return breakSomething();
        case 15:
            return blockSomething();
        case 16:
            m_world.transmitMax = 1 + pick(pick(2) == 0 ? 300'000 : 5000);
            m_world.cuts = pick(10) == 0 ? Cuts::Whole : Cuts::Random;
            return;
        case 17:
            return m_world.advance(std::chrono::milliseconds(pick(3000)));
        default:
            for (quint32 i = pick(60); i > 0; --i)
                m_world.step();
        }
    }

    /// Everybody behaves from now on: every stream has to come to its end.
    void finishAll()
    {
        m_world.cuts = Cuts::Whole;
        m_world.transmitMax = 256 * 1024;
        for (const auto &link : m_world.links())
            link->toClient.blocked = link->toHub.blocked = false;
        for (int round = 0; round < 400; ++round) {
            m_world.settle();
            bool open = false;
            forHosts([&](Endpoint &host) {
                for (const auto &[key, record] : std::map(host.streams))
                    open = finishOne(host, key) || open;
            });
            m_world.settle();
            if (!open)
                return;
        }
    }

    template <typename Call>
    void forHosts(Call call)
    {
        call(m_world.hub());
        for (const auto &client : m_world.clients())
            call(*client);
    }

    int completed() const { return m_completed; }
    int messagesSent() const { return m_sent; }

private:
    quint32 pick(quint32 below) { return below == 0 ? 0 : m_random.bounded(below); }
    Endpoint &anyClient() { return *m_world.clients()[pick(quint32(m_world.clients().size()))]; }
    Endpoint &anyHost() { return pick(5) == 0 ? m_world.hub() : anyClient(); }
    MemberNumber anyMember(const Endpoint &host)
    {
        if (host.members.empty())
            return kNobody;
        auto it = host.members.begin();
        std::advance(it, pick(quint32(host.members.size())));
        return it->first;
    }
    StreamKey anyStream(const Endpoint &host)
    {
        std::vector<StreamKey> open;
        for (const auto &[key, record] : host.streams) {
            if (!record.closed)
                open.push_back(key);
        }
        return open.empty() ? 0 : open[pick(quint32(open.size()))];
    }

    void openStream(Endpoint &host)
    {
        if (const MemberNumber to = anyMember(host))
            host.open(to, pick(0xFFFFFF), kStreamTypes[pick(2)]);
    }

    void answerOffer(Endpoint &host)
    {
        for (const StreamKey key : std::vector(host.offers)) {
            const StreamRecord &record = host.streams.at(key);
            if (record.closed || record.accepted || pick(2) == 0)
                continue;
            if (pick(6) == 0)
                host.reset(key, Code::Rejected);
            else
                host.accept(key);
        }
    }

    void work(Endpoint &host)
    {
        const StreamKey key = anyStream(host);
        if (key == 0)
            return;
        const StreamRecord &record = host.streams.at(key);
        if (record.opened && record.accepted && !record.ended) {
            host.pour(key, pick(600'000));
            if (pick(8) == 0)
                host.end(key);
        } else if (!record.opened && record.accepted) {
            if (record.received > record.consumed)
                host.consume(key, 1 + pick(quint32(record.received - record.consumed)));
            if (record.ended && pick(2) == 0)
                confirm(host, key);
        }
    }

    void confirm(Endpoint &host, StreamKey key)
    {
        host.confirm(key);
        ++m_completed;
    }

    void resetSomething(Endpoint &host)
    {
        if (const StreamKey key = anyStream(host))
            host.reset(key);
    }

    void toggleType(Endpoint &host)
    {
        if (host.withdrawn.empty() && pick(4) != 0)
            return;
        const TypeInfo type = types()[pick(4)];
        if (host.withdrawn.erase(type.name) > 0) {
            host.node().acceptTypes({type}, m_world.now);
        } else {
            host.node().withdrawTypes({type.name}, m_world.now);
            host.drain();
            host.withdrawn.insert(type.name);
        }
    }

    void breakSomething()
    {
        Endpoint &client = anyClient();
        Link &link = m_world.linkOf(client);
        if (!link.open) {
            m_world.connect(client);
            return;
        }
        if (pick(8) != 0)
            return;
        switch (pick(3)) {
        case 0:
            m_world.cut(link);
            break;
        case 1:
            client.node().closeAll({Code::GoingAway, QStringLiteral("away"), Party::Local}, m_world.now);
            break;
        default:
            m_world.hub().node().closeConnection(link.hubId, {Code::GoingAway, QStringLiteral("out"), Party::Local},
                                                 m_world.now);
        }
    }

    void blockSomething()
    {
        Link &link = m_world.linkOf(anyClient());
        link.toClient.blocked = pick(2) == 0;
        link.toHub.blocked = pick(4) == 0;
        link.toClient.capacity = 1 + pick(300'000);
        link.toHub.capacity = 1 + pick(300'000);
    }

    /// True while there is more to do for it.
    bool finishOne(Endpoint &host, StreamKey key)
    {
        const StreamRecord &record = host.streams.at(key);
        if (record.closed)
            return false;
        if (record.opened) {
            if (record.accepted && !record.ended) {
                host.pour(key, 400'000);
                if (record.sent > 2'000'000 || pick(3) == 0)
                    host.end(key);
            }
        } else if (!record.accepted) {
            host.accept(key);
        } else {
            host.consumeAll(key);
            if (record.ended)
                confirm(host, key);
        }
        return true;
    }

    World &m_world;
    QRandomGenerator m_random;
    int m_completed = 0;
    int m_sent = 0;
};

} // namespace

class TestSimulation final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void seeds_data()
    {
        QTest::addColumn<int>("first");
        const int count = std::max(1, qEnvironmentVariableIntValue("PATCHBAY_SIMULATION_SEEDS"));
        const int blocks = std::max(4, count / 20);
        for (int block = 0; block < blocks; ++block)
            QTest::newRow(qPrintable(QStringLiteral("seeds from %1").arg(block * 20))) << block * 20;
    }

    void seeds()
    {
        QFETCH(int, first);
        int completed = 0;
        int messages = 0;
        for (int seed = first; seed < first + 20; ++seed) {
            World world(config(QStringLiteral("hub"), Actors::types()));
            Actors actors(world, quint32(seed));
            world.settle();
            for (int i = 0; i < 1500; ++i)
                actors.act();
            actors.finishAll();

            const QByteArray where = "seed " + QByteArray::number(seed);
            QVERIFY2(world.problems().isEmpty(),
                     qPrintable(QLatin1String(where) + QStringLiteral(": ") + world.problems().join(u'\n').left(2000)));
            actors.forHosts([&](Endpoint &host) {
                for (const auto &[key, record] : host.streams)
                    QVERIFY2(record.closed, qPrintable(QStringLiteral("%1: stream %2 of %3 hangs")
                                                           .arg(QLatin1String(where))
                                                           .arg(key)
                                                           .arg(host.name())));
            });
            QVERIFY2(world.mostHeld <= limits::kRelayWindow, where.constData());
            completed += actors.completed();
            // Nothing waits any more, so nothing is held.
            actors.forHosts([](Endpoint &host) { QCOMPARE(host.node().totalMemory(), qsizetype(0)); });
            for (const auto &client : world.clients())
                messages += int(client->messages.size());

            // Whoever is still linked agrees with the hub about who is here and what they accept.
            for (const auto &client : world.clients()) {
                if (!world.linkOf(*client).open)
                    continue;
                QVERIFY2(client->ready, where.constData());
                QCOMPARE(client->members.size(), world.hub().members.size());
                for (const auto &[number, member] : world.hub().members) {
                    QVERIFY2(client->members.count(number) > 0, where.constData());
                    QCOMPARE(client->members.at(number).types, member.types);
                    QCOMPARE(client->members.at(number).peerId, member.peerId);
                }
            }
        }
        QVERIFY(completed > 80); // it did test something
        QVERIFY(messages > 500);
    }
};

QTEST_GUILESS_MAIN(TestSimulation)
#include "tst_simulation.moc"
