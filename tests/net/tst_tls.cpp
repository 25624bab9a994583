// SPDX-License-Identifier: MIT
// The encrypted transport over a real socket pair: bytes both ways, ends, and everybody who is not let in.
#include "net/tlstransport.h"
#include "security/identity.h"

#include <QSignalSpy>
#include <QTest>

#include <memory>

#include <sys/socket.h>
#include <unistd.h>

using namespace patchbay;
using namespace patchbay::net;
using security::Identity;
using security::TlsChannel;
using security::TlsContext;
using Side = TlsTransport::Side;

namespace {

struct Host
{
    Identity identity;
    std::shared_ptr<const TlsContext> tls;

    static Host make()
    {
        auto identity = Identity::temporary();
        auto tls = TlsContext::create(identity.value().certificate().toDer(), identity.value().key().toDer());
        return {identity.value(), tls.value()};
    }
};

struct Pair
{
    std::unique_ptr<TlsTransport> client;
    std::unique_ptr<TlsTransport> server;
    bool clientEnded = false;
    bool serverEnded = false;

    Pair(const Host &clientHost, const Host &serverHost, TlsChannel::Judge judge = {})
    {
        int ends[2] = {};
        (void)!::socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
        client = std::make_unique<TlsTransport>(ends[0], Side::Client, clientHost.tls, std::move(judge));
        server = std::make_unique<TlsTransport>(ends[1], Side::Server, serverHost.tls, nullptr);
        QObject::connect(client.get(), &Transport::closed, client.get(), [this] { clientEnded = true; });
        QObject::connect(server.get(), &Transport::closed, server.get(), [this] { serverEnded = true; });
        client->start();
        server->start();
    }
    bool secure()
    {
        return QTest::qWaitFor([this] { return client->isSecured() && server->isSecured(); }, 5'000);
    }
};

QByteArray readAll(Transport &transport)
{
    QByteArray all;
    QByteArray block(100'000, Qt::Uninitialized);
    while (const qint64 count = transport.read(block.data(), block.size()))
        all.append(block.constData(), count);
    return all;
}

QByteArray pattern(qsizetype size)
{
    QByteArray bytes(size, Qt::Uninitialized);
    for (qsizetype i = 0; i < size; ++i)
        bytes[i] = char(i * 7 + i / 251);
    return bytes;
}

} // namespace

class TestTls final : public QObject
{
    Q_OBJECT

    const Host m_alice = Host::make();
    const Host m_bob = Host::make();

private Q_SLOTS:
    void bothSidesProveTheirKeys()
    {
        Pair pair(m_alice, m_bob);
        QVERIFY(pair.secure());
        QCOMPARE(pair.client->provenPeerId(), m_bob.identity.peerId());
        QCOMPARE(pair.server->provenPeerId(), m_alice.identity.peerId());
    }

    void bytesArrive_data()
    {
        QTest::addColumn<int>("size");
        for (const int size : {1, 16'384, 16'385, 100'000, 5'000'000})
            QTest::addRow("%d", size) << size;
    }
    /// Both ways at once, far more than any buffer holds.
    void bytesArrive()
    {
        QFETCH(int, size);
        Pair pair(m_alice, m_bob);
        QVERIFY(pair.secure());
        const QByteArray sent = pattern(size);
        QByteArray atServer;
        QByteArray atClient;
        connect(pair.server.get(), &Transport::readable, this, [&] { atServer += readAll(*pair.server); });
        connect(pair.client.get(), &Transport::readable, this, [&] { atClient += readAll(*pair.client); });
        for (qsizetype at = 0; at < size; at += 65'536) {
            QVERIFY(pair.client->write(sent.mid(at, 65'536)));
            pair.client->flush();
            QVERIFY(pair.server->write(sent.mid(at, 65'536)));
            pair.server->flush();
        }
        QTRY_COMPARE_WITH_TIMEOUT(atServer.size(), sent.size(), 20'000);
        QTRY_COMPARE_WITH_TIMEOUT(atClient.size(), sent.size(), 20'000);
        QVERIFY(atServer == sent && atClient == sent);
        QTRY_COMPARE(pair.client->unsentBytes(), 0);
    }

    void whatIsNotReadStaysUnsent()
    {
        Pair pair(m_alice, m_bob);
        QVERIFY(pair.secure());
        const QByteArray block = pattern(262'144);
        while (pair.client->unsentBytes() == 0) {
            QVERIFY(pair.client->write(block));
            pair.client->flush();
        }
        QVERIFY(pair.client->unsentBytes() > 0);
        QSignalSpy writable(pair.client.get(), &Transport::writable);
        (void)readAll(*pair.server);
        QTRY_VERIFY(writable.count() > 0);
    }

    void pausedOnesAreNotTold()
    {
        Pair pair(m_alice, m_bob);
        QVERIFY(pair.secure());
        pair.server->setReadingPaused(true);
        QSignalSpy readable(pair.server.get(), &Transport::readable);
        QVERIFY(pair.client->write("hello"));
        pair.client->flush();
        QSignalSpy other(pair.client.get(), &Transport::readable);
        QVERIFY(pair.server->write("answer"));
        pair.server->flush();
        QTRY_VERIFY(other.count() > 0); // by then the other way has had its time too
        QCOMPARE(readable.count(), 0);
        pair.server->setReadingPaused(false);
        QTRY_VERIFY(readable.count() > 0);
        QCOMPARE(readAll(*pair.server), QByteArray("hello"));
    }

    void theLastBytesComeBeforeTheEnd()
    {
        Pair pair(m_alice, m_bob);
        QVERIFY(pair.secure());
        const QByteArray sent = pattern(500'000);
        QByteArray got;
        connect(pair.server.get(), &Transport::readable, this, [&] { got += readAll(*pair.server); });
        QVERIFY(pair.client->write(sent));
        pair.client->finish();
        QVERIFY(!pair.client->write("more"));
        QTRY_VERIFY_WITH_TIMEOUT(pair.serverEnded, 10'000);
        QVERIFY(got == sent);
        connect(pair.client.get(), &Transport::readable, this, [&] { (void)readAll(*pair.client); });
        pair.server.reset();
        QTRY_VERIFY(pair.clientEnded);
    }

    void abortEndsBoth()
    {
        Pair pair(m_alice, m_bob);
        QVERIFY(pair.secure());
        connect(pair.server.get(), &Transport::readable, this, [&] { (void)readAll(*pair.server); });
        pair.client->abort();
        QTRY_VERIFY(pair.clientEnded && pair.serverEnded);
    }

    void theJudgeDecidesBeforeWeShowOurselves()
    {
        QByteArray asked;
        Pair pair(m_alice, m_bob, [&](const QByteArray &peerId) {
            asked = peerId;
            return QStringLiteral("not the one we meant");
        });
        QTRY_VERIFY(pair.clientEnded && pair.serverEnded);
        QCOMPARE(asked, m_bob.identity.peerId());
        QVERIFY(pair.client->failure() == TlsChannel::Failure::Certificate);
        QCOMPARE(pair.client->failureText(), QStringLiteral("not the one we meant"));
        QVERIFY(!pair.server->isSecured());
        QVERIFY(pair.server->provenPeerId().isEmpty()); // it never learned who called
    }

    void oneselfIsRefused()
    {
        Pair pair(m_alice, m_alice);
        QTRY_VERIFY(pair.clientEnded && pair.serverEnded);
        QVERIFY(pair.client->failure() == TlsChannel::Failure::OwnKey);
    }

    void strangersAtTheServer_data()
    {
        QTest::addColumn<QByteArray>("says");
        QTest::newRow("HTTP") << QByteArray("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        QTest::newRow("plain Patchbay") << QByteArray::fromHex("00000010010000000000000000000000");
        QTest::newRow("zeros") << QByteArray(100'000, '\0');
        QTest::newRow("TLS record of noise") << QByteArray::fromHex("1603010200") + QByteArray(512, 'x');
        QTest::newRow("TLS record too long") << QByteArray::fromHex("160301ffff") + QByteArray(70'000, 'x');
    }
    void strangersAtTheServer()
    {
        QFETCH(QByteArray, says);
        int ends[2] = {};
        QVERIFY(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
        TlsTransport server(ends[1], Side::Server, m_bob.tls, nullptr);
        QSignalSpy closed(&server, &Transport::closed);
        server.start();
        (void)!::send(ends[0], says.constData(), size_t(says.size()), MSG_NOSIGNAL | MSG_DONTWAIT);
        QTRY_COMPARE(closed.count(), 1);
        QVERIFY(!server.isSecured());
        QVERIFY(!server.failureText().isEmpty());
        if (says[0] != '\x16') { // whoever does not speak TLS gets no answer at all
            char answer = 0;
            QCOMPARE(::recv(ends[0], &answer, 1, MSG_DONTWAIT), ssize_t(-1));
        }
        ::close(ends[0]);
    }

    void strangersAtTheClient_data()
    {
        QTest::addColumn<QByteArray>("says");
        QTest::newRow("HTTP") << QByteArray("HTTP/1.1 400 Bad Request\r\n\r\n");
        QTest::newRow("SSH") << QByteArray("SSH-2.0-OpenSSH_9.2\r\n");
    }
    void strangersAtTheClient()
    {
        QFETCH(QByteArray, says);
        int ends[2] = {};
        QVERIFY(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
        TlsTransport client(ends[0], Side::Client, m_alice.tls, nullptr);
        QSignalSpy closed(&client, &Transport::closed);
        client.start();
        (void)!::send(ends[1], says.constData(), size_t(says.size()), MSG_NOSIGNAL);
        QTRY_COMPARE(closed.count(), 1);
        QVERIFY(client.failure() == TlsChannel::Failure::NotTls);
        ::close(ends[1]);
    }

    /// Cut anywhere in the handshake or after it, both sides end, and neither hangs.
    void cutAnywhere()
    {
        for (int cut = 0; cut < 4'000; cut += 97) {
            int left[2] = {};
            int right[2] = {};
            QVERIFY(::socketpair(AF_UNIX, SOCK_STREAM, 0, left) == 0
                    && ::socketpair(AF_UNIX, SOCK_STREAM, 0, right) == 0);
            auto client = std::make_unique<TlsTransport>(left[0], Side::Client, m_alice.tls, nullptr);
            auto server = std::make_unique<TlsTransport>(right[0], Side::Server, m_bob.tls, nullptr);
            QSignalSpy clientClosed(client.get(), &Transport::closed);
            QSignalSpy serverClosed(server.get(), &Transport::closed);
            connect(client.get(), &Transport::readable, this, [&] { (void)readAll(*client); });
            connect(server.get(), &Transport::readable, this, [&] { (void)readAll(*server); });
            client->start();
            server->start();
            // A relay that stops after so many bytes.
            int passed = 0;
            char buffer[512];
            const bool done = QTest::qWaitFor(
                [&] {
                    bool moved = false;
                    for (const auto &[from, to] : {std::pair(left[1], right[1]), std::pair(right[1], left[1])}) {
                        const auto room = size_t(std::min<int>(sizeof buffer, cut - passed));
                        const ssize_t count = room > 0 ? ::recv(from, buffer, room, MSG_DONTWAIT) : 0;
                        if (count > 0) {
                            (void)!::send(to, buffer, size_t(count), MSG_NOSIGNAL);
                            passed += int(count);
                            moved = true;
                        }
                    }
                    return passed >= cut || (!moved && client->isSecured() && server->isSecured());
                },
                5'000);
            QVERIFY2(done, qPrintable(QString::number(cut)));
            ::close(left[1]);
            ::close(right[1]);
            QTRY_COMPARE(clientClosed.count(), 1);
            QTRY_COMPARE(serverClosed.count(), 1);
        }
    }
};

QTEST_GUILESS_MAIN(TestTls)
#include "tst_tls.moc"
