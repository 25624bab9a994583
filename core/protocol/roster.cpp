// SPDX-License-Identifier: MIT
#include "protocol/roster.h"

#include "protocol/limits.h"

namespace patchbay::protocol {

Roster::Roster(const QByteArray &hubPeerId, const QString &hubName)
{
    m_members[kHubMember] = {kHubMember, hubPeerId, hubName, {}, 0, false, false};
    m_numbers.insert(hubPeerId, kHubMember);
}

Roster::Member &Roster::join(const QByteArray &peerId, const QString &name, ConnectionId link)
{
    if (m_numbers.size() >= limits::kKnownPeers && !m_numbers.contains(peerId)) {
        // Strangers without end must not fill the memory. Who is forgotten gets a new number.
        m_numbers.removeIf([this](const auto &entry) { return m_members.count(entry.value()) == 0; });
    }
    MemberNumber &number = m_numbers[peerId];
    if (number == kNobody)
        number = ++m_last;
    Member &member = m_members[number];
    member.number = number;
    member.peerId = peerId;
    member.name = name;
    member.link = link;
    return member;
}

void Roster::leave(MemberNumber number)
{
    const auto member = m_members.find(number);
    if (member == m_members.end())
        return;
    const QList<quint16> types = member->second.types;
    for (const quint16 type : types)
        withdraw(member->second, type);
    m_members.erase(member);
}

Roster::Member *Roster::find(MemberNumber number)
{
    const auto member = m_members.find(number);
    return member == m_members.end() ? nullptr : &member->second;
}

const Roster::Member *Roster::find(MemberNumber number) const
{
    const auto member = m_members.find(number);
    return member == m_members.end() ? nullptr : &member->second;
}

Roster::Member *Roster::findPeer(const QByteArray &peerId)
{
    return find(m_numbers.value(peerId, kNobody));
}

bool Roster::accept(Member &member, quint16 type)
{
    if (member.types.contains(type))
        return true;
    if (member.types.size() >= limits::kTypesPerMember)
        return false;
    member.types.append(type);
    m_acceptors[type].append(member.number);
    return true;
}

void Roster::withdraw(Member &member, quint16 type)
{
    if (member.types.removeAll(type) > 0)
        m_acceptors[type].removeOne(member.number);
}

const QList<MemberNumber> &Roster::acceptors(quint16 type) const
{
    static const QList<MemberNumber> nobody;
    const auto known = m_acceptors.constFind(type);
    return known == m_acceptors.cend() ? nobody : *known;
}

RosterEntry Roster::entry(const Member &member)
{
    return {member.number, member.peerId, member.name, member.types, member.verified, member.muted};
}

QList<QByteArray> Roster::pages() const
{
    constexpr int kItemsPerPage = limits::kCborItems * 3 / 4;
    QList<QByteArray> pages;
    RosterBody page;
    int items = 0;
    for (const auto &[number, member] : m_members) {
        const int more = 6 + int(member.types.size());
        // 32 bytes of peer id and up to 64 of name: a page of 300 members stays well under a control frame.
        if (!page.present.isEmpty() && (items + more > kItemsPerPage || page.present.size() >= 300)) {
            pages.append(encode(page));
            page = {};
            items = 0;
        }
        page.present.append(entry(member));
        items += more;
    }
    page.complete = true;
    pages.append(encode(page));
    return pages;
}

} // namespace patchbay::protocol
