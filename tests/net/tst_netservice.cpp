// SPDX-License-Identifier: MIT
// Whole net services in one process, over TCP, against each other and against strangers.
#include "service.h"

#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTcpSocket>

#include <functional>
#include <optional>
#include <vector>

#include <sys/socket.h>

using namespace patchbay::net;
using namespace patchbay::protocol;
using namespace std::chrono_literals;

Q_DECLARE_METATYPE(patchbay::net::Reason)

namespace {

/// A TCP server that is no hub.
class Stranger : public QTcpServer
{
public:
    enum Manner { Silent, Answers, AnswersFirst, Closes, Resets, ResetsLater };

    Stranger(Manner manner, const QByteArray &answer = {})
    {
        listen(QHostAddress::LocalHost, 0);
        connect(this, &QTcpServer::newConnection, this, [this, manner, answer] {
            QTcpSocket *socket = nextPendingConnection();
            ++connections;
            const auto reset = [socket] {
                const linger now{1, 0};
                setsockopt(int(socket->socketDescriptor()), SOL_SOCKET, SO_LINGER, &now, sizeof now);
                socket->abort();
            };
            switch (manner) {
            case Silent:
                break;
            case Answers:
                connect(socket, &QTcpSocket::readyRead, socket, [socket, answer] {
                    socket->write(answer);
                    socket->disconnectFromHost();
                });
                break;
            case AnswersFirst:
                socket->write(answer);
                break;
            case Closes:
                socket->disconnectFromHost();
                break;
            case Resets:
                reset();
                break;
            case ResetsLater:
                connect(socket, &QTcpSocket::readyRead, socket, reset);
                break;
            }
        });
    }
    int connections = 0;
};

quint16 freePort()
{
    QTcpServer server;
    server.listen(QHostAddress::LocalHost, 0);
    return server.serverPort();
}

QByteArray noise()
{
    QByteArray bytes(4096, 0);
    QRandomGenerator random(42);
    for (char &byte : bytes)
        byte = char(random.bounded(256));
    return bytes;
}

const QByteArray kTlsClientHello =
    QByteArray::fromHex("16030100c8010000c40303") + QByteArray(32, 'r') + QByteArray(160, '\0');

} // namespace

class TestNetService : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void serverListens()
    {
        Service hub(u"hub"_qs);
        QCOMPARE(hub.phase(), Phase::Stopped);
        hub.serve();
        QTRY_COMPARE(hub.phase(), Phase::Listening);
        QCOMPARE(hub.net.status().mode, Mode::Server);
        QCOMPARE(hub.net.status().localAddress, u"127.0.0.1"_qs);
        QVERIFY(hub.net.status().localPort != 0);
        QCOMPARE(hub.all<NodeReady>().size(), 1);
        hub.net.stop();
        QTRY_COMPARE(hub.phase(), Phase::Stopped);
        QCOMPARE(hub.net.status().mode, Mode::Off);
    }

    void portInUse()
    {
        Service hub(u"hub"_qs);
        hub.serve();
        QTRY_COMPARE(hub.phase(), Phase::Listening);
        Service other(u"other"_qs);
        other.serve(hub.net.status().localPort);
        QTRY_COMPARE(other.phase(), Phase::Failed);
        QCOMPARE(other.reason(), Reason::AddressInUse);
        QCOMPARE(other.text(), u"127.0.0.1 port %1 is in use by another program. Choose another port, or stop that "
                               "program."_qs.arg(hub.net.status().localPort));
        // It can be used again afterwards.
        other.serve();
        QTRY_COMPARE(other.phase(), Phase::Listening);
    }

    void clientConnects()
    {
        Service hub(u"hub"_qs);
        hub.serve();
        QTRY_COMPARE(hub.phase(), Phase::Listening);
        Service client(u"client"_qs);
        client.connectTo(hub.net.status().localPort);
        QTRY_COMPARE(client.phase(), Phase::Ready);
        QList<Phase> phases;
        for (const LinkStatus &status : client.statuses) {
            if (phases.isEmpty() || phases.last() != status.phase)
                phases.append(status.phase);
        }
        QCOMPARE(phases.first(), Phase::Connecting);
        QCOMPARE(phases.last(), Phase::Ready);
        const LinkStatus status = client.net.status();
        QCOMPARE(status.mode, Mode::Client);
        QCOMPARE(status.peerAddress, u"127.0.0.1"_qs);
        QCOMPARE(status.peerPort, hub.net.status().localPort);
        QVERIFY(status.localPort != 0);

        QTRY_VERIFY(!hub.net.status().connections.isEmpty() && hub.net.status().connections.first().member != 0);
        const ConnectionInfo row = hub.net.status().connections.first();
        QCOMPARE(row.peerPort, status.localPort);
        QCOMPARE(row.localPort, status.peerPort);
        QCOMPARE(row.name, u"client"_qs);
        QTRY_VERIFY(hub.member(u"client"_qs) != 0);
        QTRY_VERIFY(client.member(u"hub"_qs) != 0);
        QVERIFY(client.net.traffic().bytesIn > 0 && client.net.traffic().bytesOut > 0);

        hub.net.stop();
        QTRY_COMPARE(client.phase(), Phase::Failed); // reconnect is off
        QCOMPARE(client.reason(), Reason::ClosedByPeer);
        QVERIFY2(client.text().contains(u"stopped"), qPrintable(client.text()));
    }

    void messagesGoThroughTheHub()
    {
        Service hub(u"hub"_qs);
        hub.serve();
        QTRY_COMPARE(hub.phase(), Phase::Listening);
        Service a(u"a"_qs);
        Service b(u"b"_qs);
        a.connectTo(hub.net.status().localPort);
        b.connectTo(hub.net.status().localPort);
        QTRY_VERIFY(a.member(u"b"_qs) && b.member(u"a"_qs));
        QTRY_VERIFY(hub.member(u"a"_qs) && hub.member(u"b"_qs));
        a.say(a.member(u"b"_qs), "to b");
        QTRY_COMPARE(b.all<MessageReceived>().size(), 1);
        QCOMPARE(b.all<MessageReceived>().first().body, QByteArray("to b"));
        QCOMPARE(b.all<MessageReceived>().first().from, b.member(u"a"_qs));
        b.say(kEveryone, "to all");
        QTRY_COMPARE(a.all<MessageReceived>().size(), 1);
        QTRY_COMPARE(hub.all<MessageReceived>().size(), 1);
        QCOMPARE(b.all<MessageReceived>().size(), 1);

        // A burst arrives whole, in order, and in far fewer batches than messages.
        const int before = b.batches;
        for (int i = 0; i < 1000; ++i)
            a.say(a.member(u"b"_qs), QByteArray::number(i));
        QTRY_COMPARE(b.all<MessageReceived>().size(), 1001);
        const auto messages = b.all<MessageReceived>();
        for (int i = 0; i < 1000; ++i)
            QCOMPARE(messages[i + 1].body, QByteArray::number(i));
        QVERIFY2(b.batches - before < 500, qPrintable(QString::number(b.batches - before)));
    }

    void strangers_data()
    {
        QTest::addColumn<int>("manner");
        QTest::addColumn<QByteArray>("answer");
        QTest::addColumn<Reason>("reason");
        QTest::addColumn<QString>("part");
        QTest::newRow("http") << int(Stranger::Answers)
                              << QByteArray("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                              << Reason::NotPatchbay << u"looks like HTTP"_qs;
        QTest::newRow("ssh") << int(Stranger::AnswersFirst) << QByteArray("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
                             << Reason::NotPatchbay << u"is not a Patchbay hub"_qs;
        QTest::newRow("noise") << int(Stranger::AnswersFirst) << noise() << Reason::NotPatchbay
                               << u"is not a Patchbay hub"_qs;
        QTest::newRow("tls alert") << int(Stranger::Answers) << QByteArray::fromHex("15030300020228")
                                   << Reason::NotPatchbay << u"is not a Patchbay hub"_qs;
        QTest::newRow("tls hello") << int(Stranger::AnswersFirst) << kTlsClientHello << Reason::NotPatchbay
                                   << u"is not a Patchbay hub"_qs;
        QTest::newRow("closes") << int(Stranger::Closes) << QByteArray() << Reason::Lost
                                << u"closed the connection before it said hello"_qs;
        QTest::newRow("resets") << int(Stranger::Resets) << QByteArray() << Reason::Lost
                                << u"closed the connection before it said hello"_qs;
        QTest::newRow("resets after our hello") << int(Stranger::ResetsLater) << QByteArray() << Reason::Lost
                                                << u"closed the connection before it said hello"_qs;
    }
    void strangers()
    {
        QFETCH(int, manner);
        QFETCH(QByteArray, answer);
        QFETCH(QString, part);
        Stranger stranger(Stranger::Manner(manner), answer);
        Service client(u"client"_qs);
        client.connectTo(stranger.serverPort());
        QTRY_COMPARE(client.phase(), Phase::Failed);
        QTEST(client.reason(), "reason");
        QVERIFY2(client.text().contains(part), qPrintable(client.text()));
        QVERIFY2(client.text().contains(u"127.0.0.1 port %1"_qs.arg(stranger.serverPort())), qPrintable(client.text()));
    }

    void silentServerTimesOut()
    {
        Stranger stranger(Stranger::Silent);
        Service client(u"client"_qs);
        client.connectTo(stranger.serverPort());
        QTRY_COMPARE(client.phase(), Phase::Greeting);
        client.net.post([](Node &node, patchbay::base::TimePoint now) { node.handleTimeout(now + 11s); });
        QTRY_COMPARE(client.phase(), Phase::Failed);
        QCOMPARE(client.reason(), Reason::Timeout);
        QVERIFY2(client.text().contains(u"did not answer"), qPrintable(client.text()));
    }

    void silentClientIsCut()
    {
        Service hub(u"hub"_qs);
        hub.serve();
        QTRY_COMPARE(hub.phase(), Phase::Listening);
        QTcpSocket silent;
        silent.connectToHost(QHostAddress::LocalHost, hub.net.status().localPort);
        QTRY_COMPARE(hub.net.status().connections.size(), 1);
        hub.net.post([](Node &node, patchbay::base::TimePoint now) { node.handleTimeout(now + 11s); });
        QTRY_COMPARE(silent.state(), QAbstractSocket::UnconnectedState);
        QTRY_COMPARE(hub.net.status().connections.size(), 0);
        QTRY_VERIFY(!hub.lines.isEmpty());
    }

    void refused()
    {
        const quint16 port = freePort();
        Service client(u"client"_qs);
        client.connectTo(port);
        QTRY_COMPARE(client.phase(), Phase::Failed);
        QCOMPARE(client.reason(), Reason::Refused);
        QVERIFY2(client.text().contains(u"Nothing listens on 127.0.0.1 port %1"_qs.arg(port)),
                 qPrintable(client.text()));
    }

    void notLoopback()
    {
        Service service(u"service"_qs);
        service.connectTo(7229, true, u"192.0.2.1"_qs);
        QTRY_COMPARE(service.phase(), Phase::Failed); // final, in spite of reconnect
        QCOMPARE(service.reason(), Reason::NotLoopback);
        ServerOptions options;
        options.address = u"0.0.0.0"_qs;
        options.node = service.config();
        service.net.startServer(options);
        QTRY_COMPARE(service.net.status().mode, Mode::Server);
        QCOMPARE(service.phase(), Phase::Failed);
        QCOMPARE(service.reason(), Reason::NotLoopback);
    }

    void ownProfileIsFinal()
    {
        Service hub(u"same"_qs);
        hub.serve();
        QTRY_COMPARE(hub.phase(), Phase::Listening);
        Service client(u"same"_qs);
        client.connectTo(hub.net.status().localPort, true);
        QTRY_COMPARE(client.phase(), Phase::Failed);
        QCOMPARE(client.reason(), Reason::SelfConnection);
    }

    void replacedClientDoesNotFightForItsPlace()
    {
        Service hub(u"hub"_qs);
        hub.serve();
        QTRY_COMPARE(hub.phase(), Phase::Listening);
        Service first(u"client"_qs);
        first.connectTo(hub.net.status().localPort, true);
        QTRY_COMPARE(first.phase(), Phase::Ready);
        Service second(u"client"_qs);
        second.connectTo(hub.net.status().localPort, true);
        QTRY_COMPARE(second.phase(), Phase::Ready);
        QTRY_COMPARE(first.phase(), Phase::Failed);
        QCOMPARE(first.reason(), Reason::ClosedByPeer);
        QVERIFY2(first.text().contains(u"same profile"), qPrintable(first.text()));
        QCOMPARE(second.phase(), Phase::Ready);
    }

    void strangersAtTheHub_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("http") << QByteArray("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        QTest::newRow("noise") << noise();
        QTest::newRow("tls") << kTlsClientHello;
    }
    void strangersAtTheHub()
    {
        QFETCH(QByteArray, bytes);
        Service hub(u"hub"_qs);
        hub.serve();
        QTRY_COMPARE(hub.phase(), Phase::Listening);
        std::vector<std::unique_ptr<QTcpSocket>> strangers;
        for (int i = 0; i < 20; ++i) {
            strangers.push_back(std::make_unique<QTcpSocket>());
            strangers.back()->connectToHost(QHostAddress::LocalHost, hub.net.status().localPort);
            strangers.back()->write(bytes);
        }
        for (const auto &stranger : strangers)
            QTRY_COMPARE(stranger->state(), QAbstractSocket::UnconnectedState);
        Service client(u"client"_qs);
        client.connectTo(hub.net.status().localPort);
        QTRY_COMPARE(client.phase(), Phase::Ready);
        QTRY_COMPARE(hub.net.status().connections.size(), 1);
        QVERIFY2(hub.lines.size() <= 5, qPrintable(hub.lines.join(QLatin1Char('\n'))));
    }

    // More silent connections than the doorway holds: a genuine client still gets in.
    void silentCrowdDoesNotLockTheDoor()
    {
        Service hub(u"hub"_qs);
        hub.serve();
        QTRY_COMPARE(hub.phase(), Phase::Listening);
        std::vector<std::unique_ptr<QTcpSocket>> crowd;
        for (int i = 0; i < 60; ++i) {
            crowd.push_back(std::make_unique<QTcpSocket>());
            crowd.back()->connectToHost(QHostAddress::LocalHost, hub.net.status().localPort);
        }
        QTRY_VERIFY(hub.net.status().connections.size() >= 30);
        Service client(u"client"_qs);
        client.connectTo(hub.net.status().localPort);
        QTRY_COMPARE(client.phase(), Phase::Ready);
    }

    void manyClientsAtOnce()
    {
        Service hub(u"hub"_qs);
        hub.serve();
        QTRY_COMPARE(hub.phase(), Phase::Listening);
        hub.statuses.clear();
        std::vector<std::unique_ptr<Service>> clients;
        for (int i = 0; i < 48; ++i) {
            clients.push_back(std::make_unique<Service>(u"client %1"_qs.arg(i)));
            clients.back()->connectTo(hub.net.status().localPort);
        }
        for (const auto &client : clients)
            QTRY_COMPARE(client->phase(), Phase::Ready);
        const auto greeted = [&] {
            const auto rows = hub.net.status().connections;
            return std::count_if(rows.begin(), rows.end(), [](const ConnectionInfo &row) { return row.member != 0; });
        };
        QTRY_COMPARE(greeted(), 48); // the last state always arrives
        QVERIFY2(hub.statuses.size() < 96, qPrintable(QString::number(hub.statuses.size())));
        clients.clear();
        QTRY_COMPARE(hub.net.status().connections.size(), 0);
    }

    void waitsAndComesBack()
    {
        const quint16 port = freePort();
        Service client(u"client"_qs);
        client.connectTo(port, true);
        QTRY_COMPARE(client.phase(), Phase::Waiting);
        QCOMPARE(client.reason(), Reason::Refused);
        QVERIFY2(client.net.status().retryInMs >= 200 && client.net.status().retryInMs <= 300,
                 qPrintable(QString::number(client.net.status().retryInMs)));
        Service hub(u"hub"_qs);
        hub.serve(port);
        QTRY_COMPARE(hub.phase(), Phase::Listening);
        QTRY_COMPARE(client.phase(), Phase::Ready);
        hub.net.stop();
        QTRY_COMPARE(client.phase(), Phase::Waiting);
        QCOMPARE(client.reason(), Reason::ClosedByPeer);
        QTRY_COMPARE(hub.phase(), Phase::Stopped);
        hub.serve(port);
        QTRY_COMPARE(hub.phase(), Phase::Listening);
        QTRY_COMPARE(client.phase(), Phase::Ready);
        QCOMPARE(client.all<NodeReady>().size(), 2);
    }

    void retryNowDoesNotWait()
    {
        const quint16 port = freePort();
        Service client(u"client"_qs);
        client.connectTo(port, true);
        QTRY_VERIFY(client.phase() == Phase::Waiting && client.net.status().retryInMs > 1'500);
        Service hub(u"hub"_qs);
        hub.serve(port);
        QTRY_COMPARE(hub.phase(), Phase::Listening);
        QCOMPARE(client.phase(), Phase::Waiting);
        client.net.retryNow();
        QTRY_COMPARE_WITH_TIMEOUT(client.phase(), Phase::Ready, 1'000);
    }

    void commandsAreForTheirModeOnly()
    {
        Service service(u"service"_qs);
        std::atomic<int> early = 0;
        std::atomic<int> first = 0;
        std::atomic<int> second = 0;
        std::atomic<int> late = 0;
        service.net.post([&](Node &, auto) { ++early; });
        service.serve();
        for (int i = 0; i < 10; ++i)
            service.net.post([&](Node &, auto) { ++first; });
        service.serve(); // stops the first
        for (int i = 0; i < 10; ++i)
            service.net.post([&](Node &, auto) { ++second; });
        QTRY_COMPARE(second.load(), 10);
        service.net.stop();
        service.net.post([&](Node &, auto) { ++late; });
        QTRY_COMPARE(service.phase(), Phase::Stopped);
        QVERIFY(first == 0 || first == 10); // all before the stop, or none
        QCOMPARE(early.load(), 0);
        QCOMPARE(late.load(), 0);
    }

    void startsAndStopsManyTimes_data()
    {
        QTest::addColumn<bool>("server");
        QTest::newRow("server") << true;
        QTest::newRow("client") << false;
    }
    void startsAndStopsManyTimes()
    {
        QFETCH(bool, server);
        Service still(u"still"_qs);
        still.serve();
        QTRY_COMPARE(still.phase(), Phase::Listening);
        Service service(u"service"_qs);
        quint16 port = 0;
        for (int i = 0; i < 200; ++i) {
            if (server) {
                service.serve(port); // the same port each time
                QVERIFY(service.reaches(Phase::Listening));
                port = service.net.status().localPort;
            } else {
                service.connectTo(still.net.status().localPort);
                QVERIFY(service.reaches(Phase::Ready));
            }
            service.net.stop();
            QVERIFY(service.reaches(Phase::Stopped));
            service.events.clear();
            service.statuses.clear();
        }
        QTRY_COMPARE(still.net.status().connections.size(), 0);
    }

    void switchesWithoutWaiting()
    {
        Service hub(u"hub"_qs);
        hub.serve();
        QTRY_COMPARE(hub.phase(), Phase::Listening);
        Service service(u"service"_qs);
        QRandomGenerator random(7);
        for (int i = 0; i < 200; ++i) {
            switch (random.bounded(4)) {
            case 0:
                service.serve();
                break;
            case 1:
                service.connectTo(hub.net.status().localPort, true);
                break;
            case 2:
                service.net.stop();
                break;
            case 3:
                QCoreApplication::processEvents();
                break;
            }
        }
        service.connectTo(hub.net.status().localPort, true);
        QTRY_COMPARE(service.phase(), Phase::Ready);
        QTRY_VERIFY(hub.member(u"service"_qs) != 0);
        QTRY_COMPARE(hub.net.status().connections.size(), 1);
    }

    void destroyedInItsOwnSlot()
    {
        Service hub(u"hub"_qs);
        hub.serve();
        QTRY_COMPARE(hub.phase(), Phase::Listening);
        BulkCounter bulk;
        auto *service = new NetService(&bulk);
        QSignalSpy destroyed(service, &QObject::destroyed);
        connect(service, &NetService::statusChanged, this, [service](const LinkStatus &status) {
            if (status.phase == Phase::Ready)
                delete service;
        });
        ClientOptions options;
        options.host = u"localhost"_qs;
        options.port = hub.net.status().localPort;
        options.node = Service(u"short-lived"_qs).config();
        service->startClient(options);
        QTRY_COMPARE(destroyed.size(), 1);
        QTRY_COMPARE(hub.net.status().connections.size(), 0);
    }
};

QTEST_GUILESS_MAIN(TestNetService)
#include "tst_netservice.moc"
