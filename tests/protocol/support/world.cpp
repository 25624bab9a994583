// SPDX-License-Identifier: MIT
#include "support/world.h"

#include <QCryptographicHash>

#include <algorithm>

namespace patchbay::protocol::testing {

QByteArray patternBytes(quint32 seed, qint64 offset, qsizetype count)
{
    QByteArray bytes(count, Qt::Uninitialized);
    char *to = bytes.data();
    for (qsizetype i = 0; i < count; ++i)
        to[i] = patternByte(seed, offset + i);
    return bytes;
}

QByteArray patternHeader(quint32 seed)
{
    QByteArray header(4, Qt::Uninitialized);
    qToBigEndian(seed, header.data());
    return header;
}

TypeInfo messageType(const QString &name, quint32 maxBytes)
{
    return {name, TypeMode::Message, maxBytes};
}

TypeInfo streamType(const QString &name)
{
    return {name, TypeMode::Stream, 0};
}

QByteArray peerIdOf(const QString &name)
{
    return QCryptographicHash::hash(name.toUtf8(), QCryptographicHash::Sha256);
}

NodeConfig config(const QString &name, const QList<TypeInfo> &types)
{
    NodeConfig result;
    result.peerId = peerIdOf(name);
    result.name = name;
    result.agent = QStringLiteral("test/1");
    result.accepted = types;
    return result;
}

// ---- Endpoint ---------------------------------------------------------------------------------------------------

Endpoint::Endpoint(World &world, QString name, std::unique_ptr<Node> node)
    : m_world(world), m_name(std::move(name)), m_node(std::move(node))
{ }

void Endpoint::problem(const QString &text)
{
    problems.append(m_name + QStringLiteral(": ") + text);
}

void Endpoint::drain()
{
    while (const auto event = m_node->pollEvent()) {
        note(*event);
        if (onEvent)
            onEvent(*event);
    }
}

StreamRecord *Endpoint::stream(StreamKey key, const char *event)
{
    const auto it = streams.find(key);
    if (it == streams.end()) {
        problem(QStringLiteral("%1 for the unknown stream %2").arg(QLatin1String(event)).arg(key));
        return nullptr;
    }
    if (it->second.closed) {
        problem(QStringLiteral("%1 for the closed stream %2").arg(QLatin1String(event)).arg(key));
        return nullptr;
    }
    return &it->second;
}

void Endpoint::note(const NodeEvent &event)
{
    if (const auto *e = std::get_if<NodeReady>(&event)) {
        ready = true;
        self = e->self;
    } else if (const auto *e = std::get_if<MemberJoined>(&event)) {
        if (!members.emplace(e->member.number, e->member).second)
            problem(QStringLiteral("member %1 joined twice").arg(e->member.number));
        if (e->member.isSelf != (e->member.number == self))
            problem(QStringLiteral("member %1 is shown as somebody else").arg(e->member.number));
    } else if (const auto *e = std::get_if<MemberChanged>(&event)) {
        if (members.count(e->member.number) == 0)
            problem(QStringLiteral("member %1 changed and is not here").arg(e->member.number));
        members[e->member.number] = e->member;
    } else if (const auto *e = std::get_if<MemberLeft>(&event)) {
        if (members.erase(e->number) == 0)
            problem(QStringLiteral("member %1 left and was not here").arg(e->number));
        left.append(e->number);
    } else if (const auto *e = std::get_if<MessageReceived>(&event)) {
        if (withdrawn.count(e->type) > 0)
            problem(QStringLiteral("a message came for the withdrawn type %1").arg(e->type));
        if (members.count(e->from) == 0)
            problem(QStringLiteral("a message came from %1, who is not here").arg(e->from));
        messages.append(*e);
    } else if (const auto *e = std::get_if<MessageUndeliverable>(&event)) {
        if (e->token == 0 || e->token > m_token || !e->reason.isFault())
            problem(QStringLiteral("the unknown message %1 was undeliverable").arg(e->token));
        undeliverable.append(*e);
    } else if (const auto *e = std::get_if<MemberWritable>(&event)) {
        writable.append(*e);
    } else if (const auto *e = std::get_if<StreamOffered>(&event)) {
        if (withdrawn.count(e->type) > 0)
            problem(QStringLiteral("a stream came for the withdrawn type %1").arg(e->type));
        if (streams.count(e->key) > 0 || e->key % 2 != 0)
            problem(QStringLiteral("stream %1 was offered twice or under an odd number").arg(e->key));
        StreamRecord record;
        record.from = e->from;
        record.type = e->type;
        record.size = e->size;
        if (e->header.size() == 4)
            record.seed = qFromBigEndian<quint32>(e->header.constData());
        streams.emplace(e->key, record);
        offers.push_back(e->key);
    } else if (const auto *e = std::get_if<StreamAccepted>(&event)) {
        if (StreamRecord *record = stream(e->key, "StreamAccepted")) {
            if (record->accepted || !record->opened)
                problem(QStringLiteral("stream %1 was accepted twice, or not ours").arg(e->key));
            record->accepted = true;
        }
    } else if (const auto *e = std::get_if<StreamClosed>(&event)) {
        if (StreamRecord *record = stream(e->key, "StreamClosed")) {
            record->closed = true;
            record->reason = e->reason;
            if (!e->reason.isFault() && !record->ended)
                problem(QStringLiteral("stream %1 ended well before its end").arg(e->key));
        }
    } else if (const auto *e = std::get_if<StreamData>(&event)) {
        if (StreamRecord *record = stream(e->key, "StreamData")) {
            if (withdrawn.count(record->type) > 0)
                problem(QStringLiteral("bytes came for a withdrawn type"));
            if (record->opened || !record->accepted || record->ended)
                problem(QStringLiteral("bytes came for stream %1 at a wrong time").arg(e->key));
            if (e->chunk.isEmpty() || e->chunk.size() > qsizetype(limits::kChunkBytes))
                problem(QStringLiteral("a chunk has %1 bytes").arg(e->chunk.size()));
            if (checksBytes && e->chunk != patternBytes(record->seed, record->received, e->chunk.size()))
                problem(QStringLiteral("stream %1 brought wrong bytes at %2").arg(e->key).arg(record->received));
            record->received += e->chunk.size();
            if (record->received - record->consumed > limits::kMaxWindow)
                problem(QStringLiteral("stream %1 went over the largest window").arg(e->key));
        }
    } else if (const auto *e = std::get_if<StreamEnded>(&event)) {
        if (StreamRecord *record = stream(e->key, "StreamEnded")) {
            if (record->ended)
                problem(QStringLiteral("stream %1 ended twice").arg(e->key));
            record->ended = true;
        }
    } else if (const auto *e = std::get_if<StreamSpace>(&event)) {
        if (stream(e->key, "StreamSpace") && e->bytes <= 0)
            problem(QStringLiteral("stream %1 was told of no space").arg(e->key));
        spaces.append(*e);
    } else if (const auto *e = std::get_if<ConnectionReady>(&event)) {
        readies.append(*e);
    } else if (const auto *e = std::get_if<ConnectionClosing>(&event)) {
        for (const ConnectionClosing &before : std::as_const(closings)) {
            if (before.id == e->id)
                problem(QStringLiteral("connection %1 closed twice").arg(e->id));
        }
        closings.append(*e);
        if (!dynamic_cast<HubNode *>(m_node.get())) {
            ready = false;
            if (!members.empty())
                problem(QStringLiteral("members are left after the link"));
        }
    } else if (const auto *e = std::get_if<TypeRefused>(&event)) {
        refused.append(*e);
    } else if (const auto *e = std::get_if<KnockWaiting>(&event)) {
        knocks.append(e->knock);
    } else if (const auto *e = std::get_if<PairingWaiting>(&event)) {
        if (ready)
            problem(QStringLiteral("it waits and is ready"));
        waits.append(*e);
    } else if (const auto *e = std::get_if<PairingFrame>(&event)) {
        if (e->bytes.size() > limits::kPairingBytes || (knocks.isEmpty() && waits.isEmpty()))
            problem(QStringLiteral("a pairing frame came that is too large, or that nobody waits for"));
        pairings.append(*e);
    }
}

Fault Endpoint::send(MemberNumber to, const QByteArray &body, const QString &type)
{
    return m_node->sendMessage(to, type, body, ++m_token, m_world.now);
}

StreamKey Endpoint::open(MemberNumber to, quint32 seed, const QString &type, Fault *fault)
{
    const StreamKey key = m_nextKey;
    m_nextKey += 2;
    StreamRecord record;
    record.opened = true;
    record.type = type;
    record.seed = seed;
    streams.emplace(key, record);
    const Fault result = m_node->openStream(key, to, type, patternHeader(seed), -1, m_world.now);
    if (fault)
        *fault = result;
    if (!result.isFault())
        return key;
    streams.erase(key);
    return 0;
}

qsizetype Endpoint::pour(StreamKey key, qsizetype max)
{
    StreamRecord &record = streams.at(key);
    qsizetype total = 0;
    while (total < max && !record.closed) {
        const qsizetype count = std::min({max - total, m_node->streamSpace(key), qsizetype(limits::kChunkBytes)});
        if (count <= 0)
            break;
        if (!m_node->sendStreamData(key, patternBytes(record.seed, record.sent, count), m_world.now)) {
            problem(QStringLiteral("stream %1 refused what it had space for").arg(key));
            break;
        }
        record.sent += count;
        total += count;
    }
    return total;
}

void Endpoint::accept(StreamKey key)
{
    StreamRecord &record = streams.at(key);
    if (record.closed || record.accepted)
        return;
    record.accepted = true;
    m_node->acceptStream(key, m_world.now);
}

void Endpoint::consume(StreamKey key, qint64 bytes)
{
    streams.at(key).consumed += bytes;
    m_node->consumeStream(key, bytes, m_world.now);
}

void Endpoint::consumeAll(StreamKey key)
{
    const StreamRecord &record = streams.at(key);
    if (record.received > record.consumed)
        consume(key, record.received - record.consumed);
}

void Endpoint::end(StreamKey key)
{
    StreamRecord &record = streams.at(key);
    record.ended = true;
    m_node->endStream(key, m_world.now);
}

void Endpoint::confirm(StreamKey key)
{
    m_node->confirmStream(key, m_world.now);
}

void Endpoint::reset(StreamKey key, Code code)
{
    m_node->resetStream(key, {code, QStringLiteral("reset by the test"), Party::Local}, m_world.now);
}

MemberNumber Endpoint::find(const QString &name) const
{
    for (const auto &[number, member] : members) {
        if (member.name == name)
            return number;
    }
    return kNobody;
}

// ---- Sniffer ----------------------------------------------------------------------------------------------------

bool Sniffer::frameDecoded(const FrameHeader &header, QByteArrayView payload)
{
    if (keep)
        frames.push_back(header);
    if (onFrame)
        onFrame(header, payload);
    return true;
}

// ---- World ------------------------------------------------------------------------------------------------------

World::World(NodeConfig hubConfig)
    : m_hub(std::make_unique<Endpoint>(*this, hubConfig.name, std::make_unique<HubNode>(hubConfig)))
{
    m_hub->drain();
}

Endpoint &World::addClient(const QString &name, const QList<TypeInfo> &types)
{
    return addClient(config(name, types));
}

Endpoint &World::addClient(const NodeConfig &config)
{
    m_clients.push_back(std::make_unique<Endpoint>(*this, config.name, std::make_unique<ClientNode>(config)));
    return *m_clients.back();
}

Link &World::connect(Endpoint &client, const QByteArray &provenToHub)
{
    m_links.push_back(std::make_unique<Link>());
    Link &link = *m_links.back();
    link.client = &client;
    link.hubId = ++m_lastId;
    link.clientId = ++m_lastId;
    watch(link, true);
    watch(link, false);
    m_hub->node().connectionOpened(link.hubId, provenToHub, now);
    client.node().connectionOpened(link.clientId, {}, now);
    return link;
}

Endpoint &World::join(const QString &name, const QList<TypeInfo> &types)
{
    Endpoint &client = addClient(name, types);
    connect(client);
    settle();
    return client;
}

Link &World::linkOf(const Endpoint &client)
{
    for (auto link = m_links.rbegin(); link != m_links.rend(); ++link) {
        if ((*link)->client == &client)
            return **link;
    }
    qFatal("the client has no link");
}

/// No direction may carry more stream bytes than the other end has granted, whatever the engine thinks of it.
void World::watch(Link &link, bool towardsHub)
{
    Link::Pipe &pipe = towardsHub ? link.toHub : link.toClient;
    Link::Pipe &back = towardsHub ? link.toClient : link.toHub;
    pipe.sniffer.onFrame = [this, &pipe, &back, &link, towardsHub](const FrameHeader &header, QByteArrayView payload) {
        if (onFrameIn)
            onFrameIn(link, towardsHub, header, payload);
        if (header.kind == Kind::StreamAccept || header.kind == Kind::StreamCredit)
            back.granted[header.stream] = qFromBigEndian<qint64>(payload.data());
        if (header.kind != Kind::StreamData)
            return;
        qint64 &sent = pipe.sent[header.stream];
        sent += payload.size();
        if (sent > pipe.granted[header.stream])
            m_problems.append(QStringLiteral("stream %1 carries %2 bytes and has credit for %3")
                                  .arg(header.stream)
                                  .arg(sent)
                                  .arg(pipe.granted[header.stream]));
    };
}

void World::drainAll()
{
    m_hub->drain();
    for (const auto &client : m_clients)
        client->drain();
    noteClosing();
    for (const auto &link : m_links) {
        if (link->open)
            mostHeld = std::max<qint64>(mostHeld, hubNode().relayedBytes(link->hubId));
    }
}

void World::noteClosing()
{
    for (const auto &link : m_links) {
        for (const ConnectionClosing &closing : std::as_const(m_hub->closings))
            link->hubClosing = link->hubClosing || closing.id == link->hubId;
        for (const ConnectionClosing &closing : std::as_const(link->client->closings))
            link->clientClosing = link->clientClosing || closing.id == link->clientId;
    }
}

bool World::move(Link &link, bool towardsHub)
{
    Link::Pipe &pipe = towardsHub ? link.toHub : link.toClient;
    Endpoint &from = towardsHub ? *link.client : *m_hub;
    Endpoint &to = towardsHub ? *m_hub : *link.client;
    bool moved = false;
    while (pipe.bytes.size() < pipe.capacity) {
        const QByteArray out = from.node().pollTransmit(towardsHub ? link.clientId : link.hubId, transmitMax);
        if (out.isEmpty())
            break;
        pipe.bytes.append(out);
        moved = true;
        for (qsizetype at = 0; onFrameOut && at + kHeaderBytes <= out.size();) {
            const FrameHeader header = readHeader(out.constData() + at);
            onFrameOut(link, towardsHub, header, QByteArrayView(out).sliced(at + kHeaderBytes, header.length));
            at += kHeaderBytes + header.length;
        }
    }
    drainAll();
    if (!pipe.blocked && !pipe.bytes.isEmpty() && link.open) {
        qsizetype count = pipe.bytes.size();
        if (cuts == Cuts::SingleBytes)
            count = 1;
        else if (cuts == Cuts::Random)
            count = 1 + qsizetype(random.bounded(quint32(std::min<qsizetype>(count, 100000))));
        if (pipe.cutAfter >= 0)
            count = std::min<qint64>(count, pipe.cutAfter - pipe.carried);
        const QByteArray bytes = pipe.bytes.first(count);
        pipe.bytes.remove(0, count);
        pipe.carried += count;
        pipe.sniffer.feed(bytes);
        to.node().handleReceived(towardsHub ? link.hubId : link.clientId, bytes, now);
        drainAll();
        if (pipe.cutAfter >= 0 && pipe.carried >= pipe.cutAfter)
            cut(link);
        moved = true;
    }
    return moved;
}

bool World::step()
{
    bool moved = false;
    drainAll();
    m_hub->node().takePending();
    for (size_t i = 0; i < m_links.size(); ++i) {
        Link &link = *m_links[i];
        if (!link.open)
            continue;
        link.client->node().takePending();
        moved = move(link, true) || moved;
        if (link.open)
            moved = move(link, false) || moved;
        finishClosing(link);
    }
    return moved;
}

/// Who closes sends what it has and then ends the transport.
void World::finishClosing(Link &link)
{
    const bool hubDone = link.hubClosing && (link.toClient.bytes.isEmpty() || link.toClient.blocked);
    const bool clientDone = link.clientClosing && (link.toHub.bytes.isEmpty() || link.toHub.blocked);
    if (link.open && (hubDone || clientDone))
        cut(link);
}

void World::cut(Link &link)
{
    if (!link.open)
        return;
    link.open = false;
    m_hub->node().handleTransportClosed(link.hubId, now);
    link.client->node().handleTransportClosed(link.clientId, now);
    drainAll();
}

bool World::settle(int maxSteps)
{
    while (maxSteps-- > 0) {
        if (!step())
            return true;
    }
    m_problems.append(QStringLiteral("the world did not come to rest"));
    return false;
}

void World::advance(base::Duration duration)
{
    const base::TimePoint target = now + duration;
    for (int i = 0; i < 100000; ++i) {
        std::optional<base::TimePoint> next = m_hub->node().pollTimeout();
        for (const auto &client : m_clients) {
            const auto due = client->node().pollTimeout();
            if (due && (!next || *due < *next))
                next = due;
        }
        if (!next || *next > target)
            break;
        now = std::max(now, *next);
        m_hub->node().handleTimeout(now);
        for (const auto &client : m_clients)
            client->node().handleTimeout(now);
        drainAll();
        settle();
    }
    now = target;
}

QStringList World::problems() const
{
    QStringList all = m_problems + m_hub->problems;
    for (const auto &client : m_clients)
        all += client->problems;
    return all;
}

} // namespace patchbay::protocol::testing
