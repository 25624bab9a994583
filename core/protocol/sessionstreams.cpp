// SPDX-License-Identifier: MIT
// The streams of one link: frames in, chunks out in turn (PROTOCOL.md 6).
#include "protocol/session.h"

#include <QCoreApplication>

#include <algorithm>
#include <limits>
#include <vector>

namespace patchbay::protocol {

namespace {

using namespace limits;
using Phase = LinkStream::Phase;
using Direction = LinkStream::Direction;

constexpr qsizetype kLowSpace = 64 * 1024;   // StreamSpace is owed once less than this is left …
constexpr qsizetype kGoodSpace = 256 * 1024; // … and paid when there is this much again
constexpr qsizetype kLeastPiece = 4 * 1024;  // a chunk is cut for a slow transport, but not finer than this
constexpr qsizetype kLimitBytes = 8;

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::protocol::Session", source);
}

QByteArray bytes64(quint64 value)
{
    QByteArray bytes(kLimitBytes, Qt::Uninitialized);
    qToBigEndian(value, bytes.data());
    return bytes;
}

} // namespace

// ---- receiving --------------------------------------------------------------------------------------------------

void Session::handleStreamFrame(const FrameHeader &header, QByteArrayView payload)
{
    if (header.kind == Kind::StreamOpen)
        return handleStreamOpen(header, payload);
    LinkStream *stream = findStream(header.stream);
    if (!stream) {
        // Late frames of a stream that is over are small oddities; frames of one that never was are not.
        const bool ours = (header.stream & 1) == (m_nextStream & 1);
        if (header.stream == 0 || (ours ? header.stream >= m_nextStream : header.stream > m_lastPeerStream))
            return fail(Code::ProtocolError, tr("A frame came for a stream that was never opened."));
        return glitch();
    }
    const bool outgoing = stream->direction == Direction::Outgoing;
    const Phase phase = stream->phase;
    if (phase == Phase::Resetting) {
        if (header.kind == Kind::StreamReset || header.kind == Kind::StreamDone)
            drop(header.stream);
        return; // on its way when we reset
    }
    switch (header.kind) {
    case Kind::StreamAccept:
    case Kind::StreamCredit:
        handleCredit(*stream, header.kind, payload);
        break;
    case Kind::StreamData:
        if (outgoing || phase != Phase::Open || payload.isEmpty())
            return fail(Code::ProtocolError, tr("Stream bytes came that were not asked for."));
        if (payload.size() > stream->receiveLimit - stream->receiveOffset)
            return fail(Code::FlowControl, tr("More stream bytes came than were granted."));
        stream->receiveOffset += payload.size();
        m_handler.streamData(*this, *stream, payload);
        break;
    case Kind::StreamEnd:
        if (outgoing || phase != Phase::Open)
            return fail(Code::ProtocolError, tr("A stream ended that was not open."));
        stream->phase = Phase::Ended;
        m_handler.streamEnded(*this, *stream);
        break;
    case Kind::StreamDone:
        if (!outgoing || phase != Phase::Ended)
            return fail(Code::ProtocolError, tr("A stream was confirmed that had not ended."));
        m_handler.streamClosed(*this, *stream, {});
        drop(header.stream);
        break;
    case Kind::StreamReset: {
        const auto reason = decodeFault(payload);
        if (!reason)
            return fail(Code::Malformed, tr("A reset without a reason came."));
        const FrameHeader answer = streamHeader(Kind::StreamReset, *stream);
        m_handler.streamClosed(*this, *stream, *reason);
        drop(header.stream);
        sendControl(answer, encode(*reason));
        break;
    }
    default:
        fail(Code::ProtocolError, tr("A frame of the unknown kind %1 came.").arg(int(header.kind)));
        break;
    }
}

void Session::handleCredit(LinkStream &stream, Kind kind, QByteArrayView payload)
{
    const quint32 id = stream.id;
    const bool accepts = kind == Kind::StreamAccept;
    if (stream.direction != Direction::Outgoing || payload.size() != kLimitBytes
        || accepts != (stream.phase == Phase::Offered))
        return fail(Code::ProtocolError, tr("Credit came for a stream that takes none."));
    const quint64 limit = qFromBigEndian<quint64>(payload.data());
    if (limit > quint64(std::numeric_limits<qint64>::max()) || qint64(limit) < stream.sendLimit
        || qint64(limit) - stream.takenOffset > kMaxWindow)
        return fail(Code::ProtocolError, tr("Credit of a stream went back or out of range."));
    if (!accepts && (qint64(limit) == stream.sendLimit || stream.phase == Phase::Ended)) {
        if (qint64(limit) == stream.sendLimit)
            glitch(); // it changes nothing
        return;
    }
    stream.sendLimit = qint64(limit);
    if (accepts) {
        stream.phase = Phase::Open;
        stream.wantsSpace = true;
        m_handler.streamAccepted(*this, stream);
    } else {
        m_handler.streamCredited(*this, stream);
    }
    // The node may have closed the link, and the stream with it.
    if (LinkStream *kept = findStream(id))
        tellSpace(*kept);
}

void Session::handleStreamOpen(const FrameHeader &header, QByteArrayView payload)
{
    const auto body = decodeStreamOpen(payload);
    if (!body)
        return fail(Code::Malformed, tr("A stream was offered in a way that cannot be read."));
    if (header.stream == 0 || (header.stream & 1) == (m_nextStream & 1) || header.stream <= m_lastPeerStream)
        return fail(Code::ProtocolError, tr("A stream was opened under a number that is not free."));
    m_lastPeerStream = header.stream;
    LinkStream stream;
    stream.id = header.stream;
    stream.type = header.type;
    stream.member = header.member;
    stream.direction = Direction::Incoming;
    LinkStream &kept = m_streams.emplace(header.stream, std::move(stream)).first->second;
    // A client's link to its hub carries the streams of all members.
    const auto incoming = std::count_if(m_streams.cbegin(), m_streams.cend(), [&](const auto &entry) {
        return entry.second.direction == Direction::Incoming
               && (m_side == Side::Hub || entry.second.member == header.member);
    });
    if (incoming > 4 * kStreamsPerMember || streamCount() > kStreamsOnLink) // it opens without reading our refusals
        return fail(Code::TooMany, tr("Too many streams were opened."));
    if (incoming > kStreamsPerMember) {
        kept.phase = Phase::Resetting;
        sendControl(streamHeader(Kind::StreamReset, kept),
                    encode(Fault{Code::TooMany, tr("A member may have %1 streams open.").arg(kStreamsPerMember),
                                 Party::Local}));
        return;
    }
    m_handler.streamOpened(*this, kept, *body);
}

// ---- chunks out -------------------------------------------------------------------------------------------------

void Session::takeBulk(QByteArray &out, qsizetype max)
{
    while (!m_ring.empty()) {
        const quint32 id = m_ring.front();
        LinkStream *stream = findStream(id);
        const bool hasNothing =
            !stream || stream->phase == Phase::Resetting || (stream->queue.empty() && !stream->endQueued);
        if (!hasNothing && !stream->queue.empty()) {
            if (!takeChunk(*stream, out, max))
                return;
            stream = findStream(id); // what it gave rise to may have closed it
        } else if (!hasNothing) {
            stream->endQueued = false;
            stream->phase = Phase::Ended;
            out.append(encodeFrame(streamHeader(Kind::StreamEnd, *stream)));
        }
        // Round robin: one chunk, then the next stream.
        if (m_ring.empty() || m_ring.front() != id)
            continue;
        m_ring.pop_front();
        if (!stream)
            continue;
        stream->inRing = !hasNothing && (!stream->queue.empty() || stream->endQueued);
        if (stream->inRing)
            m_ring.push_back(id);
    }
}

/// False: it does not fit any more.
bool Session::takeChunk(LinkStream &stream, QByteArray &out, qsizetype max)
{
    const quint32 id = stream.id;
    const QByteArray chunk = stream.queue.front();
    const qsizetype left = chunk.size() - stream.headTaken;
    const qsizetype room = max - out.size() - kHeaderBytes;
    if (!out.isEmpty() && left > room)
        return false;
    // On a slow link the transport asks for little, so that a message does not wait behind much.
    const qsizetype count = std::min(left, std::max(room, kLeastPiece));
    if (out.capacity() < max)
        out.reserve(max);
    FrameHeader header = streamHeader(Kind::StreamData, stream);
    header.length = quint32(count);
    char bytes[kHeaderBytes];
    writeHeader(header, bytes);
    out.append(bytes, kHeaderBytes);
    out.append(chunk.constData() + stream.headTaken, count);
    stream.headTaken += count;
    if (stream.headTaken == chunk.size()) {
        stream.queue.pop_front();
        stream.headTaken = 0;
    }
    stream.queuedBytes -= count;
    stream.takenOffset += count;
    uncount(stream, std::min(count, stream.relayed));
    m_handler.streamTaken(*this, stream, count);
    if (LinkStream *kept = findStream(id))
        tellSpace(*kept);
    return true;
}

void Session::tellSpace(LinkStream &stream)
{
    const qsizetype space = stream.space();
    if (!stream.wantsSpace || space <= 0 || (space < kGoodSpace && space < stream.credit()))
        return;
    stream.wantsSpace = space < kLowSpace;
    m_handler.streamSpaceBack(*this, stream);
}

void Session::enterRing(LinkStream &stream)
{
    if (!stream.inRing) {
        stream.inRing = true;
        m_ring.push_back(stream.id);
    }
    noteQueued();
}

// ---- what the node does with streams ----------------------------------------------------------------------------

FrameHeader Session::streamHeader(Kind kind, const LinkStream &stream) const
{
    return {0, kind, 0, stream.type, stream.id, stream.member};
}

LinkStream *Session::findStream(quint32 id)
{
    const auto it = m_streams.find(id);
    return it == m_streams.end() ? nullptr : &it->second;
}

int Session::outgoingCount(Opened opened) const
{
    return int(std::count_if(m_streams.cbegin(), m_streams.cend(), [opened](const auto &entry) {
        const LinkStream &stream = entry.second;
        return stream.direction == Direction::Outgoing && stream.phase != Phase::Resetting
               && (opened == Opened::Anywhere || stream.key != 0);
    }));
}

qsizetype Session::relayedBytes() const
{
    qsizetype bytes = 0;
    for (const auto &[id, stream] : m_streams)
        bytes += stream.isRelayed() ? stream.queuedBytes : 0;
    return bytes;
}

void Session::resetStreamsOfType(quint16 type, const Fault &reason)
{
    std::vector<quint32> ids;
    for (const auto &[id, stream] : m_streams) {
        if (stream.type == type && stream.key != 0)
            ids.push_back(id);
    }
    for (const quint32 id : ids) {
        if (LinkStream *stream = findStream(id))
            resetStream(*stream, reason);
    }
}

void Session::resetIncomingStreams(const Fault &reason)
{
    std::vector<quint32> ids;
    for (const auto &[id, stream] : m_streams) {
        if (stream.direction == Direction::Incoming)
            ids.push_back(id);
    }
    for (const quint32 id : ids) {
        if (LinkStream *stream = findStream(id))
            resetStream(*stream, reason);
    }
}

void Session::drop(quint32 id)
{
    if (LinkStream *stream = findStream(id)) {
        uncount(*stream, stream->relayed);
        m_streams.erase(id);
    }
}

void Session::uncount(LinkStream &stream, qsizetype bytes)
{
    stream.relayed -= bytes;
    m_relayed -= bytes;
}

LinkStream &Session::addStream(quint16 type, MemberNumber member)
{
    LinkStream stream;
    stream.id = m_nextStream;
    m_nextStream += 2;
    stream.type = type;
    stream.member = member;
    return m_streams.emplace(stream.id, std::move(stream)).first->second;
}

// Sending may end the session, and the stream with it: in all that follows it comes last.

void Session::offerStream(LinkStream &stream, qint64 size, const QByteArray &header)
{
    sendControl(streamHeader(Kind::StreamOpen, stream), encode(StreamOpenBody{size, header}));
}

void Session::acceptStream(LinkStream &stream, qint64 limit)
{
    stream.phase = Phase::Open;
    stream.receiveLimit = limit;
    sendControl(streamHeader(Kind::StreamAccept, stream), bytes64(quint64(limit)));
}

void Session::creditStream(LinkStream &stream, qint64 limit)
{
    stream.receiveLimit = limit;
    sendControl(streamHeader(Kind::StreamCredit, stream), bytes64(quint64(limit)));
}

void Session::sendData(LinkStream &stream, const QByteArray &chunk)
{
    stream.sendOffset += chunk.size();
    stream.queuedBytes += chunk.size();
    if (stream.isRelayed()) {
        stream.relayed += chunk.size();
        m_relayed += chunk.size();
    }
    stream.queue.push_back(chunk);
    if (stream.space() < kLowSpace)
        stream.wantsSpace = true;
    enterRing(stream);
}

void Session::endStream(LinkStream &stream)
{
    stream.endQueued = true;
    enterRing(stream);
}

void Session::confirmStream(LinkStream &stream)
{
    const FrameHeader header = streamHeader(Kind::StreamDone, stream);
    m_handler.streamClosed(*this, stream, {});
    drop(header.stream);
    sendControl(header);
}

void Session::resetStream(LinkStream &stream, const Fault &reason)
{
    if (stream.phase == Phase::Resetting)
        return;
    stream.phase = Phase::Resetting;
    stream.queue.clear();
    stream.headTaken = 0;
    stream.queuedBytes = 0;
    uncount(stream, stream.relayed);
    stream.endQueued = false;
    const FrameHeader header = streamHeader(Kind::StreamReset, stream);
    m_handler.streamClosed(*this, stream, reason);
    sendControl(header, encode(reason));
}

} // namespace patchbay::protocol
