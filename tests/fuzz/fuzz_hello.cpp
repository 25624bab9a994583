// SPDX-License-Identifier: MIT
// The first bytes of a stranger, into a hub (even first byte) or into a client (odd). Other bits of the first byte: 2
// the hub asks before it admits and the client wants to pair, 4 somebody here says yes, 8 a token is needed.
#include "protocol/clientnode.h"
#include "protocol/hubnode.h"
#include "watcher.h"

#include <memory>

using namespace patchbay;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    protocol::NodeConfig config;
    config.peerId = QByteArray(32, 'n');
    config.name = QStringLiteral("node");
    config.accepted = {{QStringLiteral("org.example.note/1"), protocol::TypeMode::Message, 4096}};
    if (data[0] & 2) {
        config.pairing = true;
        config.admit = [](const protocol::Knock &) {
            return protocol::Admission{protocol::Admission::Answer::Ask, {}, false};
        };
    }
    if (data[0] & 8)
        config.plainToken = config.token = QByteArray(16, 't');
    std::unique_ptr<protocol::Node> node;
    if (data[0] % 2 == 0)
        node = std::make_unique<protocol::HubNode>(config);
    else
        node = std::make_unique<protocol::ClientNode>(config);
    fuzz::Watcher watcher(*node);
    base::TimePoint now{};
    node->connectionOpened(1, {}, now);
    (void)watcher.drain(1);
    const QByteArrayView bytes(reinterpret_cast<const char *>(data) + 1, qsizetype(size) - 1);
    // In two cuts, so that the decoder has to wait in the middle.
    node->handleReceived(1, bytes.first(bytes.size() / 2), now);
    (void)watcher.drain(1);
    if (!watcher.isClosing(1)) {
        node->handleReceived(1, bytes.sliced(bytes.size() / 2), now);
        (void)watcher.drain(1);
    }
    if (data[0] & 4) {
        (void)node->sendPairing(1, "nonce", now);
        node->admitConnection(1, true, now);
        (void)watcher.drain(1);
    }
    now += std::chrono::seconds(11);
    node->handleTimeout(now);
    (void)watcher.drain(1);
    node->handleTransportClosed(1, now);
    (void)watcher.drain(1);
    if (!watcher.openStreams().empty())
        std::abort(); // the link is gone, so is every stream
    if (node->totalMemory() != 0)
        std::abort();
    return 0;
}
