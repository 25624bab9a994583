// SPDX-License-Identifier: MIT
#pragma once

#include "protocol/nodebase.h"
#include "protocol/roster.h"
#include "protocol/typetable.h"

#include <deque>
#include <memory>
#include <set>
#include <unordered_map>

namespace patchbay::protocol {

/// The host in server mode: admits clients, numbers members and types, and forwards what goes from one to another,
/// also for types it does not accept itself.
class HubNode final : public NodeBase
{
public:
    explicit HubNode(NodeConfig config);
    ~HubNode() override;

    void connectionOpened(ConnectionId id, const QByteArray &provenPeerId, base::TimePoint now) override;
    void handleReceived(ConnectionId id, QByteArrayView bytes, base::TimePoint now) override;
    void handleTransportClosed(ConnectionId id, base::TimePoint now) override;
    void handleTimeout(base::TimePoint now) override;
    std::optional<base::TimePoint> pollTimeout() const override;
    QByteArray pollTransmit(ConnectionId id, qsizetype max) override;
    void acceptTypes(const QList<TypeInfo> &types, base::TimePoint now) override;
    void withdrawTypes(const QStringList &names, base::TimePoint now) override;
    Fault sendMessage(MemberNumber member, const QString &type, const QByteArray &body, quint64 token,
                      base::TimePoint now) override;
    Fault openStream(StreamKey key, MemberNumber member, const QString &type, const QByteArray &header, qint64 size,
                     base::TimePoint now) override;
    void closeConnection(ConnectionId id, const Fault &reason, base::TimePoint now) override;
    void closeAll(const Fault &reason, base::TimePoint now) override;
    void admitConnection(ConnectionId id, bool verified, base::TimePoint now) override;
    void setMuted(MemberNumber member, bool muted, base::TimePoint now) override;
    void kick(MemberNumber member, const Fault &reason, base::TimePoint now) override;
    std::vector<ConnectionId> pausedConnections() const override;

    /// Stream bytes that the hub holds towards the member on \a id; never over limits::kRelayWindow.
    qsizetype relayedBytes(ConnectionId id) const;

private:
    /// One link, and what it costs the hub as the receiver of relayed streams.
    struct Link
    {
        std::unique_ptr<Session> session;
        base::TimePoint timeout; ///< its place in m_timeouts
        qint64 shared = 0; ///< bytes granted to senders and not yet handed to this link, but for each stream's reserve
        std::deque<quint32> wantingCredit;     ///< streams on this link whose senders could have more, in turn
        std::set<MemberNumber> blockedSenders; ///< told QueueFull; Writable follows
    };

    /// A link that waits for admitConnection().
    struct Waiting
    {
        Hello hello;
        QByteArray peerId;
    };

    Session *findSession(ConnectionId id) const override;
    Session *sessionOf(MemberNumber number) const;
    Link *findLink(ConnectionId id);
    void helloReceived(Session &session, const Hello &hello) override;
    void controlReceived(Session &session, const FrameHeader &header, QByteArrayView payload) override;
    void messageReceived(Session &session, const FrameHeader &header, QByteArrayView payload) override;
    void streamOpened(Session &session, LinkStream &stream, const StreamOpenBody &body) override;
    void streamAccepted(Session &session, LinkStream &stream) override;
    void streamCredited(Session &session, LinkStream &stream) override;
    void streamData(Session &session, LinkStream &stream, QByteArrayView payload) override;
    void streamEnded(Session &session, LinkStream &stream) override;
    void streamClosed(Session &session, LinkStream &stream, const Fault &reason) override;
    void streamTaken(Session &session, LinkStream &stream, qsizetype bytes) override;
    void messagesDrained(Session &session) override;
    qint64 messageLimit(quint16 type) const override;
    void sessionClosing(Session &session, const Fault &reason) override;
    void memoryChanged(Session &session, qsizetype bytes) override;

    // Admission (hubadmission.cpp)
    Fault checkHello(const Session &session, const Hello &hello, const QByteArray &peerId) const;
    Fault checkRoom(const QByteArray &peerId);
    void letWait(Session &session, const Hello &hello, const Knock &knock);
    void admit(Session &session, const Hello &hello, const QByteArray &peerId, bool verified);
    static Fault mutedFault();
    bool isMuted(MemberNumber member) const { return m_muted.count(member) > 0; }

    // Roster (hubnode.cpp)
    QList<QPair<QString, Fault>> acceptFor(Roster::Member &member, const QList<TypeInfo> &types);
    void handleAccept(Session &session, QByteArrayView payload);
    void broadcastControl(Kind kind, const QByteArray &body, ConnectionId except = 0);
    void announceMember(const Roster::Member &member, bool joined);
    MemberInfo info(const Roster::Member &member) const;
    void schedule(Link &link);

    // Memory (hubmemory.cpp)
    void checkMemory();
    void chooseLargest();
    bool dropOverMemory();
    ConnectionId largestLink() const;
    bool isPaused(ConnectionId id) const { return id == m_largest || m_overMemory.count(id) > 0; }
    void resume(ConnectionId id);

    // Messages (hubmessages.cpp)
    Fault deliver(MemberNumber from, MemberNumber to, quint16 type, quint32 number, QByteArrayView body);
    void deliverToEveryone(MemberNumber from, quint16 type, quint32 number, QByteArrayView body);
    Fault checkReceiver(MemberNumber to, quint16 type) const;
    Fault queueAt(const Roster::Member &to, MemberNumber from, const QByteArray &frame);
    void handleUndeliverable(Session &session, const FrameHeader &header, QByteArrayView payload);
    void refuse(MemberNumber from, MemberNumber to, quint16 type, quint32 number, const Fault &fault);

    // Streams (hubstreams.cpp)
    LinkStream *relayOf(const LinkStream &stream, Link **link);
    void grant(Link &receiver, LinkStream &out);
    void pumpCredit(Link &receiver);
    void release(Link &receiver, qint64 before, qint64 after);
    Fault checkRelay(const Session &receiver) const;

    std::unordered_map<ConnectionId, Link> m_links;
    std::set<std::pair<base::TimePoint, ConnectionId>> m_timeouts;
    std::map<ConnectionId, Waiting> m_waiting;            ///< at most kWaitingLinks
    std::set<MemberNumber> m_muted;                       ///< also those who left and may come back
    std::map<ConnectionId, base::TimePoint> m_overMemory; ///< links over their own budget, since when
    std::vector<ConnectionId> m_crossed;                  ///< over or under their budget since the last look
    ConnectionId m_largest = 0;                           ///< who pays while all together are over theirs
    base::TimePoint m_largestSince;
    Roster m_roster;
    TypeTable m_types;
};

} // namespace patchbay::protocol
