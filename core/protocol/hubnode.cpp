// SPDX-License-Identifier: MIT
// Links, admission, roster. Messages are in hubmessages.cpp, streams in hubstreams.cpp.
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
}

void HubNode::handleTransportClosed(ConnectionId id, base::TimePoint now)
{
    setNow(now);
    Link *link = findLink(id);
    if (!link)
        return;
    link->session->handleTransportClosed();
    m_timeouts.erase({link->timeout, id});
    m_links.erase(id);
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
}

std::optional<base::TimePoint> HubNode::pollTimeout() const
{
    if (m_timeouts.empty())
        return std::nullopt;
    return m_timeouts.begin()->first;
}

QByteArray HubNode::pollTransmit(ConnectionId id, qsizetype max)
{
    Session *session = findSession(id);
    return session ? session->pollTransmit(max) : QByteArray();
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

// ---- admission --------------------------------------------------------------------------------------------------

void HubNode::helloReceived(Session &session, const Hello &hello)
{
    const QByteArray peerId = session.provenPeerId().isEmpty() ? hello.peerId : session.provenPeerId();
    if (hello.versionMin > kProtocolVersion || hello.versionMax < kProtocolVersion)
        return session.close({Code::VersionMismatch,
                              tr("This hub speaks protocol version %1, %2 speaks %3 to %4. Update the older one.")
                                  .arg(kProtocolVersion)
                                  .arg(hello.name)
                                  .arg(hello.versionMin)
                                  .arg(hello.versionMax),
                              Party::Remote});
    if (peerId == m_config.peerId)
        return session.close(
            {Code::SelfConnection, tr("That address leads back to this Patchbay itself."), Party::Remote});
    if (hello.isHub)
        return session.close(
            {Code::ProtocolError, tr("Two hubs cannot be linked: one side has to join as a client."), Party::Remote});

    Roster::Member *before = m_roster.findPeer(peerId);
    if (!before && int(m_roster.members().size()) - 1 >= m_config.maxMembers)
        return session.close({Code::ServerFull,
                              tr("The hub has %1 members and takes no more.").arg(m_config.maxMembers), Party::Remote});
    if (before) {
        // The newer link wins: the older one may be half open, and must not block a return.
        Session *old = findSession(before->link);
        before->link = session.id();
        const QList<quint16> types = before->types;
        for (const quint16 type : types)
            m_roster.withdraw(*before, type);
        if (old)
            old->close({Code::Replaced, tr("The same peer came back on a newer connection."), Party::Remote});
    }
    admit(session, hello, peerId);
}

void HubNode::admit(Session &session, const Hello &hello, const QByteArray &peerId)
{
    const bool isNew = m_roster.findPeer(peerId) == nullptr;
    Roster::Member &member = m_roster.join(peerId, hello.name, session.id());
    const auto refused = acceptFor(member, hello.types); // tells the others of new types before they see the member
    session.setReady(member.number);
    // Before anything is sent: a roster that overflows the queue of the new link ends it, and the member with it.
    emitEvent(ConnectionReady{session.id(), member.number, peerId, hello.name});
    announceMember(member, isNew);

    const QList<QByteArray> types = m_types.pages();
    for (const QByteArray &page : types)
        session.sendControl({0, Kind::TypeTable, 0, 0, 0, 0}, page);
    session.sendControl({0, Kind::Welcome, 0, 0, 0, 0},
                        encode(Welcome{kProtocolVersion, session.member(), m_config.peerId, m_config.name}));
    const QList<QByteArray> roster = m_roster.pages();
    for (const QByteArray &page : roster)
        session.sendControl({0, Kind::Roster, 0, 0, 0, 0}, page);
    if (!refused.isEmpty())
        session.sendControl({0, Kind::Accepted, 0, 0, 0, 0}, encode(AcceptedBody{0, refused}));
    if (session.isClosing())
        return;
    RosterBody body;
    body.present.append(Roster::entry(member));
    broadcastControl(Kind::Roster, encode(body), session.id());
}

void HubNode::announceMember(const Roster::Member &member, bool joined)
{
    if (joined)
        emitEvent(MemberJoined{info(member)});
    else
        emitEvent(MemberChanged{info(member)});
}

MemberInfo HubNode::info(const Roster::Member &member) const
{
    MemberInfo result{member.number, member.peerId, member.name, member.number == kHubMember, {}};
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
