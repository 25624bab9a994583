// SPDX-License-Identifier: MIT
#pragma once

#include "protocol/node.h"

#include <cstdlib>
#include <set>

namespace patchbay::fuzz {

/// What must hold for every node whatever comes in. Breaking one ends the process, which is what a fuzzer looks for.
class Watcher final
{
public:
    explicit Watcher(protocol::Node &node) : m_node(node) { }

    /// Drains events and output; returns what would go to connection \a id.
    QByteArray drain(protocol::ConnectionId id)
    {
        QByteArray out;
        for (int round = 0;; ++round) {
            if (round > 100000)
                std::abort(); // the engine talks to itself for ever
            while (auto event = m_node.pollEvent())
                std::visit([this](const auto &e) { check(e); }, *event);
            const QByteArray bytes = m_node.pollTransmit(id, 256 * 1024);
            if (bytes.isEmpty())
                return out;
            out += bytes;
        }
    }
    bool isClosing(protocol::ConnectionId id) const { return m_closing.count(id) > 0; }
    const std::set<protocol::StreamKey> &openStreams() const { return m_open; }

private:
    template <typename Event>
    void check(const Event &)
    { }
    void check(const protocol::MemberJoined &event) { m_members.insert(event.member.number); }
    void check(const protocol::MemberLeft &event) { m_members.erase(event.number); }
    void check(const protocol::MessageReceived &event)
    {
        if (m_members.count(event.from) == 0)
            std::abort(); // from nobody
    }
    void check(const protocol::StreamOffered &event)
    {
        if (m_members.count(event.from) == 0 || !m_open.insert(event.key).second)
            std::abort();
    }
    void check(const protocol::StreamData &event)
    {
        if (m_open.count(event.key) == 0 || event.chunk.isEmpty() || event.chunk.size() > 65536)
            std::abort();
    }
    void check(const protocol::StreamClosed &event)
    {
        if ((event.key & 1) == 0 && m_open.erase(event.key) == 0)
            std::abort(); // closed twice, or never opened
    }
    void check(const protocol::ConnectionClosing &event)
    {
        if (!m_closing.insert(event.id).second)
            std::abort();
    }

    protocol::Node &m_node;
    std::set<protocol::MemberNumber> m_members;
    std::set<protocol::StreamKey> m_open;
    std::set<protocol::ConnectionId> m_closing;
};

} // namespace patchbay::fuzz
