// SPDX-License-Identifier: MIT
// Links and the roster. Admission is in hubadmission.cpp, messages in hubmessages.cpp, streams in hubstreams.cpp.
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

HubNode::HubNode(NodeConfig config) : NodeBase(std::move(config)), m_roster(m_config.peerId, m_config.name)
{
    emitEvent(NodeReady{kHubMember, m_config.peerId, m_config.name});
    for (const auto &[type, fault] : acceptFor(*m_roster.find(kHubMember), m_config.accepted))
        emitEvent(TypeRefused{type, fault});
    emitEvent(MemberJoined{info(*m_roster.find(kHubMember))});
}

HubNode::~HubNode() = default;

// ---- links ------------------------------------------------------------------------------------------------------

Session *HubNode::findSession(ConnectionId id) const
{
    const auto link = m_links.find(id);
    return link == m_links.end() ? nullptr : link->second.session.get();
}

Session *HubNode::sessionOf(MemberNumber number) const
{
    const Roster::Member *member = m_roster.find(number);
    return member ? findSession(member->link) : nullptr;
}

HubNode::Link *HubNode::findLink(ConnectionId id)
{
    const auto link = m_links.find(id);
    return link == m_links.end() ? nullptr : &link->second;
}

void HubNode::schedule(Link &link)
{
    const base::TimePoint next = link.session->nextTimeout();
    if (next == link.timeout)
        return;
    m_timeouts.erase({link.timeout, link.session->id()});
    link.timeout = next;
    m_timeouts.insert({next, link.session->id()});
}

void HubNode::connectionOpened(ConnectionId id, const QByteArray &provenPeerId, base::TimePoint now)
{
    setNow(now);
    Link &link = m_links[id];
    link.session = std::make_unique<Session>(id, Session::Side::Hub, provenPeerId, *this, now);
    link.timeout = link.session->nextTimeout();
    m_timeouts.insert({link.timeout, id});
    Hello hello;
    hello.isHub = true;
    hello.peerId = m_config.peerId;
    hello.name = m_config.name;
    hello.agent = m_config.agent;
    link.session->sendHello(hello);
}

void HubNode::handleReceived(ConnectionId id, QByteArrayView bytes, base::TimePoint now)
{
    setNow(now);
    if (Session *session = findSession(id))
        session->handleReceived(bytes, now);
    checkMemory();
}

void HubNode::handleTransportClosed(ConnectionId id, base::TimePoint now)
{
    setNow(now);
    Link *link = findLink(id);
    if (!link)
        return;
    link->session->handleTransportClosed();
    m_timeouts.erase({link->timeout, id});
    forgetMemory(*link->session);
    m_links.erase(id);
    checkMemory();
}

void HubNode::handleTimeout(base::TimePoint now)
{
    setNow(now);
    while (!m_timeouts.empty() && m_timeouts.begin()->first <= now) {
        const ConnectionId id = m_timeouts.begin()->second;
        Link &link = m_links.at(id);
        link.session->handleTimeout(now);
        if (link.session->isClosing())
            m_timeouts.erase(m_timeouts.begin()); // it waits for its transport only
        else
            schedule(link);
    }
    checkMemory();
}

std::optional<base::TimePoint> HubNode::pollTimeout() const
{
    std::optional<base::TimePoint> next;
    const auto offer = [&next](base::TimePoint time) { next = std::min(next.value_or(time), time); };
    if (!m_timeouts.empty())
        offer(m_timeouts.begin()->first);
    if (!m_crossed.empty())
        offer(now()); // checkMemory() has something to look at
    for (const auto &[id, since] : m_overMemory)
        offer(since + kOverMemory);
    if (m_largest != 0)
        offer(m_largestSince + kOverMemory);
    return next;
}

QByteArray HubNode::pollTransmit(ConnectionId id, qsizetype max)
{
    Session *session = findSession(id);
    const QByteArray bytes = session ? session->pollTransmit(max) : QByteArray();
    checkMemory();
    return bytes;
}

void HubNode::closeConnection(ConnectionId id, const Fault &reason, base::TimePoint now)
{
    setNow(now);
    if (Session *session = findSession(id))
        session->close(reason);
}

void HubNode::closeAll(const Fault &reason, base::TimePoint now)
{
    setNow(now);
    for (auto &[id, link] : m_links)
        link.session->close(reason);
}

void HubNode::sessionClosing(Session &session, const Fault &reason)
{
    m_waiting.erase(session.id());
    m_overMemory.erase(session.id());
    if (m_largest == session.id())
        m_largest = 0;
    Roster::Member *member = m_roster.find(session.member());
    if (member && member->link == session.id()) {
        const MemberNumber number = member->number;
        m_roster.leave(number);
        RosterBody body;
        body.left.append(number);
        broadcastControl(Kind::Roster, encode(body), session.id());
        emitEvent(MemberLeft{number});
    } else if (member) {
        messagesDrained(session); // it came back on a newer link, with an empty queue
    }
    emitEvent(ConnectionClosing{session.id(), reason});
}

// ---- roster ---------------------------------------------------------------------------------------------------------

void HubNode::announceMember(const Roster::Member &member, bool joined)
{
    if (joined)
        emitEvent(MemberJoined{info(member)});
    else
        emitEvent(MemberChanged{info(member)});
}

MemberInfo HubNode::info(const Roster::Member &member) const
{
    MemberInfo result{member.number,   member.peerId, member.name, member.number == kHubMember, {},
                      member.verified, member.muted};
    for (const quint16 type : member.types)
        result.types.append(m_types.find(type)->name);
    return result;
}

void HubNode::broadcastControl(Kind kind, const QByteArray &body, ConnectionId except)
{
    // One buffer for all of them.
    std::vector<Session *> targets;
    for (auto &[id, link] : m_links) {
        if (id != except && link.session->isReady() && !link.session->isClosing())
            targets.push_back(link.session.get());
    }
    const QByteArray frame = encodeFrame({0, kind, 0, 0, 0, 0}, body);
    for (Session *session : targets)
        session->sendEncodedControl(frame);
}

// ---- accepted types ---------------------------------------------------------------------------------------------

QList<QPair<QString, Fault>> HubNode::acceptFor(Roster::Member &member, const QList<TypeInfo> &types)
{
    QList<QPair<QString, Fault>> refused;
    QList<NumberedType> announced;
    for (const TypeInfo &type : types) {
        if (member.types.size() >= kTypesPerMember && !member.types.contains(m_types.numberOf(type.name))) {
            refused.append(
                {type.name, {Code::TooMany, tr("A member may accept %1 types.").arg(kTypesPerMember), Party::Local}});
            continue;
        }
        Fault fault;
        bool changed = false;
        const quint16 number = m_types.add(type, &fault, &changed);
        if (number == 0) {
            refused.append({type.name, fault});
            continue;
        }
        if (changed)
            announced.append({number, *m_types.find(number)});
        m_roster.accept(member, number);
    }
    if (!announced.isEmpty())
        broadcastControl(Kind::TypeTable, TypeTable::page(announced));
    return refused;
}

void HubNode::acceptTypes(const QList<TypeInfo> &types, base::TimePoint now)
{
    setNow(now);
    const QList<TypeInfo> added = addAccepted(types);
    if (added.isEmpty())
        return;
    Roster::Member &self = *m_roster.find(kHubMember);
    for (const auto &[type, fault] : acceptFor(self, added))
        emitEvent(TypeRefused{type, fault});
    RosterBody body;
    body.present.append(Roster::entry(self));
    broadcastControl(Kind::Roster, encode(body));
    announceMember(self, false);
}

void HubNode::withdrawTypes(const QStringList &names, base::TimePoint now)
{
    setNow(now);
    const QStringList removed = removeAccepted(names);
    if (removed.isEmpty())
        return;
    Roster::Member &self = *m_roster.find(kHubMember);
    const Fault stopped{Code::PluginStopped, tr("The plugin was switched off."), Party::Local};
    for (const QString &name : removed) {
        const quint16 number = m_types.numberOf(name);
        m_roster.withdraw(self, number);
        std::vector<Session *> sessions;
        for (auto &[id, link] : m_links)
            sessions.push_back(link.session.get());
        for (Session *session : sessions)
            session->resetStreamsOfType(number, stopped); // those that begin or end here, not the relayed ones
    }
    RosterBody body;
    body.present.append(Roster::entry(self));
    broadcastControl(Kind::Roster, encode(body));
    announceMember(self, false);
}

void HubNode::controlReceived(Session &session, const FrameHeader &header, QByteArrayView payload)
{
    switch (header.kind) {
    case Kind::Accept:
        return handleAccept(session, payload);
    case Kind::Undeliverable:
        return handleUndeliverable(session, header, payload);
    default:
        session.close({Code::ProtocolError, tr("A client sent a frame that only a hub sends."), Party::Remote});
    }
}

void HubNode::handleAccept(Session &session, QByteArrayView payload)
{
    const auto body = decodeAccept(payload);
    Roster::Member *member = m_roster.find(session.member());
    if (!body || !member)
        return session.close({Code::Malformed, tr("A list of accepted types cannot be read."), Party::Remote});
    const QList<quint16> before = member->types;
    for (const QString &name : body->remove)
        m_roster.withdraw(*member, m_types.numberOf(name));
    const auto refused = acceptFor(*member, body->add);
    // Telling the others may end links, this one too, and the member with it.
    member = m_roster.find(session.member());
    if (session.isClosing() || !member)
        return;
    if (member->types != before) {
        const MemberInfo changed = info(*member);
        RosterBody roster;
        roster.present.append(Roster::entry(*member));
        broadcastControl(Kind::Roster, encode(roster));
        if (session.isClosing())
            return;
        emitEvent(MemberChanged{changed});
    }
    // Last: who reads the answer has seen the table and the roster that follow from it.
    session.sendControl({0, Kind::Accepted, 0, 0, 0, 0}, encode(AcceptedBody{body->sequence, refused}));
}

} // namespace patchbay::protocol
