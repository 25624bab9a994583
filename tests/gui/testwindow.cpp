// SPDX-License-Identifier: MIT
#include "testwindow.h"

#include "gui/panelarea.h"

#include <QAbstractButton>
#include <QAction>
#include <QDir>
#include <QDockWidget>
#include <QLineEdit>
#include <QListView>
#include <QSpinBox>
#include <QTest>

using namespace patchbay;

TestWindow::TestWindow(const QString &name, const QString &profileDirectory, Person person,
                       const QString &plainTokenFile)
    : profile(profileDirectory.isEmpty() ? m_ownProfile.path() : profileDirectory)
{
    hub::HostOptions options;
    options.profileDirectory = profile;
    options.name = name;
    options.panels = true;
    options.controlSocket = false;
    options.plainTokenFile = plainTokenFile;
    hub = std::make_unique<hub::Host>(options);
    error = hub->start();
    if (error.isError())
        qFatal("%s", qPrintable(error.message));
    if (person == Person::Yes) {
        QObject::connect(
            hub.get(), &hub::Host::questionsChanged, hub.get(),
            [host = hub.get()] {
                const QList<hub::Question> questions = host->questions();
                for (const hub::Question &question : questions) {
                    if (!question.answered)
                        (void)host->answer(question.id, true);
                }
            },
            Qt::QueuedConnection);
    }
    window = std::make_unique<gui::MainWindow>(*hub, QDir(profile).filePath(QStringLiteral("window.ini")));
    window->show();
}

TestWindow::~TestWindow()
{
    if (hub && !close())
        qFatal("the host did not shut down");
}

bool TestWindow::close()
{
    bool isDown = false;
    window->close();
    hub->shutdown([&isDown] { isDown = true; });
    const bool inTime = QTest::qWaitFor([&isDown] { return isDown; }, 10000);
    window.reset();
    hub.reset();
    return inTime;
}

void TestWindow::click(const char *objectName) const
{
    auto *button = find<QAbstractButton>(objectName);
    if (!button)
        qFatal("there is no button %s", objectName);
    // Radio buttons react on their mark and text only, which is at the left of a wide one.
    QTest::mouseClick(button, Qt::LeftButton, {}, QPoint(8, button->height() / 2));
}

void TestWindow::type(const char *objectName, const QString &text) const
{
    QWidget *field = find<QWidget>(objectName);
    if (!field)
        qFatal("there is no field %s", objectName);
    field->setFocus();
    QTest::keyClick(field, Qt::Key_A, Qt::ControlModifier);
    QTest::keyClick(field, Qt::Key_Delete);
    QTest::keyClicks(field, text);
}

void TestWindow::trigger(const char *objectName) const
{
    auto *action = find<QAction>(objectName);
    if (!action)
        qFatal("there is no action %s", objectName);
    action->trigger();
}

void TestWindow::host(const QString &address, const QString &port) const
{
    click("hostHere");
    type("address", address);
    type("port", port);
    click("toggleLink");
}

void TestWindow::join(const QString &target) const
{
    click("join");
    type("address", target);
    click("toggleLink");
}

bool TestWindow::isAsked() const
{
    return find<QWidget>("questionBar")->isVisible();
}

bool TestWindow::answer(bool yes) const
{
    const char *button = yes ? "questionYes" : "questionNo";
    if (!QTest::qWaitFor([&] { return isAsked() && find<QWidget>(button)->isEnabled(); }, 5000))
        return false;
    click(button);
    return true;
}

QString TestWindow::port() const
{
    return QString::number(hub->linkState().localPort);
}

QStringList TestWindow::members() const
{
    QStringList names;
    const QAbstractItemModel *model = find<QListView>("members")->model();
    for (int row = 0; row < model->rowCount(); ++row)
        names.append(model->index(row, 0).data().toString());
    return names;
}

QStringList TestWindow::panels() const
{
    QStringList ids;
    const QList<QDockWidget *> docks = window->panelArea()->docks();
    for (const QDockWidget *dock : docks)
        ids.append(dock->objectName().mid(int(qstrlen("panel."))));
    return ids;
}
