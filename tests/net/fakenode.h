// SPDX-License-Identifier: MIT
#pragma once

#include "protocol/node.h"

#include <QMap>

#include <deque>
#include <optional>
#include <utility>
#include <vector>

/// An engine without a protocol: what is sent and received is up to the test.
class FakeNode final : public patchbay::protocol::Node
{
public:
    using ConnectionId = patchbay::protocol::ConnectionId;
    using TimePoint = patchbay::base::TimePoint;

    struct Link
    {
        QByteArray messages; ///< to send, before bulk
        qint64 bulk = 0;     ///< so many bytes of 'b' to send
        QByteArray received;
        bool open = true;
        bool transportClosed = false;
    };
    QMap<ConnectionId, Link> links;
    std::deque<patchbay::protocol::NodeEvent> events;
    std::vector<ConnectionId> pending;
    std::vector<qsizetype> pulled; ///< sizes asked for
    std::optional<TimePoint> timeout;
    int timeouts = 0;
    int transmits = 0;

    void say(ConnectionId id, const QByteArray &message)
    {
        links[id].messages += message;
        pending.push_back(id);
    }
    void sendBulk(ConnectionId id, qint64 bytes)
    {
        links[id].bulk += bytes;
        pending.push_back(id);
    }

    void connectionOpened(ConnectionId id, const QByteArray &, TimePoint) override { links[id] = {}; }
    void handleReceived(ConnectionId id, QByteArrayView bytes, TimePoint) override { links[id].received += bytes; }
    void handleTransportClosed(ConnectionId id, TimePoint) override { links[id].transportClosed = true; }
    void handleTimeout(TimePoint) override
    {
        ++timeouts;
        timeout.reset();
    }
    std::optional<TimePoint> pollTimeout() const override { return timeout; }
    std::vector<ConnectionId> takePending() override { return std::exchange(pending, {}); }
    QByteArray pollTransmit(ConnectionId id, qsizetype max) override
    {
        ++transmits;
        pulled.push_back(max);
        Link &link = links[id];
        QByteArray bytes = link.messages.left(max);
        link.messages.remove(0, bytes.size());
        const qint64 bulk = qMin<qint64>(link.bulk, max - bytes.size());
        link.bulk -= bulk;
        return bytes + QByteArray(bulk, 'b');
    }
    std::optional<patchbay::protocol::NodeEvent> pollEvent() override
    {
        if (events.empty())
            return std::nullopt;
        auto event = std::move(events.front());
        events.pop_front();
        return event;
    }
    void closeConnection(ConnectionId id, const patchbay::protocol::Fault &reason, TimePoint) override
    {
        Link &link = links[id];
        if (!std::exchange(link.open, false))
            return;
        link.bulk = 0;
        link.messages += "BYE";
        pending.push_back(id);
        events.push_back(patchbay::protocol::ConnectionClosing{id, reason});
    }
    void closeAll(const patchbay::protocol::Fault &reason, TimePoint now) override
    {
        for (const ConnectionId id : links.keys())
            closeConnection(id, reason, now);
    }

    void admitConnection(ConnectionId, bool, TimePoint) override { }
    bool sendPairing(ConnectionId, const QByteArray &, TimePoint) override { return false; }
    void setMuted(patchbay::protocol::MemberNumber, bool, TimePoint) override { }
    void kick(patchbay::protocol::MemberNumber, const patchbay::protocol::Fault &, TimePoint) override { }
    qsizetype memoryOf(ConnectionId) const override { return 0; }
    qsizetype totalMemory() const override { return 0; }
    std::vector<ConnectionId> pausedConnections() const override { return {}; }
    void acceptTypes(const QList<patchbay::protocol::TypeInfo> &, TimePoint) override { }
    void withdrawTypes(const QStringList &, TimePoint) override { }
    patchbay::protocol::Fault sendMessage(patchbay::protocol::MemberNumber, const QString &, const QByteArray &,
                                          quint64, TimePoint) override
    {
        return {};
    }
    patchbay::protocol::Fault openStream(patchbay::protocol::StreamKey, patchbay::protocol::MemberNumber,
                                         const QString &, const QByteArray &, qint64, TimePoint) override
    {
        return {};
    }
    void acceptStream(patchbay::protocol::StreamKey, TimePoint) override { }
    qsizetype streamSpace(patchbay::protocol::StreamKey) const override { return 0; }
    bool sendStreamData(patchbay::protocol::StreamKey, const QByteArray &, TimePoint) override { return false; }
    void endStream(patchbay::protocol::StreamKey, TimePoint) override { }
    void consumeStream(patchbay::protocol::StreamKey, qint64, TimePoint) override { }
    void confirmStream(patchbay::protocol::StreamKey, TimePoint) override { }
    void resetStream(patchbay::protocol::StreamKey, const patchbay::protocol::Fault &, TimePoint) override { }
};
