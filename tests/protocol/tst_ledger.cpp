// SPDX-License-Identifier: MIT
// Books kept from the frames on the wire, without asking the engine: what the hub has promised to take towards one
// member (granted to the senders and not yet handed on) stays within its window; what arrives is what was sent, whole
// and in order; nothing ends well that did not arrive. Seeded; PATCHBAY_SEEDS=N runs more of them.
#include "support/world.h"

#include <QtTest>

using namespace patchbay::protocol;
using namespace patchbay::protocol::testing;

namespace {

/// The hub's debts, by the number that each stream carries in its header.
class Ledger
{
public:
    explicit Ledger(World &world)
    {
        world.onFrameIn = [this](Link &link, bool towardsHub, const FrameHeader &header, QByteArrayView payload) {
            if (towardsHub)
                arrived(link, header, payload);
        };
        world.onFrameOut = [this](Link &link, bool towardsHub, const FrameHeader &header, QByteArrayView payload) {
            if (!towardsHub)
                left(link, header, payload);
        };
    }

    /// The most that is promised towards one member now; below 0: the hub sent what it never got.
    qint64 most() const
    {
        std::map<const Link *, qint64> promised;
        for (const auto &[number, entry] : m_entries) {
            if (entry.over || !entry.out || isGone(*entry.in) || isGone(*entry.out))
                continue;
            if (entry.forwarded > entry.arrived)
                return -1;
            promised[entry.out] += (entry.ended ? entry.arrived : entry.granted) - entry.forwarded;
        }
        qint64 most = 0;
        for (const auto &[link, bytes] : promised)
            most = std::max(most, bytes);
        return most;
    }

private:
    struct Entry
    {
        const Link *in = nullptr;
        const Link *out = nullptr;
        qint64 granted = 0;
        qint64 arrived = 0;
        qint64 forwarded = 0;
        bool ended = false;
        bool over = false;
    };
    using Place = std::pair<const Link *, quint32>;

    static bool isGone(const Link &link) { return !link.open || link.hubClosing; }
    static quint32 numberOf(QByteArrayView payload)
    {
        const auto body = decodeStreamOpen(payload);
        return body && body->header.size() == 4 ? qFromBigEndian<quint32>(body->header.constData()) : 0;
    }
    Entry *find(const Link &link, quint32 stream, bool asSender)
    {
        const auto &places = asSender ? m_in : m_out;
        const auto place = places.find({&link, stream});
        return place == places.end() ? nullptr : &m_entries.at(place->second);
    }

    void arrived(const Link &link, const FrameHeader &header, QByteArrayView payload)
    {
        if (header.kind == Kind::StreamOpen && header.member != kHubMember) {
            const quint32 number = numberOf(payload);
            m_entries[number].in = &link;
            m_in[{&link, header.stream}] = number;
        }
        if (Entry *entry = find(link, header.stream, true)) {
            if (header.kind == Kind::StreamData)
                entry->arrived += payload.size();
            entry->ended = entry->ended || header.kind == Kind::StreamEnd;
            entry->over = entry->over || header.kind == Kind::StreamReset;
        }
        if (Entry *entry = find(link, header.stream, false))
            entry->over = entry->over || header.kind == Kind::StreamReset || header.kind == Kind::StreamDone;
    }

    void left(const Link &link, const FrameHeader &header, QByteArrayView payload)
    {
        if (header.kind == Kind::StreamOpen) {
            const auto entry = m_entries.find(numberOf(payload));
            if (entry != m_entries.end()) {
                entry->second.out = &link;
                m_out[{&link, header.stream}] = entry->first;
            }
        }
        for (const bool asSender : {true, false}) {
            Entry *entry = find(link, header.stream, asSender);
            if (!entry)
                continue;
            if (asSender && (header.kind == Kind::StreamAccept || header.kind == Kind::StreamCredit))
                entry->granted = qFromBigEndian<qint64>(payload.data());
            if (!asSender && header.kind == Kind::StreamData)
                entry->forwarded += payload.size();
            entry->over = entry->over || header.kind == Kind::StreamReset;
        }
    }

    std::map<quint32, Entry> m_entries;
    std::map<Place, quint32> m_in, m_out;
};

/// Hosts with a lot to send, few receivers, slow links.
class Traffic
{
public:
    explicit Traffic(quint32 seed) : world(config(QStringLiteral("hub"))), ledger(world), m_random(seed)
    {
        world.random.seed(seed + 7);
        watch(world.hub());
        for (int i = 0; i < 4; ++i) {
            Endpoint &client = world.addClient(QStringLiteral("client%1").arg(i));
            watch(client);
            world.connect(client);
        }
        world.settle();
    }

    /// What went wrong, or nothing.
    QString run()
    {
        for (int i = 0; i < 900 && m_wrong.isEmpty(); ++i) {
            act();
            book();
        }
        finish();
        if (m_wrong.isEmpty())
            checkEnds();
        return world.problems().isEmpty() ? m_wrong : world.problems().join(u'\n').left(1000);
    }

    World world;
    Ledger ledger;
    qint64 mostPromised = 0;
    int messagesReceived = 0;
    int whole = 0; ///< streams that arrived

private:
    quint32 pick(quint32 below) { return m_random.bounded(below); }
    Endpoint &anyClient() { return *world.clients()[pick(4)]; }
    Endpoint &anyHost() { return pick(6) == 0 ? world.hub() : anyClient(); }
    /// Mostly the same two, so that many streams meet there.
    MemberNumber target(const Endpoint &host)
    {
        const MemberNumber number =
            pick(4) == 0 ? kHubMember : host.find(QStringLiteral("client%1").arg(pick(3) == 0 ? pick(4) : pick(2)));
        return number == host.self ? kNobody : number;
    }

    void watch(Endpoint &host)
    {
        host.onEvent = [this, &host](const NodeEvent &event) {
            const auto *e = std::get_if<MessageReceived>(&event);
            if (!e || e->body.size() < 4)
                return;
            const quint32 number = qFromBigEndian<quint32>(e->body.constData());
            quint32 &last = m_lastNumber[{&host, e->from}];
            if (number <= last)
                wrong(QStringLiteral("%1 got message %2 after %3").arg(host.name()).arg(number).arg(last));
            last = number;
            ++messagesReceived;
        };
    }

    void wrong(const QString &text)
    {
        if (m_wrong.isEmpty())
            m_wrong = text;
    }

    void book()
    {
        const qint64 most = ledger.most();
        mostPromised = std::max(mostPromised, most);
        if (most < 0)
            wrong(QStringLiteral("the hub sent more than it got"));
        if (most > limits::kRelayWindow)
            wrong(QStringLiteral("%1 bytes are promised towards one member").arg(most));
    }

    void act()
    {
        Endpoint &host = anyHost();
        switch (pick(16)) {
        case 0:
        case 1:
            if (const MemberNumber to = target(host))
                host.open(to, ++m_lastStream);
            break;
        case 2: {
            QByteArray body(4 + int(pick(5000)), 'm');
            qToBigEndian(++m_lastMessage, body.data());
            const MemberNumber to = pick(3) == 0 ? kEveryone : target(host);
            if (to != kNobody)
                (void)host.send(to, body);
            break;
        }
        case 3:
            if (pick(6) == 0)
                breakOrMend();
            break;
        case 4: {
            Link &link = world.linkOf(anyClient());
            link.toClient.blocked = pick(3) == 0;
            link.toClient.capacity = pick(3) == 0 ? 0 : 1 + pick(400'000);
            break;
        }
        case 5:
            world.transmitMax = 1 + pick(200'000);
            world.cuts = pick(4) == 0 ? Cuts::Whole : Cuts::Random;
            break;
        case 6:
            world.advance(std::chrono::milliseconds(pick(800)));
            break;
        default:
            workOn(host, false);
            for (quint32 i = pick(8); i > 0; --i) {
                world.step();
                book();
            }
        }
    }

    void workOn(Endpoint &host, bool toTheEnd)
    {
        for (const auto &[key, record] : std::map(host.streams)) {
            if (host.streams.at(key).closed || (!toTheEnd && pick(3) == 0))
                continue;
            if (record.opened && record.accepted && !record.ended) {
                // Some hold their credit and send nothing.
                if (toTheEnd || record.seed % 4 != 0)
                    host.pour(key, toTheEnd ? 300'000 : pick(1'500'000));
                if (toTheEnd || pick(12) == 0)
                    host.end(key);
                else if (pick(60) == 0)
                    host.reset(key);
            } else if (!record.opened && !record.accepted) {
                host.accept(key);
            } else if (!record.opened) {
                // Fast ones, so that windows grow; some stop reading for a while.
                if (toTheEnd || (record.seed + m_lastMessage / 8) % 3 != 0)
                    host.consumeAll(key);
                if (record.ended)
                    host.confirm(key);
                else if (!toTheEnd && pick(60) == 0)
                    host.reset(key);
            }
        }
    }

    void breakOrMend()
    {
        Endpoint &client = anyClient();
        Link &link = world.linkOf(client);
        if (!link.open)
            world.connect(client);
        else if (pick(2) == 0)
            world.cut(link);
        else
            client.node().closeAll({Code::GoingAway, QStringLiteral("away"), Party::Local}, world.now);
    }

    void finish()
    {
        world.cuts = Cuts::Whole;
        world.transmitMax = 256 * 1024;
        for (const auto &link : world.links()) {
            link->toClient.blocked = link->toHub.blocked = false;
            link->toClient.capacity = link->toHub.capacity = 1024 * 1024;
        }
        for (int round = 0; round < 200; ++round) {
            world.settle();
            book();
            workOn(world.hub(), true);
            for (const auto &client : world.clients())
                workOn(*client, true);
        }
        world.settle();
    }

    void checkEnds()
    {
        std::map<quint32, const StreamRecord *> opened, offered;
        std::vector<const Endpoint *> hosts{&world.hub()};
        for (const auto &client : world.clients())
            hosts.push_back(client.get());
        for (const Endpoint *host : hosts) {
            for (const auto &[key, record] : host->streams) {
                if (!record.closed)
                    wrong(QStringLiteral("stream %1 of %2 hangs").arg(key).arg(host->name()));
                (record.opened ? opened : offered)[record.seed] = &record;
            }
        }
        for (const auto &[number, sender] : opened) {
            const auto receiver = offered.find(number);
            const bool confirmed = !sender->reason.isFault();
            if (receiver == offered.end() && confirmed)
                wrong(QStringLiteral("stream %1 was confirmed by nobody").arg(number));
            if (receiver == offered.end())
                continue;
            const bool received = !receiver->second->reason.isFault();
            if (confirmed && !received)
                wrong(QStringLiteral("stream %1 ended well for its sender only").arg(number));
            if (received && receiver->second->received != sender->sent)
                wrong(QStringLiteral("stream %1 lost bytes").arg(number));
            whole += received ? 1 : 0;
        }
    }

    QRandomGenerator m_random;
    std::map<std::pair<const Endpoint *, MemberNumber>, quint32> m_lastNumber;
    quint32 m_lastStream = 0;
    quint32 m_lastMessage = 0;
    QString m_wrong;
};

} // namespace

class TestLedger final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void seeds()
    {
        const int count = std::max(60, qEnvironmentVariableIntValue("PATCHBAY_SEEDS"));
        qint64 mostPromised = 0;
        int messages = 0;
        int whole = 0;
        for (int seed = 0; seed < count; ++seed) {
            Traffic traffic{quint32(seed)};
            const QString wrong = traffic.run();
            QVERIFY2(wrong.isEmpty(), qPrintable(QStringLiteral("seed %1: %2").arg(seed).arg(wrong)));
            mostPromised = std::max(mostPromised, traffic.mostPromised);
            messages += traffic.messagesReceived;
            whole += traffic.whole;
        }
        // It did test something: the window was nearly full at times.
        QVERIFY2(mostPromised > limits::kRelayWindow * 3 / 4, qPrintable(QString::number(mostPromised)));
        QVERIFY2(messages > count * 10, qPrintable(QString::number(messages)));
        QVERIFY2(whole > count * 5, qPrintable(QString::number(whole)));
    }
};

QTEST_GUILESS_MAIN(TestLedger)
#include "tst_ledger.moc"
