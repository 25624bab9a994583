// SPDX-License-Identifier: MIT
#pragma once

#include "net/netservice.h"

#include <QEventLoop>
#include <QTest>
#include <QTimer>

#include <atomic>

/// A bulk side that moves \a bytes from one service to another with no file behind it. Callbacks come on I/O threads.
class BulkCounter final : public patchbay::net::IBulkHandler
{
public:
    using StreamKey = patchbay::protocol::StreamKey;
    std::atomic<qint64> received = 0;
    std::atomic<int> ended = 0;
    patchbay::net::NetService *service = nullptr;

    /// Sends \a bytes on \a key as space comes.
    void send(StreamKey key, qint64 bytes)
    {
        m_key = key;
        m_toSend = bytes;
    }
    void streamData(StreamKey key, const QByteArray &chunk) override
    {
        received += chunk.size();
        service->post([key, size = chunk.size()](auto &node, auto now) { node.consumeStream(key, size, now); });
    }
    void streamEnded(StreamKey key) override
    {
        ++ended;
        service->post([key](auto &node, auto now) { node.confirmStream(key, now); });
    }
    void streamSpace(StreamKey key, qsizetype) override
    {
        if (key == m_key)
            service->post([this](auto &node, auto now) { pump(node, now); });
    }
    void pump(patchbay::protocol::Node &node, patchbay::base::TimePoint now)
    {
        static const QByteArray block(64 * 1024, 'b');
        while (m_toSend > 0) {
            const qsizetype size = qMin<qint64>(qMin<qint64>(node.streamSpace(m_key), block.size()), m_toSend);
            if (size <= 0)
                return;
            if (!node.sendStreamData(m_key, size == block.size() ? block : block.first(size), now))
                return;
            m_toSend -= size;
            if (m_toSend == 0)
                node.endStream(m_key, now);
        }
    }

private:
    std::atomic<StreamKey> m_key = 0;
    std::atomic<qint64> m_toSend = 0;
};

/// One net service, with what it said.
class Service
{
public:
    explicit Service(const QString &name) : m_name(name)
    {
        bulk.service = &net;
        QObject::connect(&net, &patchbay::net::NetService::statusChanged, &net,
                         [this](const patchbay::net::LinkStatus &status) { statuses.append(status); });
        QObject::connect(&net, &patchbay::net::NetService::nodeEvents, &net,
                         [this](const QList<patchbay::protocol::NodeEvent> &batch) {
                             ++batches;
                             events.append(batch);
                         });
        QObject::connect(&net, &patchbay::net::NetService::logged, &net,
                         [this](const QString &line) { lines.append(line); });
    }

    patchbay::protocol::NodeConfig config() const
    {
        patchbay::protocol::NodeConfig config;
        config.peerId = QByteArray(32, '\0');
        const QByteArray name = m_name.toUtf8().left(32);
        config.peerId.replace(0, name.size(), name);
        config.name = m_name;
        config.agent = QStringLiteral("test");
        config.maxMembers = 1000;
        config.accepted = {{QStringLiteral("test.message/1"), patchbay::protocol::TypeMode::Message, 1024 * 1024},
                           {QStringLiteral("test.stream/1"), patchbay::protocol::TypeMode::Stream, 0}};
        return config;
    }
    void serve(quint16 port = 0)
    {
        patchbay::net::ServerOptions options;
        options.port = port;
        options.node = config();
        net.startServer(options);
    }
    void connectTo(quint16 port, bool reconnect = false, const QString &host = QStringLiteral("127.0.0.1"))
    {
        patchbay::net::ClientOptions options;
        options.host = host;
        options.port = port;
        options.reconnect = reconnect;
        options.node = config();
        net.startClient(options);
    }

    patchbay::net::Phase phase() const { return net.status().phase; }
    patchbay::net::Reason reason() const { return net.status().reason; }
    QString text() const { return net.status().text; }

    /// Waits without a pause between looks, for tests that do it hundreds of times.
    bool reaches(patchbay::net::Phase wanted)
    {
        QEventLoop loop;
        QTimer::singleShot(5'000, &loop, &QEventLoop::quit);
        QObject::connect(&net, &patchbay::net::NetService::statusChanged, &loop, [&] {
            if (phase() == wanted)
                loop.quit();
        });
        if (phase() != wanted)
            loop.exec();
        return phase() == wanted;
    }

    template <typename Event>
    QList<Event> all() const
    {
        QList<Event> found;
        for (const auto &event : events) {
            if (const auto *match = std::get_if<Event>(&event))
                found.append(*match);
        }
        return found;
    }
    /// The number of the member with this name, as the events so far tell it.
    patchbay::protocol::MemberNumber member(const QString &name) const
    {
        patchbay::protocol::MemberNumber number = 0;
        for (const auto &event : events) {
            if (const auto *joined = std::get_if<patchbay::protocol::MemberJoined>(&event)) {
                if (joined->member.name == name)
                    number = joined->member.number;
            } else if (const auto *left = std::get_if<patchbay::protocol::MemberLeft>(&event)) {
                if (left->number == number)
                    number = 0;
            }
        }
        return number;
    }
    void say(patchbay::protocol::MemberNumber to, const QByteArray &body)
    {
        net.post([to, body](auto &node, auto now) {
            (void)node.sendMessage(to, QStringLiteral("test.message/1"), body, 1, now);
        });
    }

    BulkCounter bulk;
    QList<patchbay::net::LinkStatus> statuses;
    QList<patchbay::protocol::NodeEvent> events;
    QStringList lines;
    int batches = 0;
    patchbay::net::NetService net{&bulk};

private:
    QString m_name;
};
