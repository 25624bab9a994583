// SPDX-License-Identifier: MIT
// Streams in the hub: those that begin or end here, and those it relays with credit from end to end (PROTOCOL.md
// 6.2). The hub holds at most kRelayWindow bytes towards one receiver, however slow that is.
#include "protocol/hubnode.h"

#include <QCoreApplication>

#include <algorithm>

namespace patchbay::protocol {

using namespace limits;

namespace {

constexpr qint64 kGrantBytes = 256 * 1024; // one turn; several streams towards one receiver share it in turn
constexpr qint64 kLeastGrant = 64 * 1024;
constexpr qint64 kSharedWindow = kRelayWindow - kStreamsTowardsMember * kRelayReserve;

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::protocol::HubNode", source);
}

} // namespace

Fault HubNode::openStream(StreamKey key, MemberNumber member, const QString &type, const QByteArray &header,
                          qint64 size, base::TimePoint now)
{
    setNow(now);
    const quint16 number = m_types.numberOf(type);
    const TypeInfo *known = m_types.find(number);
    if (known && known->mode != TypeMode::Stream)
        return {Code::ModeMismatch, tr("%1 is not of that mode in this hub.").arg(type), Party::Local};
    if (member == kHubMember || member == kEveryone)
        return {Code::InvalidArgument, tr("A stream goes to one other member."), Party::Local};
    if (size < -1)
        return {Code::InvalidArgument, tr("A stream cannot have a negative size."), Party::Local};
    if (header.size() > kStreamHeaderBytes)
        return {Code::TooLarge, tr("The header of the stream is too large."), Party::Local};
    if (Fault fault = checkReceiver(member, number); fault.isFault())
        return fault;
    Session *session = sessionOf(member);
    if (!session || session->isClosing())
        return {Code::NoSuchMember, tr("The member is not here any more."), Party::Local};
    if (session->outgoingCount(Session::Opened::Here) >= kStreamsPerMember)
        return {Code::TooMany, tr("%1 streams are open already.").arg(kStreamsPerMember), Party::Local};
    LinkStream &stream = session->addStream(number, kHubMember);
    bindLocal(key, *session, stream);
    session->offerStream(stream, size, header);
    return {};
}

/// What others may ask of a receiver: so many streams, and not when it is behind with reading.
Fault HubNode::checkRelay(const Session &receiver) const
{
    if (receiver.isClosing())
        return {Code::NoSuchMember, tr("The member is not here any more."), Party::Remote};
    if (receiver.outgoingCount(Session::Opened::Anywhere) >= kStreamsTowardsMember
        || receiver.streamCount() >= 4 * kStreamsTowardsMember)
        return {Code::TooMany, tr("Too many streams go to that member already."), Party::Remote};
    if (receiver.controlBacklog() > kPushedControlBytes)
        return {Code::QueueFull, tr("That member is behind with reading."), Party::Remote};
    return {};
}

void HubNode::streamOpened(Session &session, LinkStream &stream, const StreamOpenBody &body)
{
    const TypeInfo *type = m_types.find(stream.type);
    if (!type || type->mode != TypeMode::Stream || stream.member == session.member())
        return session.close(
            {Code::ProtocolError, tr("A stream is for its sender, or of no known type."), Party::Remote});
    if (isMuted(session.member()))
        return session.resetStream(stream, mutedFault());
    if (const Fault fault = checkReceiver(stream.member, stream.type); fault.isFault())
        return session.resetStream(stream, fault);
    if (stream.member == kHubMember) {
        emitEvent(StreamOffered{offerLocal(session, stream), session.member(), type->name, body.header, body.size});
        return;
    }
    Session *receiver = sessionOf(stream.member);
    if (!receiver)
        return session.resetStream(stream, {Code::NoSuchMember, tr("The member is not here any more."), Party::Remote});
    if (const Fault fault = checkRelay(*receiver); fault.isFault())
        return session.resetStream(stream, fault);
    LinkStream &out = receiver->addStream(stream.type, session.member());
    out.relayLink = session.id();
    out.relayStream = stream.id;
    stream.relayLink = receiver->id();
    stream.relayStream = out.id;
    receiver->offerStream(out, body.size, body.header);
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
    const quint32 id = stream.id;
    LinkStream *in = relayOf(stream, &sender);
    if (!in)
        return;
    sender->session->acceptStream(*in, 0);
    // Sending may have ended a session.
    Link *receiver = findLink(session.id());
    LinkStream *out = session.findStream(id);
    if (receiver && out)
        grant(*receiver, *out);
}

void HubNode::streamCredited(Session &session, LinkStream &stream)
{
    if (!stream.isRelayed())
        return;
    if (Link *receiver = findLink(session.id()))
        grant(*receiver, stream);
}

/// Forwards credit of the receiver to the sender, as far as the hub's own window towards that receiver allows. Each
/// stream has a small reserve of it; the rest is shared, in turn. So senders that were granted credit and do not use it
/// can slow the other streams of that receiver down, and cannot stop them.
void HubNode::grant(Link &receiver, LinkStream &out)
{
    Link *sender = nullptr;
    LinkStream *in = relayOf(out, &sender);
    if (!in || in->phase != LinkStream::Phase::Open)
        return;
    const qint64 wanted = out.sendLimit - in->receiveLimit;
    if (wanted <= 0)
        return;
    const qint64 held = in->receiveLimit - out.takenOffset;
    const qint64 free = std::max<qint64>(0, kRelayReserve - held) + kSharedWindow - receiver.shared;
    qint64 step = std::min({wanted, free, kGrantBytes});
    if (step < std::min(wanted, kLeastGrant) && held > 0)
        step = 0; // not worth a frame: more gets free when what it holds has left
    if (isPaused(receiver.session->id()))
        step = 0; // until resume()
    if (wanted > step && !out.wantsCredit) {
        out.wantsCredit = true;
        receiver.wantingCredit.push_back(out.id);
    }
    if (step <= 0)
        return;
    receiver.shared += std::max<qint64>(0, held + step - kRelayReserve) - std::max<qint64>(0, held - kRelayReserve);
    sender->session->creditStream(*in, in->receiveLimit + step);
}

void HubNode::pumpCredit(Link &receiver)
{
    // Each turn hands out kLeastGrant at least or forgets a stream, so this ends.
    while (!receiver.wantingCredit.empty() && kSharedWindow - receiver.shared >= kLeastGrant
           && !receiver.session->isClosing() && !isPaused(receiver.session->id())) {
        const quint32 id = receiver.wantingCredit.front();
        receiver.wantingCredit.pop_front();
        if (LinkStream *out = receiver.session->findStream(id)) {
            out->wantsCredit = false;
            grant(receiver, *out);
        }
    }
}

/// A stream held \a before bytes of the hub's window towards \a receiver and holds \a after now.
void HubNode::release(Link &receiver, qint64 before, qint64 after)
{
    receiver.shared -= std::max<qint64>(0, before - kRelayReserve) - std::max<qint64>(0, after - kRelayReserve);
    pumpCredit(receiver);
}

void HubNode::streamTaken(Session &session, LinkStream &stream, qsizetype bytes)
{
    Link *sender = nullptr;
    const LinkStream *in = relayOf(stream, &sender);
    Link *receiver = findLink(session.id());
    if (!in || !receiver)
        return;
    const quint32 id = stream.id;
    const qint64 held = in->receiveLimit - stream.takenOffset;
    release(*receiver, held + bytes, held);
    // Alone with its reserve it does not wait for its turn.
    LinkStream *out = held <= 0 ? session.findStream(id) : nullptr;
    if (out && out->wantsCredit)
        grant(*receiver, *out);
}

qsizetype HubNode::relayedBytes(ConnectionId id) const
{
    const Session *session = findSession(id);
    return session ? session->relayedBytes() : 0;
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
    LinkStream *out = relayOf(stream, &receiver);
    if (!out)
        return;
    // What it did not use of its credit is free for others.
    const qint64 before = stream.receiveLimit - out->takenOffset;
    stream.receiveLimit = stream.receiveOffset;
    const qint64 after = stream.receiveLimit - out->takenOffset;
    receiver->session->endStream(*out);
    release(*receiver, before, after);
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

    const bool receiverSide = stream.direction == LinkStream::Direction::Outgoing;
    const qint64 held =
        receiverSide ? other->receiveLimit - stream.takenOffset : stream.receiveLimit - other->takenOffset;
    Link *receiver = receiverSide ? findLink(session.id()) : otherLink;
    LinkStream &out = receiverSide ? stream : *other;
    if (receiver && std::exchange(out.wantsCredit, false)) {
        auto &turns = receiver->wantingCredit; // dead ones would pile up while the window is full
        turns.erase(std::remove(turns.begin(), turns.end(), out.id), turns.end());
    }
    if (reason.isFault())
        otherLink->session->resetStream(*other, told);
    else
        otherLink->session->confirmStream(*other);
    if (receiver)
        release(*receiver, held, 0);
}

} // namespace patchbay::protocol
