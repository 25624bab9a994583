// SPDX-License-Identifier: MIT
// Well-formed frames in any order, from three members of a hub or from the hub of a client, mixed with what the host
// itself does meanwhile and with readers that stop reading. The input is a program: the first byte chooses the node
// (odd: the client) and how it is set up (2: somebody has to let the members in, or the client pairs; 4: little memory;
// 8: the hub cannot pair), then each operation takes the bytes it needs. Endpoint checks every event.
#include "support/rawpeer.h"

#include <cstdint>
#include <cstdlib>

using namespace patchbay::protocol;
using namespace patchbay::protocol::testing;

namespace {

class Program
{
public:
    Program(const uint8_t *data, size_t size) : m_data(data), m_left(size) { }
    bool atEnd() const { return m_left == 0; }
    uint8_t byte()
    {
        if (m_left == 0)
            return 0;
        --m_left;
        return *m_data++;
    }
    QByteArrayView bytes(size_t count)
    {
        count = std::min(count, m_left);
        const QByteArrayView result(m_data, qsizetype(count));
        m_data += count;
        m_left -= count;
        return result;
    }

private:
    const uint8_t *m_data;
    size_t m_left;
};

QByteArray acceptBody(Program &program)
{
    AcceptBody body{program.byte(), {}, {}};
    const uint8_t what = program.byte();
    if (what & 1)
        body.add.append(what & 2 ? messageType() : streamType());
    if (what & 4)
        body.remove.append(what & 8 ? messageType().name : streamType().name);
    if (what & 16)
        body.add.append(messageType(QStringLiteral("a.b%1/1").arg(what)));
    return encode(body);
}

/// A frame out of few bytes, so that most of them get past the header.
void sendFrame(Program &program, RawPeer &peer)
{
    static constexpr Kind kKinds[] = {Kind::Bye,           Kind::Ping,         Kind::Pong,       Kind::Accept,
                                      Kind::Accepted,      Kind::TypeTable,    Kind::Roster,     Kind::Message,
                                      Kind::Undeliverable, Kind::Writable,     Kind::StreamOpen, Kind::StreamAccept,
                                      Kind::StreamData,    Kind::StreamCredit, Kind::StreamEnd,  Kind::StreamDone,
                                      Kind::StreamReset,   Kind::Welcome,      Kind(99),         Kind::Wait,
                                      Kind::Pairing};
    FrameHeader header;
    header.kind = kKinds[program.byte() % std::size(kKinds)];
    header.flags = program.byte();
    header.type = program.byte() % 4;
    header.stream = program.byte() % 16;
    header.member = program.byte() % 6;
    if (header.member == 5)
        header.member = kEveryone;
    QByteArray payload;
    switch (header.kind) {
    case Kind::StreamAccept:
    case Kind::StreamCredit:
        payload = QByteArray(8, '\0');
        payload[5] = char(program.byte());
        payload[6] = char(program.byte());
        payload[0] = char(program.byte() & 0x80);
        break;
    case Kind::StreamOpen:
        payload = encode(StreamOpenBody{-1, program.bytes(program.byte() % 8).toByteArray()});
        break;
    case Kind::StreamReset:
    case Kind::Undeliverable:
        payload = encode(Fault{Code(1 + program.byte()), QStringLiteral("fuzz"), Party::Local});
        break;
    case Kind::StreamEnd:
    case Kind::StreamDone:
    case Kind::Writable:
        break;
    case Kind::StreamData:
        payload = QByteArray(1 + program.byte() * 257, 'd');
        break;
    case Kind::Accept:
        payload = acceptBody(program);
        break;
    case Kind::Wait:
        payload = encode(WaitBody{program.byte() % 2 == 0});
        break;
    default:
        payload = program.bytes(program.byte()).toByteArray();
        break;
    }
    peer.send(header, payload);
}

/// What a host does with one of its streams.
void workOn(Endpoint &host, StreamKey key, uint8_t what)
{
    const bool ours = key % 2 == 1;
    switch (what % 6) {
    case 0:
        if (ours)
            host.pour(key, 1000 * what);
        else
            host.accept(key);
        break;
    case 1:
        host.consumeAll(key);
        break;
    case 2:
        if (ours && host.streams.at(key).accepted)
            host.end(key);
        break;
    case 3:
        host.confirm(key);
        break;
    case 4:
        host.reset(key);
        break;
    default:
        host.consume(key, 1 + what);
        break;
    }
}

/// What the people at a host decide.
void govern(uint8_t what, MemberNumber number, World &world, Node &node)
{
    const ConnectionId link = number;
    if (what > 200)
        return node.closeAll({Code::GoingAway, QStringLiteral("away"), Party::Local}, world.now);
    switch (what / 8 % 6) {
    case 0:
        return node.admitConnection(link, what & 64, world.now);
    case 1:
        (void)node.sendPairing(link, QByteArray(what, 'p'), world.now);
        return;
    case 2:
        return node.setMuted(number, true, world.now);
    case 3:
        return node.setMuted(number, false, world.now);
    case 4:
        return node.kick(number, {}, world.now);
    default:
        return node.closeConnection(link, {Code::Rejected, QStringLiteral("no"), Party::Local}, world.now);
    }
}

void actLocally(Program &program, World &world, Endpoint &host)
{
    const uint8_t what = program.byte();
    const MemberNumber to = program.byte() % 5;
    std::vector<StreamKey> open;
    for (const auto &[key, record] : host.streams) {
        if (!record.closed)
            open.push_back(key);
    }
    switch (what % 8) {
    case 0:
        (void)host.send(to == 4 ? kEveryone : to, QByteArray(what, 'm'));
        break;
    case 1:
        host.open(to, what);
        break;
    case 2:
        host.node().withdrawTypes({what & 16 ? messageType().name : streamType().name}, world.now);
        break;
    case 3:
        host.node().acceptTypes({what & 16 ? messageType() : streamType()}, world.now);
        break;
    case 4:
        world.now += std::chrono::milliseconds(300 * what);
        host.node().handleTimeout(world.now);
        break;
    case 5:
        govern(what, to, world, host.node());
        break;
    default:
        if (!open.empty())
            workOn(host, open[to % open.size()], what / 8);
        break;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Program program(data, size);
    const uint8_t setup = program.byte();
    NodeConfig hubConfig = config(QStringLiteral("hub"));
    if (setup & 2)
        hubConfig.admit = [](const Knock &) { return Admission{Admission::Answer::Ask, {}, false}; };
    if (setup & 4) {
        hubConfig.memberMemory = 3000;
        hubConfig.allMemory = 5000;
    }
    hubConfig.canPair = (setup & 8) == 0;
    World world(hubConfig);
    std::vector<std::unique_ptr<RawPeer>> peers;
    std::unique_ptr<RawHub> hub;
    if (setup & 1) {
        NodeConfig client = config(QStringLiteral("raw client"));
        client.pairing = (setup & 2) != 0;
        hub = std::make_unique<RawHub>(world, client);
        hub->greet();
        if (setup & 2)
            hub->peer.send(Kind::Wait, encode(WaitBody{hubConfig.canPair}));
        if ((setup & 4) == 0)
            hub->letIn();
    } else {
        for (ConnectionId id = 1; id <= 3; ++id)
            peers.push_back(rawClient(world, config(QStringLiteral("client%1").arg(id)), id));
    }
    Endpoint &host = hub ? hub->client : world.hub();
    host.checksBytes = false;
    host.drain();
    while (!program.atEnd()) {
        const uint8_t operation = program.byte();
        RawPeer &peer = hub ? hub->peer : *peers[operation / 8 % peers.size()];
        switch (operation % 8) {
        case 5:
            actLocally(program, world, host);
            break;
        case 6:
            peer.feed(program.bytes(program.byte()));
            break;
        case 7:
            peer.reads = !peer.reads;
            break;
        default:
            sendFrame(program, peer);
            break;
        }
        host.drain();
        for (const auto &other : peers)
            other->poll();
    }
    for (const auto &peer : peers)
        peer->close();
    if (hub)
        hub->peer.close();
    host.drain();
    bool ended = true;
    for (const auto &[key, record] : host.streams)
        ended = ended && record.closed;
    ended = ended && host.node().totalMemory() == 0 && host.node().pausedConnections().empty();
    if (!ended || !world.problems().isEmpty()) {
        std::fprintf(stderr, "%s\n", qPrintable(world.problems().join(u'\n')));
        std::abort();
    }
    return 0;
}
