// SPDX-License-Identifier: MIT
// Messages in the hub: to one member, to everyone, and what could not be delivered (PROTOCOL.md 5.4).
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

qint64 HubNode::messageLimit(quint16 type) const
{
    const TypeInfo *known = m_types.find(type);
    return known && known->mode == TypeMode::Message ? qint64(known->maxBytes) : qint64(kMessageBytes);
}

Fault HubNode::sendMessage(MemberNumber member, const QString &type, const QByteArray &body, quint64 token,
                           base::TimePoint now)
{
    setNow(now);
    const quint16 number = m_types.numberOf(type);
    const TypeInfo *known = m_types.find(number);
    if (known && known->mode != TypeMode::Message)
        return {Code::ModeMismatch, tr("%1 is not of that mode in this hub.").arg(type), Party::Local};
    if (known && body.size() > known->maxBytes)
        return {Code::TooLarge, tr("The message is larger than %1 allows.").arg(type), Party::Local};
    if (member == kHubMember)
        return {Code::InvalidArgument, tr("A member cannot send to itself."), Party::Local};
    if (member == kEveryone) {
        if (known)
            deliverToEveryone(kHubMember, number, numberFor(token), body);
        return {};
    }
    return deliver(kHubMember, member, number, numberFor(token), body);
}

void HubNode::messageReceived(Session &session, const FrameHeader &header, QByteArrayView payload)
{
    const TypeInfo *type = m_types.find(header.type);
    if (!type || type->mode != TypeMode::Message || header.member == session.member() || header.member == kNobody)
        return session.close(
            {Code::ProtocolError, tr("A message is for its sender, or of no known type."), Party::Remote});
    const MemberNumber from = session.member();
    if (isMuted(from))
        return refuse(from, header.member, header.type, header.stream, mutedFault());
    if (header.member == kEveryone)
        return deliverToEveryone(from, header.type, header.stream, payload);
    const Fault fault = deliver(from, header.member, header.type, header.stream, payload);
    if (fault.isFault())
        refuse(from, header.member, header.type, header.stream, fault);
}

Fault HubNode::checkReceiver(MemberNumber to, quint16 type) const
{
    const Roster::Member *member = m_roster.find(to);
    if (!member)
        return {Code::NoSuchMember, tr("The member is not here any more."), Party::Remote};
    if (!m_roster.accepts(*member, type)) {
        const TypeInfo *known = m_types.find(type);
        return {Code::NotAccepted,
                tr("%1 does not accept %2.").arg(member->name, known ? known->name : tr("that type")), Party::Remote};
    }
    return {};
}

Fault HubNode::deliver(MemberNumber from, MemberNumber to, quint16 type, quint32 number, QByteArrayView body)
{
    if (Fault fault = checkReceiver(to, type); fault.isFault())
        return fault;
    if (to == kHubMember) {
        emitEvent(MessageReceived{from, m_types.find(type)->name, body.toByteArray(), false});
        return {};
    }
    return queueAt(*m_roster.find(to), from, encodeFrame({0, Kind::Message, 0, type, number, from}, body));
}

void HubNode::deliverToEveryone(MemberNumber from, quint16 type, quint32 number, QByteArrayView body)
{
    const QByteArray frame = encodeFrame({0, Kind::Message, kToEveryone, type, number, from}, body);
    const QList<MemberNumber> acceptors = m_roster.acceptors(type); // a copy: a link may close while we send
    for (const MemberNumber to : acceptors) {
        if (to == from)
            continue;
        if (to == kHubMember) {
            emitEvent(MessageReceived{from, m_types.find(type)->name, body.toByteArray(), true});
            continue;
        }
        const Roster::Member *member = m_roster.find(to);
        const Fault fault = member ? queueAt(*member, from, frame) : Fault{};
        if (fault.isFault())
            refuse(from, to, type, number, fault);
    }
}

Fault HubNode::queueAt(const Roster::Member &to, MemberNumber from, const QByteArray &frame)
{
    Link *link = findLink(to.link);
    if (!link)
        return {Code::NoSuchMember, tr("The member is not here any more."), Party::Remote};
    if (link->session->sendMessage(frame) == Session::Queued::Yes)
        return {};
    link->blockedSenders.insert(from);
    return {Code::QueueFull, tr("%1 takes messages more slowly than they are sent.").arg(to.name), Party::Remote};
}

void HubNode::refuse(MemberNumber from, MemberNumber to, quint16 type, quint32 number, const Fault &fault)
{
    if (from == kHubMember) {
        if (const quint64 token = tokenFor(number))
            emitEvent(MessageUndeliverable{token, to, fault});
        return;
    }
    if (Session *session = sessionOf(from); session && number != 0)
        session->sendControl({0, Kind::Undeliverable, 0, type, number, to}, encode(fault));
}

/// A receiver's own answer. The hub cannot tell whether there was such a message, so it must not be a way to flood.
void HubNode::handleUndeliverable(Session &session, const FrameHeader &header, QByteArrayView payload)
{
    const auto fault = decodeFault(payload);
    if (!fault || header.stream == 0)
        return session.close({Code::Malformed, tr("An undeliverable answer cannot be read."), Party::Remote});
    const Session *sender = sessionOf(header.member);
    if (header.member == kHubMember ? tokenFor(header.stream) == 0
                                    : !sender || sender->controlBacklog() > kPushedControlBytes)
        return session.glitch();
    refuse(header.member, session.member(), header.type, header.stream, *fault);
}

void HubNode::messagesDrained(Session &session)
{
    Link *link = findLink(session.id());
    const std::set<MemberNumber> blocked = std::exchange(link->blockedSenders, {});
    for (const MemberNumber from : blocked) {
        if (from == kHubMember)
            emitEvent(MemberWritable{session.member()});
        else if (Session *to = sessionOf(from))
            to->sendControl({0, Kind::Writable, 0, 0, 0, session.member()});
    }
}

} // namespace patchbay::protocol
