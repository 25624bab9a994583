// SPDX-License-Identifier: MIT
// Who may stand in the doorway, in virtual time: each limit one below, at, and one above.
#include "net/doorway.h"

#include <QTest>

using namespace patchbay;
using namespace patchbay::net;
using namespace std::chrono_literals;
using Place = Doorway::Place;
using Outcome = Doorway::Outcome;
using Kind = Doorway::Action::Kind;

class TestDoorway final : public QObject
{
    Q_OBJECT

    Doorway m_door;
    base::TimePoint m_now{};
    Doorway::Visitor m_last = 0;

    Place arrive(const char *address)
    {
        return m_door.arrive(++m_last, QHostAddress(QString::fromLatin1(address)), m_now);
    }
    QHostAddress at(int i) const { return QHostAddress(quint32(0x0a000000 + i)); }
    int count(Kind kind)
    {
        int found = 0;
        for (const Doorway::Action &action : m_door.takeActions())
            found += action.kind == kind ? 1 : 0;
        return found;
    }

private Q_SLOTS:
    void init()
    {
        m_door = Doorway();
        m_now = base::TimePoint{} + 1h;
        m_last = 0;
    }

    void fourPerAddressEnterAtOnce()
    {
        for (int i = 0; i < 4; ++i)
            QCOMPARE(arrive("10.0.0.1"), Place::Enter);
        QCOMPARE(arrive("10.0.0.1"), Place::Park);
        QCOMPARE(arrive("10.0.0.2"), Place::Enter); // another address is not concerned
        QCOMPARE(m_door.entered(), 5);
        QCOMPARE(m_door.parked(), 1);
    }

    void parkedOnesAreBoundedToo()
    {
        for (int i = 0; i < 4 + 16; ++i)
            QVERIFY(arrive("10.0.0.1") != Place::TurnedAway);
        QCOMPARE(arrive("10.0.0.1"), Place::TurnedAway);
    }

    void thirtyTwoInAllThenTheyWait()
    {
        for (int i = 0; i < 32; ++i)
            QCOMPARE(m_door.arrive(++m_last, at(i), m_now), Place::Enter);
        for (int i = 0; i < 96; ++i)
            QCOMPARE(m_door.arrive(++m_last, at(100 + i), m_now), Place::Park);
        QCOMPARE(m_door.arrive(++m_last, at(300), m_now), Place::TurnedAway);
    }

    void theSilentMakeRoomButNotAtOnce()
    {
        for (int i = 0; i < 4; ++i)
            QCOMPARE(arrive("10.0.0.1"), Place::Enter);
        m_now += 99ms;
        QCOMPARE(arrive("10.0.0.1"), Place::Park);
        m_now += 1ms;
        QCOMPARE(arrive("10.0.0.1"), Place::Enter); // the oldest silent one is out
        const auto actions = m_door.takeActions();
        QCOMPARE(actions.size(), size_t(1));
        QCOMPARE(actions[0].visitor, Doorway::Visitor(1));
        QVERIFY(actions[0].kind == Kind::Evict);
    }

    void whoSpokeMakesRoomForNobody()
    {
        for (int i = 0; i < 4; ++i) {
            QCOMPARE(arrive("10.0.0.1"), Place::Enter);
            m_door.spoke(m_last);
        }
        m_now += 5s;
        QCOMPARE(arrive("10.0.0.1"), Place::Park);
        QCOMPARE(m_door.takeActions().size(), size_t(0));
        m_door.leave(1, Outcome::Welcomed, m_now);
        const auto actions = m_door.takeActions();
        QCOMPARE(actions.size(), size_t(1));
        QCOMPARE(actions[0].visitor, Doorway::Visitor(5));
        QVERIFY(actions[0].kind == Kind::Enter);
    }

    void parkedOnesTakeThePlacesOfTheSilent()
    {
        for (int i = 0; i < 6; ++i)
            arrive("10.0.0.1");
        QVERIFY(m_door.nextTimeout() && *m_door.nextTimeout() == m_now + 100ms);
        m_now += 100ms;
        m_door.handleTimeout(m_now);
        const auto actions = m_door.takeActions();
        QCOMPARE(std::count_if(actions.begin(), actions.end(), [](const auto &a) { return a.kind == Kind::Enter; }), 2);
        QCOMPARE(std::count_if(actions.begin(), actions.end(), [](const auto &a) { return a.kind == Kind::Evict; }), 2);
    }

    void theDeadlineIsAbsolute()
    {
        QCOMPARE(arrive("10.0.0.1"), Place::Enter);
        m_door.spoke(m_last);
        m_now += 10s - 1ms;
        m_door.handleTimeout(m_now);
        QCOMPARE(count(Kind::Cut), 0);
        m_now += 1ms;
        m_door.handleTimeout(m_now);
        QCOMPARE(count(Kind::Cut), 1);
        QVERIFY(m_door.isPaced(QHostAddress(QStringLiteral("10.0.0.1")), m_now + 9s));
        QVERIFY(!m_door.isPaced(QHostAddress(QStringLiteral("10.0.0.1")), m_now + 10s));
    }

    void tenFailuresPaceTheAddress()
    {
        const QHostAddress address(QStringLiteral("10.0.0.1"));
        for (int i = 0; i < 9; ++i) {
            QCOMPARE(arrive("10.0.0.1"), Place::Enter);
            m_door.leave(m_last, Outcome::Failed, m_now);
        }
        QVERIFY(!m_door.isPaced(address, m_now));
        QCOMPARE(arrive("10.0.0.1"), Place::Enter);
        m_door.leave(m_last, Outcome::Failed, m_now);
        QVERIFY(m_door.isPaced(address, m_now));
        QCOMPARE(arrive("10.0.0.1"), Place::TurnedAway);
        m_now += 1s;
        QCOMPARE(arrive("10.0.0.1"), Place::Enter); // one a second
        QCOMPARE(arrive("10.0.0.1"), Place::TurnedAway);
        QCOMPARE(arrive("10.0.0.2"), Place::Enter); // its neighbour is not concerned
        m_now += 300s;
        QVERIFY(!m_door.isPaced(address, m_now));
    }

    void failuresLongAgoDoNotCount()
    {
        for (int i = 0; i < 30; ++i) {
            QCOMPARE(arrive("10.0.0.1"), Place::Enter);
            m_door.leave(m_last, Outcome::Failed, m_now);
            m_now += 14s; // fewer than ten in any two minutes
        }
        QVERIFY(!m_door.isPaced(QHostAddress(QStringLiteral("10.0.0.1")), m_now));
    }

    void theSecondTimeIsTwiceAsLong()
    {
        const QHostAddress address(QStringLiteral("10.0.0.1"));
        for (int round = 0; round < 2; ++round) {
            m_now += 1h;
            for (int i = 0; i < 10; ++i) {
                arrive("10.0.0.1");
                m_door.leave(m_last, Outcome::Failed, m_now);
            }
        }
        QVERIFY(m_door.isPaced(address, m_now + 599s));
        QVERIFY(!m_door.isPaced(address, m_now + 600s));
    }

    void threeProtocolErrorsPaceTheAddress()
    {
        const QHostAddress address(QStringLiteral("10.0.0.1"));
        m_door.misbehaved(address, m_now);
        m_door.misbehaved(address, m_now);
        QVERIFY(!m_door.isPaced(address, m_now));
        m_door.misbehaved(address, m_now);
        QVERIFY(m_door.isPaced(address, m_now));
    }

    void oneCustomerOfAProviderIsOneAddress()
    {
        for (int i = 0; i < 4; ++i)
            QCOMPARE(m_door.arrive(++m_last, QHostAddress(QStringLiteral("2001:db8:1:2::%1").arg(i + 1)), m_now),
                     Place::Enter);
        QCOMPARE(m_door.arrive(++m_last, QHostAddress(QStringLiteral("2001:db8:1:2:ffff::1")), m_now), Place::Park);
        QCOMPARE(m_door.arrive(++m_last, QHostAddress(QStringLiteral("2001:db8:1:3::1")), m_now), Place::Enter);
        // An IPv4 address in IPv6 form is that IPv4 address.
        for (int i = 0; i < 4; ++i)
            QCOMPARE(arrive("10.0.0.9"), Place::Enter);
        QCOMPARE(arrive("::ffff:10.0.0.9"), Place::Park);
    }

    void whatIsRememberedIsBounded()
    {
        DoorwayLimits limits;
        limits.addresses = 64;
        m_door = Doorway(limits);
        for (int i = 0; i < 10'000; ++i) {
            const Doorway::Visitor visitor = ++m_last;
            if (m_door.arrive(visitor, at(i), m_now) == Place::Enter)
                m_door.leave(visitor, Outcome::Failed, m_now);
            m_now += 1ms;
        }
        QCOMPARE(m_door.entered(), 0);
        QCOMPARE(m_door.parked(), 0);
    }

    void countsComeOutEven_data()
    {
        QTest::addColumn<quint32>("seed");
        for (quint32 seed = 1; seed <= 20; ++seed)
            QTest::addRow("seed %u", seed) << seed;
    }
    /// Whatever happens in whatever order: nobody is lost, and the bounds hold.
    void countsComeOutEven()
    {
        QFETCH(quint32, seed);
        quint32 state = seed;
        const auto random = [&state](quint32 below) {
            state = state * 1664525u + 1013904223u;
            return (state >> 8) % below;
        };
        std::map<Doorway::Visitor, bool> here; // entered?
        const auto carryOut = [&] {
            for (const Doorway::Action &action : m_door.takeActions()) {
                QVERIFY(here.count(action.visitor) == 1);
                if (action.kind == Kind::Enter) {
                    QVERIFY(!here[action.visitor]);
                    here[action.visitor] = true;
                } else {
                    here.erase(action.visitor);
                }
            }
        };
        for (int step = 0; step < 5'000; ++step) {
            m_now += std::chrono::milliseconds(random(200));
            if (random(3) > 0 || here.empty()) {
                const Doorway::Visitor visitor = ++m_last;
                const Place place = m_door.arrive(visitor, at(int(random(12))), m_now);
                if (place != Place::TurnedAway)
                    here[visitor] = place == Place::Enter;
            } else {
                auto it = here.begin();
                std::advance(it, random(quint32(here.size())));
                const bool entered = it->second;
                if (entered && random(2) == 0) {
                    m_door.spoke(it->first);
                } else {
                    const Doorway::Visitor visitor = it->first;
                    here.erase(it);
                    m_door.leave(visitor, random(4) == 0 ? Outcome::Welcomed : Outcome::Failed, m_now);
                }
            }
            carryOut();
            if (random(4) == 0) {
                m_door.handleTimeout(m_now);
                carryOut();
            }
            const auto entered = std::count_if(here.begin(), here.end(), [](const auto &e) { return e.second; });
            QCOMPARE(m_door.entered(), int(entered));
            QCOMPARE(m_door.parked(), int(here.size()) - int(entered));
            QVERIFY(m_door.entered() <= 32 && m_door.parked() <= 96);
        }
        m_now += 11s;
        m_door.handleTimeout(m_now);
        carryOut();
        m_now += 11s;
        m_door.handleTimeout(m_now);
        carryOut();
        QCOMPARE(m_door.entered() + m_door.parked(), 0);
        QVERIFY(!m_door.nextTimeout());
    }
};

QTEST_GUILESS_MAIN(TestDoorway)
#include "tst_doorway.moc"
