// SPDX-License-Identifier: MIT
#pragma once

#include "protocol/nodeevent.h"

#include <patchbay/types.h>

#include <QByteArray>
#include <QHash>

namespace patchbay::hub {

/// Translates the hub's member numbers, which mean something only while that hub runs, into MemberIds, which are never
/// reused while this process lives. A peer that comes back to the same hub under its number keeps its MemberId.
class MemberIds final
{
public:
    /// A hub was entered: numbers mean its members from here on.
    void enterHub(const QByteArray &hubPeerId);
    MemberId assign(protocol::MemberNumber number, const QByteArray &peerId);
    MemberId idOf(protocol::MemberNumber number) const;
    /// kNobody when the member is not of this hub; kEveryone for MemberId::Everyone.
    protocol::MemberNumber numberOf(MemberId id) const;

private:
    quint64 m_lastId = 0;
    QByteArray m_hub;
    QHash<QByteArray, MemberId> m_known; ///< hub peer id, number and peer id → MemberId, for the life of the process
    QHash<protocol::MemberNumber, MemberId> m_ids;
    QHash<quint64, protocol::MemberNumber> m_numbers;
};

} // namespace patchbay::hub
