// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"

#include <QHash>
#include <QHostAddress>

#include <map>
#include <optional>
#include <vector>

namespace patchbay::net {

/// Every limit on those who have not been welcomed yet, with its reason. SECURITY.md has the table.
struct DoorwayLimits
{
    int perAddress = 4;        ///< handshakes at once: an honest host needs one
    int all = 32;              ///< handshakes at once: each costs a processor milliseconds and memory
    int parkedPerAddress = 16; ///< a room full of people behind one address may arrive together
    int parked = 96;           ///< parked ones cost a descriptor, and nothing is read from them
    /// Over a limit, the oldest one makes room that has not shown for this long that it speaks TLS. Honest clients
    /// show it at once; this is for the scheduler of a loaded machine.
    base::Duration silence = std::chrono::milliseconds(100);
    base::Duration deadline = std::chrono::seconds(10); ///< from accept to Hello, whatever trickles in meanwhile
    int failures = 10;                                  ///< in failureWindow: then the address is paced
    base::Duration failureWindow = std::chrono::seconds(120);
    base::Duration pacedFor = std::chrono::seconds(300); ///< doubles each time, up to longestPaced
    base::Duration longestPaced = std::chrono::hours(1);
    base::Duration pacedForTimeout = std::chrono::seconds(10); ///< after one missed deadline
    base::Duration pace = std::chrono::seconds(1);             ///< one handshake each
    int protocolErrors = 3; ///< of welcomed peers, in protocolErrorWindow: then their address is paced
    base::Duration protocolErrorWindow = std::chrono::minutes(10);
    int addresses = 4096; ///< remembered; the one longest silent is forgotten first
};

/// Who may stand in the doorway: connections accepted and not welcomed yet. Bookkeeping only, time passed in; the
/// owner holds the sockets and does what comes back. An IPv6 address counts by its first 64 bits, which is what one
/// customer of a provider has.
class Doorway final
{
public:
    using Visitor = quint64;

    enum class Place {
        Enter,      ///< begin the handshake
        Park,       ///< read nothing; a later Enter or Cut follows
        TurnedAway, ///< close at once; the visitor is forgotten
    };
    enum class Outcome {
        Welcomed, ///< or waiting for a person's answer, which has limits of its own
        Failed,   ///< anything else by the peer's doing
        Stopped,  ///< by ours
    };
    struct Action
    {
        enum class Kind { Enter, Cut, Evict };
        Kind kind = Kind::Cut;
        Visitor visitor = 0;
    };

    explicit Doorway(DoorwayLimits limits = {}) : m_limits(limits) { }

    /// Somebody connected. After this, and after every other call, carry out takeActions().
    Place arrive(Visitor visitor, const QHostAddress &address, base::TimePoint now);
    /// The visitor has shown that it speaks our transport: it makes room for nobody any more.
    void spoke(Visitor visitor);
    void leave(Visitor visitor, Outcome outcome, base::TimePoint now);
    /// A welcomed peer from \a address broke the protocol.
    void misbehaved(const QHostAddress &address, base::TimePoint now);

    void handleTimeout(base::TimePoint now);
    std::optional<base::TimePoint> nextTimeout() const;
    /// Cut: its deadline has passed. Evict: it makes room. Both are forgotten here already.
    std::vector<Action> takeActions();

    bool isPaced(const QHostAddress &address, base::TimePoint now) const;
    int entered() const { return m_entered; }
    int parked() const { return int(m_visitors.size()) - m_entered; }

private:
    struct Guest
    {
        QByteArray address;
        base::TimePoint since;
        bool entered = false;
        bool spoke = false;
    };
    struct Address
    {
        int entered = 0;
        int parked = 0;
        int failures = 0;
        base::TimePoint failuresSince;
        int protocolErrors = 0;
        base::TimePoint protocolErrorsSince;
        int level = 0; ///< how often it was paced
        std::optional<base::TimePoint> pacedUntil;
        base::TimePoint nextEntry;
        base::TimePoint lastSeen;
    };

    Address &addressFor(const QByteArray &key, base::TimePoint now);
    bool isPaced(const Address &address, base::TimePoint now) const;
    bool makeRoom(const QByteArray &key, base::TimePoint now);
    bool hasRoom(const Address &address) const;
    void enter(Guest &guest, Address &address, base::TimePoint now);
    void forget(Visitor visitor);
    void countFailure(Address &address, base::TimePoint now);
    void letIn(base::TimePoint now);
    void forgetOldAddresses(base::TimePoint now);

    DoorwayLimits m_limits;
    std::map<Visitor, Guest> m_visitors; ///< in order of arrival
    QHash<QByteArray, Address> m_addresses;
    std::vector<Action> m_actions;
    int m_entered = 0;
};

} // namespace patchbay::net
