// SPDX-License-Identifier: MIT
// Two windows that work together, as pictures: `patchbay-screenshot FOLDER [light|dark [trust]]`. With
// QT_SCALE_FACTOR=2 in twice the size.
#include "gui/panelarea.h"
#include "testwindow.h"

#include <QAbstractButton>
#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QDialog>
#include <QDir>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QEventLoop>
#include <QFile>
#include <QMimeData>
#include <QPalette>
#include <QPlainTextEdit>
#include <QTableView>
#include <QTest>
#include <QTimer>

using namespace patchbay;

namespace {

constexpr int kPatienceMs = 30000;
constexpr qint64 kLargeFile = qint64(3) * 1024 * 1024 * 1024;

QPalette darkPalette()
{
    QPalette palette(QColor(53, 56, 61), QColor(42, 45, 49));
    palette.setColor(QPalette::Base, QColor(30, 32, 36));
    palette.setColor(QPalette::AlternateBase, QColor(37, 40, 44));
    palette.setColor(QPalette::Text, QColor(230, 232, 235));
    palette.setColor(QPalette::WindowText, QColor(230, 232, 235));
    palette.setColor(QPalette::ButtonText, QColor(230, 232, 235));
    palette.setColor(QPalette::PlaceholderText, QColor(150, 155, 162));
    palette.setColor(QPalette::ToolTipBase, QColor(74, 64, 40));
    palette.setColor(QPalette::ToolTipText, QColor(244, 236, 215));
    palette.setColor(QPalette::Highlight, QColor(61, 132, 214));
    palette.setColor(QPalette::HighlightedText, Qt::white);
    palette.setColor(QPalette::Link, QColor(104, 170, 240));
    for (const auto role : {QPalette::Text, QPalette::WindowText, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, QColor(125, 129, 135));
    return palette;
}

void check(bool ok, const char *what)
{
    if (!ok)
        qFatal("%s", what);
}

template <typename Condition>
void waitFor(Condition condition, const char *what)
{
    check(QTest::qWaitFor(condition, kPatienceMs), what);
}

/// Time for what is drawn later: scrolling to the end, rates, the order of messages.
void settle(int ms)
{
    QEventLoop loop;
    QTimer::singleShot(ms, &loop, &QEventLoop::quit);
    loop.exec();
}

QWidget *panel(const TestWindow &window, const char *plugin)
{
    auto *dock = window.window->panelArea()->findChild<QDockWidget *>(QLatin1String("panel.org.patchbay.")
                                                                      + QLatin1String(plugin));
    check(dock, "there is no such panel");
    return dock->widget();
}

void say(const TestWindow &window, const QString &text)
{
    QWidget *chat = panel(window, "text");
    chat->findChild<QPlainTextEdit *>(QStringLiteral("input"))->setPlainText(text);
    auto *send = chat->findChild<QAbstractButton *>(QStringLiteral("send"));
    waitFor([send] { return send->isEnabled(); }, "nothing can be sent");
    send->click();
    settle(300); // in order, and as if typed
}

/// Drops a file on the panel, for the member of that name.
void drop(const TestWindow &window, const QString &member, const QString &path)
{
    QWidget *files = panel(window, "file");
    auto *box = files->findChild<QComboBox *>(QStringLiteral("member"));
    waitFor([&] { return box->findText(member, Qt::MatchStartsWith) >= 0; }, "the member does not take files");
    box->setCurrentIndex(box->findText(member, Qt::MatchStartsWith));
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(path)});
    QDragEnterEvent enter(QPoint(20, 20), Qt::CopyAction, &data, Qt::LeftButton, {});
    QApplication::sendEvent(files, &enter);
    QDropEvent event(QPointF(20, 20), Qt::CopyAction, &data, Qt::LeftButton, {});
    QApplication::sendEvent(files, &event);
}

int transfers(const TestWindow &window)
{
    return panel(window, "file")->findChild<QTableView *>(QStringLiteral("transfers"))->model()->rowCount();
}

QString makeFile(const QDir &folder, const QString &name, qint64 size)
{
    QFile file(folder.filePath(name));
    check(file.open(QIODevice::WriteOnly) && file.resize(size), "a file cannot be made");
    return file.fileName();
}

void save(QWidget *widget, const QDir &folder, const QString &name)
{
    settle(600);
    check(widget->grab().save(folder.filePath(name + QStringLiteral(".png"))), "a picture cannot be saved");
}

/// Two who do not know each other yet: what is asked, how one invites, what is kept.
void trust(const QDir &folder, const QString &kind)
{
    TestWindow hub(QStringLiteral("Harbour"), {}, TestWindow::Person::Asked);
    TestWindow ada(QStringLiteral("Ada"), {}, TestWindow::Person::Asked);
    for (TestWindow *window : {&hub, &ada})
        window->window->resize(1100, 640);
    auto *admission = hub.find<QComboBox>("admission");
    admission->setCurrentIndex(admission->findData(QStringLiteral("anyone")));
    save(hub.window.get(), folder, QStringLiteral("anyone") + kind);
    admission->setCurrentIndex(admission->findData(QStringLiteral("ask")));
    hub.host(QStringLiteral("127.0.0.1"), QStringLiteral("0"));
    waitFor([&] { return hub.hub->linkState().isUp(); }, "the hub does not listen");
    ada.join(QStringLiteral("127.0.0.1"), hub.port());
    waitFor([&] { return hub.isAsked() && ada.isAsked(); }, "nobody asks");
    save(hub.window.get(), folder, QStringLiteral("pairing-held") + kind);
    settle(300);
    save(ada.window.get(), folder, QStringLiteral("pairing") + kind);
    check(hub.answer(true), "no answer");
    save(hub.window.get(), folder, QStringLiteral("pairing-waits") + kind);
    check(ada.answer(true), "no answer");
    waitFor([&] { return ada.members().size() == 2; }, "they do not meet");
    check(!hub.hub->setPermission(ada.hub->peerId(), QStringLiteral("org.patchbay.text"), QStringLiteral("ask"))
               .isError(),
          "no permission is set");
    settle(300);
    say(ada, QStringLiteral("Hello from Ada."));
    waitFor([&] { return hub.isAsked(); }, "nobody asks");
    settle(800);
    save(hub.window.get(), folder, QStringLiteral("permission") + kind);
    check(hub.answer(true), "no answer");
    hub.trigger("inviteAction");
    save(hub.find<QDialog>("inviteDialog"), folder, QStringLiteral("invite-first") + kind);
    hub.click("createInvite");
    hub.click("createInvite");
    hub.click("revokeInvite");
    hub.click("createInvite");
    save(hub.find<QDialog>("inviteDialog"), folder, QStringLiteral("invite") + kind);
    hub.find<QDialog>("inviteDialog")->close();
    for (const TestWindow *window : {&hub, &ada}) {
        window->trigger("knownPeersAction");
        save(window->find<QDialog>("knownPeersDialog"), folder,
             QStringLiteral("known-peers-of-") + window->hub->name() + kind);
    }
    hub.click("forgetPeer");
    save(hub.find<QDialog>("forgetQuestion"), folder, QStringLiteral("forget") + kind);
    hub.click("forgetYes");
    settle(300);
    hub.find<QDialog>("knownPeersDialog")->close();
    ada.hub->stopLink();
    waitFor([&] { return ada.find<QWidget>("address")->isEnabled(); }, "the link does not end");
    ada.click("toggleLink");
    waitFor([&] { return hub.isAsked(); }, "nobody knocks");
    hub.click("questionShowKey");
    settle(800);
    save(hub.window.get(), folder, QStringLiteral("knock") + kind);
    check(hub.answer(false), "no answer");
    settle(300);
    save(ada.window.get(), folder, QStringLiteral("refused") + kind);
    ada.window->offerLink(QStringLiteral("patchbay://192.168.1.20:7229,[fd00::20]:7229,harbour.example:7229/"
                                         "#AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA"));
    settle(800);
    save(ada.find<QDialog>("joinDialog"), folder, QStringLiteral("join") + kind);
}

void plain(const QDir &folder, const QString &kind)
{
    QTemporaryDir token;
    TestWindow hub(QStringLiteral("Harbour"), {}, TestWindow::Person::Asked, token.filePath(QStringLiteral("token")));
    hub.window->resize(1100, 640);
    hub.host(QStringLiteral("127.0.0.1"), QStringLiteral("0"));
    waitFor([&] { return hub.hub->linkState().isUp(); }, "the hub does not listen");
    save(hub.window.get(), folder, QStringLiteral("plain") + kind);
}

} // namespace

int main(int argc, char **argv)
{
    QApplication app(argc, argv);
    QApplication::setApplicationVersion(QStringLiteral("0.1.0"));
    QApplication::setQuitOnLastWindowClosed(false);
    const QStringList words = QApplication::arguments();
    if (words.size() < 2) {
        qCritical("usage: patchbay-screenshot FOLDER [light|dark [trust]]");
        return 2;
    }
    const QDir folder(words[1]);
    check(QDir().mkpath(folder.path()), "the folder cannot be made");
    const QString theme = words.value(2, QStringLiteral("light"));
    if (theme == QLatin1String("dark"))
        QApplication::setPalette(darkPalette());
    const QString kind = QStringLiteral("-%1-%2x").arg(theme).arg(qRound(app.devicePixelRatio()));
    trust(folder, kind);
    plain(folder, kind);
    if (words.value(3) == QLatin1String("trust"))
        return 0;
    QTemporaryDir files;
    const QDir fileFolder(files.path());

    TestWindow hub(QStringLiteral("Harbour"));
    TestWindow ada(QStringLiteral("Ada"));
    TestWindow grace(QStringLiteral("Grace"));
    for (TestWindow *window : {&hub, &ada, &grace})
        window->window->resize(1200, 780);
    save(ada.window.get(), folder, QStringLiteral("start") + kind);

    hub.host(QStringLiteral("127.0.0.1"), QStringLiteral("0"));
    waitFor([&] { return hub.hub->linkState().isUp(); }, "the hub does not listen");
    ada.join(QStringLiteral("127.0.0.1"), hub.port());
    grace.join(QStringLiteral("127.0.0.1"), hub.port());
    waitFor([&] { return ada.members().size() == 3 && grace.members().size() == 3; }, "they do not meet");
    settle(500);

    say(hub, QStringLiteral("Welcome! Everything here goes through plugins: this chat, and the files next to it."));
    say(ada, QStringLiteral("Hello from Ada. The lake photos are ready, 3 GiB of them."));
    say(grace, QStringLiteral("Send them over, I have the space."));
    say(ada, QStringLiteral("On their way. The table beside this shows how far they are."));
    say(grace, QStringLiteral("And 5 < 7 & <b>plain</b> stays plain."));

    auto *accept = panel(grace, "file")->findChild<QAbstractButton *>(QStringLiteral("acceptAll"));
    accept->setChecked(true);
    drop(ada, QStringLiteral("Grace"), makeFile(fileFolder, QStringLiteral("notes.txt"), 4711));
    drop(ada, QStringLiteral("Grace"), makeFile(fileFolder, QStringLiteral("map of the lake.pdf"), 8 * 1024 * 1024));
    waitFor([&] { return transfers(grace) == 2; }, "the files are not offered");
    settle(1500);
    drop(ada, QStringLiteral("Grace"), makeFile(fileFolder, QStringLiteral("lake photos.tar"), kLargeFile));
    drop(grace, QStringLiteral("Ada"), makeFile(fileFolder, QStringLiteral("minutes of the meeting.odt"), 90000));
    waitFor([&] { return transfers(ada) == 4; }, "the large file does not start");
    const quint64 before = grace.hub->bytesIn();
    waitFor([&] { return grace.hub->bytesIn() > before + quint64(kLargeFile / 3); }, "the large file does not move");
    save(ada.window.get(), folder, QStringLiteral("sending") + kind);
    save(grace.window.get(), folder, QStringLiteral("receiving") + kind);

    hub.trigger("pluginsAction");
    save(hub.find<QDialog>("pluginsDialog"), folder, QStringLiteral("plugins") + kind);
    Q_EMIT hub.hub->reported(
        QStringLiteral("org.patchbay.file"),
        {ErrorCode::IoFailed, QStringLiteral("\"holiday.mov\" from Ada could not be saved: the disk "
                                             "is full. Free some space, then ask for it again.")});
    hub.find<QDialog>("pluginsDialog")->close();
    save(hub.window.get(), folder, QStringLiteral("problem") + kind);
    hub.trigger("settingsAction");
    save(hub.find<QDialog>("settingsDialog"), folder, QStringLiteral("settings") + kind);
    hub.trigger("aboutAction");
    save(hub.find<QDialog>("aboutDialog"), folder, QStringLiteral("about") + kind);
    hub.click("toggleLink");
    waitFor([&] { return ada.find<QWidget>("retry")->isVisible(); }, "the client does not wait");
    save(ada.window.get(), folder, QStringLiteral("waiting") + kind);
    return 0;
}
