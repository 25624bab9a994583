// SPDX-License-Identifier: MIT
#include "outbox.h"

#include <algorithm>
#include <vector>

namespace patchbay::text {

void Outbox::add(Outgoing message)
{
    m_messages.push_back(std::move(message));
    if (m_messages.size() > kMaxRemembered)
        m_messages.pop_front();
}

const Outgoing *Outbox::find(const QByteArray &id) const
{
    const auto it =
        std::find_if(m_messages.crbegin(), m_messages.crend(), [&](const Outgoing &m) { return m.id == id; });
    return it == m_messages.crend() ? nullptr : &*it;
}

void Outbox::receipt(const QByteArray &id, MemberId from)
{
    const auto it = std::find_if(m_messages.rbegin(), m_messages.rend(), [&](const Outgoing &m) { return m.id == id; });
    if (it == m_messages.rend())
        return;
    const auto waiting = it->waiting.constFind(from);
    if (waiting == it->waiting.cend())
        return;
    it->delivered.append(*waiting);
    it->waiting.erase(waiting);
    Q_EMIT changed(id);
}

void Outbox::undeliverable(MessageId message, MemberId member, const QString &name, const Error &reason)
{
    const auto it =
        std::find_if(m_messages.rbegin(), m_messages.rend(), [&](const Outgoing &m) { return m.messageId == message; });
    if (it == m_messages.rend())
        return;
    if (member == MemberId::Everyone) {
        const QHash<MemberId, QString> waiting = std::exchange(it->waiting, {});
        for (auto missed = waiting.cbegin(); missed != waiting.cend(); ++missed)
            it->missed.append({missed.key(), missed.value(), reason});
        if (waiting.isEmpty())
            it->missed.append({member, QString(), reason});
    } else {
        // It may be one who joined since, and so was not waited for; it missed the message all the same.
        const QString known = it->waiting.take(member);
        it->missed.append({member, known.isEmpty() ? name : known, reason});
    }
    const QByteArray id = it->id;
    Q_EMIT changed(id);
}

void Outbox::memberLeft(MemberId member)
{
    std::vector<QByteArray> affected;
    for (Outgoing &message : m_messages) {
        const auto waiting = message.waiting.constFind(member);
        if (waiting == message.waiting.cend())
            continue;
        message.missed.append(
            {member, *waiting, {ErrorCode::NoSuchMember, tr("left before it confirmed the message")}});
        message.waiting.erase(waiting);
        affected.push_back(message.id);
    }
    for (const QByteArray &id : affected)
        Q_EMIT changed(id);
}

} // namespace patchbay::text
