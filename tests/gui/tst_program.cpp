// SPDX-License-Identifier: MIT
// The program itself as a process: options, exit codes, ending in good order.
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QSettings>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

class ProgramTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void endsBeforeTheWindow_data();
    void endsBeforeTheWindow();
    void aSignalClosesIt();
    void lockedProfileIsTold();
    void stuckPluginDoesNotHoldIt();

private:
    static void start(QProcess &process, const QStringList &arguments);
    static bool waitForFile(QProcess &process, const QString &path);
    static QString freePort();
    static bool waitUntilItListens(QProcess &process, const QString &port);
};

void ProgramTest::start(QProcess &process, const QStringList &arguments)
{
    process.start(QStringLiteral(PATCHBAY_PROGRAM), arguments);
    QVERIFY2(process.waitForStarted(), qPrintable(process.errorString()));
}

bool ProgramTest::waitForFile(QProcess &process, const QString &path)
{
    return QTest::qWaitFor([&] { return QFile::exists(path) || process.state() != QProcess::Running; }, 20000)
           && process.state() == QProcess::Running;
}

void ProgramTest::endsBeforeTheWindow_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("exitCode");
    QTest::addColumn<QString>("words");
    QTest::addColumn<bool>("hasDisplay");
    QTest::newRow("unknown option") << QStringList(QStringLiteral("--nonsense")) << 2 << QStringLiteral("--nonsense")
                                    << true;
    QTest::newRow("unknown option, no display")
        << QStringList(QStringLiteral("--nonsense")) << 2 << QStringLiteral("--nonsense") << false;
    QTest::newRow("no display") << QStringList() << 1 << QStringLiteral("patchbay-cli") << false;
    QTest::newRow("--version") << QStringList(QStringLiteral("--version")) << 0 << QStringLiteral("Patchbay ") << false;
    QTest::newRow("--help") << QStringList(QStringLiteral("--help")) << 0 << QStringLiteral("--plugin-path") << false;
}

void ProgramTest::endsBeforeTheWindow()
{
    QFETCH(QStringList, arguments);
    QFETCH(int, exitCode);
    QFETCH(QString, words);
    QFETCH(bool, hasDisplay);
    QProcess process;
    if (!hasDisplay) {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        for (const char *name : {"QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"})
            environment.remove(QLatin1String(name));
        process.setProcessEnvironment(environment);
    }
    start(process, arguments);
    QVERIFY(process.waitForFinished(20000));
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), exitCode);
    const QByteArray text = exitCode == 0 ? process.readAllStandardOutput() : process.readAllStandardError();
    QVERIFY2(text.contains(words.toUtf8()), text.constData());
    if (exitCode != 0)
        QCOMPARE(text.count('\n'), 1);
}

QString ProgramTest::freePort()
{
    QTcpServer server;
    return server.listen(QHostAddress::LocalHost) ? QString::number(server.serverPort()) : QString();
}

bool ProgramTest::waitUntilItListens(QProcess &process, const QString &port)
{
    QElapsedTimer timer;
    for (timer.start(); timer.elapsed() < 20000 && process.state() == QProcess::Running;) {
        QTcpSocket socket;
        socket.connectToHost(QHostAddress::LocalHost, port.toUShort());
        if (socket.waitForConnected(1000))
            return true;
        process.waitForReadyRead(50);
    }
    return false;
}

void ProgramTest::aSignalClosesIt()
{
    QTemporaryDir folder;
    const QString port = freePort();
    QProcess process;
    start(process, {QStringLiteral("--profile"), folder.filePath(QStringLiteral("profile")), QStringLiteral("--name"),
                    QStringLiteral("alice"), QStringLiteral("--listen"), QStringLiteral("127.0.0.1:") + port,
                    QStringLiteral("--platform"), QStringLiteral("offscreen")});
    QVERIFY(waitUntilItListens(process, port));
    // Saved when the window closes, and not before.
    const QString layout = folder.filePath(QStringLiteral("profile/window.ini"));
    QVERIFY(!QFile::exists(layout));
    ::kill(pid_t(process.processId()), SIGTERM);
    QVERIFY(process.waitForFinished(20000));
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 0);
    QVERIFY(QFile::exists(layout));
    const QSettings settings(folder.filePath(QStringLiteral("profile/settings.ini")), QSettings::IniFormat);
    QCOMPARE(settings.value(QStringLiteral("name")).toString(), QStringLiteral("alice"));
}

void ProgramTest::lockedProfileIsTold()
{
    QTemporaryDir folder;
    const QStringList arguments{QStringLiteral("--profile"), folder.path()};
    QProcess first;
    start(first, arguments);
    QVERIFY(waitForFile(first, folder.filePath(QStringLiteral("identity.id"))));
    QProcess second;
    start(second, arguments);
    QByteArray text;
    QTRY_VERIFY_WITH_TIMEOUT((text += second.readAllStandardError()).contains('\n'), 20000);
    QVERIFY2(text.contains(folder.path().toUtf8()), text.constData());
    for (QProcess *process : {&first, &second}) {
        process->kill();
        QVERIFY(process->waitForFinished());
    }
}

void ProgramTest::stuckPluginDoesNotHoldIt()
{
    QTemporaryDir folder;
    const QString port = freePort();
    QProcess process;
    start(process,
          {QStringLiteral("--profile"), folder.filePath(QStringLiteral("profile")), QStringLiteral("--plugin-path"),
           QStringLiteral(STUCK_FOLDER), QStringLiteral("--listen"), QStringLiteral("127.0.0.1:") + port});
    QVERIFY(waitUntilItListens(process, port));
    ::kill(pid_t(process.processId()), SIGTERM);
    QVERIFY(process.waitForFinished(15000));
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 1);
    const QByteArray text = process.readAllStandardError();
    QVERIFY2(text.contains("did not stop in time"), text.constData());
    QVERIFY(QFile::exists(folder.filePath(QStringLiteral("profile/window.ini"))));
}

QTEST_MAIN(ProgramTest)
#include "tst_program.moc"
