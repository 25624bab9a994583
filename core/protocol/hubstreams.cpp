// SPDX-License-Identifier: MIT
// Streams in the hub: those that begin or end here, and those it relays with credit from end to end (PROTOCOL.md,
// Streams). The hub holds at most kRelayWindow bytes towards one receiver, however slow that is.
#include "protocol/hubnode.h"

#include <QCoreApplication>

#include <algorithm>

namespace patchbay::protocol {

using namespace limits;

namespace {

constexpr qint64 kGrantBytes = 256 * 1024; // one turn; several streams towards one receiver share it in turn
constexpr qint64 kLeastGrant = 64 * 1024;

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::protocol::HubNode", source);
}

} // namespace

Fault HubNode::openStream(StreamKey key, MemberNumber member, const QString &type, const QByteArray &header,
                          qint64 size, base::TimePoint)
{
    const quint16 number = m_types.numberOf(type);
    const TypeInfo *known = m_types.find(number);
    if (known && known->mode != TypeMode::Stream)
        return {Code::ModeMismatch, tr("%1 is not of that mode in this hub.").arg(type), Party::Local};
    if (member == kHubMember || member == kEveryone)
        return {Code::InvalidArgument, tr("A stream goes to one other member."), Party::Local};
    if (header.size() > kStreamHeaderBytes)
        return {Code::TooLarge, tr("The header of the stream is too large."), Party::Local};
    if (Fault fault = checkReceiver(member, number); fault.isFault())
        return fault;
    Session *session = findSession(m_roster.find(member)->link);
    if (!session || session->isClosing())
        return {Code::NoSuchMember, tr("The member is not here any more."), Party::Local};
    if (session->outgoingCount() >= kStreamsPerMember)
        return {Code::TooMany, tr("%1 streams are open already.").arg(kStreamsPerMember), Party::Local};
    bindLocal(key, *session, session->openStream(number, kHubMember, size, header));
    return {};
}

void HubNode::streamOpened(Session &session, LinkStream &stream, const StreamOpenBody &body)
{
    const TypeInfo *type = m_types.find(stream.type);
    if (!type || type->mode != TypeMode::Stream || stream.member == session.member())
        return session.close(
            {Code::ProtocolError, tr("A stream is for its sender, or of no known type."), Party::Remote});
    if (const Fault fault = checkReceiver(stream.member, stream.type); fault.isFault())
        return session.resetStream(stream, fault);
    if (stream.member == kHubMember) {
        emitEvent(StreamOffered{offerLocal(session, stream), session.member(), type->name, body.header, body.size});
        return;
    }
    Session *receiver = findSession(m_roster.find(stream.member)->link);
    if (!receiver || receiver->isClosing())
        return session.resetStream(stream, {Code::NoSuchMember, tr("The member is not here any more."), Party::Remote});
    LinkStream &out = receiver->openStream(stream.type, session.member(), body.size, body.header);
    out.relayLink = session.id();
    out.relayStream = stream.id;
    stream.relayLink = receiver->id();
    stream.relayStream = out.id;
}

LinkStream *HubNode::relayOf(const LinkStream &stream, Link **link)
{
    *link = stream.isRelayed() ? findLink(stream.relayLink) : nullptr;
    return *link ? (*link)->session->findStream(stream.relayStream) : nullptr;
}

// ---- credit -----------------------------------------------------------------------------------------------------

void HubNode::streamAccepted(Session &session, LinkStream &stream)
{
    if (!stream.isRelayed()) {
        emitEvent(StreamAccepted{stream.key});
        return;
    }
    Link *sender = nullptr;
    if (LinkStream *in = relayOf(stream, &sender)) {
        sender->session->acceptStream(*in, 0);
        if (Link *receiver = findLink(session.id()); receiver && session.findStream(stream.id))
            grant(*receiver, stream);
    }
}

void HubNode::streamCredited(Session &session, LinkStream &stream)
{
    if (!stream.isRelayed())
        return;
    if (Link *receiver = findLink(session.id()))
        grant(*receiver, stream);
}

/// Forwards credit of the receiver to the sender, as far as the hub's own window towards that receiver allows.
void HubNode::grant(Link &receiver, LinkStream &out)
{
    Link *sender = nullptr;
    LinkStream *in = relayOf(out, &sender);
    if (!in || in->phase != LinkStream::Phase::Open)
        return;
    const qint64 wanted = out.sendLimit - in->receiveLimit;
    const qint64 free = kRelayWindow - receiver.outstanding;
    const qint64 step = std::min({wanted, free, kGrantBytes});
    if (wanted <= 0)
        return;
    if (step < std::min(wanted, kLeastGrant)) {
        if (!out.wantsCredit) {
            out.wantsCredit = true;
            receiver.wantingCredit.push_back(out.id);
        }
        return;
    }
    receiver.outstanding += step;
    if (wanted > step && !out.wantsCredit) {
        out.wantsCredit = true;
        receiver.wantingCredit.push_back(out.id);
    }
    sender->session->creditStream(*in, in->receiveLimit + step);
    pumpCredit(receiver);
}

void HubNode::pumpCredit(Link &receiver)
{
    // Each turn hands out kGrantBytes at most, so the loop ends when the window is used up or nobody waits.
    while (!receiver.wantingCredit.empty() && kRelayWindow - receiver.outstanding >= kLeastGrant) {
        const quint32 id = receiver.wantingCredit.front();
        receiver.wantingCredit.pop_front();
        LinkStream *out = receiver.session->findStream(id);
        if (!out)
            continue;
        out->wantsCredit = false;
        Link *sender = nullptr;
        LinkStream *in = relayOf(*out, &sender);
        if (!in || in->phase != LinkStream::Phase::Open)
            continue;
        const qint64 wanted = out->sendLimit - in->receiveLimit;
        const qint64 step = std::min({wanted, kRelayWindow - receiver.outstanding, kGrantBytes});
        if (step <= 0)
            continue;
        receiver.outstanding += step;
        if (wanted > step) {
            out->wantsCredit = true;
            receiver.wantingCredit.push_back(id);
        }
        sender->session->creditStream(*in, in->receiveLimit + step);
    }
}

void HubNode::release(Link &receiver, qint64 bytes)
{
    receiver.outstanding -= bytes;
    pumpCredit(receiver);
}

void HubNode::streamTaken(Session &session, LinkStream &stream, qsizetype bytes)
{
    if (!stream.isRelayed())
        return;
    if (Link *receiver = findLink(session.id()))
        release(*receiver, bytes);
}

// ---- bytes ------------------------------------------------------------------------------------------------------

void HubNode::streamData(Session &, LinkStream &stream, QByteArrayView payload)
{
    if (!stream.isRelayed()) {
        emitEvent(StreamData{stream.key, payload.toByteArray()});
        return;
    }
    Link *receiver = nullptr;
    if (LinkStream *out = relayOf(stream, &receiver))
        receiver->session->sendData(*out, payload.toByteArray());
}

void HubNode::streamEnded(Session &, LinkStream &stream)
{
    if (!stream.isRelayed()) {
        emitEvent(StreamEnded{stream.key});
        return;
    }
    Link *receiver = nullptr;
    if (LinkStream *out = relayOf(stream, &receiver))
        receiver->session->endStream(*out);
}

void HubNode::streamClosed(Session &session, LinkStream &stream, const Fault &reason)
{
    const Roster::Member *member = m_roster.find(session.member());
    const Fault told = linkEndedFault(member ? member->name : tr("a member"), reason);
    closeLocal(stream, told);
    Link *otherLink = nullptr;
    LinkStream *other = relayOf(stream, &otherLink);
    stream.relayStream = 0;
    if (!other)
        return;
    other->relayStream = 0; // so that the other half does not come back here

    // What was granted for this stream and has not left towards the receiver does not wait any more.
    const bool receiverSide = stream.direction == LinkStream::Direction::Outgoing;
    const LinkStream &in = receiverSide ? *other : stream;
    const LinkStream &out = receiverSide ? stream : *other;
    const qint64 left = in.receiveLimit - out.takenOffset;
    Link *receiver = receiverSide ? findLink(session.id()) : otherLink;
    if (receiver)
        receiver->outstanding -= left;

    if (reason.isFault())
        otherLink->session->resetStream(*other, told);
    else
        otherLink->session->confirmStream(*other);
    if (receiver && !receiver->session->isClosing())
        pumpCredit(*receiver);
}

} // namespace patchbay::protocol
