// SPDX-License-Identifier: MIT
#include "net/doorway.h"

#include "net/address.h"

#include <algorithm>
#include <utility>

namespace patchbay::net {

namespace {

constexpr int kPrefixBytes = 8; // of an IPv6 address

QByteArray keyOf(const QHostAddress &given)
{
    const QHostAddress address = unmapped(given);
    if (address.protocol() == QAbstractSocket::IPv6Protocol) {
        const Q_IPV6ADDR bytes = address.toIPv6Address();
        return QByteArray(reinterpret_cast<const char *>(bytes.c), kPrefixBytes);
    }
    const quint32 bytes = address.toIPv4Address();
    return QByteArray(reinterpret_cast<const char *>(&bytes), sizeof bytes);
}

} // namespace

Doorway::Address &Doorway::addressFor(const QByteArray &key, base::TimePoint now)
{
    if (m_addresses.size() >= m_limits.addresses && !m_addresses.contains(key))
        forgetOldAddresses(now);
    Address &address = m_addresses[key];
    address.lastSeen = now;
    return address;
}

void Doorway::forgetOldAddresses(base::TimePoint now)
{
    // A quarter at once, so that this is not done for every stranger. Those that are paced go last.
    std::vector<std::pair<base::TimePoint, QByteArray>> old;
    for (auto it = m_addresses.cbegin(); it != m_addresses.cend(); ++it) {
        if (it->entered == 0 && it->parked == 0)
            old.emplace_back(isPaced(*it, now) ? it->lastSeen + m_limits.longestPaced : it->lastSeen, it.key());
    }
    std::sort(old.begin(), old.end());
    old.resize(std::min(old.size(), std::max<size_t>(size_t(m_limits.addresses) / 4, 1)));
    for (const auto &[seen, key] : old)
        m_addresses.remove(key);
}

bool Doorway::isPaced(const Address &address, base::TimePoint now) const
{
    return address.pacedUntil && now < *address.pacedUntil;
}

bool Doorway::isPaced(const QHostAddress &address, base::TimePoint now) const
{
    const auto found = m_addresses.constFind(keyOf(address));
    return found != m_addresses.cend() && isPaced(*found, now);
}

bool Doorway::hasRoom(const Address &address) const
{
    return address.entered < m_limits.perAddress && m_entered < m_limits.all;
}

void Doorway::enter(Guest &guest, Address &address, base::TimePoint now)
{
    guest.entered = true;
    ++address.entered;
    ++m_entered;
    address.nextEntry = now + m_limits.pace;
}

Doorway::Place Doorway::arrive(Visitor visitor, const QHostAddress &from, base::TimePoint now)
{
    const QByteArray key = keyOf(from);
    Address &address = addressFor(key, now);
    const bool paced = isPaced(address, now);
    if (paced && now < address.nextEntry)
        return Place::TurnedAway;
    const Guest guest{key, now, false, false};
    if (hasRoom(address) || makeRoom(key, now)) {
        enter(m_visitors.emplace(visitor, guest).first->second, address, now);
        return Place::Enter;
    }
    if (paced || address.parked >= m_limits.parkedPerAddress || parked() >= m_limits.parked)
        return Place::TurnedAway;
    ++address.parked;
    m_visitors.emplace(visitor, guest);
    return Place::Park;
}

bool Doorway::makeRoom(const QByteArray &key, base::TimePoint now)
{
    const bool ofAddress = m_addresses[key].entered >= m_limits.perAddress;
    for (const auto &[visitor, guest] : m_visitors) {
        if (!guest.entered || guest.spoke || now - guest.since < m_limits.silence)
            continue;
        if (ofAddress && guest.address != key)
            continue;
        const Visitor evicted = visitor;
        const QByteArray its = guest.address;
        forget(evicted);
        countFailure(m_addresses[its], now);
        m_actions.push_back({Action::Kind::Evict, evicted});
        return hasRoom(m_addresses[key]);
    }
    return false;
}

void Doorway::forget(Visitor visitor)
{
    const auto found = m_visitors.find(visitor);
    if (found == m_visitors.end())
        return;
    Address &address = m_addresses[found->second.address];
    if (found->second.entered) {
        --address.entered;
        --m_entered;
    } else {
        --address.parked;
    }
    m_visitors.erase(found);
}

void Doorway::spoke(Visitor visitor)
{
    const auto found = m_visitors.find(visitor);
    if (found != m_visitors.end())
        found->second.spoke = true;
}

void Doorway::leave(Visitor visitor, Outcome outcome, base::TimePoint now)
{
    const auto found = m_visitors.find(visitor);
    if (found == m_visitors.end())
        return;
    const QByteArray key = found->second.address;
    forget(visitor);
    Address &address = addressFor(key, now);
    if (outcome == Outcome::Failed)
        countFailure(address, now);
    else if (outcome == Outcome::Welcomed)
        address.failures = 0;
    letIn(now);
}

void Doorway::countFailure(Address &address, base::TimePoint now)
{
    if (address.failures == 0 || now - address.failuresSince > m_limits.failureWindow) {
        address.failures = 0;
        address.failuresSince = now;
    }
    if (++address.failures < m_limits.failures)
        return;
    address.failures = 0;
    const base::Duration time =
        std::min<base::Duration>(m_limits.pacedFor * (qint64(1) << std::min(address.level, 10)), m_limits.longestPaced);
    ++address.level;
    address.pacedUntil = std::max(address.pacedUntil.value_or(now), now + time);
}

void Doorway::misbehaved(const QHostAddress &from, base::TimePoint now)
{
    Address &address = addressFor(keyOf(from), now);
    if (address.protocolErrors == 0 || now - address.protocolErrorsSince > m_limits.protocolErrorWindow) {
        address.protocolErrors = 0;
        address.protocolErrorsSince = now;
    }
    if (++address.protocolErrors < m_limits.protocolErrors)
        return;
    address.protocolErrors = 0;
    address.pacedUntil = std::max(address.pacedUntil.value_or(now), now + m_limits.pacedFor);
}

void Doorway::handleTimeout(base::TimePoint now)
{
    std::vector<Visitor> late;
    for (const auto &[visitor, guest] : m_visitors) {
        if (now - guest.since >= m_limits.deadline)
            late.push_back(visitor);
    }
    for (const Visitor visitor : late) {
        Address &address = m_addresses[m_visitors.at(visitor).address];
        const bool entered = m_visitors.at(visitor).entered;
        forget(visitor);
        if (entered) { // a parked one did nothing wrong
            countFailure(address, now);
            address.pacedUntil = std::max(address.pacedUntil.value_or(now), now + m_limits.pacedForTimeout);
        }
        m_actions.push_back({Action::Kind::Cut, visitor});
    }
    letIn(now);
}

/// Parked visitors take the places that are free, oldest first, or that a silent one has to give up.
void Doorway::letIn(base::TimePoint now)
{
    std::vector<Visitor> waiting;
    for (const auto &[visitor, guest] : m_visitors) {
        if (!guest.entered)
            waiting.push_back(visitor);
    }
    for (const Visitor visitor : waiting) {
        const QByteArray key = m_visitors.at(visitor).address;
        if (isPaced(m_addresses[key], now) && now < m_addresses[key].nextEntry) {
            forget(visitor); // its neighbours' doing; it may dial again
            m_actions.push_back({Action::Kind::Evict, visitor});
            continue;
        }
        if (!hasRoom(m_addresses[key]) && !makeRoom(key, now))
            continue;
        Guest &guest = m_visitors.at(visitor);
        Address &address = m_addresses[key];
        --address.parked;
        enter(guest, address, now);
        m_actions.push_back({Action::Kind::Enter, visitor});
    }
}

std::optional<base::TimePoint> Doorway::nextTimeout() const
{
    std::optional<base::TimePoint> next;
    const auto consider = [&next](base::TimePoint time) { next = next ? std::min(*next, time) : time; };
    const bool crowded = parked() > 0;
    for (const auto &[visitor, guest] : m_visitors) {
        consider(guest.since + m_limits.deadline);
        if (crowded && guest.entered && !guest.spoke)
            consider(guest.since + m_limits.silence);
    }
    return next;
}

std::vector<Doorway::Action> Doorway::takeActions()
{
    return std::exchange(m_actions, {});
}

} // namespace patchbay::net
