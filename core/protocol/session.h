// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "protocol/bodies.h"
#include "protocol/framecodec.h"
#include "protocol/linkstream.h"
#include "protocol/sendqueue.h"

#include <QSet>

#include <deque>
#include <optional>
#include <unordered_map>

namespace patchbay::protocol {

class Session;

/// What a session tells the node it belongs to. Called from inside Session::handle…(); the node must not delete the
/// session there. Frames are checked as far as one link can tell; members and types are the node's business.
class ISessionHandler
{
public:
    virtual void helloReceived(Session &session, const Hello &hello) = 0;
    virtual void controlReceived(Session &session, const FrameHeader &header, QByteArrayView payload) = 0;
    virtual void pairingReceived(Session &session, QByteArrayView payload) = 0;
    virtual void messageReceived(Session &session, const FrameHeader &header, QByteArrayView payload) = 0;
    virtual void streamOpened(Session &session, LinkStream &stream, const StreamOpenBody &body) = 0;
    virtual void streamAccepted(Session &session, LinkStream &stream) = 0;
    virtual void streamCredited(Session &session, LinkStream &stream) = 0;
    virtual void streamData(Session &session, LinkStream &stream, QByteArrayView payload) = 0;
    virtual void streamEnded(Session &session, LinkStream &stream) = 0;
    /// The stream is gone from the session when this returns; code None = confirmed.
    virtual void streamClosed(Session &session, LinkStream &stream, const Fault &reason) = 0;
    virtual void streamSpaceBack(Session &session, LinkStream &stream) = 0;
    /// Bytes of \a stream left the queue for the transport.
    virtual void streamTaken(Session &session, LinkStream &stream, qsizetype bytes) = 0;
    /// The queue of messages drained to half after it was full.
    virtual void messagesDrained(Session &session) = 0;
    /// The largest body of a message of type number \a type.
    virtual qint64 messageLimit(quint16 type) const = 0;
    /// It has something to send. Not called again before clearPending().
    virtual void outputPending(Session &session) = 0;
    /// Session::memory() grew by \a bytes, which may be negative.
    virtual void memoryChanged(Session &session, qsizetype bytes) = 0;
    /// The time as it was last passed in.
    virtual base::TimePoint now() const = 0;
    /// The link is over: \a reason says why. Every stream was closed before. Nothing but Bye is still to be sent.
    virtual void sessionClosing(Session &session, const Fault &reason) = 0;

protected:
    ~ISessionHandler() = default;
};

/// The protocol state of one link, the same on both of its ends. No socket, no clock.
class Session final : private FrameDecoder::Sink
{
public:
    enum class Side : quint8 { Client, Hub };

    Session(ConnectionId id, Side side, const QByteArray &provenPeerId, ISessionHandler &handler, base::TimePoint now);

    ConnectionId id() const { return m_id; }
    Side side() const { return m_side; }
    const QByteArray &provenPeerId() const { return m_provenPeerId; }
    bool isReady() const { return m_ready; }
    bool isClosing() const { return m_closing; }

    /// The hub: the member at the other end. The client: the hub.
    MemberNumber member() const { return m_member; }
    /// From here on frames other than Hello, Welcome and their like are let through.
    void setReady(MemberNumber member)
    {
        m_ready = true;
        m_member = member;
    }

    // ---- admission (PROTOCOL.md 3.6) ----
    /// SHA-256 of the payloads of the two Hellos; empty before they went and came.
    const QByteArray &helloHash() const { return m_helloHash; }
    const QByteArray &ownHelloHash() const { return m_ownHelloHash; }
    /// Between Wait and Welcome: somebody has to decide, here or there, by limits::kWaitDeadline from now.
    void beginWait(bool canPair);
    bool isWaiting() const { return m_waits && !m_ready; }
    /// The client: Welcome is not the end of it, for our own side has to confirm as well, by the same deadline.
    void setHeld(bool held) { m_held = held; }
    bool sendPairing(QByteArrayView bytes);

    /// Bytes held for this link, but for the queues of this host's own streams.
    qsizetype memory() const { return m_memory; }

    void handleReceived(QByteArrayView bytes, base::TimePoint now);
    void handleTimeout(base::TimePoint now);
    void handleTransportClosed();
    base::TimePoint nextTimeout() const { return m_nextTimeout; }
    QByteArray pollTransmit(qsizetype max);
    void clearPending() { m_pending = false; }

    // ---- sending ----
    void sendHello(const Hello &hello);
    void sendControl(const FrameHeader &header, QByteArrayView payload = {});
    void sendEncodedControl(const QByteArray &frame); ///< a whole frame, shared with other links
    enum class Queued { Yes, Full };
    Queued sendMessage(const QByteArray &frame);
    /// Bytes of control frames that wait: others may add to them only up to a limit.
    qsizetype controlBacklog() const { return m_urgent.controlBytes() + m_ordered.controlBytes(); }
    /// Bye and no more. Streams are closed with \a reason first.
    void close(const Fault &reason);
    /// A small oddity: too many of them end the link.
    void glitch();

    // ---- streams ----
    enum class Opened { Here, Anywhere };
    /// Streams that go out on this link: those of this host, or the relayed ones as well.
    int outgoingCount(Opened opened) const;
    /// What waits to be sent for streams that are relayed.
    qsizetype relayedBytes() const;
    /// All of them, those being reset as well.
    int streamCount() const { return int(m_streams.size()); }
    void resetStreamsOfType(quint16 type, const Fault &reason);
    /// Those that bring bytes here, relayed or not.
    void resetIncomingStreams(const Fault &reason);
    LinkStream *findStream(quint32 id);
    /// A new outgoing stream. The caller says whose it is and then has it offered.
    LinkStream &addStream(quint16 type, MemberNumber member);
    // Sending may end the session, and the stream with it: after these \a stream may be gone.
    void offerStream(LinkStream &stream, qint64 size, const QByteArray &header);
    void acceptStream(LinkStream &stream, qint64 limit);
    void creditStream(LinkStream &stream, qint64 limit);
    void sendData(LinkStream &stream, const QByteArray &chunk);
    void endStream(LinkStream &stream);
    void confirmStream(LinkStream &stream);
    /// Tells the other side; streamClosed() is called at once, the id lives on until the answer.
    void resetStream(LinkStream &stream, const Fault &reason);

private:
    qint64 payloadLimit(const FrameHeader &header) override;
    bool frameDecoded(const FrameHeader &header, QByteArrayView payload) override;
    void handleStreamFrame(const FrameHeader &header, QByteArrayView payload);
    void handleStreamOpen(const FrameHeader &header, QByteArrayView payload);
    void fail(Code code, const QString &text);
    void push(const QByteArray &frame);
    void noteQueued();
    bool hasQueued() const { return !m_urgent.isEmpty() || !m_ordered.isEmpty() || !m_ring.empty(); }
    void closeStreams(const Fault &reason);
    bool isStranger() const;
    void failAsStranger();
    void handleHello(QByteArrayView payload);
    void handlePing(const FrameHeader &header, QByteArrayView payload);
    void handlePairing(QByteArrayView payload);
    void account();
    bool isThrough() const { return m_ready && !m_held; }
    void failLate();
    void handleCredit(LinkStream &stream, Kind kind, QByteArrayView payload);
    void enterRing(LinkStream &stream);
    void tellSpace(LinkStream &stream);
    void takeBulk(QByteArray &out, qsizetype max);
    bool takeChunk(LinkStream &stream, QByteArray &out, qsizetype max);
    void drop(quint32 id);
    void uncount(LinkStream &stream, qsizetype bytes);
    FrameHeader streamHeader(Kind kind, const LinkStream &stream) const;

    const ConnectionId m_id;
    const Side m_side;
    const QByteArray m_provenPeerId;
    ISessionHandler &m_handler;
    FrameDecoder m_decoder;
    QByteArray m_firstBytes; ///< of a link that has not said Hello: what a stranger's first words were

    bool m_helloReceived = false;
    bool m_ready = false;
    bool m_waits = false; ///< Wait went or came
    bool m_held = false;
    bool m_canPair = false;
    int m_pairingsSent = 0;
    int m_pairingsReceived = 0;
    QByteArray m_helloHash;
    QByteArray m_ownHelloHash;
    bool m_closing = false;
    MemberNumber m_member = kNobody;

    base::TimePoint m_deadline; ///< of the handshake
    base::TimePoint m_lastReceived;
    base::TimePoint m_nextTimeout;
    bool m_pinged = false; ///< since the last byte came
    int m_pongsOwed = 0;
    bool m_pending = false;     ///< the node knows that there is something to send
    bool m_waiting = false;     ///< something waits to be sent since m_waitingSince
    bool m_takenLately = false; ///< the transport took something since the last look
    base::TimePoint m_waitingSince;
    double m_glitches = 0;
    base::TimePoint m_glitchTime;

    SendQueue m_urgent;  ///< answers that concern what the other side knows already; they overtake
    SendQueue m_ordered; ///< messages, and the control frames that must keep their order with them
    bool m_full = false;
    std::deque<quint32> m_ring; ///< streams with queued bytes, in turn
    std::unordered_map<quint32, LinkStream> m_streams;
    qsizetype m_relayed = 0; ///< bytes that wait in streams of other members
    qsizetype m_memory = 0;  ///< as it was told last
    quint32 m_nextStream = 0;
    quint32 m_lastPeerStream = 0;
};

} // namespace patchbay::protocol
