// SPDX-License-Identifier: MIT
#include "protocol/nodebase.h"

#include <QCoreApplication>

#include <algorithm>

namespace patchbay::protocol {

using namespace limits;

bool isMisbehaviour(const Fault &fault)
{
    if (fault.party != Party::Remote)
        return false;
    switch (fault.code) {
    case Code::ProtocolError:
    case Code::Malformed:
    case Code::FrameTooLarge:
    case Code::TooManyGlitches:
    case Code::FlowControl:
    case Code::TooMany: // streams opened without reading our refusals
        return true;
    default:
        return false;
    }
}

Fault linkEndedFault(const QString &memberName, const Fault &reason)
{
    if (quint16(reason.code) < quint16(Code::GoingAway))
        return reason;
    return {Code::NotConnected,
            QCoreApplication::translate("patchbay::protocol::Node", "The link to %1 ended: %2")
                .arg(memberName, reason.text),
            reason.party};
}

NodeBase::NodeBase(NodeConfig config) : m_config(std::move(config))
{
    m_config.name = shortLabel(m_config.name, kNameBytes);
    m_config.agent = shortLabel(m_config.agent, kNameBytes);
    m_config.token.truncate(kTokenBytes);
    m_config.plainToken.truncate(kTokenBytes);
    const QList<TypeInfo> types = std::exchange(m_config.accepted, {});
    addAccepted(types);
}

std::vector<ConnectionId> NodeBase::takePending()
{
    for (const ConnectionId id : m_pending) {
        if (Session *session = findSession(id))
            session->clearPending();
    }
    return std::exchange(m_pending, {});
}

void NodeBase::outputPending(Session &session)
{
    m_pending.push_back(session.id());
}

std::optional<NodeEvent> NodeBase::pollEvent()
{
    if (m_events.empty())
        return std::nullopt;
    NodeEvent event = std::move(m_events.front());
    m_events.pop_front();
    return event;
}

// ---- streams of this host ---------------------------------------------------------------------------------------

void NodeBase::bindLocal(StreamKey key, Session &session, LinkStream &stream)
{
    stream.key = key;
    m_local.emplace(key, Place{session.id(), stream.id});
}

StreamKey NodeBase::offerLocal(Session &session, LinkStream &stream)
{
    const StreamKey key = m_nextKey;
    m_nextKey += 2;
    bindLocal(key, session, stream);
    return key;
}

void NodeBase::closeLocal(LinkStream &stream, const Fault &reason)
{
    if (stream.key == 0)
        return;
    const StreamKey key = std::exchange(stream.key, 0);
    m_local.erase(key);
    emitEvent(StreamClosed{key, reason});
}

LinkStream *NodeBase::findLocal(StreamKey key, Session **session) const
{
    const auto place = m_local.find(key);
    if (place == m_local.end())
        return nullptr;
    *session = findSession(place->second.link);
    return *session ? (*session)->findStream(place->second.stream) : nullptr;
}

void NodeBase::acceptStream(StreamKey key, base::TimePoint now)
{
    setNow(now);
    Session *session = nullptr;
    LinkStream *stream = findLocal(key, &session);
    if (stream && stream->direction == LinkStream::Direction::Incoming && stream->phase == LinkStream::Phase::Offered)
        session->acceptStream(*stream, stream->window);
}

qsizetype NodeBase::streamSpace(StreamKey key) const
{
    Session *session = nullptr;
    const LinkStream *stream = findLocal(key, &session);
    return stream && stream->direction == LinkStream::Direction::Outgoing ? stream->space() : 0;
}

bool NodeBase::sendStreamData(StreamKey key, const QByteArray &chunk, base::TimePoint now)
{
    setNow(now);
    Session *session = nullptr;
    LinkStream *stream = findLocal(key, &session);
    if (!stream || stream->direction != LinkStream::Direction::Outgoing || chunk.isEmpty()
        || chunk.size() > qsizetype(kChunkBytes) || chunk.size() > stream->space())
        return false;
    session->sendData(*stream, chunk);
    return true;
}

void NodeBase::endStream(StreamKey key, base::TimePoint now)
{
    setNow(now);
    Session *session = nullptr;
    LinkStream *stream = findLocal(key, &session);
    if (stream && stream->direction == LinkStream::Direction::Outgoing && stream->phase == LinkStream::Phase::Open
        && !stream->endQueued)
        session->endStream(*stream);
}

void NodeBase::consumeStream(StreamKey key, qint64 bytes, base::TimePoint now)
{
    setNow(now);
    Session *session = nullptr;
    LinkStream *stream = findLocal(key, &session);
    if (!stream || stream->direction != LinkStream::Direction::Incoming || bytes <= 0
        || stream->phase != LinkStream::Phase::Open)
        return;
    stream->consumedOffset += std::min(bytes, stream->receiveOffset - stream->consumedOffset);
    // Credit goes back by half windows. Who has consumed by then nearly all that came is faster than the window lets
    // the sender be: it grows. With a slow consumer most of the window lies here already, and more would only lie here
    // too.
    if (stream->consumedOffset + stream->window - stream->receiveLimit < stream->window / 2)
        return;
    if (stream->receiveOffset - stream->consumedOffset <= stream->window / 4)
        stream->window = std::min(stream->window * 2, kMaxWindow);
    session->creditStream(*stream, stream->consumedOffset + stream->window);
}

void NodeBase::confirmStream(StreamKey key, base::TimePoint now)
{
    setNow(now);
    Session *session = nullptr;
    LinkStream *stream = findLocal(key, &session);
    if (stream && stream->direction == LinkStream::Direction::Incoming && stream->phase == LinkStream::Phase::Ended)
        session->confirmStream(*stream);
}

void NodeBase::resetStream(StreamKey key, const Fault &reason, base::TimePoint now)
{
    setNow(now);
    Session *session = nullptr;
    LinkStream *stream = findLocal(key, &session);
    if (!stream)
        return;
    // No code would read as confirmed, here and at the other end.
    Fault told = reason;
    if (!told.isFault())
        told.code = Code::Failed;
    session->resetStream(*stream, told);
}

void NodeBase::streamSpaceBack(Session &, LinkStream &stream)
{
    if (stream.key != 0)
        emitEvent(StreamSpace{stream.key, stream.space()});
}

// ---- admission, memory ------------------------------------------------------------------------------------------

bool NodeBase::sendPairing(ConnectionId id, const QByteArray &bytes, base::TimePoint now)
{
    setNow(now);
    Session *session = findSession(id);
    return session && session->sendPairing(bytes);
}

void NodeBase::pairingReceived(Session &session, QByteArrayView payload)
{
    emitEvent(PairingFrame{session.id(), payload.toByteArray()});
}

qsizetype NodeBase::memoryOf(ConnectionId id) const
{
    const Session *session = findSession(id);
    return session ? session->memory() : 0;
}

void NodeBase::memoryChanged(Session &, qsizetype bytes)
{
    m_totalMemory += bytes;
}

// ---- accepted types, tokens -------------------------------------------------------------------------------------

bool NodeBase::acceptsType(const QString &name) const
{
    return std::any_of(m_config.accepted.cbegin(), m_config.accepted.cend(),
                       [&](const TypeInfo &type) { return type.name == name; });
}

QList<TypeInfo> NodeBase::addAccepted(const QList<TypeInfo> &types)
{
    QList<TypeInfo> added;
    for (const TypeInfo &type : types) {
        if (acceptsType(type.name))
            continue;
        // What the other side would take for a broken protocol is refused here.
        if (!isTypeName(type.name) || type.maxBytes > kLargeMessageBytes) {
            emitEvent(TypeRefused{type.name,
                                  {Code::InvalidArgument,
                                   QCoreApplication::translate("patchbay::protocol::Node",
                                                               "Its name or the size of its messages is not allowed."),
                                   Party::Local}});
        } else if (m_config.accepted.size() >= kTypesPerMember) {
            emitEvent(
                TypeRefused{type.name,
                            {Code::TooMany,
                             QCoreApplication::translate("patchbay::protocol::Node", "A member may accept %1 types.")
                                 .arg(kTypesPerMember),
                             Party::Local}});
        } else {
            m_config.accepted.append(type);
            added.append(type);
        }
    }
    return added;
}

QStringList NodeBase::removeAccepted(const QStringList &names)
{
    QStringList removed;
    m_config.accepted.removeIf([&](const TypeInfo &type) {
        if (!names.contains(type.name))
            return false;
        removed.append(type.name);
        return true;
    });
    return removed;
}

quint32 NodeBase::numberFor(quint64 token)
{
    m_lastToken = token;
    return quint32(token);
}

quint64 NodeBase::tokenFor(quint32 number) const
{
    quint64 token = (m_lastToken & ~quint64(0xFFFFFFFF)) | number;
    if (token > m_lastToken)
        token = token > 0xFFFFFFFF ? token - (quint64(1) << 32) : 0;
    return token;
}

} // namespace patchbay::protocol
