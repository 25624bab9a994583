// SPDX-License-Identifier: MIT
// Commands: frames of the control socket, a command in a running host, every way a run can end.
#include "control/controlclient.h"
#include "control/controlframe.h"
#include "hub/commandlauncher.h"
#include "hub/profile.h"
#include "testhost.h"

#include <patchbay/command.h>

#include <QCborValue>
#include <QSignalSpy>

using namespace patchbay;

namespace {

class RecordingContext final : public QObject, public ICommandContext
{
public:
    RecordingContext(QString verb, QStringList arguments = {}, bool json = false)
        : m_verb(std::move(verb)), m_arguments(std::move(arguments)), m_json(json)
    { }
    QString verb() const override { return m_verb; }
    QStringList arguments() const override { return m_arguments; }
    QString workingDirectory() const override { return QStringLiteral("/"); }
    bool json() const override { return m_json; }
    bool errorIsTerminal() const override { return false; }
    bool outputIsTerminal() const override { return false; }
    void writeOutput(const QByteArray &bytes) override { output += bytes; }
    void writeError(const QByteArray &bytes) override { error += bytes; }
    void requestInput() override { ++inputWanted; }
    void finish(int code) override
    {
        exitCode = code;
        ++finished;
        if (launcher)
            launcher->forget();
    }

    QByteArray output;
    QByteArray error;
    int exitCode = -1;
    int finished = 0;
    int inputWanted = 0;
    hub::CommandLauncher *launcher = nullptr;

private:
    const QString m_verb;
    const QStringList m_arguments;
    const bool m_json;
};

struct Launched
{
    Launched(hub::Host &host, const QString &verb, const QStringList &arguments = {}, bool json = false)
        : context(verb, arguments, json), launcher(host, &context)
    {
        context.launcher = &launcher;
        launcher.launch();
    }
    RecordingContext context;
    hub::CommandLauncher launcher;
};

} // namespace

class CommandsTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void framesSurviveAnyCut();
    void brokenFramesAreRefused_data();
    void brokenFramesAreRefused();
    void builtinCommands_data();
    void builtinCommands();
    void pluginCommandRuns();
    void pluginCommandIsCancelled();
    void switchedOffPluginEndsItsRuns();
    void remoteCommand();
};

void CommandsTest::framesSurviveAnyCut()
{
    control::Request request;
    request.verb = QStringLiteral("send");
    request.arguments = {QStringLiteral("a b"), QStringLiteral("--to"), QStringLiteral("\u00e9")};
    request.workingDirectory = QStringLiteral("/home");
    request.json = true;
    const QByteArray bytes = control::encodeRequest(request) + control::encodeRequest(request);
    for (qsizetype step = 1; step <= bytes.size(); ++step) {
        control::FrameReader reader;
        int frames = 0;
        for (qsizetype at = 0; at < bytes.size(); at += step) {
            reader.append(bytes.mid(at, step));
            while (const auto map = reader.next()) {
                const auto decoded = control::decodeRequest(*map);
                QVERIFY(decoded);
                QCOMPARE(decoded->arguments, request.arguments);
                QVERIFY(decoded->json && !decoded->errorIsTerminal);
                ++frames;
            }
        }
        QCOMPARE(frames, 2);
        QVERIFY(!reader.isBroken());
    }
}

void CommandsTest::brokenFramesAreRefused_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("length over the limit") << QByteArray::fromHex("00100001");
    QTest::newRow("not CBOR") << QByteArray::fromHex("00000001ff");
    QTest::newRow("not a map") << QByteArray::fromHex("0000000101");
    QTest::newRow("empty") << QByteArray::fromHex("00000000");
}

void CommandsTest::brokenFramesAreRefused()
{
    QFETCH(QByteArray, bytes);
    control::FrameReader reader;
    reader.append(bytes);
    QVERIFY(!reader.next());
    QVERIFY(reader.isBroken());
}

void CommandsTest::builtinCommands_data()
{
    QTest::addColumn<QString>("verb");
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("exitCode");
    QTest::addColumn<QByteArray>("output");
    QTest::addColumn<QByteArray>("error");
    const QStringList none;
    QTest::newRow("members") << QStringLiteral("members") << none << int(ExitOk) << QByteArray("hubby") << QByteArray();
    QTest::newRow("members of what") << QStringLiteral("members") << QStringList{QStringLiteral("x")} << int(ExitUsage)
                                     << QByteArray() << QByteArray("usage");
    QTest::newRow("plugins") << QStringLiteral("plugins") << none << int(ExitOk)
                             << QByteArray("org.patchbay.test.probe") << QByteArray();
    QTest::newRow("unknown plugin") << QStringLiteral("plugins")
                                    << QStringList{QStringLiteral("enable"), QStringLiteral("org.nobody")}
                                    << int(ExitUsage) << QByteArray() << QByteArray("org.nobody");
    QTest::newRow("unknown action") << QStringLiteral("plugins")
                                    << QStringList{QStringLiteral("explode"), QStringLiteral("x")} << int(ExitUsage)
                                    << QByteArray() << QByteArray("usage");
    QTest::newRow("status") << QStringLiteral("status") << none << int(ExitOk) << QByteArray("server") << QByteArray();
    QTest::newRow("no such verb") << QStringLiteral("frobnicate") << none << int(ExitUsage) << QByteArray()
                                  << QByteArray("frobnicate");
    QTest::newRow("a plugin's own code") << QStringLiteral("probe") << none << 64 << QByteArray() << QByteArray();
}

void CommandsTest::builtinCommands()
{
    QFETCH(QString, verb);
    QFETCH(QStringList, arguments);
    QFETCH(int, exitCode);
    QFETCH(QByteArray, output);
    QFETCH(QByteArray, error);
    TestHost hub(QStringLiteral("hubby"));
    QVERIFY(hub.serve());
    for (const bool json : {false, true}) {
        Launched run(*hub.host, verb, arguments, json);
        QTRY_COMPARE(run.context.finished, 1);
        QCOMPARE(run.context.exitCode, exitCode);
        QVERIFY2(run.context.output.contains(output), run.context.output.constData());
        QVERIFY2(run.context.error.contains(error), run.context.error.constData());
        QCOMPARE(run.context.error.count('\n'), error.isEmpty() ? 0 : 1); // one clear line
    }
}

void CommandsTest::pluginCommandRuns()
{
    TestHost hub(QStringLiteral("hub"));
    QVERIFY(hub.serve());
    Launched run(*hub.host, QStringLiteral("probe"), {QStringLiteral("cat")});
    QTRY_COMPARE(run.context.inputWanted, 1);
    run.launcher.input(QByteArrayLiteral("abc"));
    QTRY_COMPARE(run.context.inputWanted, 2);
    run.launcher.input(QByteArray());
    QTRY_COMPARE(run.context.finished, 1);
    QCOMPARE(run.context.output, QByteArrayLiteral("abc"));
    QCOMPARE(run.context.exitCode, int(ExitOk));
}

void CommandsTest::pluginCommandIsCancelled()
{
    TestHost hub(QStringLiteral("hub"));
    {
        Launched early(*hub.host, QStringLiteral("probe"), {QStringLiteral("hang")});
        QTRY_COMPARE(early.context.finished, 1); // there is no link at all
        QCOMPARE(early.context.exitCode, int(ExitNoConnection));
    }
    QVERIFY(hub.serve());
    Launched run(*hub.host, QStringLiteral("probe"), {QStringLiteral("hang")});
    QCOMPARE(run.context.finished, 0);
    run.launcher.cancel();
    QTRY_COMPARE(run.context.finished, 1);
    QCOMPARE(run.context.exitCode, int(ExitInterrupted));
}

void CommandsTest::switchedOffPluginEndsItsRuns()
{
    TestHost hub(QStringLiteral("hub"));
    QVERIFY(hub.serve());
    Launched gentle(*hub.host, QStringLiteral("probe"), {QStringLiteral("hang")});
    Launched stubborn(*hub.host, QStringLiteral("probe"), {QStringLiteral("hang"), QStringLiteral("stubborn")});
    QVERIFY(!hub.host->setPluginEnabled(QStringLiteral("org.patchbay.test.probe"), false).isError());
    QTRY_COMPARE(gentle.context.finished + stubborn.context.finished, 2);
    QCOMPARE(gentle.context.exitCode, int(ExitInterrupted));
    QCOMPARE(stubborn.context.exitCode, int(ExitDisabled));

    Launched after(*hub.host, QStringLiteral("probe"));
    QTRY_COMPARE(after.context.finished, 1);
    QCOMPARE(after.context.exitCode, int(ExitDisabled));
    QVERIFY2(after.context.error.contains("org.patchbay.test.probe"), after.context.error.constData());
}

void CommandsTest::remoteCommand()
{
    TestHost hub(QStringLiteral("hub"));
    QVERIFY(hub.serve());
    const QString path = hub::Profile::controlSocketPath(hub.m_profile.path());

    control::ControlClient client;
    QByteArray output;
    connect(&client, &control::ControlClient::output, this, [&](const QByteArray &bytes) { output += bytes; });
    connect(&client, &control::ControlClient::inputWanted, this,
            [&] { client.sendInput(output.isEmpty() ? "hello" : ""); });
    QSignalSpy finished(&client, &control::ControlClient::finished);
    QVERIFY(client.connectTo(path));
    client.run({QStringLiteral("probe"), {QStringLiteral("cat")}, QStringLiteral("/"), {}, false, false, false});
    QTRY_COMPARE(finished.size(), 1);
    QCOMPARE(finished.first().first().toInt(), int(ExitOk));
    QCOMPARE(output, QByteArrayLiteral("hello"));

    // A caller that goes away cancels its run; the host goes on.
    {
        control::ControlClient leaver;
        QVERIFY(leaver.connectTo(path));
        leaver.run({QStringLiteral("probe"), {QStringLiteral("hang")}, QStringLiteral("/"), {}, false, false, false});
        QSignalSpy ended(&leaver, &control::ControlClient::finished);
        leaver.cancel();
        QTRY_COMPARE(ended.size(), 1);
        QCOMPARE(ended.first().first().toInt(), int(ExitInterrupted));
    }
    control::ControlClient wrongLink;
    QSignalSpy refused(&wrongLink, &control::ControlClient::finished);
    QVERIFY(wrongLink.connectTo(path));
    wrongLink.run(
        {QStringLiteral("status"), {}, QStringLiteral("/"), QStringLiteral("127.0.0.1:1"), false, false, false});
    QTRY_COMPARE(refused.size(), 1);
    QCOMPARE(refused.first().first().toInt(), int(ExitFailed));
}

QTEST_GUILESS_MAIN(CommandsTest)
#include "tst_commands.moc"
