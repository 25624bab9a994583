// SPDX-License-Identifier: MIT
#pragma once

#include "protocol/bodies.h"

#include <QHash>

#include <map>
#include <unordered_map>

namespace patchbay::protocol {

/// The hub's members: their numbers, never reused for another peer, and what they accept (PROTOCOL.md 5.1).
class Roster final
{
public:
    struct Member
    {
        MemberNumber number = kNobody;
        QByteArray peerId;
        QString name;
        QList<quint16> types;  ///< in the order they were announced
        ConnectionId link = 0; ///< 0: the hub itself
        bool verified = false;
        bool muted = false;
    };

    explicit Roster(const QByteArray &hubPeerId, const QString &hubName);

    /// The member of \a peerId, with the number it had before if it was here before.
    Member &join(const QByteArray &peerId, const QString &name, ConnectionId link);
    void leave(MemberNumber number);
    Member *find(MemberNumber number);
    const Member *find(MemberNumber number) const;
    Member *findPeer(const QByteArray &peerId);
    const std::map<MemberNumber, Member> &members() const { return m_members; }

    /// False: it has too many types.
    bool accept(Member &member, quint16 type);
    void withdraw(Member &member, quint16 type);
    bool accepts(const Member &member, quint16 type) const { return member.types.contains(type); }
    /// Members that accept \a type, the hub included.
    const QList<MemberNumber> &acceptors(quint16 type) const;

    static RosterEntry entry(const Member &member);
    /// Bodies of Roster frames with every member; the last one says that it is complete.
    QList<QByteArray> pages() const;

private:
    std::map<MemberNumber, Member> m_members;
    QHash<QByteArray, MemberNumber> m_numbers; ///< of everybody who was ever here
    QHash<quint16, QList<MemberNumber>> m_acceptors;
    MemberNumber m_last = kHubMember;
};

} // namespace patchbay::protocol
