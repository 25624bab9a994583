// SPDX-License-Identifier: MIT
#include "gui/guioptions.h"
#include "hub/host.h"

#include <QDir>
#include <QTest>

using namespace patchbay;

class GuiOptionsTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void problems_data();
    void problems();
    void values();
    void optionsOfQtAreLeft();
};

void GuiOptionsTest::problems_data()
{
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<QString>("problem"); // contained; empty: none
    const auto row = [](const char *line, const char *problem) {
        QTest::newRow(line) << QString::fromUtf8(line).split(u' ', Qt::SkipEmptyParts) << QString::fromUtf8(problem);
    };
    row("", "");
    row("--name alice --listen 127.0.0.1:0 --profile /p", "");
    row("--connect [::1]:4000", "");
    row("--connect patchbay://h:1/#x", "");
    row("patchbay://h:1/#x --plain token", "");
    row("patchbay://h:1/#x patchbay://h:1/#y", "is not an option");
    row("patchbay://h:1/#x --listen localhost", "excludes --connect");
    row("--listen patchbay://h:1/#x", "--listen takes an address");
    row("--plain", "--plain needs a value");
    row("--platform offscreen -style fusion --reverse", "");
    row("--platform=offscreen", "");
    row("--nonsense", "Unknown option --nonsense");
    row("-x", "Unknown option -x");
    row("file.txt", "\"file.txt\" is not an option");
    row("--profile", "--profile needs a value");
    row("--name=", "--name needs a value");
    row("--help=yes", "--help takes no value");
    row("--listen 127.0.0.1:70000", "--listen takes an address");
    row("--connect 127.0.0.1:0", "--connect needs a port");
    row("--connect localhost --listen localhost", "exclude each other");
}

void GuiOptionsTest::problems()
{
    QFETCH(QStringList, words);
    QFETCH(QString, problem);
    const gui::GuiOptions options = gui::parseGuiOptions(words);
    QVERIFY2(problem.isEmpty() ? options.problem.isEmpty() : options.problem.contains(problem),
             qPrintable(options.problem));
    QVERIFY(!options.problem.contains(u'\n'));
}

void GuiOptionsTest::values()
{
    const gui::GuiOptions options =
        gui::parseGuiOptions({QStringLiteral("--profile"), QStringLiteral("folder"), QStringLiteral("--name=a = b"),
                              QStringLiteral("--plugin-path"), QStringLiteral("/one"), QStringLiteral("--plugin-path"),
                              QStringLiteral("/two"), QStringLiteral("--listen"), QStringLiteral("::1")});
    QCOMPARE(options.problem, QString());
    QCOMPARE(options.profile, QDir::current().absoluteFilePath(QStringLiteral("folder")));
    QCOMPARE(options.name, QStringLiteral("a = b"));
    QCOMPARE(options.pluginPaths, QStringList({QStringLiteral("/one"), QStringLiteral("/two")}));
    QVERIFY(options.listenOn.has_value());
    QCOMPARE(options.listenOn->host, QStringLiteral("::1"));
    QCOMPARE(options.listenOn->port, hub::kDefaultPort);
    QCOMPARE(gui::parseGuiOptions({}).profile, hub::defaultProfileDirectory());
    QVERIFY(gui::parseGuiOptions({QStringLiteral("-h")}).help);
    QVERIFY(gui::parseGuiOptions({QStringLiteral("--version")}).version);
    QVERIFY(gui::guiHelpText().contains(QStringLiteral("--plugin-path")));
}

void GuiOptionsTest::optionsOfQtAreLeft()
{
    const QStringList words{QStringLiteral("--name"),
                            QStringLiteral("--platform"),
                            QStringLiteral("-style"),
                            QStringLiteral("fusion"),
                            QStringLiteral("--reverse"),
                            QStringLiteral("--connect=h:1"),
                            QStringLiteral("--platform=offscreen")};
    QCOMPARE(gui::qtArguments(words),
             QStringList({QStringLiteral("-style"), QStringLiteral("fusion"), QStringLiteral("--reverse"),
                          QStringLiteral("--platform=offscreen")}));
    QCOMPARE(gui::parseGuiOptions(words).name, QStringLiteral("--platform"));
}

QTEST_MAIN(GuiOptionsTest)
#include "tst_guioptions.moc"
