// SPDX-License-Identifier: MIT
// What an admitted member may send to the hub (first byte even), or the hub to an admitted client (odd). The rest of
// the input is a script: records of a tag and a body. Tag 0 to 2: a frame with a plausible header; else raw bytes,
// time, or an act of the well-behaved side.
#include "protocol/bodies.h"
#include "protocol/clientnode.h"
#include "protocol/hubnode.h"
#include "watcher.h"

#include <memory>

using namespace patchbay;
using protocol::FrameHeader;
using protocol::Kind;

namespace {

const QString kMessage = QStringLiteral("org.example.note/1");
const QString kStream = QStringLiteral("org.example.data/1");

protocol::NodeConfig config(char id)
{
    protocol::NodeConfig result;
    result.peerId = QByteArray(32, id);
    result.name = QString(QLatin1Char(id));
    result.accepted = {{kMessage, protocol::TypeMode::Message, 4096}, {kStream, protocol::TypeMode::Stream, 0}};
    return result;
}

/// Moves everything between \a a on its link \a idA and \a b on its link \a idB until both are quiet.
void shuttle(protocol::Node &a, fuzz::Watcher &watchA, protocol::ConnectionId idA, protocol::Node &b,
             fuzz::Watcher &watchB, protocol::ConnectionId idB, base::TimePoint now)
{
    for (int round = 0; round < 1000; ++round) {
        const QByteArray toB = watchA.drain(idA);
        const QByteArray toA = watchB.drain(idB);
        if (toA.isEmpty() && toB.isEmpty())
            return;
        if (!toB.isEmpty())
            b.handleReceived(idB, toB, now);
        if (!toA.isEmpty())
            a.handleReceived(idA, toA, now);
    }
    std::abort();
}

class Script final
{
public:
    Script(const uint8_t *data, size_t size) : m_data(data), m_size(size) { }
    bool atEnd() const { return m_at >= m_size; }
    uint8_t byte() { return atEnd() ? 0 : m_data[m_at++]; }
    QByteArray bytes(size_t count)
    {
        count = std::min(count, m_size - m_at);
        const QByteArray result(reinterpret_cast<const char *>(m_data + m_at), qsizetype(count));
        m_at += count;
        return result;
    }

private:
    const uint8_t *m_data;
    size_t m_size;
    size_t m_at = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    Script script(data, size);
    const bool attackHub = script.byte() % 2 == 0;
    base::TimePoint now{};

    protocol::HubNode hub(config('h'));
    protocol::ClientNode canary(config('c'));
    protocol::ClientNode other(config('o'));
    fuzz::Watcher watchHub(hub);
    fuzz::Watcher watchCanary(canary);
    fuzz::Watcher watchOther(other);
    hub.connectionOpened(1, {}, now);
    canary.connectionOpened(1, {}, now);
    shuttle(hub, watchHub, 1, canary, watchCanary, 1, now);
    hub.connectionOpened(2, {}, now);
    other.connectionOpened(1, {}, now);
    shuttle(hub, watchHub, 2, other, watchOther, 1, now);
    shuttle(hub, watchHub, 1, canary, watchCanary, 1, now);
    // A stream between the two and one to the hub, so that numbers in frames can mean something.
    (void)other.openStream(1, 2, kStream, "header", 100, now);
    (void)canary.openStream(1, 3, kStream, "header", 100, now);
    (void)hub.openStream(1, 3, kStream, "header", 100, now);
    shuttle(hub, watchHub, 2, other, watchOther, 1, now);
    shuttle(hub, watchHub, 1, canary, watchCanary, 1, now);

    protocol::Node &victim = attackHub ? static_cast<protocol::Node &>(hub) : other;
    fuzz::Watcher &watch = attackHub ? watchHub : watchOther;
    const protocol::ConnectionId link = attackHub ? 2 : 1;
    quint64 token = 1;
    while (!script.atEnd() && !watch.isClosing(link)) {
        const uint8_t tag = script.byte();
        switch (tag % 8) {
        case 0:
        case 1:
        case 2: {
            FrameHeader header;
            header.kind = Kind(script.byte());
            header.flags = tag & 8 ? script.byte() : 0;
            header.type = script.byte() % 4;
            header.stream = script.byte() % 8;
            header.member = tag & 16 ? protocol::kEveryone : script.byte() % 5;
            victim.handleReceived(link, protocol::encodeFrame(header, script.bytes(script.byte())), now);
            break;
        }
        case 3:
            victim.handleReceived(link, script.bytes(script.byte()), now);
            break;
        case 4:
            now += std::chrono::milliseconds(script.byte() * 100);
            victim.handleTimeout(now);
            if (attackHub) // the canary answers pings
                shuttle(hub, watchHub, 1, canary, watchCanary, 1, now);
            break;
        case 5:
            for (const protocol::StreamKey key : std::set<protocol::StreamKey>(watch.openStreams())) {
                if (tag & 8)
                    victim.acceptStream(key, now);
                else if (tag & 16)
                    victim.consumeStream(key, script.byte(), now);
                else if (tag & 32)
                    victim.confirmStream(key, now);
                else
                    victim.resetStream(key, {protocol::Code::Cancelled, QStringLiteral("x"), protocol::Party::Local},
                                       now);
            }
            break;
        case 6:
            (void)victim.sendMessage(script.byte() % 5, kMessage, "m", token++, now);
            (void)victim.sendStreamData(1, QByteArray(script.byte() + 1, 'd'), now);
            if (tag & 8)
                victim.endStream(1, now);
            break;
        default:
            if (tag & 8)
                victim.withdrawTypes({tag & 16 ? kMessage : kStream}, now);
            else
                victim.acceptTypes({{tag & 16 ? kMessage : kStream,
                                     tag & 16 ? protocol::TypeMode::Message : protocol::TypeMode::Stream, 4096}},
                                   now);
            break;
        }
        (void)watch.drain(link);
    }
    if (attackHub) {
        // Whatever the member did, the canary is served.
        shuttle(hub, watchHub, 1, canary, watchCanary, 1, now);
        if (watchCanary.isClosing(1) || watchHub.isClosing(1))
            std::abort();
    }
    victim.handleTransportClosed(link, now);
    (void)watch.drain(link);
    if (!attackHub && !watch.openStreams().empty())
        std::abort();
    return 0;
}
