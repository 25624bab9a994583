// SPDX-License-Identifier: MIT
// The link itself: frames in and out, time, the end. Streams are in sessionstreams.cpp.
#include "protocol/session.h"

#include <QCoreApplication>
#include <QCryptographicHash>

#include <algorithm>
#include <array>
#include <vector>

namespace patchbay::protocol {

namespace {

using namespace limits;

constexpr qsizetype kPreviewBytes = 16;
constexpr qsizetype kPingBytes = 8;
constexpr base::Duration kCheckWhilePinged = std::chrono::seconds(5);

QByteArray hashOf(QByteArrayView payload)
{
    return QCryptographicHash::hash(payload.toByteArray(), QCryptographicHash::Sha256);
}

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::protocol::Session", source);
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
    : m_id(id), m_side(side), m_provenPeerId(provenPeerId), m_handler(handler), m_deadline(now + kHelloDeadline),
      m_lastReceived(now), m_nextTimeout(m_deadline), m_waitingSince(now), m_glitchTime(now),
      m_nextStream(side == Side::Client ? 1 : 2)
{ }

// ---- receiving --------------------------------------------------------------------------------------------------

void Session::handleReceived(QByteArrayView bytes, base::TimePoint now)
{
    if (m_closing || bytes.isEmpty())
        return;
    m_lastReceived = now;
    m_pinged = false;
    if (!m_helloReceived && m_firstBytes.size() < kPreviewBytes) {
        m_firstBytes.append(bytes.first(std::min(bytes.size(), kPreviewBytes - m_firstBytes.size())));
        if (isStranger())
            return failAsStranger();
    }
    if (m_decoder.feed(bytes, *this) == FrameDecoder::Outcome::TooLarge)
        fail(Code::FrameTooLarge,
             tr("A frame of %1 bytes is over the limit of its kind.").arg(m_decoder.lastHeader().length));
    account();
}

/// The limit of a payload, from the header alone (PROTOCOL.md 2.2).
qint64 Session::payloadLimit(const FrameHeader &header)
{
    if (m_closing)
        return -1;
    if (!m_helloReceived)
        return kHelloBytes; // its header was looked at in isStranger()
    if (header.kind == Kind::Pairing)
        return kPairingBytes;
    if (m_side == Side::Hub && !m_ready && header.kind != Kind::Ping && header.kind != Kind::Pong)
        return kHelloBytes; // nothing but Bye is legal
    switch (header.kind) {
    case Kind::Message:
        return m_handler.messageLimit(header.type);
    case Kind::StreamData:
        return kChunkBytes;
    case Kind::Ping:
    case Kind::Pong:
    case Kind::StreamAccept:
    case Kind::StreamCredit:
        return kPingBytes;
    case Kind::StreamEnd:
    case Kind::StreamDone:
    case Kind::Writable:
        return 0;
    default:
        return kControlBytes;
    }
}

bool Session::frameDecoded(const FrameHeader &header, QByteArrayView payload)
{
    if (header.kind == Kind::Bye) {
        Fault reason =
            decodeFault(payload).value_or(Fault{Code::GoingAway, tr("The other side ended the link."), Party::Remote});
        if (isMisbehaviour(reason))
            reason.party = Party::Local; // it says that we did
        m_closing = true;
        closeStreams(reason);
        m_urgent.clear();
        m_ordered.clear();
        account();
        m_handler.sessionClosing(*this, reason);
        return false;
    }
    if (!m_helloReceived) {
        handleHello(payload);
        return !m_closing;
    }
    switch (header.kind) {
    case Kind::Hello:
        fail(Code::ProtocolError, tr("Hello came twice."));
        break;
    case Kind::Ping:
    case Kind::Pong:
        handlePing(header, payload);
        break;
    case Kind::Pairing:
        handlePairing(payload);
        break;
    case Kind::Message:
        if (!m_ready)
            fail(Code::ProtocolError, tr("A message came before Welcome."));
        else
            m_handler.messageReceived(*this, header, payload);
        break;
    case Kind::Wait:
    case Kind::Welcome:
    case Kind::TypeTable:
    case Kind::Roster:
        if (m_side == Side::Hub)
            fail(Code::ProtocolError, tr("A client does not send that."));
        else
            m_handler.controlReceived(*this, header, payload);
        break;
    case Kind::Accept:
    case Kind::Accepted:
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
        else if ((header.flags & kIgnorable) && !(m_side == Side::Hub && isWaiting()))
            glitch();
        else
            fail(Code::ProtocolError, tr("A frame of the unknown kind %1 came.").arg(int(header.kind)));
        break;
    }
    return !m_closing;
}

void Session::handleHello(QByteArrayView payload)
{
    const auto hello = decodeHello(payload);
    if (!hello && isHello(payload))
        return fail(Code::Malformed, tr("The Hello of the other side cannot be read."));
    if (!hello)
        return failAsStranger();
    m_helloReceived = true;
    m_firstBytes = {};
    m_helloHash = hashOf(payload);
    m_handler.helloReceived(*this, *hello);
}

void Session::handlePing(const FrameHeader &header, QByteArrayView payload)
{
    if (payload.size() != kPingBytes)
        return fail(Code::Malformed, tr("A ping has 8 bytes."));
    if (header.kind == Kind::Ping) {
        glitch(); // honest ones are far apart, and the bucket never fills with them
        sendControl({0, Kind::Pong, 0, 0, 0, 0}, payload);
    } else if (m_pongsOwed > 0) {
        --m_pongsOwed;
    } else {
        glitch();
    }
}

// ---- admission --------------------------------------------------------------------------------------------------

void Session::beginWait(bool canPair)
{
    m_waits = true;
    m_canPair = canPair;
    m_deadline = m_handler.now() + kWaitDeadline;
}

void Session::handlePairing(QByteArrayView payload)
{
    if (m_canPair && m_ready && m_side == Side::Hub)
        return glitch(); // on its way when we let it in
    if (!isWaiting() || !m_canPair)
        return fail(Code::ProtocolError, tr("A pairing frame came where nobody pairs."));
    if (++m_pairingsReceived > kPairingFrames)
        return fail(Code::ProtocolError, tr("More than %1 pairing frames came.").arg(kPairingFrames));
    m_handler.pairingReceived(*this, payload);
}

bool Session::sendPairing(QByteArrayView bytes)
{
    if (m_closing || !isWaiting() || !m_canPair || bytes.size() > kPairingBytes || m_pairingsSent >= kPairingFrames)
        return false;
    ++m_pairingsSent;
    sendControl({0, Kind::Pairing, 0, 0, 0, 0}, bytes);
    return true;
}

// ---- strangers --------------------------------------------------------------------------------------------------

/// Whether the first bytes cannot be the header of a Hello (or of a Bye in its place): told from each of them, so that
/// a stranger who says little and waits is recognised as well (PROTOCOL.md 3.1).
bool Session::isStranger() const
{
    std::array<char, kHeaderBytes> bytes = {};
    bytes[4] = char(Kind::Hello);
    std::copy_n(m_firstBytes.data(), std::min(m_firstBytes.size(), kHeaderBytes), bytes.data());
    const FrameHeader header = readHeader(bytes.data());
    return (header.kind != Kind::Hello && header.kind != Kind::Bye) || header.length > kHelloBytes || header.flags != 0
           || header.type != 0 || header.stream != 0 || header.member != 0;
}

void Session::failAsStranger()
{
    struct Greeting
    {
        const char *start;
        const char *protocol;
    };
    static constexpr Greeting kGreetings[] = {
        {"HTTP/", "HTTP"},   {"GET ", "HTTP"}, {"POST ", "HTTP"}, {"HEAD ", "HTTP"}, {"PUT ", "HTTP"},
        {"OPTIONS", "HTTP"}, {"<!DO", "HTTP"}, {"<htm", "HTTP"},  {"SSH-", "SSH"},   {"\x16\x03", "TLS"},
        {"\x15\x03", "TLS"}, {"RFB ", "VNC"},  {"* OK", "IMAP"},  {"+OK", "POP3"}};
    QString what = tr("noise");
    for (const Greeting &greeting : kGreetings) {
        if (m_firstBytes.startsWith(greeting.start))
            what = QLatin1String(greeting.protocol);
    }
    if (m_firstBytes.startsWith("220"))
        what = tr("a mail or FTP server");
    fail(Code::NotPatchbay, tr("The other side does not speak Patchbay; it looks like %1.").arg(what));
}

// ---- time -------------------------------------------------------------------------------------------------------

void Session::handleTimeout(base::TimePoint now)
{
    if (m_closing || now < m_nextTimeout)
        return;
    if (!isThrough() && now >= m_deadline)
        return failLate();
    if (now - m_lastReceived >= kDeadPeer)
        return fail(Code::Timeout, tr("Nothing was heard for 60 s."));
    if (m_takenLately)
        m_waitingSince = now;
    m_takenLately = false;
    if (m_waiting && now - m_waitingSince >= kSlowReader)
        return fail(Code::SlowReader, tr("The other side did not read for 30 s."));
    if ((m_ready || m_waits) && !m_pinged && now - m_lastReceived >= kPingIdle) {
        m_pinged = true;
        ++m_pongsOwed;
        std::array<char, kPingBytes> token = {};
        sendControl({0, Kind::Ping, 0, 0, 0, 0}, QByteArrayView(token.data(), token.size()));
    }
    // Whatever moves a deadline moves it back, but for two: a reader that stalls, a byte that comes after a ping.
    m_nextTimeout = m_pinged ? std::min(now + kCheckWhilePinged, m_lastReceived + kDeadPeer)
                             : m_lastReceived + ((m_ready || m_waits) ? kPingIdle : kDeadPeer);
    if (!isThrough())
        m_nextTimeout = std::min(m_nextTimeout, m_deadline);
    if (m_waiting)
        m_nextTimeout = std::min(m_nextTimeout, m_waitingSince + kSlowReader);
}

void Session::failLate()
{
    if (m_waits && (m_side == Side::Hub || m_ready))
        close({Code::Timeout, tr("Nobody here confirmed the connection within 2 minutes."), Party::Local});
    else if (m_waits)
        fail(Code::Timeout, tr("Nobody there confirmed the connection within 2 minutes."));
    else
        fail(Code::Timeout, tr("The other side did not finish its Hello within 10 s."));
}

void Session::glitch()
{
    const base::TimePoint now = m_handler.now();
    const double passed = std::chrono::duration<double>(now - m_glitchTime).count();
    m_glitches = std::max(0.0, m_glitches - passed * kGlitchesPerSecond) + 1;
    m_glitchTime = now;
    if (m_glitches > kGlitchBucket)
        fail(Code::TooManyGlitches, tr("Too many frames came that nobody asked for."));
}

// ---- closing ----------------------------------------------------------------------------------------------------

void Session::fail(Code code, const QString &text)
{
    close({code, text, Party::Remote});
}

void Session::close(const Fault &given)
{
    if (m_closing)
        return;
    m_closing = true;
    Fault reason = given;
    if (!reason.isFault())
        reason.code = Code::GoingAway; // without a code its streams would look confirmed
    closeStreams(reason);
    // Who leaves of its own will has its last messages delivered first; after an error nothing more is worth sending.
    if (reason.code != Code::GoingAway || reason.party != Party::Local)
        m_ordered.clear();
    if (reason.code == Code::TransportLost || reason.code == Code::SlowReader)
        m_urgent.clear();
    if (reason.code != Code::TransportLost && reason.code != Code::NotPatchbay) { // a stranger could not read it
        m_ordered.push(encodeFrame({0, Kind::Bye, 0, 0, 0, 0}, encode(reason)), SendQueue::Frame::Control);
        noteQueued();
    }
    account();
    m_handler.sessionClosing(*this, reason);
}

void Session::closeStreams(const Fault &reason)
{
    std::vector<quint32> ids;
    for (const auto &[id, stream] : m_streams)
        ids.push_back(id);
    for (const quint32 id : ids) {
        LinkStream *stream = findStream(id);
        if (stream && stream->phase != LinkStream::Phase::Resetting)
            m_handler.streamClosed(*this, *stream, reason);
    }
    m_streams.clear();
    m_ring.clear();
    m_relayed = 0;
}

void Session::handleTransportClosed()
{
    close({Code::TransportLost, tr("The connection was lost."), Party::Remote});
}

// ---- sending ----------------------------------------------------------------------------------------------------

void Session::noteQueued()
{
    if (!m_waiting) {
        m_waiting = true;
        m_waitingSince = m_handler.now();
    }
    if (!m_pending) {
        m_pending = true;
        m_handler.outputPending(*this);
    }
    account();
}

/// Tells the node what changed since it was told last.
void Session::account()
{
    const qsizetype memory = m_urgent.bytes() + m_ordered.bytes() + m_relayed + m_decoder.heldBytes();
    const qsizetype grown = memory - m_memory;
    if (grown == 0)
        return;
    m_memory = memory;
    m_handler.memoryChanged(*this, grown);
}

void Session::push(const QByteArray &frame)
{
    SendQueue &queue = isUrgent(Kind(quint8(frame[4]))) ? m_urgent : m_ordered;
    queue.push(frame, SendQueue::Frame::Control);
    noteQueued();
    if (queue.controlBytes() > kControlQueueBytes) // answers to questions whose asker does not read
        fail(Code::SlowReader, tr("The other side asks and does not read the answers."));
}

void Session::sendHello(const Hello &hello)
{
    const QByteArray payload = encode(hello);
    m_ownHelloHash = hashOf(payload);
    push(encodeFrame({0, Kind::Hello, 0, 0, 0, 0}, payload));
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
    noteQueued();
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
    if (!out.isEmpty()) {
        m_takenLately = true;
        m_waitingSince = m_handler.now();
    }
    m_waiting = hasQueued();
    account();
    return out;
}

} // namespace patchbay::protocol
