// SPDX-License-Identifier: MIT
// The window as a person uses it: hosting, joining, switching plugins, mistakes, and what it remembers.
#include "gui/connectionbar.h"
#include "gui/logview.h"
#include "gui/messagebar.h"
#include "gui/panelarea.h"
#include "gui/pluginlistmodel.h"
#include "testwindow.h"

#include <QAction>
#include <QDialog>
#include <QDockWidget>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QStackedWidget>
#include <QTest>
#include <QTreeView>

using namespace patchbay;

namespace {

const QString kLoopback = QStringLiteral("127.0.0.1");
const QString kText = QStringLiteral("org.patchbay.text");
const QString kFile = QStringLiteral("org.patchbay.file");

bool isUp(const TestWindow &window)
{
    return window.hub->linkState().isUp();
}

} // namespace

class MainWindowTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void firstStartSaysWhatToDo();
    void twoWindowsMeet();
    void startPageHosts();
    void menuHostsJoinsAndEnds();
    void mistakesAreExplained_data();
    void mistakesAreExplained();
    void portInUse();
    void pastedAddressIsTakenApart();
    void waitingCanBeCutShort();
    void rolesKeepTheirFields();
    void pluginIsSwitchedOffAndOn();
    void refusedPluginSaysWhy();
    void placeOfAPanelSurvives();
    void windowIsRemembered();
    void layoutIsReset();
    void reportedErrorsAreShown();
    void namesArePlainText();
    void nameIsChanged();
    void logIsFilteredAndSaved();
    void titleNamesHostAndAddress();
};

void MainWindowTest::firstStartSaysWhatToDo()
{
    TestWindow window(QStringLiteral("alice"));
    QVERIFY(window.find<QWidget>("startPage")->isVisible());
    QVERIFY(window.find<QPushButton>("startHost")->isVisible());
    QVERIFY(window.find<QPushButton>("startJoin")->isVisible());
    QVERIFY(window.find<QLabel>("ownName")->text().contains(QStringLiteral("alice")));
    QVERIFY(!window.find<QWidget>("messageBar")->isVisible());
    QVERIFY(!window.find<QWidget>("retry")->isVisible());
    QCOMPARE(window.find<QSpinBox>("port")->value(), int(hub::kDefaultPort));
    QCOMPARE(window.find<QLabel>("statusState")->text(), QStringLiteral("Not connected"));
    QCOMPARE(window.panels(), QStringList({kFile, kText}));

    window.click("showPanels");
    QVERIFY(window.window->panelArea()->isVisible());
    QVERIFY(!window.find<QWidget>("startPage")->isVisible());
}

void MainWindowTest::twoWindowsMeet()
{
    TestWindow hub(QStringLiteral("harbour"));
    hub.host(kLoopback, QStringLiteral("0"));
    QTRY_VERIFY(isUp(hub));
    QVERIFY(hub.window->panelArea()->isVisible());
    QVERIFY(hub.find<QLabel>("state")->text().contains(hub.port()));
    QVERIFY(hub.find<QLabel>("statusAddresses")->text().contains(kLoopback + u':' + hub.port()));
    QVERIFY(!hub.find<QLineEdit>("address")->isEnabled());

    TestWindow client(QStringLiteral("alice"));
    client.join(kLoopback, hub.port());
    QTRY_VERIFY(isUp(client));
    QTRY_COMPARE(hub.members(), QStringList({QStringLiteral("harbour"), QStringLiteral("alice")}));
    QTRY_COMPARE(client.members(), QStringList({QStringLiteral("harbour"), QStringLiteral("alice")}));
    QTRY_COMPARE(client.find<QLabel>("statusMembers")->text(), hub.find<QLabel>("statusMembers")->text());
    QVERIFY(client.find<QLabel>("statusMembers")->text().contains(u'2'));
    QVERIFY(client.find<QLabel>("addresses")->text().contains(hub.port()));
    QTRY_VERIFY(client.find<QLabel>("statusRates")->text().contains(u'↓'));
    QTRY_COMPARE(hub.find<QTreeView>("connections")->model()->rowCount(), 1);
    QTRY_COMPARE(hub.find<QTreeView>("connections")->model()->index(0, 2).data().toString(), QStringLiteral("alice"));
    for (const TestWindow *window : {&hub, &client})
        QCOMPARE(window->panels(), QStringList({kFile, kText}));

    client.click("toggleLink");
    QTRY_COMPARE(client.hub->linkState().phase, hub::LinkState::Phase::Stopped);
    QVERIFY(client.find<QLineEdit>("address")->isEnabled());
    QTRY_COMPARE(hub.members(), QStringList(QStringLiteral("harbour")));
    // The chat stays readable when the link is over.
    QVERIFY(client.window->panelArea()->isVisible());
}

void MainWindowTest::startPageHosts()
{
    TestWindow window(QStringLiteral("alice"));
    window.type("port", QStringLiteral("0"));
    window.click("startHost");
    QTRY_VERIFY(isUp(window));
    QCOMPARE(window.hub->linkState().mode, hub::LinkState::Mode::Server);

    TestWindow other(QStringLiteral("bob"));
    other.click("startJoin");
    QVERIFY(other.find<QRadioButton>("join")->isChecked());
    QCOMPARE(other.window->focusWidget(), other.find<QWidget>("address"));
}

void MainWindowTest::menuHostsJoinsAndEnds()
{
    TestWindow window(QStringLiteral("alice"));
    QVERIFY(!window.find<QAction>("disconnectAction")->isEnabled());
    QVERIFY(!window.find<QAction>("retryAction")->isEnabled());
    window.type("port", QStringLiteral("0"));
    window.trigger("hostAction");
    QTRY_VERIFY(isUp(window));
    QVERIFY(!window.find<QAction>("hostAction")->isEnabled());
    QVERIFY(!window.find<QAction>("joinAction")->isEnabled());
    window.trigger("disconnectAction");
    QTRY_VERIFY(window.find<QAction>("joinAction")->isEnabled());
    window.trigger("joinAction");
    QVERIFY(window.find<QRadioButton>("join")->isChecked());
    QCOMPARE(window.window->focusWidget(), window.find<QWidget>("address"));
}

void MainWindowTest::mistakesAreExplained_data()
{
    QTest::addColumn<bool>("serves");
    QTest::addColumn<QString>("address");
    QTest::addColumn<QString>("port");
    QTest::addColumn<QString>("words");
    const QString port = QStringLiteral("7229");
    const QString none;
    QTest::newRow("host, no address") << true << none << port << QStringLiteral("Type the address to listen on");
    QTest::newRow("host, an invite link")
        << true << QStringLiteral("patchbay://h:1/#x") << port << QStringLiteral("Choose Join");
    QTest::newRow("join, no address") << false << QStringLiteral("  ") << none
                                      << QStringLiteral("Paste the invite link");
    QTest::newRow("join, port 0") << false << QStringLiteral("localhost:0") << none << QStringLiteral("localhost:0");
    QTest::newRow("port too large in the address")
        << false << QStringLiteral("localhost:70000") << none << QStringLiteral("is not an address");
    QTest::newRow("a number") << false << QStringLiteral("7229") << none << QStringLiteral("type the address");
    QTest::newRow("two words") << false << QStringLiteral("my host") << none << QStringLiteral("is not an address");
    QTest::newRow("a broken link") << false << QStringLiteral("patchbay://h:1/#x") << none
                                   << QStringLiteral("Copy the whole link again");
    QTest::newRow("host, a name") << true << QStringLiteral("not-an-address") << QStringLiteral("0")
                                  << QStringLiteral("not-an-address");
    QTest::newRow("host, not of this machine")
        << true << QStringLiteral("192.0.2.1") << QStringLiteral("0") << QStringLiteral("192.0.2.1");
    QTest::newRow("markup") << true << QStringLiteral("<b>x</b>") << port << QStringLiteral("<b>x</b>");
}

void MainWindowTest::mistakesAreExplained()
{
    QFETCH(bool, serves);
    QFETCH(QString, address);
    QFETCH(QString, port);
    QFETCH(QString, words);
    TestWindow window(QStringLiteral("alice"));
    serves ? window.host(address, port) : window.join(address);
    QTRY_VERIFY(window.find<QWidget>("messageBar")->isVisible());
    auto *text = window.find<QLabel>("messageText");
    QVERIFY2(text->text().contains(words), qPrintable(text->text()));
    QCOMPARE(text->textFormat(), Qt::PlainText);
    QVERIFY(!isUp(window));
    QVERIFY(window.find<QWidget>("toggleLink")->isEnabled());

    // A start that works takes the message away.
    window.host(kLoopback, QStringLiteral("0"));
    QTRY_VERIFY(isUp(window));
    QVERIFY(!window.find<QWidget>("messageBar")->isVisible());
}

void MainWindowTest::portInUse()
{
    TestWindow first(QStringLiteral("first"));
    first.host(kLoopback, QStringLiteral("0"));
    QTRY_VERIFY(isUp(first));

    TestWindow second(QStringLiteral("second"));
    second.host(kLoopback, first.port());
    QTRY_COMPARE(second.hub->linkState().phase, hub::LinkState::Phase::Failed);
    QVERIFY(second.find<QWidget>("messageBar")->isVisible());
    QVERIFY(second.find<QLabel>("messageText")->text().contains(first.port()));
    QVERIFY(second.find<QLabel>("state")->text().contains(first.port()));
    QVERIFY(second.find<QLineEdit>("address")->isEnabled());
    second.click("closeMessage");
    QVERIFY(!second.find<QWidget>("messageBar")->isVisible());
}

void MainWindowTest::pastedAddressIsTakenApart()
{
    TestWindow hub(QStringLiteral("hub"));
    hub.host(kLoopback, QStringLiteral("0"));
    QTRY_VERIFY(isUp(hub));
    TestWindow client(QStringLiteral("client"));
    client.join(QStringLiteral(" 127.0.0.1:") + hub.port() + u' ');
    QTRY_VERIFY(isUp(client));
    client.click("toggleLink");
    QTRY_VERIFY(client.find<QWidget>("address")->isEnabled());
    // To listen, an address that was pasted with its port is as good as two fields.
    client.host(QStringLiteral("127.0.0.1:0"), QStringLiteral("1"));
    QTRY_VERIFY(isUp(client));
    QCOMPARE(client.find<QLineEdit>("address")->text(), kLoopback);
    QCOMPARE(client.find<QSpinBox>("port")->value(), 0);
}

void MainWindowTest::waitingCanBeCutShort()
{
    TestWindow hub(QStringLiteral("hub"));
    hub.host(kLoopback, QStringLiteral("0"));
    QTRY_VERIFY(isUp(hub));
    const QString port = hub.port();
    hub.click("toggleLink");
    QTRY_COMPARE(hub.hub->linkState().phase, hub::LinkState::Phase::Stopped);

    TestWindow client(QStringLiteral("client"));
    client.join(kLoopback, port);
    QTRY_VERIFY(client.find<QWidget>("retry")->isVisible());
    QVERIFY(client.find<QWidget>("countdown")->isVisible());
    QVERIFY(!client.find<QLabel>("countdown")->text().isEmpty());
    QCOMPARE(client.find<QLabel>("statusState")->text(), QStringLiteral("Waiting"));

    hub.host(kLoopback, port);
    QTRY_VERIFY(isUp(hub));
    if (client.find<QWidget>("retry")->isVisible())
        client.click("retry");
    QTRY_VERIFY(isUp(client));
    QVERIFY(!client.find<QWidget>("retry")->isVisible());
}

void MainWindowTest::rolesKeepTheirFields()
{
    TestWindow window(QStringLiteral("alice"));
    window.type("address", QStringLiteral("::1"));
    window.type("port", QStringLiteral("4000"));
    window.click("join");
    QCOMPARE(window.find<QLineEdit>("address")->text(), QString());
    QVERIFY(!window.find<QWidget>("port")->isVisible());
    window.type("address", QStringLiteral("localhost:5000"));
    window.click("hostHere");
    QCOMPARE(window.find<QLineEdit>("address")->text(), QStringLiteral("::1"));
    QCOMPARE(window.find<QSpinBox>("port")->value(), 4000);
    window.click("join");
    QCOMPARE(window.find<QLineEdit>("address")->text(), QStringLiteral("localhost:5000"));
}

namespace {

/// Clicks the switch of a plugin in the dialog, with the mouse where its box is drawn.
void clickSwitch(const TestWindow &window, const QString &pluginId)
{
    auto *table = window.find<QTreeView>("plugins");
    QVERIFY(table);
    auto *model = qobject_cast<gui::PluginListModel *>(table->model());
    for (int row = 0; row < model->rowCount(); ++row) {
        if (model->pluginId(row) != pluginId)
            continue;
        const QRect cell = table->visualRect(model->index(row, gui::PluginListModel::NameColumn));
        QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, QPoint(cell.left() + 10, cell.center().y()));
        return;
    }
    QFAIL("there is no such row");
}

} // namespace

void MainWindowTest::pluginIsSwitchedOffAndOn()
{
    TestWindow hub(QStringLiteral("hub"));
    hub.host(kLoopback, QStringLiteral("0"));
    QTRY_VERIFY(isUp(hub));
    hub.trigger("pluginsAction");
    auto *dialog = hub.find<QDialog>("pluginsDialog");
    QVERIFY(dialog && dialog->isVisible());

    clickSwitch(hub, kText);
    QTRY_COMPARE(hub.panels(), QStringList(kFile));
    QTRY_VERIFY(!hub.hub->activePlugins().contains(kText));
    QVERIFY(!hub.window->panelArea()->findChild<QDockWidget *>(QStringLiteral("panel.") + kText));
    QVERIFY(hub.find<QPlainTextEdit>("pluginDetails")->toPlainText().contains(kText));

    clickSwitch(hub, kText);
    QTRY_COMPARE(hub.panels().size(), 2);
    QVERIFY(hub.hub->activePlugins().contains(kText));
    auto *dock = hub.window->panelArea()->findChild<QDockWidget *>(QStringLiteral("panel.") + kText);
    QVERIFY(dock && dock->isVisible());
    dialog->close();
}

void MainWindowTest::refusedPluginSaysWhy()
{
    QTemporaryDir profile;
    QTemporaryDir plugins;
    QFile file(plugins.filePath(QStringLiteral("broken.so")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("this is not a library");
    file.close();

    hub::HostOptions options;
    options.profileDirectory = profile.path();
    options.pluginDirectories = {plugins.path()};
    options.panels = true;
    options.controlSocket = false;
    hub::Host host(options);
    QVERIFY(!host.start().isError());
    {
        gui::PluginListModel model(host);
        int row = 0;
        while (row < model.rowCount() && !model.index(row, 0).data().toString().contains(QLatin1String("broken")))
            ++row;
        QVERIFY(row < model.rowCount());
        QVERIFY(!model.index(row, gui::PluginListModel::ReasonColumn).data().toString().isEmpty());
        QVERIFY(model.index(row, 0).data(gui::PluginListModel::DetailsRole).toString().contains(file.fileName()));
        QSignalSpy refused(&model, &gui::PluginListModel::refused);
        QVERIFY(!model.setData(model.index(row, 0), Qt::Checked, Qt::CheckStateRole));
        QCOMPARE(refused.size(), 1);
        QVERIFY(!refused.first().at(1).toString().isEmpty());
    }
    bool isDown = false;
    host.shutdown([&isDown] { isDown = true; });
    QTRY_VERIFY(isDown);
}

void MainWindowTest::placeOfAPanelSurvives()
{
    TestWindow window(QStringLiteral("alice"));
    window.click("showPanels");
    auto *area = window.window->panelArea();
    const auto dockOf = [area](const QString &id) {
        return area->findChild<QDockWidget *>(QStringLiteral("panel.") + id);
    };
    area->addDockWidget(Qt::BottomDockWidgetArea, dockOf(kText));
    QCOMPARE(area->dockWidgetArea(dockOf(kText)), Qt::BottomDockWidgetArea);

    QVERIFY(!window.hub->setPluginEnabled(kText, false).isError());
    QTRY_COMPARE(window.panels(), QStringList(kFile));
    QVERIFY(!window.hub->setPluginEnabled(kText, true).isError());
    QTRY_COMPARE(window.panels().size(), 2);
    QCOMPARE(area->dockWidgetArea(dockOf(kText)), Qt::BottomDockWidgetArea);
    QVERIFY(dockOf(kText)->isVisible());
}

void MainWindowTest::windowIsRemembered()
{
    QTemporaryDir profile;
    {
        TestWindow window(QStringLiteral("alice"), profile.path());
        window.type("port", QStringLiteral("4242"));
        window.click("join");
        window.type("address", QStringLiteral("localhost"));
        window.window->resize(900, 640);
        window.find<QDockWidget>("dock.log")->close();
        auto *area = window.window->panelArea();
        area->addDockWidget(Qt::TopDockWidgetArea, area->findChild<QDockWidget *>(QStringLiteral("panel.") + kText));
        // Off while the window closes: its place is remembered all the same.
        QVERIFY(!window.hub->setPluginEnabled(kText, false).isError());
        QTRY_COMPARE(window.panels(), QStringList(kFile));
        QVERIFY(window.close());
    }
    TestWindow window(QStringLiteral("alice"), profile.path());
    QVERIFY(window.find<QRadioButton>("join")->isChecked());
    QCOMPARE(window.find<QLineEdit>("address")->text(), QStringLiteral("localhost"));
    window.click("hostHere");
    QCOMPARE(window.find<QSpinBox>("port")->value(), 4242);
    QCOMPARE(window.window->size(), QSize(900, 640));
    QVERIFY(!window.find<QDockWidget>("dock.log")->isVisible());
    QVERIFY(window.find<QDockWidget>("dock.members")->isVisible());
    QCOMPARE(window.panels(), QStringList(kFile));
    QVERIFY(!window.hub->setPluginEnabled(kText, true).isError());
    QTRY_COMPARE(window.panels().size(), 2);
    auto *area = window.window->panelArea();
    QCOMPARE(area->dockWidgetArea(area->findChild<QDockWidget *>(QStringLiteral("panel.") + kText)),
             Qt::TopDockWidgetArea);
}

void MainWindowTest::layoutIsReset()
{
    TestWindow window(QStringLiteral("alice"));
    window.click("showPanels");
    auto *area = window.window->panelArea();
    auto *text = area->findChild<QDockWidget *>(QStringLiteral("panel.") + kText);
    text->close();
    window.find<QDockWidget>("dock.members")->close();
    QVERIFY(!text->isVisible());
    window.trigger("resetLayoutAction");
    QVERIFY(text->isVisible());
    QVERIFY(window.find<QDockWidget>("dock.members")->isVisible());
    QCOMPARE(window.window->dockWidgetArea(window.find<QDockWidget>("dock.members")), Qt::LeftDockWidgetArea);
}

void MainWindowTest::reportedErrorsAreShown()
{
    TestWindow window(QStringLiteral("alice"));
    auto *bar = window.window->messageBar();
    Q_EMIT window.hub->reported(kFile, {ErrorCode::IoFailed, QStringLiteral("The disk is <i>full</i>.")});
    QVERIFY(bar->isVisible());
    QVERIFY(window.find<QLabel>("messageText")->text().contains(QStringLiteral("The disk is <i>full</i>.")));
    Q_EMIT window.hub->reported(QString(), {ErrorCode::Failed, QStringLiteral("Second.")});
    Q_EMIT window.hub->reported(QString(), {ErrorCode::Failed, QStringLiteral("Second.")});
    QCOMPARE(bar->messages().size(), 2);
    window.click("closeMessage");
    QVERIFY(bar->isVisible());
    window.click("closeMessage");
    QVERIFY(!bar->isVisible());
    for (int i = 0; i < 200; ++i)
        bar->show(QString::number(i));
    QVERIFY(bar->messages().size() <= 50);
}

void MainWindowTest::namesArePlainText()
{
    const QString name = QStringLiteral("<b>bold</b> <img src=x>");
    TestWindow hub(name);
    hub.host(kLoopback, QStringLiteral("0"));
    QTRY_VERIFY(isUp(hub));
    TestWindow client(QStringLiteral("client"));
    client.join(kLoopback, hub.port());
    QTRY_COMPARE(client.members().size(), 2);

    const QModelIndex row = client.find<QListView>("members")->model()->index(0, 0);
    QCOMPARE(row.data().toString(), name);
    const QString toolTip = row.data(Qt::ToolTipRole).toString();
    QVERIFY(toolTip.contains(name.toHtmlEscaped()));
    QVERIFY(!toolTip.contains(QStringLiteral("<b>")));
    QVERIFY(toolTip.contains(QStringLiteral("org.patchbay.text.message/1")));
    Q_EMIT client.hub->notified(kText, name, name);
    for (TestWindow *window : {&hub, &client}) {
        window->trigger("settingsAction");
        window->trigger("aboutAction");
        window->trigger("pluginsAction");
        const QList<QLabel *> labels = window->window->findChildren<QLabel *>();
        for (const QLabel *label : labels)
            QVERIFY2(!label->text().contains(u'<') || label->textFormat() == Qt::PlainText, qPrintable(label->text()));
    }
}

void MainWindowTest::nameIsChanged()
{
    TestWindow window(QStringLiteral("alice"));
    window.click("changeName");
    auto *dialog = window.find<QDialog>("settingsDialog");
    QVERIFY(dialog && dialog->isVisible());
    window.type("displayName", QStringLiteral("  "));
    dialog->accept();
    QVERIFY(dialog->isVisible());
    QVERIFY(window.find<QLabel>("settingsProblem")->isVisible());
    window.type("displayName", QStringLiteral("Alice of the lake"));
    dialog->accept();
    QVERIFY(!dialog->isVisible());
    QCOMPARE(window.hub->name(), QStringLiteral("Alice of the lake"));
    QVERIFY(window.find<QLabel>("ownName")->text().contains(QStringLiteral("Alice of the lake")));
}

void MainWindowTest::logIsFilteredAndSaved()
{
    TestWindow window(QStringLiteral("alice"));
    auto *view = window.window->findChild<gui::LogView *>();
    Q_EMIT window.hub->logged(QStringLiteral("test"), QStringLiteral("an apple"));
    Q_EMIT window.hub->logged(QStringLiteral("test"), QStringLiteral("a pear"));
    window.type("logFilter", QStringLiteral("APPLE"));
    QCOMPARE(window.find<QTreeView>("log")->model()->rowCount(), 1);
    QVERIFY(view->text().contains(QStringLiteral("an apple")));
    QVERIFY(!view->text().contains(QStringLiteral("a pear")));
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("saved.log"));
    QCOMPARE(view->saveTo(path), QString());
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(QString::fromUtf8(file.readAll()), view->text());
    QVERIFY(view->saveTo(folder.filePath(QStringLiteral("missing/saved.log"))).contains(QStringLiteral("missing")));
    window.type("logFilter", QString());
    QVERIFY(view->text().contains(QStringLiteral("a pear")));
}

void MainWindowTest::titleNamesHostAndAddress()
{
    TestWindow window(QStringLiteral("alice"));
    QVERIFY(window.window->windowTitle().contains(QStringLiteral("alice")));
    QVERIFY(!window.window->windowIcon().isNull());
    window.host(kLoopback, QStringLiteral("0"));
    QTRY_VERIFY(isUp(window));
    QVERIFY(window.window->windowTitle().contains(window.port()));
}

QTEST_MAIN(MainWindowTest)
#include "tst_mainwindow.moc"
