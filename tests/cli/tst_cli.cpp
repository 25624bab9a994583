// SPDX-License-Identifier: MIT
// patchbay-cli as a process: bad input ends with one clear line and its exit code, and hosts work together.
#include <patchbay/command.h>

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <memory>

using namespace patchbay;

namespace {

constexpr int kPatienceMs = 20000;

QStringList words(const char *line)
{
    return QString::fromLatin1(line).split(u' ');
}

/// One patchbay-cli, with a profile of its own; ended by id when the test is over.
class Cli final : public QProcess
{
public:
    explicit Cli(const QString &profile, const QStringList &arguments)
    {
        setProgram(QStringLiteral(PATCHBAY_CLI));
        setArguments(arguments + QStringList{QStringLiteral("--profile"), profile});
        setWorkingDirectory(QFileInfo(profile).absolutePath()); // what it makes there goes with the test
        start(QIODevice::ReadWrite);
    }
    ~Cli() override
    {
        if (state() != QProcess::NotRunning) {
            kill();
            waitForFinished();
        }
    }
    bool waitForOutput(const QByteArray &text)
    {
        return QTest::qWaitFor(
            [&] {
                output += readAllStandardOutput();
                error += readAllStandardError();
                return output.contains(text) || error.contains(text);
            },
            kPatienceMs);
    }
    int finish()
    {
        if (state() != QProcess::NotRunning && !waitForFinished(kPatienceMs))
            return -1;
        output += readAllStandardOutput();
        error += readAllStandardError();
        return exitStatus() == QProcess::NormalExit ? exitCode() : -2;
    }
    void interrupt() { ::kill(pid_t(processId()), SIGINT); }

    QByteArray output;
    QByteArray error;
};

} // namespace

class CliTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void badInput_data();
    void badInput();
    void helpNamesEveryVerb();
    void portInUse();
    void profileInUse();
    void strangersAreNamed_data();
    void strangersAreNamed();
    void hubSurvivesNoise();
    void chatAndFile();
    void verbsRunInTheRunningHost();
    void interruptEndsCleanly();
    void disabledPluginIsNamed();

private:
    QString profile(const QString &name) const { return m_dir->filePath(name); }
    /// A hub in a process of its own; its port is filled in.
    std::unique_ptr<Cli> serve(quint16 *port);

    std::unique_ptr<QTemporaryDir> m_dir;
    QString m_link; ///< an invite of the hub
};

void CliTest::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
}

std::unique_ptr<Cli> CliTest::serve(quint16 *port)
{
    auto hub = std::make_unique<Cli>(profile(QStringLiteral("hub")),
                                     words("serve --listen 127.0.0.1 --port 0 --name hub --uses 20 --json"));
    if (!hub->waitForOutput("invite"))
        return nullptr;
    const QList<QByteArray> lines = hub->output.split('\n');
    *port = quint16(QJsonDocument::fromJson(lines[0]).object().value(QStringLiteral("port")).toInt());
    m_link = QJsonDocument::fromJson(lines[1]).object().value(QStringLiteral("link")).toString();
    return hub;
}

void CliTest::badInput_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<int>("exitCode");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char *line, int exitCode, const char *says) {
        QTest::newRow(line) << QString::fromLatin1(line) << exitCode << QByteArray(says);
    };
    row("--frobnicate", ExitUsage, "--frobnicate");
    row("frobnicate --connect 127.0.0.1:1", ExitUsage, "frobnicate");
    row("serve --port 99999", ExitUsage, "99999");
    row("serve --listen 192.0.2.1", ExitAddressInUse, "192.0.2.1");
    row("serve extra", ExitUsage, "extra");
    row("connect", ExitUsage, "HOST:PORT");
    row("say hello", ExitNoConnection, "link");
    row("say hello --connect 127.0.0.1:1", ExitNoConnection, "127.0.0.1");
    row("say hello --connect 192.0.2.1:5 --plain plain.token", ExitNoConnection, "192.0.2.1");
    row("serve --listen 192.0.2.1 --plain plain.token", ExitAddressInUse, "192.0.2.1");
    row("serve --admit everybody", ExitUsage, "everybody");
    row("serve --uses 0", ExitUsage, "--uses");
    row("say hello --connect patchbay://127.0.0.1:1/#short", ExitUsage, "link");
    row("connect patchbay://127.0.0.1:1", ExitUsage, "link");
    row("invite", ExitNoConnection, "No Patchbay");
    row("peers explode x", ExitUsage, "usage");
    row("limits x", ExitUsage, "usage");
    row("invites revoke 00", ExitUsage, "invite");
    row("members", ExitNoConnection, "No Patchbay");
    row("status", ExitNoConnection, "No Patchbay");
    row("stop", ExitNoConnection, "No Patchbay");
    row("plugins explode x", ExitUsage, "usage");
    row("plugins enable org.nobody", ExitUsage, "org.nobody");
}

void CliTest::badInput()
{
    QFETCH(QString, line);
    QFETCH(int, exitCode);
    QFETCH(QByteArray, says);
    Cli cli(profile(QStringLiteral("p")), line.split(u' '));
    QCOMPARE(cli.finish(), exitCode);
    QVERIFY2(cli.error.contains(says), cli.error.constData());
    QVERIFY2(cli.error.count('\n') == 1, cli.error.constData()); // one clear line
    QVERIFY2(cli.output.isEmpty(), cli.output.constData());
}

void CliTest::helpNamesEveryVerb()
{
    Cli cli(profile(QStringLiteral("p")), {QStringLiteral("--help")});
    QCOMPARE(cli.finish(), int(ExitOk));
    for (const char *verb : {"serve", "connect", "members", "plugins", "say", "listen", "send", "receive"})
        QVERIFY2(cli.output.contains(QByteArray("  ") + verb), verb);
    Cli verb(profile(QStringLiteral("p")), {QStringLiteral("send"), QStringLiteral("--help")});
    QCOMPARE(verb.finish(), int(ExitOk));
    QVERIFY2(verb.output.startsWith("Usage: patchbay-cli send"), verb.output.constData());
    QVERIFY(!QFile::exists(profile(QStringLiteral("p")))); // asking for help makes no profile
}

void CliTest::portInUse()
{
    QTcpServer taken;
    QVERIFY(taken.listen(QHostAddress::LocalHost, 0));
    Cli cli(profile(QStringLiteral("p")),
            {QStringLiteral("serve"), QStringLiteral("--listen"), QStringLiteral("127.0.0.1"), QStringLiteral("--port"),
             QString::number(taken.serverPort())});
    QCOMPARE(cli.finish(), int(ExitAddressInUse));
    QVERIFY2(cli.error.contains(QByteArray::number(taken.serverPort())), cli.error.constData());
    QCOMPARE(cli.error.count('\n'), 1);
}

void CliTest::profileInUse()
{
    quint16 port = 0;
    const auto hub = serve(&port);
    QVERIFY(hub);
    Cli second(profile(QStringLiteral("hub")),
               {QStringLiteral("serve"), QStringLiteral("--port"), QStringLiteral("0")});
    QCOMPARE(second.finish(), int(ExitFailed));
    QVERIFY2(second.error.contains("in use"), second.error.constData());
}

void CliTest::strangersAreNamed_data()
{
    QTest::addColumn<QByteArray>("greeting");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("HTTP") << QByteArray("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                          << QByteArray("does not speak TLS");
    QTest::newRow("SSH") << QByteArray("SSH-2.0-OpenSSH_9.2\r\n") << QByteArray("does not speak TLS");
    QTest::newRow("noise") << QByteArray::fromHex("deadbeefcafebabe0123456789abcdef55aa")
                           << QByteArray("does not speak TLS");
}

void CliTest::strangersAreNamed()
{
    QFETCH(QByteArray, greeting);
    QFETCH(QByteArray, says);
    QTcpServer stranger;
    QVERIFY(stranger.listen(QHostAddress::LocalHost, 0));
    connect(&stranger, &QTcpServer::newConnection, this, [&] { stranger.nextPendingConnection()->write(greeting); });
    Cli cli(profile(QStringLiteral("p")), {QStringLiteral("say"), QStringLiteral("x"), QStringLiteral("--connect"),
                                           QStringLiteral("127.0.0.1:%1").arg(stranger.serverPort())});
    QTRY_COMPARE_WITH_TIMEOUT(cli.state(), QProcess::NotRunning, kPatienceMs);
    QCOMPARE(cli.finish(), int(ExitNoConnection));
    QVERIFY2(cli.error.contains(says), cli.error.constData());
    QCOMPARE(cli.error.count('\n'), 1);
}

void CliTest::hubSurvivesNoise()
{
    quint16 port = 0;
    const auto hub = serve(&port);
    QVERIFY(hub);
    for (const QByteArray &noise : {QByteArray("GET / HTTP/1.1\r\n\r\n"), QByteArray(100000, '\xff'),
                                    QByteArray::fromHex("160301020001"), QByteArray()}) {
        QTcpSocket socket;
        socket.connectToHost(QHostAddress::LocalHost, port);
        QVERIFY(socket.waitForConnected());
        socket.write(noise);
        socket.flush();
        socket.abort();
    }
    Cli members(profile(QStringLiteral("hub")), {QStringLiteral("members"), QStringLiteral("--json")});
    QCOMPARE(members.finish(), int(ExitOk));
    QVERIFY2(members.output.contains("\"hub\":true"), members.output.constData());
    QCOMPARE(members.output.count('\n'), 1);
}

void CliTest::chatAndFile()
{
    quint16 port = 0;
    const auto hub = serve(&port);
    QVERIFY(hub);
    const QStringList at{QStringLiteral("--connect"), m_link};

    Cli listener(profile(QStringLiteral("bob")),
                 QStringList{QStringLiteral("listen"), QStringLiteral("--count"), QStringLiteral("1"),
                             QStringLiteral("--name"), QStringLiteral("bob"), QStringLiteral("--json")}
                     + at);
    QTRY_VERIFY_WITH_TIMEOUT(
        [&] {
            Cli members(profile(QStringLiteral("hub")), {QStringLiteral("members")});
            return members.finish() == ExitOk && members.output.contains("bob");
        }(),
        kPatienceMs);
    Cli say(profile(QStringLiteral("alice")),
            QStringList{QStringLiteral("say"), QStringLiteral("hello there"), QStringLiteral("--to"),
                        QStringLiteral("bob"), QStringLiteral("--name"), QStringLiteral("alice")}
                + at);
    QCOMPARE(say.finish(), int(ExitOk));
    QCOMPARE(listener.finish(), int(ExitOk));
    const QJsonObject message = QJsonDocument::fromJson(listener.output).object();
    QCOMPARE(message.value(QStringLiteral("text")).toString(), QStringLiteral("hello there"));
    QCOMPARE(message.value(QStringLiteral("from")).toString(), QStringLiteral("alice"));

    const QString source = m_dir->filePath(QStringLiteral("data.bin"));
    QByteArray content(3'000'000, Qt::Uninitialized);
    for (qsizetype i = 0; i < content.size(); ++i)
        content[i] = char(i * 13 + i / 1000);
    QFile file(source);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(content) == content.size());
    file.close();
    const QString inbox = m_dir->filePath(QStringLiteral("inbox"));
    Cli receiver(profile(QStringLiteral("bob")),
                 QStringList{QStringLiteral("receive"), QStringLiteral("--once"), QStringLiteral("--dir"), inbox} + at);
    QTRY_VERIFY_WITH_TIMEOUT(
        [&] {
            Cli members(profile(QStringLiteral("hub")), {QStringLiteral("members")});
            return members.finish() == ExitOk && members.output.contains("bob");
        }(),
        kPatienceMs);
    Cli send(profile(QStringLiteral("alice")),
             QStringList{QStringLiteral("send"), source, QStringLiteral("--to"), QStringLiteral("bob")} + at);
    QCOMPARE(send.finish(), int(ExitOk));
    QCOMPARE(receiver.finish(), int(ExitOk));
    const QString landed = QString::fromUtf8(receiver.output.trimmed());
    QCOMPARE(QFileInfo(landed).absolutePath(), QFileInfo(inbox).absoluteFilePath());
    QFile copy(landed);
    QVERIFY2(copy.open(QIODevice::ReadOnly), qPrintable(landed));
    QVERIFY(copy.readAll() == content);

    Cli missing(profile(QStringLiteral("alice")),
                QStringList{QStringLiteral("send"), QStringLiteral("/nonexistent/file"), QStringLiteral("--to"),
                            QStringLiteral("hub")}
                    + at);
    QCOMPARE(missing.finish(), int(ExitNoFile));
    QVERIFY2(missing.error.contains("/nonexistent/file"), missing.error.constData());
    Cli nobody(profile(QStringLiteral("alice")),
               QStringList{QStringLiteral("say"), QStringLiteral("x"), QStringLiteral("--to"), QStringLiteral("nobody")}
                   + at);
    QCOMPARE(nobody.finish(), int(ExitNoMember));
    QVERIFY2(nobody.error.contains("nobody"), nobody.error.constData());
}

void CliTest::verbsRunInTheRunningHost()
{
    quint16 port = 0;
    const auto hub = serve(&port);
    QVERIFY(hub);
    Cli alice(profile(QStringLiteral("alice")),
              {QStringLiteral("connect"), m_link, QStringLiteral("--name"), QStringLiteral("alice")});
    QVERIFY(alice.waitForOutput(QByteArray::number(port)));
    Cli status(profile(QStringLiteral("alice")), {QStringLiteral("status"), QStringLiteral("--json")});
    QCOMPARE(status.finish(), int(ExitOk));
    const QJsonObject object = QJsonDocument::fromJson(status.output).object();
    QCOMPARE(object.value(QStringLiteral("mode")).toString(), QStringLiteral("client"));
    QCOMPARE(object.value(QStringLiteral("peerPort")).toInt(), int(port));
    Cli say(profile(QStringLiteral("alice")),
            {QStringLiteral("say"), QStringLiteral("-"), QStringLiteral("--to"), QStringLiteral("hub")});
    say.write("from standard input\n");
    say.closeWriteChannel();
    QCOMPARE(say.finish(), int(ExitOk));
    Cli elsewhere(profile(QStringLiteral("alice")),
                  {QStringLiteral("status"), QStringLiteral("--connect"), QStringLiteral("127.0.0.1:1")});
    QCOMPARE(elsewhere.finish(), int(ExitFailed));
    Cli stop(profile(QStringLiteral("alice")), {QStringLiteral("stop")});
    QCOMPARE(stop.finish(), int(ExitOk));
    QCOMPARE(alice.finish(), int(ExitOk));
}

void CliTest::interruptEndsCleanly()
{
    quint16 port = 0;
    const auto hub = serve(&port);
    QVERIFY(hub);
    Cli listener(profile(QStringLiteral("bob")), {QStringLiteral("listen"), QStringLiteral("--connect"), m_link});
    QTRY_VERIFY_WITH_TIMEOUT(
        [&] {
            Cli members(profile(QStringLiteral("hub")), {QStringLiteral("members"), QStringLiteral("--json")});
            return members.finish() == ExitOk && members.output.count('\n') == 2;
        }(),
        kPatienceMs);
    listener.interrupt();
    QCOMPARE(listener.finish(), int(ExitInterrupted));
    hub->interrupt();
    QCOMPARE(hub->finish(), int(ExitOk)); // a hub is meant to be ended so
}

void CliTest::disabledPluginIsNamed()
{
    const QString p = profile(QStringLiteral("p"));
    Cli disable(p, {QStringLiteral("plugins"), QStringLiteral("disable"), QStringLiteral("org.patchbay.file")});
    QCOMPARE(disable.finish(), int(ExitOk));
    Cli send(p,
             {QStringLiteral("send"), QStringLiteral("x"), QStringLiteral("--listen"), QStringLiteral("127.0.0.1:0")});
    QCOMPARE(send.finish(), int(ExitDisabled));
    QVERIFY2(send.error.contains("org.patchbay.file"), send.error.constData());
    Cli enable(p, {QStringLiteral("plugins"), QStringLiteral("enable"), QStringLiteral("org.patchbay.file")});
    QCOMPARE(enable.finish(), int(ExitOk));
}

QTEST_GUILESS_MAIN(CliTest)
#include "tst_cli.moc"
