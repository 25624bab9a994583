// SPDX-License-Identifier: MIT
#include "protocol/nodebase.h"

#include <QCoreApplication>

#include <algorithm>

namespace patchbay::protocol {

using namespace limits;

Fault linkEndedFault(const QString &memberName, const Fault &reason)
{
    if (quint16(reason.code) < quint16(Code::GoingAway))
        return reason;
    return {Code::NotConnected,
            QCoreApplication::translate("patchbay::protocol::Node", "The link to %1 ended: %2")
                .arg(memberName, reason.text),
            reason.party};
}

std::vector<ConnectionId> NodeBase::takePending()
{
    m_isPending.clear();
    return std::exchange(m_pending, {});
}

void NodeBase::outputPending(Session &session)
{
    if (m_isPending.insert(session.id()).second)
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

void NodeBase::acceptStream(StreamKey key, base::TimePoint)
{
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

bool NodeBase::sendStreamData(StreamKey key, const QByteArray &chunk, base::TimePoint)
{
    Session *session = nullptr;
    LinkStream *stream = findLocal(key, &session);
    if (!stream || stream->direction != LinkStream::Direction::Outgoing || chunk.isEmpty()
        || chunk.size() > qsizetype(kChunkBytes) || chunk.size() > stream->space())
        return false;
    session->sendData(*stream, chunk);
    return true;
}

void NodeBase::endStream(StreamKey key, base::TimePoint)
{
    Session *session = nullptr;
    LinkStream *stream = findLocal(key, &session);
    if (stream && stream->direction == LinkStream::Direction::Outgoing && stream->phase == LinkStream::Phase::Open
        && !stream->endQueued)
        session->endStream(*stream);
}

void NodeBase::consumeStream(StreamKey key, qint64 bytes, base::TimePoint)
{
    Session *session = nullptr;
    LinkStream *stream = findLocal(key, &session);
    if (!stream || stream->direction != LinkStream::Direction::Incoming || bytes <= 0
        || stream->phase != LinkStream::Phase::Open)
        return;
    stream->consumedOffset = std::min(stream->consumedOffset + bytes, stream->receiveOffset);
    // Credit goes back by half windows. A sender that had used up most of the window is held back by it: it grows.
    if (stream->consumedOffset + stream->window - stream->receiveLimit < stream->window / 2)
        return;
    if (stream->receiveLimit - stream->receiveOffset < stream->window * 3 / 4)
        stream->window = std::min(stream->window * 2, kMaxWindow);
    session->creditStream(*stream, stream->consumedOffset + stream->window);
}

void NodeBase::confirmStream(StreamKey key, base::TimePoint)
{
    Session *session = nullptr;
    LinkStream *stream = findLocal(key, &session);
    if (stream && stream->direction == LinkStream::Direction::Incoming && stream->phase == LinkStream::Phase::Ended)
        session->confirmStream(*stream);
}

void NodeBase::resetStream(StreamKey key, const Fault &reason, base::TimePoint)
{
    Session *session = nullptr;
    if (LinkStream *stream = findLocal(key, &session))
        session->resetStream(*stream, reason);
}

void NodeBase::streamSpaceBack(Session &, LinkStream &stream)
{
    if (stream.key != 0)
        emitEvent(StreamSpace{stream.key, stream.space()});
}

// ---- accepted types, tokens -------------------------------------------------------------------------------------

bool NodeBase::acceptsType(const QString &name) const
{
    return std::any_of(m_config.accepted.cbegin(), m_config.accepted.cend(),
                       [&](const TypeInfo &type) { return type.name == name; });
}

void NodeBase::addAccepted(const QList<TypeInfo> &types)
{
    for (const TypeInfo &type : types) {
        if (!acceptsType(type.name))
            m_config.accepted.append(type);
    }
}

void NodeBase::removeAccepted(const QStringList &names)
{
    m_config.accepted.removeIf([&](const TypeInfo &type) { return names.contains(type.name); });
}

quint32 NodeBase::numberFor(quint64 token)
{
    m_lastToken = token;
    return quint32(token);
}

quint64 NodeBase::tokenFor(quint32 number) const
{
    quint64 token = (m_lastToken & ~quint64(0xFFFFFFFF)) | number;
    if (token > m_lastToken && token > 0xFFFFFFFF)
        token -= quint64(1) << 32;
    return token;
}

} // namespace patchbay::protocol
