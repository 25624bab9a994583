// SPDX-License-Identifier: MIT
#pragma once

#include "protocol/clientnode.h"
#include "protocol/framecodec.h"
#include "protocol/hubnode.h"

#include <QRandomGenerator>
#include <QStringList>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace patchbay::protocol::testing {

class World;

/// Byte \a offset of the stream whose header names \a seed: every receiver can tell whether it is right.
inline char patternByte(quint32 seed, qint64 offset)
{
    const quint64 x = quint64(offset) * 0x9E3779B97F4A7C15ULL + seed * 0x2545F491ULL;
    return char(x >> 56);
}
QByteArray patternBytes(quint32 seed, qint64 offset, qsizetype count);
QByteArray patternHeader(quint32 seed);

TypeInfo messageType(const QString &name = QStringLiteral("org.example.chat/1"), quint32 maxBytes = 256 * 1024);
TypeInfo streamType(const QString &name = QStringLiteral("org.example.file/1"));
QByteArray peerIdOf(const QString &name);
NodeConfig config(const QString &name, const QList<TypeInfo> &types = {messageType(), streamType()});

/// What a host saw of one stream, and what it did with it.
struct StreamRecord
{
    bool opened = false; ///< by this host; otherwise offered to it
    bool accepted = false;
    bool ended = false;
    bool closed = false;
    Fault reason;
    MemberNumber from = kNobody;
    QString type;
    qint64 size = -1;
    quint32 seed = 0;
    qint64 sent = 0;
    qint64 received = 0;
    qint64 consumed = 0;
};

/// One host: a node and everything it said. It checks what must hold for every node at every time.
class Endpoint final
{
public:
    Endpoint(World &world, QString name, std::unique_ptr<Node> node);

    Node &node() { return *m_node; }
    const QString &name() const { return m_name; }
    void drain();
    /// Called for each event after it was noted.
    std::function<void(const NodeEvent &)> onEvent;

    MemberNumber self = kNobody;
    bool ready = false;
    std::map<MemberNumber, MemberInfo> members;
    QList<MessageReceived> messages;
    QList<MessageUndeliverable> undeliverable;
    QList<MemberWritable> writable;
    QList<StreamSpace> spaces;
    QList<ConnectionClosing> closings;
    QList<ConnectionReady> readies;
    QList<TypeRefused> refused;
    QList<Knock> knocks;
    QList<PairingWaiting> waits;
    QList<PairingFrame> pairings;
    QList<MemberNumber> left;
    std::map<StreamKey, StreamRecord> streams;
    std::vector<StreamKey> offers;
    std::set<QString> withdrawn; ///< no event for these may come
    QStringList problems;
    bool checksBytes = true; ///< streams carry the pattern

    // Shortcuts with the world's time
    Fault send(MemberNumber to, const QByteArray &body, const QString &type = messageType().name);
    /// 0 and the fault when it is refused.
    StreamKey open(MemberNumber to, quint32 seed, const QString &type = streamType().name, Fault *fault = nullptr);
    qsizetype pour(StreamKey key, qsizetype max); ///< sends up to \a max bytes of the pattern; how many went
    void accept(StreamKey key);
    void consume(StreamKey key, qint64 bytes);
    void consumeAll(StreamKey key);
    void end(StreamKey key);
    void confirm(StreamKey key);
    void reset(StreamKey key, Code code = Code::Cancelled);
    MemberNumber find(const QString &name) const;
    quint64 lastToken() const { return m_token; }

private:
    void note(const NodeEvent &event);
    StreamRecord *stream(StreamKey key, const char *event);
    void problem(const QString &text);

    World &m_world;
    QString m_name;
    std::unique_ptr<Node> m_node;
    StreamKey m_nextKey = 1;
    quint64 m_token = 0;
};

/// Watches the frames of one direction of one link: are they whole, and within the credit that was given?
class Sniffer final : public FrameDecoder::Sink
{
public:
    void feed(QByteArrayView bytes) { m_decoder.feed(bytes, *this); }
    std::vector<FrameHeader> frames;
    std::function<void(const FrameHeader &, QByteArrayView)> onFrame;
    bool keep = false; ///< fill frames

private:
    qint64 payloadLimit(const FrameHeader &) override { return 2 * 1024 * 1024; }
    bool frameDecoded(const FrameHeader &header, QByteArrayView payload) override;
    FrameDecoder m_decoder;
};

enum class Cuts { Whole, SingleBytes, Random };

/// Two ends and the bytes between them.
struct Link
{
    struct Pipe
    {
        QByteArray bytes;
        qsizetype capacity = 1024 * 1024; ///< what the transport takes before it is full
        bool blocked = false;             ///< the receiver does not read
        qint64 carried = 0;
        qint64 cutAfter = -1; ///< the transport breaks after this many bytes
        Sniffer sniffer;
        std::map<quint32, qint64> granted; ///< stream → limit that reached the sender of this direction
        std::map<quint32, qint64> sent;    ///< stream → bytes it sent
    };
    Endpoint *client = nullptr;
    ConnectionId hubId = 0;
    ConnectionId clientId = 0;
    Pipe toHub, toClient;
    bool open = true;
    bool hubClosing = false, clientClosing = false;
};

/// A hub, clients, and virtual time. Nothing here waits.
class World final
{
public:
    explicit World(NodeConfig hubConfig = config(QStringLiteral("hub")));

    base::TimePoint now{std::chrono::hours(1)};
    Cuts cuts = Cuts::Whole;
    qsizetype transmitMax = 256 * 1024;
    QRandomGenerator random{1};

    Endpoint &hub() { return *m_hub; }
    HubNode &hubNode() { return static_cast<HubNode &>(m_hub->node()); }
    Endpoint &addClient(const QString &name, const QList<TypeInfo> &types = {messageType(), streamType()});
    Endpoint &addClient(const NodeConfig &config);
    /// A new link; the client may have had others before.
    Link &connect(Endpoint &client, const QByteArray &provenToHub = {});
    /// addClient(), connect() and settle().
    Endpoint &join(const QString &name, const QList<TypeInfo> &types = {messageType(), streamType()});
    /// The newest link of \a client.
    Link &linkOf(const Endpoint &client);
    const std::vector<std::unique_ptr<Link>> &links() const { return m_links; }
    const std::vector<std::unique_ptr<Endpoint>> &clients() const { return m_clients; }

    /// Moves bytes until nothing moves. False: it did not come to rest.
    bool settle(int maxSteps = 200000);
    bool step();
    /// Time passes, timeout by timeout.
    void advance(base::Duration duration);
    /// The transport breaks; what is on its way is lost.
    void cut(Link &link);
    QStringList problems() const;
    /// Every frame of a link when a host hands it to its transport, and when it reaches the other end.
    std::function<void(Link &, bool towardsHub, const FrameHeader &, QByteArrayView payload)> onFrameOut, onFrameIn;
    qint64 mostHeld = 0; ///< the most stream bytes the hub ever held towards one member

private:
    bool move(Link &link, bool towardsHub);
    void watch(Link &link, bool towardsHub);
    void noteClosing();
    void finishClosing(Link &link);
    void drainAll();

    std::unique_ptr<Endpoint> m_hub;
    std::vector<std::unique_ptr<Endpoint>> m_clients;
    std::vector<std::unique_ptr<Link>> m_links;
    std::set<ConnectionId> m_hubPending, m_clientPending;
    ConnectionId m_lastId = 100;
    QStringList m_problems;
};

} // namespace patchbay::protocol::testing
