// SPDX-License-Identifier: MIT
#include "cli/options.h"

#include <QTest>

using namespace patchbay::cli;

class OptionsTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void endpoints_data();
    void endpoints();
    void optionsAreTakenOut_data();
    void optionsAreTakenOut();
    void problems_data();
    void problems();
};

void OptionsTest::endpoints_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("host");
    QTest::addColumn<int>("port"); // -1 = refused
    const auto row = [](const char *text, const char *host, int port) {
        QTest::newRow(text) << QString::fromLatin1(text) << QString::fromLatin1(host) << port;
    };
    row("127.0.0.1:80", "127.0.0.1", 80);
    row("localhost", "localhost", 9);
    row(":80", "fallback", 80);
    row("80", "fallback", 80);
    row("0", "fallback", 0);
    row("65535", "fallback", 65535);
    row("65536", "", -1);
    row("host:", "", -1);
    row("host:x", "", -1);
    row("host:-1", "", -1);
    row("[::1]:80", "::1", 80);
    row("[::1]", "::1", 9);
    row("[::1]:", "", -1);
    row("[::1", "", -1);
    row("[::1]80", "", -1);
    row("[]:80", "", -1);
    row("::1", "::1", 9);
    row("a b", "", -1);
}

void OptionsTest::endpoints()
{
    QFETCH(QString, text);
    QFETCH(QString, host);
    QFETCH(int, port);
    const auto endpoint = parseEndpoint(text, {QStringLiteral("fallback"), 9});
    QCOMPARE(endpoint.has_value(), port >= 0);
    if (endpoint) {
        QCOMPARE(endpoint->host, host);
        QCOMPARE(int(endpoint->port), port);
    }
}

void OptionsTest::optionsAreTakenOut_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("verb");
    QTest::addColumn<QString>("rest");
    QTest::addColumn<QString>("connectTo");
    QTest::addColumn<QString>("listenOn");
    QTest::addColumn<bool>("json");
    const auto row = [](const char *line, const char *verb, const char *rest, const char *connectTo,
                        const char *listenOn, bool json) {
        QTest::newRow(line) << QString::fromLatin1(line) << QString::fromLatin1(verb) << QString::fromLatin1(rest)
                            << QString::fromLatin1(connectTo) << QString::fromLatin1(listenOn) << json;
    };
    row("serve", "serve", "", "", "*:7229", false);
    row("serve --plain f", "serve", "", "", "127.0.0.1:7229", false);
    row("serve --port 0", "serve", "", "", "*:0", false);
    row("serve --listen 127.0.0.2 --port 5", "serve", "", "", "127.0.0.2:5", false);
    row("connect host:1", "connect", "", "host:1", "", false);
    row("connect host", "connect", "", "host:7229", "", false);
    row("say hello --to bob --connect h:1", "say", "hello --to bob", "h:1", "", false);
    row("--json send --connect=h:1 f", "send", "f", "h:1", "", true);
    row("say -- --json", "say", "-- --json", "", "", false);
    row("say -", "say", "-", "", "", false);
    row("receive --listen 5", "receive", "", "", "*:5", false);
}

void OptionsTest::optionsAreTakenOut()
{
    QFETCH(QString, line);
    const Options options = parseOptions(line.split(u' '));
    QVERIFY2(options.problem.isEmpty(), qPrintable(options.problem));
    QTEST(options.verb, "verb");
    QTEST(options.arguments.join(u' '), "rest");
    QTEST(options.connectTo ? options.connectTo->text() : QString(), "connectTo");
    QTEST(options.listenOn ? options.listenOn->text() : QString(), "listenOn");
    QTEST(options.json, "json");
}

void OptionsTest::problems_data()
{
    QTest::addColumn<QString>("line");
    for (const char *line : {"--frobnicate", "say --connect", "say --connect h:x", "serve --port 70000",
                             "serve --port x", "say --connect a:1 --listen 2", "connect host:0", "connect [x"})
        QTest::newRow(line) << QString::fromLatin1(line);
}

void OptionsTest::problems()
{
    QFETCH(QString, line);
    QVERIFY(!parseOptions(line.split(u' ')).problem.isEmpty());
}

QTEST_GUILESS_MAIN(OptionsTest)
#include "tst_options.moc"
