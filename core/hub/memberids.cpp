// SPDX-License-Identifier: MIT
#include "hub/memberids.h"

namespace patchbay::hub {

void MemberIds::enterHub(const QByteArray &hubPeerId)
{
    m_hub = hubPeerId;
    m_ids.clear();
    m_numbers.clear();
}

MemberId MemberIds::assign(protocol::MemberNumber number, const QByteArray &peerId)
{
    const QByteArray key = m_hub + '/' + QByteArray::number(number) + '/' + peerId;
    MemberId &id = m_known[key];
    if (id == MemberId::None)
        id = MemberId(++m_lastId);
    m_ids.insert(number, id);
    m_numbers.insert(quint64(id), number);
    return id;
}

MemberId MemberIds::idOf(protocol::MemberNumber number) const
{
    return m_ids.value(number, MemberId::None);
}

protocol::MemberNumber MemberIds::numberOf(MemberId id) const
{
    if (id == MemberId::Everyone)
        return protocol::kEveryone;
    return m_numbers.value(quint64(id), protocol::kNobody);
}

} // namespace patchbay::hub
