// SPDX-License-Identifier: MIT
#pragma once

#include "protocol/node.h"
#include "protocol/session.h"

#include <algorithm>
#include <deque>
#include <unordered_map>

namespace patchbay::protocol {

/// What both kinds of node do alike: events, the streams that begin or end at this host, message tokens.
class NodeBase : public Node, public ISessionHandler
{
public:
    std::vector<ConnectionId> takePending() override;
    std::optional<NodeEvent> pollEvent() override;

    void acceptStream(StreamKey key, base::TimePoint now) override;
    qsizetype streamSpace(StreamKey key) const override;
    bool sendStreamData(StreamKey key, const QByteArray &chunk, base::TimePoint now) override;
    void endStream(StreamKey key, base::TimePoint now) override;
    void consumeStream(StreamKey key, qint64 bytes, base::TimePoint now) override;
    void confirmStream(StreamKey key, base::TimePoint now) override;
    void resetStream(StreamKey key, const Fault &reason, base::TimePoint now) override;
    bool sendPairing(ConnectionId id, const QByteArray &bytes, base::TimePoint now) override;
    qsizetype memoryOf(ConnectionId id) const override;
    qsizetype totalMemory() const override { return m_totalMemory; }

protected:
    explicit NodeBase(NodeConfig config);

    /// Every call from outside begins with it. Time does not go back.
    void setNow(base::TimePoint now) { m_now = std::max(m_now, now); }

    virtual Session *findSession(ConnectionId id) const = 0;

    void emitEvent(NodeEvent event) { m_events.push_back(std::move(event)); }
    /// A stream of this host gets its place on a link.
    void bindLocal(StreamKey key, Session &session, LinkStream &stream);
    StreamKey offerLocal(Session &session, LinkStream &stream);
    void closeLocal(LinkStream &stream, const Fault &reason);

    bool acceptsType(const QString &name) const;
    /// Those that are new and allowed; TypeRefused for the rest.
    QList<TypeInfo> addAccepted(const QList<TypeInfo> &types);
    /// Those that were there.
    QStringList removeAccepted(const QStringList &names);

    /// The message number on the wire is the low half of the token.
    quint32 numberFor(quint64 token);
    quint64 tokenFor(quint32 number) const; ///< 0: no such message was ever sent

    // ISessionHandler, the part that is the same for local streams
    void streamSpaceBack(Session &session, LinkStream &stream) override;
    void outputPending(Session &session) override;
    base::TimePoint now() const final { return m_now; }
    void pairingReceived(Session &session, QByteArrayView payload) override;
    void memoryChanged(Session &session, qsizetype bytes) override;
    /// Before a session is destroyed.
    void forgetMemory(const Session &session) { m_totalMemory -= session.memory(); }

    NodeConfig m_config;

private:
    struct Place
    {
        ConnectionId link = 0;
        quint32 stream = 0;
    };
    LinkStream *findLocal(StreamKey key, Session **session) const;

    std::deque<NodeEvent> m_events;
    std::unordered_map<StreamKey, Place> m_local;
    std::vector<ConnectionId> m_pending;
    base::TimePoint m_now;
    qsizetype m_totalMemory = 0;
    StreamKey m_nextKey = 2;
    quint64 m_lastToken = 0;
};

/// A reason as it is told to the other end of a relayed stream, or about a link that ended.
Fault linkEndedFault(const QString &memberName, const Fault &reason);

} // namespace patchbay::protocol
