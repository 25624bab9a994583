// SPDX-License-Identifier: MIT
// What links may cost the hub (PROTOCOL.md 7): over a budget a link is read no more and given no more credit, and when
// that does not help in time, dropped.
#include "protocol/hubnode.h"

#include <QCoreApplication>

namespace patchbay::protocol {

using namespace limits;

namespace {

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::protocol::HubNode", source);
}

} // namespace

/// Called in the middle of sending: it only notes who is over.
void HubNode::memoryChanged(Session &session, qsizetype bytes)
{
    NodeBase::memoryChanged(session, bytes);
    const bool isOver = session.memory() > m_config.memberMemory;
    const bool wasOver = session.memory() - bytes > m_config.memberMemory;
    if (isOver != wasOver)
        m_crossed.push_back(session.id());
}

std::vector<ConnectionId> HubNode::pausedConnections() const
{
    std::vector<ConnectionId> paused;
    for (const auto &[id, since] : m_overMemory)
        paused.push_back(id);
    if (m_largest != 0 && m_overMemory.count(m_largest) == 0)
        paused.push_back(m_largest);
    return paused;
}

ConnectionId HubNode::largestLink() const
{
    ConnectionId largest = 0;
    qsizetype most = 0;
    for (const auto &[id, link] : m_links) {
        if (!link.session->isClosing() && link.session->memory() > most) {
            most = link.session->memory();
            largest = id;
        }
    }
    return largest;
}

/// At the end of every call from outside, when nothing is half done.
void HubNode::checkMemory()
{
    for (const ConnectionId id : std::exchange(m_crossed, {})) {
        const Session *session = findSession(id);
        if (session && !session->isClosing() && session->memory() > m_config.memberMemory)
            m_overMemory.emplace(id, now());
        else if (m_overMemory.erase(id) > 0)
            resume(id);
    }
    chooseLargest();
    if (dropOverMemory())
        chooseLargest();
}

void HubNode::chooseLargest()
{
    if (totalMemory() <= m_config.allMemory) {
        if (m_largest != 0)
            resume(std::exchange(m_largest, 0));
    } else if (m_largest == 0) {
        m_largest = largestLink();
        m_largestSince = now();
    }
}

/// Those whose time is over. False: nobody was dropped.
bool HubNode::dropOverMemory()
{
    const Fault reason{Code::SlowReader, tr("Too much waited to be read by the other side."), Party::Remote};
    std::vector<ConnectionId> late;
    for (const auto &[id, since] : m_overMemory) {
        if (now() - since >= kOverMemory)
            late.push_back(id);
    }
    for (const ConnectionId id : late)
        findSession(id)->close(reason);
    if (m_largest == 0 || now() - m_largestSince < kOverMemory)
        return !late.empty();
    const ConnectionId largest = largestLink();
    if (largest == m_largest) {
        findSession(largest)->close(reason);
        return true;
    }
    m_largestSince = now(); // that one got better, and another took its place
    resume(std::exchange(m_largest, largest));
    return !late.empty();
}

void HubNode::resume(ConnectionId id)
{
    Link *link = findLink(id);
    if (link && !isPaused(id))
        pumpCredit(*link);
}

} // namespace patchbay::protocol
