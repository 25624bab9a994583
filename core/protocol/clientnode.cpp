// SPDX-License-Identifier: MIT
#include "protocol/clientnode.h"

#include <QCoreApplication>

#include <algorithm>

namespace patchbay::protocol {

using namespace limits;

namespace {

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::protocol::ClientNode", source);
}

/// What is answered while Welcome came and our own side has not confirmed the hub: nothing reaches it
/// (PROTOCOL.md 3.6).
Fault unconfirmed()
{
    return {Code::PermissionDenied, tr("It has not confirmed the pairing yet."), Party::Local};
}

} // namespace

ClientNode::ClientNode(NodeConfig config) : NodeBase(std::move(config)) { }

ClientNode::~ClientNode() = default;

Session *ClientNode::findSession(ConnectionId id) const
{
    return m_session && m_session->id() == id ? m_session.get() : nullptr;
}

// ---- the link ---------------------------------------------------------------------------------------------------

void ClientNode::connectionOpened(ConnectionId id, const QByteArray &provenPeerId, base::TimePoint now)
{
    setNow(now);
    if (m_session) // the driver forgot to say that it is gone
        handleTransportClosed(m_session->id(), now);
    m_session = std::make_unique<Session>(id, Session::Side::Client, provenPeerId, *this, now);
    m_rosterComplete = false;
    m_attached = false;
    m_confirmed = !m_config.pairing;
    m_session->setHeld(!m_confirmed);
    m_hubName.clear();
    m_refused.clear();
    m_self = kNobody;
    m_types.clear();
    m_numbers.clear();
    m_withdrawing.clear();
    Hello hello;
    hello.isHub = false;
    hello.peerId = m_config.peerId;
    hello.name = m_config.name;
    hello.agent = m_config.agent;
    hello.token = m_config.token;
    hello.pairing = m_config.pairing;
    hello.types = m_config.accepted.mid(0, kTypesInHello);
    while (encode(hello).size() > qsizetype(kHelloBytes) && !hello.types.isEmpty())
        hello.types.removeLast();
    m_inHello.clear();
    for (const TypeInfo &type : std::as_const(hello.types))
        m_inHello.append(type.name);
    m_session->sendHello(hello);
}

void ClientNode::handleReceived(ConnectionId id, QByteArrayView bytes, base::TimePoint now)
{
    setNow(now);
    if (Session *session = findSession(id))
        session->handleReceived(bytes, now);
}

void ClientNode::handleTransportClosed(ConnectionId id, base::TimePoint now)
{
    setNow(now);
    if (Session *session = findSession(id)) {
        session->handleTransportClosed();
        forgetMemory(*session);
        m_session.reset();
    }
}

void ClientNode::handleTimeout(base::TimePoint now)
{
    setNow(now);
    if (m_session)
        m_session->handleTimeout(now);
}

std::optional<base::TimePoint> ClientNode::pollTimeout() const
{
    if (!m_session || m_session->isClosing())
        return std::nullopt;
    return m_session->nextTimeout();
}

QByteArray ClientNode::pollTransmit(ConnectionId id, qsizetype max)
{
    Session *session = findSession(id);
    return session ? session->pollTransmit(max) : QByteArray();
}

void ClientNode::closeConnection(ConnectionId id, const Fault &reason, base::TimePoint now)
{
    setNow(now);
    if (Session *session = findSession(id))
        session->close(reason);
}

void ClientNode::closeAll(const Fault &reason, base::TimePoint now)
{
    setNow(now);
    if (m_session)
        m_session->close(reason);
}

void ClientNode::helloReceived(Session &session, const Hello &hello)
{
    m_hubPeerId = session.provenPeerId().isEmpty() ? hello.peerId : session.provenPeerId();
    m_hubName = hello.name;
    if (!hello.isHub)
        return session.close({Code::ProtocolError, tr("The other side is not a hub but a client."), Party::Remote});
    if (hello.versionMin > kProtocolVersion || hello.versionMax < kProtocolVersion)
        return session.close({Code::VersionMismatch,
                              tr("%1 speaks protocol versions %2 to %3, this Patchbay speaks %4. Update the older one.")
                                  .arg(hello.name)
                                  .arg(hello.versionMin)
                                  .arg(hello.versionMax)
                                  .arg(kProtocolVersion),
                              Party::Remote});
    if (m_hubPeerId == m_config.peerId)
        session.close({Code::SelfConnection, tr("That address leads back to this Patchbay itself."), Party::Local});
}

void ClientNode::controlReceived(Session &session, const FrameHeader &header, QByteArrayView payload)
{
    switch (header.kind) {
    case Kind::Wait:
        return handleWait(payload);
    case Kind::Welcome:
        return handleWelcome(payload);
    case Kind::TypeTable:
        return handleTypeTable(payload);
    case Kind::Roster:
        return handleRoster(payload);
    case Kind::Accepted: {
        const auto body = decodeAccepted(payload);
        if (!body)
            return session.close({Code::Malformed, tr("An answer of the hub cannot be read."), Party::Remote});
        m_withdrawing.remove(body->sequence);
        if (!m_attached)
            m_refused.clear();
        for (const auto &[type, fault] : body->refused) {
            if (m_attached)
                emitEvent(TypeRefused{type, fault});
            else
                m_refused.append(TypeRefused{type, fault});
        }
        return;
    }
    case Kind::Undeliverable: {
        const auto fault = decodeFault(payload);
        if (!fault)
            return session.close({Code::Malformed, tr("An answer of the hub cannot be read."), Party::Remote});
        if (const quint64 token = m_attached ? tokenFor(header.stream) : 0)
            emitEvent(MessageUndeliverable{token, header.member, *fault});
        else
            session.glitch();
        return;
    }
    case Kind::Writable:
        if (!m_attached)
            return session.glitch();
        emitEvent(MemberWritable{header.member});
        return;
    default:
        session.close({Code::ProtocolError, tr("The hub sent a frame that only clients send."), Party::Remote});
    }
}

void ClientNode::handleWait(QByteArrayView payload)
{
    const auto wait = decodeWait(payload);
    if (!wait)
        return m_session->close({Code::Malformed, tr("The hub's Wait cannot be read."), Party::Remote});
    if (m_session->isWaiting() || m_session->isReady())
        return m_session->close({Code::ProtocolError, tr("The hub said Wait twice, or too late."), Party::Remote});
    if (m_config.pairing && !wait->canPair)
        return m_session->close({Code::PermissionDenied, tr("%1 does not pair.").arg(m_hubName), Party::Remote});
    m_session->beginWait(wait->canPair);
    emitEvent(PairingWaiting{m_session->id(), m_hubPeerId, m_hubName, m_session->helloHash(), m_session->ownHelloHash(),
                             wait->canPair});
}

void ClientNode::admitConnection(ConnectionId id, bool, base::TimePoint now)
{
    setNow(now);
    Session *session = findSession(id);
    if (m_confirmed || !session || session->isClosing() || !(session->isWaiting() || session->isReady()))
        return;
    m_confirmed = true;
    session->setHeld(false);
    if (session->isReady())
        attach();
}

void ClientNode::handleWelcome(QByteArrayView payload)
{
    const auto welcome = decodeWelcome(payload);
    if (!welcome || m_session->isReady() || welcome->hubPeerId != m_hubPeerId)
        return m_session->close({Code::Malformed, tr("The hub's Welcome cannot be read."), Party::Remote});
    if (m_config.pairing && !m_session->isWaiting())
        return m_session->close(
            {Code::ProtocolError, tr("%1 did not wait to be paired with.").arg(m_hubName), Party::Remote});
    m_self = welcome->member;
    m_hubName = welcome->hubName;
    m_session->setReady(kHubMember);
    if (m_confirmed)
        attach();
}

/// Welcome came and our side confirmed, in whichever order.
void ClientNode::attach()
{
    m_attached = true;
    // What changed since Hello, or did not fit into it.
    QList<TypeInfo> add;
    QStringList remove;
    for (const TypeInfo &type : std::as_const(m_config.accepted)) {
        if (!m_inHello.contains(type.name))
            add.append(type);
    }
    for (const QString &name : std::as_const(m_inHello)) {
        if (!acceptsType(name))
            remove.append(name);
    }
    if (!add.isEmpty() || !remove.isEmpty())
        announce(add, remove);
    if (m_session->isClosing())
        return;
    emitEvent(ConnectionReady{m_session->id(), kHubMember, m_hubPeerId, m_hubName});
    for (const TypeRefused &refused : std::exchange(m_refused, {}))
        emitEvent(refused);
    if (m_rosterComplete)
        announceRoster();
}

void ClientNode::announceRoster()
{
    emitEvent(NodeReady{m_self, m_hubPeerId, m_hubName});
    for (const auto &[number, member] : m_members)
        emitEvent(MemberJoined{info(number, member)});
}

void ClientNode::announce(const QList<TypeInfo> &add, const QStringList &remove)
{
    const quint32 sequence = ++m_sequence;
    if (!remove.isEmpty())
        m_withdrawing.insert(sequence, remove);
    m_session->sendControl({0, Kind::Accept, 0, 0, 0, 0}, encode(AcceptBody{sequence, add, remove}));
}

void ClientNode::handleTypeTable(QByteArrayView payload)
{
    const auto types = decodeTypeTable(payload);
    if (!types)
        return m_session->close({Code::Malformed, tr("The hub's table of types cannot be read."), Party::Remote});
    for (const NumberedType &type : *types) {
        const auto known = m_types.find(type.number);
        if ((known != m_types.end() && known->second.name != type.info.name)
            || m_numbers.value(type.info.name, type.number) != type.number
            || (known == m_types.end() && m_types.size() >= size_t(kTypesPerHub)))
            return m_session->close({Code::ProtocolError, tr("The hub gave one number to two types."), Party::Remote});
        m_types[type.number] = type.info;
        m_numbers.insert(type.info.name, type.number);
    }
}

MemberInfo ClientNode::info(MemberNumber number, const Member &member) const
{
    MemberInfo result{number, member.peerId, member.name, number == m_self, {}, member.verified, member.muted};
    for (const quint16 type : member.types) {
        const auto known = m_types.find(type);
        if (known != m_types.end())
            result.types.append(known->second.name);
    }
    return result;
}

void ClientNode::handleRoster(QByteArrayView payload)
{
    const auto roster = decodeRoster(payload);
    if (!roster || !m_session->isReady())
        return m_session->close({Code::Malformed, tr("The hub's roster cannot be read."), Party::Remote});
    for (const RosterEntry &entry : roster->present) {
        const bool known = m_members.count(entry.number) > 0;
        if (!known && m_members.size() > size_t(kMembersPerHub))
            return m_session->close({Code::ProtocolError, tr("The hub has too many members."), Party::Remote});
        Member &member = m_members[entry.number];
        member = {entry.peerId, entry.name, entry.types, entry.verified, entry.muted};
        if (!m_rosterComplete || !m_attached)
            continue;
        if (known)
            emitEvent(MemberChanged{info(entry.number, member)});
        else
            emitEvent(MemberJoined{info(entry.number, member)});
    }
    for (const MemberNumber number : roster->left) {
        if (number == kHubMember || number == m_self)
            return m_session->close({Code::ProtocolError, tr("The hub left its own roster."), Party::Remote});
        if (m_members.erase(number) > 0 && m_rosterComplete && m_attached)
            emitEvent(MemberLeft{number});
    }
    if (roster->complete && !m_rosterComplete) {
        if (m_members.count(kHubMember) == 0 || m_members.count(m_self) == 0)
            return m_session->close({Code::ProtocolError, tr("The hub's roster lacks a member."), Party::Remote});
        m_rosterComplete = true;
        if (m_attached)
            announceRoster();
    }
}

void ClientNode::sessionClosing(Session &session, const Fault &reason)
{
    if (m_rosterComplete && m_attached) {
        for (const auto &[number, member] : m_members)
            emitEvent(MemberLeft{number});
    }
    m_attached = false;
    m_members.clear();
    m_blocked.clear();
    m_rosterComplete = false;
    emitEvent(ConnectionClosing{session.id(), reason});
}

// ---- types and messages -----------------------------------------------------------------------------------------

void ClientNode::acceptTypes(const QList<TypeInfo> &types, base::TimePoint now)
{
    setNow(now);
    const QList<TypeInfo> added = addAccepted(types);
    if (!added.isEmpty() && m_attached && !m_session->isClosing())
        announce(added, {});
}

void ClientNode::withdrawTypes(const QStringList &names, base::TimePoint now)
{
    setNow(now);
    const QStringList removed = removeAccepted(names);
    if (removed.isEmpty() || !m_attached || m_session->isClosing())
        return;
    for (const QString &name : removed)
        m_session->resetStreamsOfType(m_numbers.value(name, 0),
                                      {Code::PluginStopped, tr("The plugin was switched off."), Party::Local});
    if (!m_session->isClosing())
        announce({}, removed);
}

Fault ClientNode::checkTarget(MemberNumber member, const QString &type, TypeMode mode, quint16 *number) const
{
    if (!m_attached || !m_rosterComplete || m_session->isClosing())
        return {Code::NotConnected, tr("There is no link to a hub."), Party::Local};
    *number = m_numbers.value(type, 0);
    if (*number != 0 && m_types.at(*number).mode != mode)
        return {Code::ModeMismatch, tr("%1 is not of that mode in this hub.").arg(type), Party::Local};
    if (member == kEveryone)
        return {};
    const auto known = m_members.find(member);
    if (known == m_members.end())
        return {Code::NoSuchMember, tr("The member is not here any more."), Party::Local};
    if (member == m_self)
        return {Code::InvalidArgument, tr("A member cannot send to itself."), Party::Local};
    if (*number == 0 || !known->second.types.contains(*number))
        return {Code::NotAccepted, tr("%1 does not accept %2.").arg(known->second.name, type), Party::Local};
    return {};
}

Fault ClientNode::sendMessage(MemberNumber member, const QString &type, const QByteArray &body, quint64 token,
                              base::TimePoint now)
{
    setNow(now);
    quint16 number = 0;
    if (Fault fault = checkTarget(member, type, TypeMode::Message, &number); fault.isFault())
        return fault;
    if (number == 0)
        return {}; // to everyone who accepts it, and nobody does
    if (body.size() > m_types.at(number).maxBytes)
        return {Code::TooLarge, tr("The message is larger than %1 allows.").arg(type), Party::Local};
    const FrameHeader header{0, Kind::Message, 0, number, numberFor(token), member};
    if (m_session->sendMessage(encodeFrame(header, body)) == Session::Queued::Yes)
        return {};
    m_blocked.insert(member == kEveryone ? kHubMember : member);
    return {Code::QueueFull, tr("The hub takes messages more slowly than they are sent."), Party::Local};
}

void ClientNode::messagesDrained(Session &)
{
    for (const MemberNumber member : std::exchange(m_blocked, {}))
        emitEvent(MemberWritable{member});
}

qint64 ClientNode::messageLimit(quint16 type) const
{
    const auto known = m_types.find(type);
    return known == m_types.end() || known->second.mode != TypeMode::Message ? qint64(kMessageBytes)
                                                                             : qint64(known->second.maxBytes);
}

void ClientNode::messageReceived(Session &session, const FrameHeader &header, QByteArrayView payload)
{
    const auto type = m_types.find(header.type);
    if (type == m_types.end() || type->second.mode != TypeMode::Message || m_members.count(header.member) == 0)
        return session.close(
            {Code::ProtocolError, tr("A message came from nobody, or of no known type."), Party::Remote});
    if (!m_attached) {
        if (header.stream != 0 && !(header.flags & kToEveryone))
            session.sendControl({0, Kind::Undeliverable, 0, header.type, header.stream, header.member},
                                encode(unconfirmed()));
        return;
    }
    if (!acceptsType(type->second.name)) {
        const bool late = std::any_of(m_withdrawing.cbegin(), m_withdrawing.cend(),
                                      [&](const QStringList &names) { return names.contains(type->second.name); });
        if (!late)
            session.glitch();
        if (header.stream != 0 && !(header.flags & kToEveryone) && !session.isClosing())
            session.sendControl({0, Kind::Undeliverable, 0, header.type, header.stream, header.member},
                                encode(Fault{Code::NotAccepted, tr("The plugin was switched off."), Party::Local}));
        return;
    }
    emitEvent(
        MessageReceived{header.member, type->second.name, payload.toByteArray(), (header.flags & kToEveryone) != 0});
}

// ---- streams ----------------------------------------------------------------------------------------------------

Fault ClientNode::openStream(StreamKey key, MemberNumber member, const QString &type, const QByteArray &header,
                             qint64 size, base::TimePoint now)
{
    setNow(now);
    quint16 number = 0;
    if (Fault fault = checkTarget(member, type, TypeMode::Stream, &number); fault.isFault())
        return fault;
    if (member == kEveryone)
        return {Code::InvalidArgument, tr("A stream goes to one member."), Party::Local};
    if (size < -1)
        return {Code::InvalidArgument, tr("A stream cannot have a negative size."), Party::Local};
    if (header.size() > kStreamHeaderBytes)
        return {Code::TooLarge, tr("The header of the stream is too large."), Party::Local};
    if (m_session->outgoingCount(Session::Opened::Here) >= kStreamsPerMember)
        return {Code::TooMany, tr("%1 streams are open already.").arg(kStreamsPerMember), Party::Local};
    LinkStream &stream = m_session->addStream(number, member);
    bindLocal(key, *m_session, stream);
    m_session->offerStream(stream, size, header);
    return {};
}

void ClientNode::streamOpened(Session &session, LinkStream &stream, const StreamOpenBody &body)
{
    const auto type = m_types.find(stream.type);
    if (type == m_types.end() || type->second.mode != TypeMode::Stream || m_members.count(stream.member) == 0)
        return session.close(
            {Code::ProtocolError, tr("A stream came from nobody, or of no known type."), Party::Remote});
    if (!m_attached)
        return session.resetStream(stream, unconfirmed());
    if (!acceptsType(type->second.name))
        return session.resetStream(stream, {Code::NotAccepted, tr("The plugin was switched off."), Party::Local});
    emitEvent(StreamOffered{offerLocal(session, stream), stream.member, type->second.name, body.header, body.size});
}

void ClientNode::streamAccepted(Session &, LinkStream &stream)
{
    emitEvent(StreamAccepted{stream.key});
}

void ClientNode::streamData(Session &, LinkStream &stream, QByteArrayView payload)
{
    emitEvent(StreamData{stream.key, payload.toByteArray()});
}

void ClientNode::streamEnded(Session &, LinkStream &stream)
{
    emitEvent(StreamEnded{stream.key});
}

void ClientNode::streamClosed(Session &, LinkStream &stream, const Fault &reason)
{
    closeLocal(stream, linkEndedFault(m_hubName.isEmpty() ? tr("the hub") : m_hubName, reason));
}

} // namespace patchbay::protocol
