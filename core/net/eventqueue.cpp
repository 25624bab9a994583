// SPDX-License-Identifier: MIT
#include "net/eventqueue.h"

#include <utility>

namespace patchbay::net {

namespace {

using namespace protocol;

qint64 costOf(const NodeEvent &event)
{
    qint64 cost = EventQueue::kEventOverhead;
    if (const auto *message = std::get_if<MessageReceived>(&event))
        cost += message->body.size();
    else if (const auto *offer = std::get_if<StreamOffered>(&event))
        cost += offer->header.size();
    return cost;
}

} // namespace

EventQueue::Appended EventQueue::append(std::vector<Item> &items)
{
    Appended result;
    const std::lock_guard lock(m_mutex);
    for (Item &item : items) {
        if (auto *event = std::get_if<NodeEvent>(&item))
            appendEvent(std::move(*event), result);
        else if (auto *status = std::get_if<LinkStatus>(&item))
            appendStatus(std::move(*status));
        else
            m_items.push_back(std::move(item));
    }
    items.clear();
    if (!m_items.empty() && !m_wakeUpSent) {
        m_wakeUpSent = true;
        result.needsWakeUp = true;
    }
    return result;
}

bool EventQueue::isOverLimit(MemberNumber member, qint64 cost) const
{
    return m_waiting + cost > kMaxWaiting || m_waitingByMember.value(member) + cost > kMaxWaitingPerMember;
}

void EventQueue::appendEvent(NodeEvent &&event, Appended &result)
{
    const qint64 cost = costOf(event);
    if (const auto *message = std::get_if<MessageReceived>(&event)) {
        if (isOverLimit(message->from, cost)) {
            ++result.droppedMessages;
            return;
        }
        m_waitingByMember[message->from] += cost;
    } else if (const auto *offer = std::get_if<StreamOffered>(&event)) {
        if (isOverLimit(offer->from, cost)) {
            m_declined.insert(offer->key);
            result.declined.append(offer->key);
            return;
        }
        m_waitingByMember[offer->from] += cost;
    } else if (const auto *closed = std::get_if<StreamClosed>(&event)) {
        if (m_declined.remove(closed->key))
            return;
    } else if (const auto *joined = std::get_if<MemberJoined>(&event)) {
        m_latestByMember[joined->member.number] = m_items.size();
    } else if (const auto *left = std::get_if<MemberLeft>(&event)) {
        m_latestByMember.remove(left->number);
    } else if (auto *changed = std::get_if<MemberChanged>(&event)) {
        const auto latest = m_latestByMember.constFind(changed->member.number);
        if (latest != m_latestByMember.constEnd()) {
            auto &older = std::get<NodeEvent>(m_items[*latest]);
            if (auto *join = std::get_if<MemberJoined>(&older))
                join->member = std::move(changed->member);
            else
                older = std::move(event);
            return;
        }
        m_latestByMember[changed->member.number] = m_items.size();
    } else if (std::holds_alternative<NodeReady>(event)) {
        m_latestByMember.clear(); // another hub, or the same one again: numbers start anew
    } else if (std::holds_alternative<ConnectionClosing>(event) && m_waiting + cost > kMaxWaiting) {
        return;
    }
    m_waiting += cost;
    m_items.emplace_back(std::move(event));
}

void EventQueue::appendStatus(LinkStatus &&status)
{
    if (m_latestStatus >= 0) {
        auto &older = std::get<LinkStatus>(m_items[size_t(m_latestStatus)]);
        if (older.mode == status.mode && older.phase == status.phase && older.reason == status.reason) {
            older = std::move(status);
            return;
        }
    }
    m_latestStatus = std::ptrdiff_t(m_items.size());
    m_items.emplace_back(std::move(status));
}

std::vector<EventQueue::Item> EventQueue::take()
{
    const std::lock_guard lock(m_mutex);
    m_wakeUpSent = false;
    m_waiting = 0;
    m_waitingByMember.clear();
    m_latestByMember.clear();
    m_latestStatus = -1;
    return std::exchange(m_items, {});
}

} // namespace patchbay::net
