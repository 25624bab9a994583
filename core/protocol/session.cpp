// SPDX-License-Identifier: MIT
#include "protocol/session.h"

#include <QCoreApplication>

#include <algorithm>
#include <limits>
#include <vector>

namespace patchbay::protocol {

namespace {

using namespace limits;

constexpr qsizetype kPreviewBytes = 16;
constexpr qsizetype kLowSpace = 64 * 1024;   // StreamSpace is owed once less than this is left …
constexpr qsizetype kGoodSpace = 256 * 1024; // … and paid when there is this much again
constexpr qsizetype kBigEndian64 = 8;

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::protocol::Session", source);
}

QByteArray bytes64(quint64 value)
{
    QByteArray bytes(kBigEndian64, Qt::Uninitialized);
    qToBigEndian(value, bytes.data());
    return bytes;
}

/// Frames that may overtake messages: they answer what the other side sent, and name nothing it does not know yet. All
/// others keep their order: a message must not come after the roster page that says its sender has left.
bool isUrgent(Kind kind)
{
    switch (kind) {
    case Kind::Ping:
    case Kind::Pong:
    case Kind::StreamAccept:
    case Kind::StreamCredit:
    case Kind::StreamDone:
    case Kind::Undeliverable:
    case Kind::Writable:
        return true;
    default:
        return false;
    }
}

bool isStreamKind(Kind kind)
{
    return kind >= Kind::StreamOpen && kind <= Kind::StreamReset;
}

} // namespace

Session::Session(ConnectionId id, Side side, const QByteArray &provenPeerId, ISessionHandler &handler,
                 base::TimePoint now)
    : m_id(id), m_side(side), m_provenPeerId(provenPeerId), m_handler(handler), m_now(now), m_opened(now),
      m_lastReceived(now), m_nextTimeout(now + kHelloDeadline), m_stalledSince(now), m_glitchTime(now),
      m_nextStream(side == Side::Client ? 1 : 2)
{ }

// ---- receiving --------------------------------------------------------------------------------------------------

void Session::handleReceived(QByteArrayView bytes, base::TimePoint now)
{
    if (m_closing || bytes.isEmpty())
        return;
    m_now = now;
    m_lastReceived = now;
    m_pinged = false;
    if (!m_helloReceived && m_firstBytes.size() < kPreviewBytes)
        m_firstBytes.append(bytes.first(std::min(bytes.size(), kPreviewBytes - m_firstBytes.size())));
    if (m_decoder.feed(bytes, *this) == FrameDecoder::Outcome::TooLarge)
        fail(Code::FrameTooLarge,
             tr("A frame of %1 bytes is over the limit of its kind.").arg(m_decoder.lastHeader().length));
}

qint64 Session::payloadLimit(const FrameHeader &header)
{
    if (m_closing)
        return -1;
    if (!m_helloReceived) {
        if (header.kind == Kind::Bye && header.length <= kHelloBytes)
            return kHelloBytes;
        if (header.kind != Kind::Hello || header.length > kHelloBytes || header.flags != 0 || header.stream != 0
            || header.type != 0 || header.member != 0) {
            const Fault stranger = describeStranger();
            fail(stranger.code, stranger.text);
            return -1;
        }
        return kHelloBytes;
    }
    switch (header.kind) {
    case Kind::Message:
        return m_handler.messageLimit(header.type);
    case Kind::StreamData:
        return kChunkBytes;
    case Kind::Ping:
    case Kind::Pong:
    case Kind::StreamAccept:
    case Kind::StreamCredit:
        return kBigEndian64;
    case Kind::StreamEnd:
    case Kind::StreamDone:
    case Kind::Writable:
        return 0;
    default:
        return kControlBytes;
    }
}

Fault Session::describeStranger() const
{
    QString what = tr("something else");
    if (m_firstBytes.startsWith("HTTP/") || m_firstBytes.startsWith("GET ") || m_firstBytes.startsWith("POST ")
        || m_firstBytes.startsWith("HEAD ") || m_firstBytes.startsWith("<!DO") || m_firstBytes.startsWith("<htm"))
        what = QStringLiteral("HTTP");
    else if (m_firstBytes.startsWith("SSH-"))
        what = QStringLiteral("SSH");
    else if (m_firstBytes.size() > 2 && m_firstBytes[0] == 0x16 && m_firstBytes[1] == 0x03)
        what = QStringLiteral("TLS");
    else if (m_firstBytes.startsWith("220 "))
        what = tr("a mail or FTP greeting");
    return {Code::NotPatchbay, tr("The other side does not speak Patchbay; it looks like %1.").arg(what),
            Party::Remote};
}

bool Session::frameDecoded(const FrameHeader &header, QByteArrayView payload)
{
    if (header.kind == Kind::Bye) {
        Fault reason =
            decodeFault(payload).value_or(Fault{Code::GoingAway, tr("The other side ended the link."), Party::Remote});
        reason.party = Party::Remote;
        if (!m_closing) {
            m_urgent.clear();
            m_ordered.clear();
            m_closing = true;
            std::vector<quint32> ids;
            for (const auto &[id, stream] : m_streams)
                ids.push_back(id);
            for (const quint32 id : ids) {
                LinkStream &stream = m_streams.at(id);
                if (stream.phase != LinkStream::Phase::Resetting)
                    m_handler.streamClosed(*this, stream, reason);
            }
            m_streams.clear();
            m_handler.sessionClosing(*this, reason);
        }
        return false;
    }
    if (!m_helloReceived) {
        const auto hello = decodeHello(payload);
        if (!hello) {
            const Fault stranger = describeStranger();
            fail(stranger.code, stranger.text);
            return false;
        }
        m_helloReceived = true;
        m_firstBytes.clear();
        m_handler.helloReceived(*this, *hello);
        return !m_closing;
    }
    switch (header.kind) {
    case Kind::Hello:
        fail(Code::ProtocolError, tr("Hello came twice."));
        break;
    case Kind::Ping:
        if (payload.size() != kBigEndian64)
            fail(Code::Malformed, tr("A ping has 8 bytes."));
        else
            sendControl({0, Kind::Pong, 0, 0, 0, 0}, payload);
        break;
    case Kind::Pong:
        if (payload.size() != kBigEndian64)
            fail(Code::Malformed, tr("A pong has 8 bytes."));
        break;
    case Kind::Message:
        if (!m_ready)
            fail(Code::ProtocolError, tr("A message came before Welcome."));
        else
            m_handler.messageReceived(*this, header, payload);
        break;
    case Kind::Welcome:
    case Kind::TypeTable:
    case Kind::Roster:
    case Kind::Accepted:
        if (m_side == Side::Hub)
            fail(Code::ProtocolError, tr("A client does not send that."));
        else
            m_handler.controlReceived(*this, header, payload);
        break;
    case Kind::Accept:
    case Kind::Undeliverable:
    case Kind::Writable:
        if (!m_ready)
            fail(Code::ProtocolError, tr("A frame came before Welcome."));
        else
            m_handler.controlReceived(*this, header, payload);
        break;
    default:
        if (isStreamKind(header.kind) && m_ready)
            handleStreamFrame(header, payload);
        else if (isStreamKind(header.kind))
            fail(Code::ProtocolError, tr("A stream frame came before Welcome."));
        else if (header.flags & kIgnorable)
            glitch();
        else
            fail(Code::ProtocolError, tr("A frame of the unknown kind %1 came.").arg(int(header.kind)));
        break;
    }
    return !m_closing;
}

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
    using Phase = LinkStream::Phase;
    const bool outgoing = stream->direction == LinkStream::Direction::Outgoing;
    const Phase phase = stream->phase;
    if (phase == Phase::Resetting) {
        if (header.kind == Kind::StreamReset || header.kind == Kind::StreamDone)
            drop(header.stream);
        return; // on its way when we reset
    }
    switch (header.kind) {
    case Kind::StreamAccept:
    case Kind::StreamCredit: {
        const bool accepts = header.kind == Kind::StreamAccept;
        if (!outgoing || payload.size() != kBigEndian64 || accepts != (phase == Phase::Offered))
            return fail(Code::ProtocolError, tr("Credit came for a stream that takes none."));
        const quint64 limit = qFromBigEndian<quint64>(payload.data());
        if (limit > quint64(std::numeric_limits<qint64>::max()) || qint64(limit) < stream->sendLimit
            || qint64(limit) - stream->takenOffset > 4 * kMaxWindow)
            return fail(Code::ProtocolError, tr("Credit of a stream went back or out of range."));
        stream->sendLimit = qint64(limit);
        if (accepts) {
            stream->phase = Phase::Open;
            stream->wantsSpace = true;
            m_handler.streamAccepted(*this, *stream);
        } else {
            m_handler.streamCredited(*this, *stream);
        }
        if (!m_closing && (stream = findStream(header.stream)) && stream->wantsSpace && stream->space() > 0
            && (stream->space() >= kGoodSpace || stream->space() == stream->credit())) {
            stream->wantsSpace = stream->space() < kLowSpace;
            m_handler.streamSpaceBack(*this, *stream);
        }
        break;
    }
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
    stream.direction = LinkStream::Direction::Incoming;
    LinkStream &kept = m_streams.emplace(header.stream, std::move(stream)).first->second;
    int incoming = 0;
    for (const auto &[id, known] : m_streams)
        // A client's link to its hub carries the streams of all members.
        incoming +=
            known.direction == LinkStream::Direction::Incoming && (m_side == Side::Hub || known.member == header.member)
                ? 1
                : 0;
    if (incoming > 4 * kStreamsPerMember) // it opens without reading our refusals
        return fail(Code::TooMany, tr("Too many streams were opened."));
    if (incoming > kStreamsPerMember) {
        kept.phase = LinkStream::Phase::Resetting;
        sendControl(streamHeader(Kind::StreamReset, kept),
                    encode(Fault{Code::TooMany, tr("A member may have %1 streams open.").arg(kStreamsPerMember),
                                 Party::Local}));
        return;
    }
    m_handler.streamOpened(*this, kept, *body);
}

// ---- time -------------------------------------------------------------------------------------------------------

void Session::handleTimeout(base::TimePoint now)
{
    if (m_closing || now < m_nextTimeout)
        return;
    m_now = now;
    if (!m_ready && now - m_opened >= kHelloDeadline)
        return fail(Code::Timeout, tr("The other side did not finish its Hello within 10 s."));
    if (now - m_lastReceived >= kDeadPeer)
        return fail(Code::Timeout, tr("Nothing was heard for 60 s."));
    const bool queued = !m_urgent.isEmpty() || !m_ordered.isEmpty() || !m_ring.empty();
    if (!queued || m_taken != m_takenAtCheck) {
        m_takenAtCheck = m_taken;
        m_stalledSince = now;
    } else if (now - m_stalledSince >= kSlowReader) {
        return fail(Code::SlowReader, tr("The other side did not read for 30 s."));
    }
    if (m_ready && !m_pinged && now - m_lastReceived >= kPingIdle) {
        m_pinged = true;
        sendControl({0, Kind::Ping, 0, 0, 0, 0}, bytes64(0));
    }
    m_nextTimeout = m_ready ? now + std::chrono::seconds(5) : m_opened + kHelloDeadline;
}

void Session::glitch()
{
    const double passed = std::chrono::duration<double>(m_now - m_glitchTime).count();
    m_glitches = std::max(0.0, m_glitches - passed * kGlitchesPerSecond) + 1;
    m_glitchTime = m_now;
    if (m_glitches > kGlitchBucket)
        fail(Code::TooManyGlitches, tr("Too many frames came that nobody asked for."));
}

// ---- closing ----------------------------------------------------------------------------------------------------

void Session::fail(Code code, const QString &text, Party party)
{
    close({code, text, party});
}

void Session::close(const Fault &reason)
{
    if (m_closing)
        return;
    m_closing = true;
    std::vector<quint32> ids;
    for (const auto &[id, stream] : m_streams)
        ids.push_back(id);
    for (const quint32 id : ids) {
        LinkStream &stream = m_streams.at(id);
        if (stream.phase != LinkStream::Phase::Resetting)
            m_handler.streamClosed(*this, stream, reason);
    }
    m_streams.clear();
    m_ring.clear();
    // Who leaves of its own will has its last messages delivered first; after an error nothing more is worth sending.
    if (reason.code != Code::GoingAway || reason.party != Party::Local)
        m_ordered.clear();
    if (reason.code == Code::TransportLost) {
        m_urgent.clear();
    } else if (reason.code != Code::NotPatchbay) { // a stranger could not read it
        m_ordered.push(encodeFrame({0, Kind::Bye, 0, 0, 0, 0}, encode(reason)), SendQueue::Frame::Control);
        m_handler.outputPending(*this);
    }
    m_handler.sessionClosing(*this, reason);
}

void Session::handleTransportClosed()
{
    const bool stranger = !m_helloReceived && !m_firstBytes.isEmpty();
    if (stranger && !m_closing && m_firstBytes.size() < kPreviewBytes) {
        const Fault fault = describeStranger();
        return close(fault);
    }
    close({Code::TransportLost, tr("The connection was lost."), Party::Remote});
}

// ---- sending ----------------------------------------------------------------------------------------------------

void Session::push(const QByteArray &frame)
{
    SendQueue &queue = isUrgent(Kind(quint8(frame[4]))) ? m_urgent : m_ordered;
    queue.push(frame, SendQueue::Frame::Control);
    m_handler.outputPending(*this);
    if (queue.controlBytes() > kControlQueueBytes) // answers to questions whose asker does not read
        fail(Code::SlowReader, tr("The other side asks and does not read the answers."));
}

void Session::sendHello(const Hello &hello)
{
    push(encodeFrame({0, Kind::Hello, 0, 0, 0, 0}, encode(hello)));
}

void Session::sendControl(const FrameHeader &header, QByteArrayView payload)
{
    if (!m_closing)
        push(encodeFrame(header, payload));
}

void Session::sendEncodedControl(const QByteArray &frame)
{
    if (!m_closing)
        push(frame);
}

Session::Queued Session::sendMessage(const QByteArray &frame)
{
    if (m_closing || m_ordered.messageCount() >= kSendQueueFrames
        || m_ordered.messageBytes() + frame.size() > kSendQueueBytes) {
        m_full = true;
        return Queued::Full;
    }
    m_ordered.push(frame, SendQueue::Frame::Message);
    m_handler.outputPending(*this);
    return Queued::Yes;
}

QByteArray Session::pollTransmit(qsizetype max)
{
    QByteArray out;
    if (max <= 0)
        return out;
    m_urgent.take(out, max);
    if (m_urgent.isEmpty())
        m_ordered.take(out, max);
    if (m_full && m_ordered.messageBytes() <= kSendQueueBytes / 2 && m_ordered.messageCount() <= kSendQueueFrames / 2) {
        m_full = false;
        m_handler.messagesDrained(*this);
    }
    if (m_urgent.isEmpty() && m_ordered.isEmpty())
        takeBulk(out, max);
    if (!out.isEmpty())
        ++m_taken;
    return out;
}

void Session::takeBulk(QByteArray &out, qsizetype max)
{
    while (!m_ring.empty()) {
        const quint32 id = m_ring.front();
        LinkStream *stream = findStream(id);
        if (!stream || stream->phase == LinkStream::Phase::Resetting || (stream->queue.empty() && !stream->endQueued)) {
            if (stream)
                stream->inRing = false;
            m_ring.pop_front();
            continue;
        }
        if (!stream->queue.empty()) {
            const QByteArray chunk = stream->queue.front();
            if (!out.isEmpty() && out.size() + kHeaderBytes + chunk.size() > max)
                return;
            if (out.isEmpty())
                out.reserve(max);
            stream->queue.pop_front();
            stream->queuedBytes -= chunk.size();
            stream->takenOffset += chunk.size();
            char header[kHeaderBytes];
            FrameHeader frame = streamHeader(Kind::StreamData, *stream);
            frame.length = quint32(chunk.size());
            writeHeader(frame, header);
            out.append(header, kHeaderBytes);
            out.append(chunk);
            m_handler.streamTaken(*this, *stream, chunk.size());
            stream = findStream(id);
            if (m_closing || !stream)
                return;
            if (stream->wantsSpace && stream->space() >= kGoodSpace) {
                stream->wantsSpace = false;
                m_handler.streamSpaceBack(*this, *stream);
            }
        } else {
            stream->endQueued = false;
            stream->phase = LinkStream::Phase::Ended;
            out.append(encodeFrame(streamHeader(Kind::StreamEnd, *stream)));
        }
        // Round robin: one chunk, then the next stream.
        m_ring.pop_front();
        if (stream->queue.empty() && !stream->endQueued)
            stream->inRing = false;
        else
            m_ring.push_back(id);
    }
}

// ---- streams ----------------------------------------------------------------------------------------------------

FrameHeader Session::streamHeader(Kind kind, const LinkStream &stream) const
{
    return {0, kind, 0, stream.type, stream.id, stream.member};
}

LinkStream *Session::findStream(quint32 id)
{
    const auto it = m_streams.find(id);
    return it == m_streams.end() ? nullptr : &it->second;
}

int Session::outgoingCount() const
{
    return int(std::count_if(m_streams.cbegin(), m_streams.cend(), [](const auto &entry) {
        return entry.second.direction == LinkStream::Direction::Outgoing
               && entry.second.phase != LinkStream::Phase::Resetting;
    }));
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

void Session::drop(quint32 id)
{
    m_streams.erase(id);
}

LinkStream &Session::openStream(quint16 type, MemberNumber member, qint64 size, const QByteArray &header)
{
    LinkStream stream;
    stream.id = m_nextStream;
    m_nextStream += 2;
    stream.type = type;
    stream.member = member;
    LinkStream &kept = m_streams.emplace(stream.id, std::move(stream)).first->second;
    sendControl(streamHeader(Kind::StreamOpen, kept), encode(StreamOpenBody{size, header}));
    return kept;
}

void Session::acceptStream(LinkStream &stream, qint64 limit)
{
    stream.phase = LinkStream::Phase::Open;
    stream.receiveLimit = limit;
    sendControl(streamHeader(Kind::StreamAccept, stream), bytes64(quint64(limit)));
}

void Session::creditStream(LinkStream &stream, qint64 limit)
{
    stream.receiveLimit = limit;
    sendControl(streamHeader(Kind::StreamCredit, stream), bytes64(quint64(limit)));
}

void Session::enterRing(LinkStream &stream)
{
    if (!stream.inRing) {
        stream.inRing = true;
        m_ring.push_back(stream.id);
    }
    m_handler.outputPending(*this);
}

void Session::sendData(LinkStream &stream, const QByteArray &chunk)
{
    stream.sendOffset += chunk.size();
    stream.queuedBytes += chunk.size();
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
    // Sending may end the session, and the stream with it, so it comes last here and below.
    const FrameHeader header = streamHeader(Kind::StreamDone, stream);
    m_handler.streamClosed(*this, stream, {});
    drop(header.stream);
    sendControl(header);
}

void Session::resetStream(LinkStream &stream, const Fault &reason)
{
    if (stream.phase == LinkStream::Phase::Resetting)
        return;
    stream.phase = LinkStream::Phase::Resetting;
    stream.queue.clear();
    stream.queuedBytes = 0;
    const FrameHeader header = streamHeader(Kind::StreamReset, stream);
    m_handler.streamClosed(*this, stream, reason);
    sendControl(header, encode(reason));
}

} // namespace patchbay::protocol
