// SPDX-License-Identifier: MIT
// Listener and Connector against real sockets, and every way in which they fail.
#include "net/connector.h"
#include "net/descriptors.h"
#include "net/listener.h"
#include "net/socketoptions.h"
#include "net/tcptransport.h"

#include <QNetworkInterface>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTest>

#include <memory>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace patchbay::net;
using namespace std::chrono_literals;

Q_DECLARE_METATYPE(patchbay::net::Reason)

namespace {

struct Dialled
{
    std::unique_ptr<Transport> transport;
    Problem problem;
};

Dialled dial(const QString &host, quint16 port, std::chrono::milliseconds timeout = Connector::kTimeout)
{
    Dialled result;
    Connector connector(Reach::Loopback);
    bool done = false;
    QObject::connect(&connector, &Connector::connected, &connector, [&](int descriptor) {
        result.transport = TcpTransport::make(descriptor);
        done = true;
    });
    QObject::connect(&connector, &Connector::failed, &connector, [&](const Problem &problem) {
        result.problem = problem;
        done = true;
    });
    connector.dial(host, port, timeout);
    (void)QTest::qWaitFor([&] { return done; }, 8'000);
    return result;
}

/// A port on which nothing listens.
quint16 freePort()
{
    QTcpServer server;
    server.listen(QHostAddress::LocalHost, 0);
    return server.serverPort();
}

} // namespace

class TestDial : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void connectsAndMovesBytes_data()
    {
        QTest::addColumn<QString>("bind");
        QTest::addColumn<QString>("host");
        QTest::newRow("v4") << u"127.0.0.1"_qs << u"127.0.0.1"_qs;
        QTest::newRow("other v4") << u"127.0.0.5"_qs << u"127.0.0.5"_qs;
        QTest::newRow("name") << u"127.0.0.1"_qs << u"localhost"_qs;
        if (QNetworkInterface::allAddresses().contains(QHostAddress(QHostAddress::LocalHostIPv6))) {
            QTest::newRow("v6") << u"::1"_qs << u"::1"_qs;
            QTest::newRow("brackets") << u"[::1]"_qs << u"[::1]"_qs;
            QTest::newRow("mapped") << u"::ffff:127.0.0.1"_qs << u"127.0.0.1"_qs;
        }
    }
    void connectsAndMovesBytes()
    {
        QFETCH(QString, bind);
        QFETCH(QString, host);
        Listener listener;
        const auto problem = listener.listen(bind, 0, Reach::Loopback);
        QVERIFY2(!problem, qPrintable(problem ? problem->text : QString()));
        std::unique_ptr<Transport> accepted;
        connect(&listener, &Listener::accepted, this,
                [&](int descriptor) { accepted = TcpTransport::make(descriptor); });
        Dialled dialled = dial(host, listener.local().port);
        QVERIFY2(dialled.transport, qPrintable(dialled.problem.text));
        QTRY_VERIFY(accepted);
        QCOMPARE(accepted->peer().port, dialled.transport->local().port);
        QCOMPARE(accepted->local().port, listener.local().port);

        const QByteArray sent(3'000'000, 'x');
        QVERIFY(dialled.transport->write(sent));
        dialled.transport->flush();
        dialled.transport->finish();
        QByteArray received;
        QByteArray buffer(100'000, 0);
        connect(accepted.get(), &Transport::readable, this,
                [&] { received.append(buffer.constData(), accepted->read(buffer.data(), buffer.size())); });
        QSignalSpy closed(accepted.get(), &Transport::closed);
        QTRY_COMPARE(received.size(), sent.size());
        QTRY_COMPARE(closed.size(), 1);
    }

    void lastBytesCanBeReadAfterTheEnd()
    {
        Listener listener;
        QVERIFY(!listener.listen(u"127.0.0.1"_qs, 0, Reach::Loopback));
        std::unique_ptr<Transport> accepted;
        connect(&listener, &Listener::accepted, this,
                [&](int descriptor) { accepted = TcpTransport::make(descriptor); });
        Dialled dialled = dial(u"127.0.0.1"_qs, listener.local().port);
        QVERIFY(dialled.transport);
        QVERIFY(dialled.transport->write("last words"));
        dialled.transport->finish();
        QTRY_VERIFY(accepted);
        QSignalSpy closed(accepted.get(), &Transport::closed);
        QTRY_COMPARE(closed.size(), 1);
        char buffer[32];
        QCOMPARE(accepted->read(buffer, sizeof buffer), 10);
        QCOMPARE(accepted->read(buffer, sizeof buffer), 0);
    }

    void readAheadIsBounded()
    {
        Listener listener;
        QVERIFY(!listener.listen(u"127.0.0.1"_qs, 0, Reach::Loopback));
        std::unique_ptr<Transport> accepted;
        connect(&listener, &Listener::accepted, this,
                [&](int descriptor) { accepted = TcpTransport::make(descriptor); });
        Dialled dialled = dial(u"127.0.0.1"_qs, listener.local().port);
        QVERIFY(dialled.transport);
        QTRY_VERIFY(accepted);
        // Nobody reads: what the system does not take must stay with the sender.
        const QByteArray much(64 * 1024 * 1024, 'x');
        QVERIFY(dialled.transport->write(much));
        dialled.transport->flush();
        qint64 before = -1;
        QTRY_VERIFY_WITH_TIMEOUT(
            [&] {
                const qint64 now = dialled.transport->unsentBytes();
                return now == std::exchange(before, now);
            }(),
            5'000);
        QVERIFY2(before > much.size() - 16 * 1024 * 1024, qPrintable(QString::number(before)));
    }

    void listenFailures_data()
    {
        QTest::addColumn<QString>("address");
        QTest::addColumn<int>("port");
        QTest::addColumn<Reason>("reason");
        QTest::addColumn<QString>("part");
        QTest::newRow("any") << u"0.0.0.0"_qs << 0 << Reason::NotLoopback << u"in plain mode nothing is encrypted"_qs;
        QTest::newRow("any v6") << u"::"_qs << 0 << Reason::NotLoopback << u"in plain mode nothing is encrypted"_qs;
        QTest::newRow("not loopback") << u"192.0.2.1"_qs << 0 << Reason::NotLoopback << u"192.0.2.1"_qs;
        QTest::newRow("name") << u"example"_qs << 0 << Reason::AddressNotOurs << u"\"example\" is not an IP"_qs;
        QTest::newRow("empty") << QString() << 0 << Reason::AddressNotOurs << u"is not an IP"_qs;
        QTest::newRow("taken") << u"127.0.0.1"_qs << -1 << Reason::AddressInUse
                               << u"is in use by another program. Choose another port"_qs;
    }
    void listenFailures()
    {
        QFETCH(QString, address);
        QFETCH(int, port);
        QFETCH(QString, part);
        QTcpServer other;
        QVERIFY(other.listen(QHostAddress::LocalHost, 0));
        Listener listener;
        const auto problem = listener.listen(address, port < 0 ? other.serverPort() : quint16(port), Reach::Loopback);
        QVERIFY(problem);
        QTEST(problem->reason, "reason");
        QVERIFY2(problem->text.contains(part), qPrintable(problem->text));
    }

    void lowPortIsDenied()
    {
        if (geteuid() == 0) { // root may; the mapping of the error is in tst_netparts' table
            QCOMPARE(listenProblem(QAbstractSocket::SocketAccessError, {}, u"127.0.0.1"_qs, 80).reason,
                     Reason::PermissionDenied);
            return;
        }
        Listener listener;
        const auto problem = listener.listen(u"127.0.0.1"_qs, 1, Reach::Loopback);
        QVERIFY(problem);
        QCOMPARE(problem->reason, Reason::PermissionDenied);
    }

    void dialFailures_data()
    {
        QTest::addColumn<QString>("host");
        QTest::addColumn<int>("port");
        QTest::addColumn<Reason>("reason");
        QTest::newRow("refused") << u"127.0.0.1"_qs << -1 << Reason::Refused;
        QTest::newRow("refused by every address") << u"localhost"_qs << -1 << Reason::Refused;
        QTest::newRow("port 0") << u"127.0.0.1"_qs << 0 << Reason::Refused;
        QTest::newRow("private") << u"192.168.1.1"_qs << 7229 << Reason::NotLoopback;
        QTest::newRow("mapped private") << u"::ffff:192.168.1.1"_qs << 7229 << Reason::NotLoopback;
        QTest::newRow("any") << u"0.0.0.0"_qs << 7229 << Reason::NotLoopback;
        QTest::newRow("unknown name") << u"no-such-host.invalid"_qs << 7229 << Reason::HostNotFound;
        QTest::newRow("empty name") << QString() << 7229 << Reason::HostNotFound;
    }
    void dialFailures()
    {
        QFETCH(QString, host);
        QFETCH(int, port);
        const Dialled dialled = dial(host, port < 0 ? freePort() : quint16(port));
        QVERIFY(!dialled.transport);
        QTEST(dialled.problem.reason, "reason");
        QVERIFY(!dialled.problem.text.isEmpty());
    }

    // A queue for new connections that is full answers nothing at all.
    void dialTimesOut()
    {
        const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        QVERIFY(::bind(descriptor, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0);
        QVERIFY(::listen(descriptor, 0) == 0);
        socklen_t length = sizeof address;
        QVERIFY(::getsockname(descriptor, reinterpret_cast<sockaddr *>(&address), &length) == 0);
        const quint16 port = ntohs(address.sin_port);
        std::vector<std::unique_ptr<QTcpSocket>> fillers;
        for (int i = 0; i < 4; ++i) {
            fillers.push_back(std::make_unique<QTcpSocket>());
            fillers.back()->connectToHost(QHostAddress::LocalHost, port);
        }
        QTRY_COMPARE(fillers.front()->state(), QAbstractSocket::ConnectedState);
        const Dialled dialled = dial(u"127.0.0.1"_qs, port, 200ms);
        ::close(descriptor);
        QCOMPARE(dialled.problem.reason, Reason::Timeout);
        QVERIFY2(dialled.problem.text.contains(u"does not answer"), qPrintable(dialled.problem.text));
    }

    void deletedConnectorIsSilent()
    {
        Listener listener;
        QVERIFY(!listener.listen(u"127.0.0.1"_qs, 0, Reach::Loopback));
        connect(&listener, &Listener::accepted, this, [](int descriptor) { closeDescriptor(descriptor); });
        for (int i = 0; i < 50; ++i) {
            Connector connector(Reach::Loopback);
            connector.dial(i % 2 ? u"localhost"_qs : u"127.0.0.1"_qs, listener.local().port);
            QCoreApplication::processEvents();
        }
    }

    // At the limit of open files the listener must neither spin nor give up.
    void listenerLeavesDescriptorsForOthers()
    {
        // Sockets of the tests before this one still hold descriptors until they are really deleted.
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        rlimit before{};
        QVERIFY(getrlimit(RLIMIT_NOFILE, &before) == 0);
        Listener listener;
        QVERIFY(!listener.listen(u"127.0.0.1"_qs, 0, Reach::Loopback));
        std::vector<std::unique_ptr<Transport>> accepted;
        connect(&listener, &Listener::accepted, this,
                [&](int descriptor) { accepted.push_back(TcpTransport::make(descriptor)); });
        QSignalSpy turnedAway(&listener, &Listener::turnedAway);

        const int lowestFree = fcntl(0, F_DUPFD_CLOEXEC, 0);
        QVERIFY(lowestFree >= 0);
        ::close(lowestFree);
        std::vector<std::unique_ptr<QTcpSocket>> clients;
        rlimit small = before;
        small.rlim_cur = rlim_t(lowestFree + 30); // room for some, reserve of 8
        QVERIFY(setrlimit(RLIMIT_NOFILE, &small) == 0);
        for (int i = 0; i < 15; ++i) {
            clients.push_back(std::make_unique<QTcpSocket>());
            clients.back()->connectToHost(QHostAddress::LocalHost, listener.local().port);
        }
        const bool wasTurnedAway = QTest::qWaitFor([&] { return turnedAway.size() > 0; }, 5'000);
        const size_t admitted = accepted.size();
        clients.clear();
        accepted.clear();
        // Room again: the next client is served without anybody's help.
        QTcpSocket late;
        late.connectToHost(QHostAddress::LocalHost, listener.local().port);
        const bool served = QTest::qWaitFor([&] { return !accepted.empty(); }, 5'000);
        QVERIFY(setrlimit(RLIMIT_NOFILE, &before) == 0);
        QVERIFY(wasTurnedAway);
        QVERIFY(admitted < 15);
        QVERIFY(served);
    }
};

QTEST_GUILESS_MAIN(TestDial)
#include "tst_dial.moc"
