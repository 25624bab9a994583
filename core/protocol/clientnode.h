// SPDX-License-Identifier: MIT
#pragma once

#include "protocol/nodebase.h"

#include <QHash>

#include <map>
#include <memory>
#include <set>

namespace patchbay::protocol {

/// The host in client mode: one link, to the hub, which numbers types and members for us.
class ClientNode final : public NodeBase
{
public:
    explicit ClientNode(NodeConfig config);
    ~ClientNode() override;

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
    void setPairing(bool pairing) override { m_config.pairing = pairing; }
    void closeConnection(ConnectionId id, const Fault &reason, base::TimePoint now) override;
    void closeAll(const Fault &reason, base::TimePoint now) override;
    void admitConnection(ConnectionId id, bool verified, base::TimePoint now) override;
    void setMuted(MemberNumber, bool, base::TimePoint) override { }
    void kick(MemberNumber, const Fault &, base::TimePoint) override { }
    std::vector<ConnectionId> pausedConnections() const override { return {}; }

private:
    struct Member
    {
        QByteArray peerId;
        QString name;
        QList<quint16> types;
        bool verified = false;
        bool muted = false;
    };

    Session *findSession(ConnectionId id) const override;
    void helloReceived(Session &session, const Hello &hello) override;
    void controlReceived(Session &session, const FrameHeader &header, QByteArrayView payload) override;
    void messageReceived(Session &session, const FrameHeader &header, QByteArrayView payload) override;
    void streamOpened(Session &session, LinkStream &stream, const StreamOpenBody &body) override;
    void streamAccepted(Session &session, LinkStream &stream) override;
    void streamCredited(Session &, LinkStream &) override { }
    void streamData(Session &session, LinkStream &stream, QByteArrayView payload) override;
    void streamEnded(Session &session, LinkStream &stream) override;
    void streamClosed(Session &session, LinkStream &stream, const Fault &reason) override;
    void streamTaken(Session &, LinkStream &, qsizetype) override { }
    void messagesDrained(Session &session) override;
    qint64 messageLimit(quint16 type) const override;
    void sessionClosing(Session &session, const Fault &reason) override;

    void handleWait(QByteArrayView payload);
    void handleWelcome(QByteArrayView payload);
    void attach();
    void announceRoster();
    void handleTypeTable(QByteArrayView payload);
    void handleRoster(QByteArrayView payload);
    void announce(const QList<TypeInfo> &add, const QStringList &remove);
    MemberInfo info(MemberNumber number, const Member &member) const;
    Fault checkTarget(MemberNumber member, const QString &type, TypeMode mode, quint16 *number) const;

    std::unique_ptr<Session> m_session;
    QByteArray m_hubPeerId;
    QStringList m_inHello;
    bool m_confirmed = false; ///< our own side says yes to the hub
    bool m_attached = false;  ///< Welcome came and we confirmed: from here on something goes up
    bool m_rosterComplete = false;
    QList<TypeRefused> m_refused; ///< what Accepted said before we were attached
    MemberNumber m_self = kNobody;
    QString m_hubName;
    std::map<MemberNumber, Member> m_members;
    std::set<MemberNumber> m_blocked; ///< a message to them found the queue full; MemberWritable follows
    std::map<quint16, TypeInfo> m_types;
    QHash<QString, quint16> m_numbers;
    quint32 m_sequence = 0;
    QHash<quint32, QStringList> m_withdrawing; ///< not acknowledged yet: late frames are no oddity
};

} // namespace patchbay::protocol
