// SPDX-License-Identifier: MIT
#pragma once

#include "support/world.h"

namespace patchbay::protocol::testing {

/// Speaks bytes to a node: the other end of a link as a test wants it to be, well-behaved or not.
class RawPeer final
{
public:
    struct Frame
    {
        FrameHeader header;
        QByteArray payload;
    };

    RawPeer(Node &node, base::TimePoint &now, ConnectionId id = 1, const QByteArray &provenPeerId = {})
        : m_node(node), m_now(now), m_id(id)
    {
        m_sniffer.onFrame = [this](const FrameHeader &header, QByteArrayView payload) {
            frames.push_back({header, payload.toByteArray()});
        };
        m_node.connectionOpened(m_id, provenPeerId, m_now);
        poll();
    }

    void feed(QByteArrayView bytes)
    {
        m_node.handleReceived(m_id, bytes, m_now);
        poll();
    }
    void send(const FrameHeader &header, QByteArrayView payload = {}) { feed(encodeFrame(header, payload)); }
    void send(Kind kind, QByteArrayView payload = {}) { send({0, kind, 0, 0, 0, 0}, payload); }
    void sendHello(const NodeConfig &config, bool isHub)
    {
        Hello hello;
        hello.isHub = isHub;
        hello.peerId = config.peerId;
        hello.name = config.name;
        hello.agent = config.agent;
        hello.types = config.accepted;
        hello.token = config.token;
        hello.pairing = config.pairing;
        send(Kind::Hello, encode(hello));
    }
    void close() { m_node.handleTransportClosed(m_id, m_now); }
    /// Takes what the node sends.
    void poll()
    {
        if (!reads)
            return;
        while (true) {
            const QByteArray bytes = m_node.pollTransmit(m_id, 256 * 1024);
            if (bytes.isEmpty())
                return;
            m_sniffer.feed(bytes);
        }
    }

    int count(Kind kind) const
    {
        return int(std::count_if(frames.cbegin(), frames.cend(),
                                 [kind](const Frame &frame) { return frame.header.kind == kind; }));
    }
    const Frame *last(Kind kind) const
    {
        for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame) {
            if (frame->header.kind == kind)
                return &*frame;
        }
        return nullptr;
    }
    /// The code of the Bye that came, or None.
    Code byeCode() const
    {
        const Frame *bye = last(Kind::Bye);
        const auto fault = bye ? decodeFault(bye->payload) : std::nullopt;
        return fault ? fault->code : Code::None;
    }

    std::vector<Frame> frames;
    bool reads = true;

private:
    Node &m_node;
    base::TimePoint &m_now;
    const ConnectionId m_id;
    Sniffer m_sniffer;
};

/// A client of \a world's hub that speaks bytes, past its handshake.
inline std::unique_ptr<RawPeer> rawClient(World &world, const NodeConfig &config, ConnectionId id = 1)
{
    auto peer = std::make_unique<RawPeer>(world.hub().node(), world.now, id);
    peer->sendHello(config, false);
    return peer;
}

/// The hub of one client node, speaking bytes: kind 1 = the client is past its handshake.
struct RawHub
{
    static constexpr quint16 kMessageNumber = 1;
    static constexpr quint16 kStreamNumber = 2;
    static constexpr MemberNumber kSelf = 2;
    static constexpr MemberNumber kOther = 3;

    explicit RawHub(World &world) : RawHub(world, config(QStringLiteral("raw client"))) { }
    RawHub(World &world, const NodeConfig &config) : client(world.addClient(config)), peer(client.node(), world.now) { }
    void greet() { peer.sendHello(config(QStringLiteral("raw hub")), true); }
    void welcome()
    {
        greet();
        letIn();
    }
    void letIn()
    {
        const NodeConfig hub = config(QStringLiteral("raw hub"));
        peer.send(Kind::TypeTable,
                  encode(QList<NumberedType>{{kMessageNumber, messageType()}, {kStreamNumber, streamType()}}));
        peer.send(Kind::Welcome, encode(Welcome{kProtocolVersion, kSelf, hub.peerId, hub.name}));
        const QList<quint16> both{kMessageNumber, kStreamNumber};
        RosterBody roster;
        roster.present = {{kHubMember, hub.peerId, hub.name, both},
                          {kSelf, peerIdOf(client.name()), client.name(), both},
                          {kOther, peerIdOf(QStringLiteral("other")), QStringLiteral("other"), both}};
        roster.complete = true;
        peer.send(Kind::Roster, encode(roster));
        client.drain();
    }

    Endpoint &client;
    RawPeer peer;
};

} // namespace patchbay::protocol::testing
