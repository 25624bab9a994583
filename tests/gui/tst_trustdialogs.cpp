// SPDX-License-Identifier: MIT
// Trusted links in the window: invites, pairing, knocks, permissions, what is kept of peers. Two hosts in one process.
#include "gui/connectionbar.h"
#include "gui/inputguard.h"
#include "gui/jointarget.h"
#include "gui/knownpeersdialog.h"
#include "gui/memberlistmodel.h"
#include "gui/messagebar.h"
#include "gui/panelarea.h"
#include "gui/qrcode.h"
#include "gui/questionbar.h"
#include "gui/trusttext.h"
#include "hub/trustroles.h"
#include "testwindow.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QContextMenuEvent>
#include <QDialog>
#include <QDockWidget>
#include <QElapsedTimer>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QTreeView>
#include <QTreeWidget>

using namespace patchbay;

namespace {

const QString kLoopback = QStringLiteral("127.0.0.1");
const QString kFile = QStringLiteral("org.patchbay.file");
const QString kText = QStringLiteral("org.patchbay.text");
constexpr auto kAsked = TestWindow::Person::Asked;

bool isUp(const TestWindow &window)
{
    return window.hub->linkState().isUp();
}

QString title(const TestWindow &window)
{
    return window.find<QLabel>("questionTitle")->text();
}

QString code(const TestWindow &window)
{
    return window.find<QLabel>("questionCode")->text();
}

/// The menu that a right click on the row of that name opens.
QAction *menuEntry(const TestWindow &window, const QString &name, const char *action)
{
    auto *view = window.find<QListView>("members");
    for (int row = 0; row < view->model()->rowCount(); ++row) {
        const QModelIndex index = view->model()->index(row, 0);
        if (index.data().toString() == name)
            view->setCurrentIndex(index);
    }
    delete view->findChild<QMenu *>(QStringLiteral("memberMenu"));
    QContextMenuEvent event(QContextMenuEvent::Keyboard, QPoint(5, 5), view->mapToGlobal(QPoint(5, 5)));
    QApplication::sendEvent(view, &event);
    auto *menu = view->findChild<QMenu *>(QStringLiteral("memberMenu"));
    return menu ? menu->findChild<QAction *>(QLatin1String(action)) : nullptr;
}

QString trustOf(const TestWindow &window, const QString &name)
{
    const QAbstractItemModel *model = window.find<QListView>("members")->model();
    for (int row = 0; row < model->rowCount(); ++row) {
        if (model->index(row, 0).data().toString() == name)
            return model->index(row, 0).data(gui::MemberListModel::TrustTextRole).toString();
    }
    return {};
}

} // namespace

class TrustDialogsTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void invitedOnesJoinByLink();
    void inviteIsRevoked();
    void invitesNeedAHub();
    void codeIsDrawn();
    void linkOfTheSystemAsksFirst();
    void linkInTheClipboardIsOffered();
    void codesMatch();
    void codesDiffer();
    void whoKnocksIsLetInOrNot();
    void answersAreGuarded();
    void questionsTakeNoFocusAndNoEnter();
    void permissionIsAsked();
    void peersAreEdited();
    void operatorKicksMutesAndBans();
    void hostileNames();
    void admissionIsRemembered();
    void plainModeIsShown();

private:
    /// \a hub listens, both answer yes, they know each other from then on.
    static void pair(TestWindow &hub, TestWindow &client);
};

void TrustDialogsTest::pair(TestWindow &hub, TestWindow &client)
{
    hub.host(kLoopback, QStringLiteral("0"));
    QTRY_VERIFY(isUp(hub));
    client.join(kLoopback, hub.port());
    QVERIFY(hub.answer(true));
    QVERIFY(client.answer(true));
    QTRY_VERIFY(isUp(client));
    QTRY_COMPARE(hub.members().size(), 2);
    QTRY_COMPARE(client.members().size(), 2);
}

void TrustDialogsTest::invitedOnesJoinByLink()
{
    TestWindow hub(QStringLiteral("harbour"), {}, kAsked);
    QVERIFY(!hub.find<QWidget>("invite")->isEnabled());
    QVERIFY(!hub.find<QAction>("inviteAction")->isEnabled());
    hub.host(kLoopback, QStringLiteral("0"));
    QTRY_VERIFY(hub.find<QWidget>("invite")->isEnabled());
    hub.click("invite");
    QVERIFY(hub.find<QDialog>("inviteDialog")->isVisible());
    QVERIFY(!hub.find<QWidget>("inviteLink")->isVisible());
    hub.type("inviteUses", QStringLiteral("2"));
    hub.click("createInvite");
    const QString link = hub.find<QLineEdit>("inviteLink")->text();
    QVERIFY(gui::isInviteLink(link));
    QVERIFY(hub.find<QLineEdit>("inviteLink")->isReadOnly());
    QVERIFY(!hub.find<gui::QrCode>("qrCode")->image().isNull());
    hub.click("copyInvite");
    QCOMPARE(QApplication::clipboard()->text(), link);
    auto *list = hub.find<QTreeWidget>("invites");
    QCOMPARE(list->topLevelItemCount(), 1);
    QCOMPARE(list->topLevelItem(0)->text(0), QStringLiteral("open"));
    QCOMPARE(list->topLevelItem(0)->text(1), QStringLiteral("0 of 2"));

    TestWindow client(QStringLiteral("alice"), {}, kAsked);
    client.click("join");
    client.click("pasteTarget");
    QCOMPARE(client.find<QLineEdit>("address")->text(), link);
    client.click("toggleLink");
    QTRY_VERIFY(isUp(client));
    QTRY_COMPARE(hub.members().size(), 2);
    QVERIFY(!hub.isAsked() && !client.isAsked()); // a link leaves nothing to ask
    // The secret does not stay in the field, nor in the file.
    QCOMPARE(client.find<QLineEdit>("address")->text(), kLoopback + u':' + hub.port());
    QTRY_COMPARE(trustOf(client, QStringLiteral("harbour")), QStringLiteral("verified"));
    QTRY_COMPARE(trustOf(hub, QStringLiteral("alice")), QStringLiteral("verified"));
    QTRY_COMPARE(list->topLevelItem(0)->text(1), QStringLiteral("1 of 2"));
    QCOMPARE(client.find<QLabel>("encrypted")->text(), QStringLiteral("Encrypted"));
    QVERIFY(!client.find<QWidget>("plainBanner")->isVisible());

    // Known now: the address alone is enough.
    client.click("toggleLink");
    QTRY_VERIFY(client.find<QWidget>("address")->isEnabled());
    client.click("toggleLink");
    QTRY_VERIFY(isUp(client));
    QVERIFY(!hub.isAsked() && !client.isAsked());
}

void TrustDialogsTest::inviteIsRevoked()
{
    TestWindow hub(QStringLiteral("harbour"), {}, kAsked);
    hub.host(kLoopback, QStringLiteral("0"));
    QTRY_VERIFY(isUp(hub));
    auto *admission = hub.find<QComboBox>("admission");
    admission->setCurrentIndex(admission->findData(QStringLiteral("known")));
    hub.trigger("inviteAction");
    hub.click("createInvite");
    const QString link = hub.find<QLineEdit>("inviteLink")->text();
    QVERIFY(hub.find<QWidget>("revokeInvite")->isEnabled());
    hub.click("revokeInvite");
    QCOMPARE(hub.find<QTreeWidget>("invites")->topLevelItem(0)->text(0), QStringLiteral("revoked"));
    QVERIFY(!hub.find<QWidget>("revokeInvite")->isEnabled());
    QVERIFY(!hub.find<QWidget>("inviteLink")->isVisible());
    QVERIFY(hub.find<QLineEdit>("inviteLink")->text().isEmpty());

    TestWindow client(QStringLiteral("alice"), {}, kAsked);
    client.join(link);
    QTRY_COMPARE(client.hub->linkState().phase, hub::LinkState::Phase::Failed);
    QVERIFY(!client.find<QLabel>("messageText")->text().isEmpty());
    QVERIFY(!client.isAsked());
}

void TrustDialogsTest::invitesNeedAHub()
{
    TestWindow hub(QStringLiteral("harbour"), {}, kAsked);
    hub.host(kLoopback, QStringLiteral("0"));
    QTRY_VERIFY(isUp(hub));
    hub.trigger("inviteAction");
    hub.click("toggleLink");
    QTRY_VERIFY(!hub.find<QWidget>("createInvite")->isEnabled());
    QVERIFY(!hub.find<QWidget>("createInvite")->toolTip().isEmpty());
    QVERIFY(!hub.find<QWidget>("invite")->isEnabled());
}

void TrustDialogsTest::codeIsDrawn()
{
    const QImage image = gui::qrImage("patchbay://127.0.0.1:7229/#0123456789abcdefABCDEF.0123456789abcdefABCDEF");
    QVERIFY(image.width() >= 21 && image.width() == image.height());
    // The finder in the corner: seven dark, then one light.
    for (int x = 0; x < 7; ++x)
        QCOMPARE(image.pixelColor(x, 0), QColor(Qt::black));
    QCOMPARE(image.pixelColor(7, 0), QColor(Qt::white));
    QVERIFY(gui::qrImage(QByteArray(10000, 'x')).isNull());

    gui::QrCode widget;
    QPalette dark(Qt::black);
    widget.setPalette(dark);
    widget.setText(QStringLiteral("patchbay://127.0.0.1:7229/#x"));
    widget.resize(260, 260);
    const QImage shown = widget.grab().toImage();
    const int modules = widget.image().width() + 8;
    const int scale = 260 / modules;
    const int edge = (260 - scale * modules) / 2;
    for (int i = 0; i < 4 * scale; ++i) // the quiet zone is white in a dark theme too
        QCOMPARE(shown.pixelColor(edge + i, edge + i), QColor(Qt::white));
    QCOMPARE(shown.pixelColor(edge + 4 * scale, edge + 4 * scale), QColor(Qt::black));
}

void TrustDialogsTest::linkOfTheSystemAsksFirst()
{
    TestWindow hub(QStringLiteral("harbour"), {}, kAsked);
    hub.host(kLoopback, QStringLiteral("0"));
    QTRY_VERIFY(isUp(hub));
    hub::Invite invite;
    QVERIFY(!hub.hub->createInvite(1, 60000, {}, &invite).isError());

    TestWindow client(QStringLiteral("alice"), {}, kAsked);
    client.window->offerLink(invite.link);
    auto *dialog = client.find<QDialog>("joinDialog");
    QVERIFY(dialog && dialog->isVisible());
    QCOMPARE(client.find<QPlainTextEdit>("joinAddresses")->toPlainText(), kLoopback + u':' + hub.port());
    QVERIFY(client.find<QLabel>("joinToken")->text().contains(QStringLiteral("token")));
    QVERIFY(!client.find<QWidget>("joinLink")->isEnabled()); // for a moment
    QVERIFY(client.find<QPushButton>("cancelJoin")->isDefault());
    QTest::keyClick(dialog, Qt::Key_Return); // Enter is no
    QVERIFY(!dialog->isVisible());
    QCOMPARE(client.hub->linkState().mode, hub::LinkState::Mode::Off);
    delete dialog;

    client.window->offerLink(invite.link);
    QTRY_VERIFY(client.find<QWidget>("joinLink")->isEnabled());
    client.click("joinLink");
    QTRY_VERIFY(isUp(client));

    const gui::LinkWords words =
        gui::readLink(QStringLiteral("PATCHBAY://a.example:1,[::1]:2,\u202Eevil<b>:3/#0123456789abcdefABCDEF"));
    QCOMPARE(words.addresses.size(), 3);
    QCOMPARE(words.addresses[1], QStringLiteral("[::1]:2"));
    QVERIFY(!words.addresses[2].contains(QChar(0x202E)));
    QVERIFY(!words.hasToken);
    QVERIFY(gui::readLink(QStringLiteral("patchbay:")).addresses.isEmpty());
}

void TrustDialogsTest::linkInTheClipboardIsOffered()
{
    QApplication::clipboard()->setText(QStringLiteral("something else"));
    TestWindow window(QStringLiteral("alice"), {}, kAsked);
    window.click("join");
    auto *offer = window.find<QPushButton>("useClipboardLink");
    QVERIFY(!offer->isVisible());
    const QString link = QStringLiteral("patchbay://127.0.0.1:7229/#AAAA");
    QApplication::clipboard()->setText(link);
    QTRY_VERIFY(offer->isVisible());
    window.click("hostHere");
    QVERIFY(!offer->isVisible());
    window.click("join");
    window.click("useClipboardLink");
    QCOMPARE(window.find<QLineEdit>("address")->text(), link);
    QVERIFY(!offer->isVisible());
    // A secret is not written down.
    const QString profile = window.profile;
    window.window->close();
    QFile file(profile + QStringLiteral("/window.ini"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(!file.readAll().contains("patchbay:"));
    QApplication::clipboard()->clear();
}

void TrustDialogsTest::codesMatch()
{
    TestWindow hub(QStringLiteral("harbour"), {}, kAsked);
    TestWindow client(QStringLiteral("alice"), {}, kAsked);
    hub.host(kLoopback, QStringLiteral("0"));
    QTRY_VERIFY(isUp(hub));
    client.join(kLoopback, hub.port());
    QTRY_VERIFY(hub.isAsked());
    QTRY_VERIFY(client.isAsked());
    QCOMPARE(code(hub), code(client));
    QCOMPARE(code(hub).size(), 7);
    QCOMPARE(code(hub)[3], u' ');
    QVERIFY(title(hub).contains(QStringLiteral("alice")));
    QVERIFY(title(client).contains(QStringLiteral("harbour")));

    QVERIFY(hub.answer(true));
    QTRY_VERIFY(title(hub).contains(QStringLiteral("Waiting for alice")));
    QVERIFY(!hub.find<QWidget>("questionYes")->isVisible());
    QVERIFY(!isUp(client));
    QVERIFY(client.answer(true));
    QTRY_VERIFY(isUp(client));
    QTRY_VERIFY(!hub.isAsked() && !client.isAsked());
    QTRY_COMPARE(trustOf(client, QStringLiteral("harbour")), QStringLiteral("verified"));
    QTRY_COMPARE(trustOf(hub, QStringLiteral("alice")), QStringLiteral("verified"));
}

void TrustDialogsTest::codesDiffer()
{
    TestWindow hub(QStringLiteral("harbour"), {}, kAsked);
    TestWindow client(QStringLiteral("alice"), {}, kAsked);
    hub.host(kLoopback, QStringLiteral("0"));
    QTRY_VERIFY(isUp(hub));
    client.join(kLoopback, hub.port());
    QVERIFY(client.answer(true));
    QVERIFY(hub.answer(false));
    QTRY_COMPARE(client.hub->linkState().phase, hub::LinkState::Phase::Failed);
    QTRY_VERIFY(!hub.isAsked() && !client.isAsked());
    QCOMPARE(hub.hub->knownPeers()->rowCount(), 0);
    QCOMPARE(client.hub->knownPeers()->rowCount(), 0);
    QCOMPARE(hub.members().size(), 1);
    QTRY_VERIFY(client.find<QWidget>("messageBar")->isVisible());
}

void TrustDialogsTest::whoKnocksIsLetInOrNot()
{
    TestWindow hub(QStringLiteral("harbour"), {}, kAsked);
    TestWindow client(QStringLiteral("alice"), {}, kAsked);
    pair(hub, client);
    const QByteArray alice = client.hub->peerId();
    // The client knows the hub, the hub does not know the client any more.
    QVERIFY(!hub.hub->forgetPeer(alice).isError());
    QTRY_VERIFY(!isUp(client));
    for (const bool isLetIn : {false, true}) {
        client.hub->stopLink();
        QTRY_VERIFY(client.find<QWidget>("address")->isEnabled());
        client.click("toggleLink");
        QTRY_VERIFY(hub.isAsked());
        QVERIFY(title(hub).contains(QStringLiteral("alice")));
        QVERIFY(code(hub).trimmed().isEmpty());
        QVERIFY(hub.find<QLabel>("questionFrom")->text().contains(hub::Host::shortKeyText(alice)));
        QVERIFY(hub.find<QLabel>("questionFrom")->text().contains(kLoopback));
        QVERIFY(!hub.find<QWidget>("questionKey")->isVisible());
        hub.click("questionShowKey");
        QVERIFY(hub.find<QWidget>("questionKey")->isVisible());
        QCOMPARE(hub.find<QLineEdit>("questionKey")->text(), client.hub->keyText());
        QVERIFY(!client.isAsked());
        QVERIFY(hub.answer(isLetIn));
        if (isLetIn)
            QTRY_VERIFY(isUp(client));
        else
            QTRY_COMPARE(client.hub->linkState().phase, hub::LinkState::Phase::Failed);
        QTRY_VERIFY(!hub.isAsked());
    }
}

void TrustDialogsTest::answersAreGuarded()
{
    TestWindow hub(QStringLiteral("harbour"), {}, kAsked);
    TestWindow client(QStringLiteral("alice"), {}, kAsked);
    hub.host(kLoopback, QStringLiteral("0"));
    QTRY_VERIFY(isUp(hub));
    // Pressed the moment the question appears, as by somebody who clicked for something else.
    qint64 releasedAfter = -1;
    QElapsedTimer timer;
    auto *bar = hub.window->findChild<gui::QuestionBar *>();
    const QObject scope;
    connect(bar, &gui::QuestionBar::asked, &scope, [&] {
        timer.start();
        for (const char *button : {"questionYes", "questionNo"}) {
            QVERIFY(!hub.find<QWidget>(button)->isEnabled());
            hub.click(button);
            QTest::keyClick(hub.find<QWidget>(button), Qt::Key_Return);
            QTest::keyClick(hub.find<QWidget>(button), Qt::Key_Space);
        }
    });
    auto *guard = hub.window->findChild<gui::InputGuard *>();
    QVERIFY(guard);
    connect(guard, &gui::InputGuard::released, &scope, [&] { releasedAfter = timer.elapsed(); });
    client.join(kLoopback, hub.port());
    QTRY_VERIFY(hub.isAsked());
    QCOMPARE(hub.hub->questions().size(), 1);
    QVERIFY(!hub.hub->questions().first().answered);
    QTRY_VERIFY(hub.find<QWidget>("questionYes")->isEnabled());
    QVERIFY2(releasedAfter >= gui::InputGuard::kHoldMs - 5, qPrintable(QString::number(releasedAfter)));
    // And again when the window comes to the front: that click was for the window.
    QEvent activate(QEvent::WindowActivate);
    QApplication::sendEvent(hub.window.get(), &activate);
    QVERIFY(!hub.find<QWidget>("questionNo")->isEnabled());
    QVERIFY(hub.answer(true));
    QVERIFY(hub.hub->questions().isEmpty() || hub.hub->questions().first().answered);
}

void TrustDialogsTest::questionsTakeNoFocusAndNoEnter()
{
    TestWindow hub(QStringLiteral("harbour"), {}, kAsked);
    TestWindow client(QStringLiteral("alice"), {}, kAsked);
    hub.host(kLoopback, QStringLiteral("0"));
    QTRY_VERIFY(isUp(hub));
    hub.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(hub.window.get()));
    hub.find<QWidget>("logFilter")->setFocus();
    client.join(kLoopback, hub.port());
    QTRY_VERIFY(hub.isAsked());
    QCOMPARE(hub.window->focusWidget(), hub.find<QWidget>("logFilter"));
    QTRY_VERIFY(hub.find<QWidget>("questionYes")->isEnabled());
    QCOMPARE(hub.window->focusWidget(), hub.find<QWidget>("logFilter"));
    hub.trigger("questionAction");
    QCOMPARE(hub.window->focusWidget(), hub.find<QWidget>("questionNo")); // the safe one
    QTest::keyClick(hub.find<QWidget>("questionNo"), Qt::Key_Return);
    QTest::keyClick(hub.find<QWidget>("questionYes"), Qt::Key_Enter);
    QVERIFY(hub.isAsked());
    QVERIFY(!hub.hub->questions().first().answered);
    QTest::keyClick(hub.find<QWidget>("questionNo"), Qt::Key_Space);
    QTRY_VERIFY(!hub.isAsked());
}

void TrustDialogsTest::permissionIsAsked()
{
    TestWindow hub(QStringLiteral("harbour"), {}, kAsked);
    TestWindow client(QStringLiteral("alice"), {}, kAsked);
    pair(hub, client);
    QVERIFY(!hub.hub->setPermission(client.hub->peerId(), kText, QStringLiteral("ask")).isError());
    auto *chat = client.window->panelArea()->findChild<QDockWidget *>(QStringLiteral("panel.") + kText);
    QVERIFY(chat);
    auto *input = chat->findChild<QPlainTextEdit *>(QStringLiteral("input"));
    auto *send = chat->findChild<QAbstractButton *>(QStringLiteral("send"));
    QVERIFY(input && send);
    input->setPlainText(QStringLiteral("hello"));
    QTRY_VERIFY(send->isEnabled());
    send->click();
    QTRY_VERIFY(hub.isAsked());
    QVERIFY(title(hub).contains(QStringLiteral("alice")));
    QVERIFY(title(hub).contains(hub.hub->pluginName(kText)));
    QVERIFY(!hub.find<QWidget>("questionCode")->isVisible());
    QVERIFY(hub.answer(true));
    QTRY_VERIFY(!hub.isAsked());
}

void TrustDialogsTest::peersAreEdited()
{
    TestWindow hub(QStringLiteral("harbour"), {}, kAsked);
    TestWindow client(QStringLiteral("alice"), {}, kAsked);
    pair(hub, client);
    const QByteArray harbour = hub.hub->peerId();

    client.trigger("knownPeersAction");
    QVERIFY(client.find<QDialog>("knownPeersDialog")->isVisible());
    QCOMPARE(client.find<QLineEdit>("ownKey")->text(), client.hub->keyText());
    client.click("copyOwnKey");
    QCOMPARE(QApplication::clipboard()->text(), client.hub->keyText());
    auto *table = client.find<QTreeView>("knownPeers");
    QTRY_COMPARE(table->model()->rowCount(), 1);
    QCOMPARE(client.find<QLineEdit>("peerKey")->text(), hub::Host::keyText(harbour));
    client.click("copyPeerKey");
    QCOMPARE(QApplication::clipboard()->text(), hub::Host::keyText(harbour));

    // Permissions: its own, and because it is a hub those of its members.
    for (const char *prefix : {"may.", "membersMay."}) {
        auto *box = client.window->findChild<QComboBox *>(QLatin1String(prefix) + kFile);
        QVERIFY(box);
        QCOMPARE(box->currentData().toString(), QStringLiteral("default"));
        box->setFocus();
        QTest::keyClicks(box, QStringLiteral("N"));
        const int role =
            qstrcmp(prefix, "may.") == 0 ? int(hub::KnownPermissionsRole) : int(hub::KnownMemberPermissionsRole);
        const auto stored = [&] {
            return client.hub->knownPeers()->index(0, 0).data(role).toMap().value(kFile).toString();
        };
        QTRY_COMPARE(stored(), QStringLiteral("no"));
        QCOMPARE(box->currentData().toString(), QStringLiteral("no"));
    }

    // Ban and mute are switches.
    client.click("mutePeer");
    QVERIFY(client.hub->knownPeers()->index(0, 0).data(hub::KnownMutedRole).toBool());
    QCOMPARE(client.find<QPushButton>("mutePeer")->text().remove(u'&'), QStringLiteral("Unmute"));
    client.click("mutePeer");
    QVERIFY(!client.hub->knownPeers()->index(0, 0).data(hub::KnownMutedRole).toBool());
    client.click("banPeer");
    QVERIFY(client.hub->knownPeers()->index(0, 0).data(hub::KnownBannedRole).toBool());
    QTRY_VERIFY(!isUp(client)); // its link ends
    QCOMPARE(client.find<QPushButton>("banPeer")->text().remove(u'&'), QStringLiteral("Unban"));
    client.click("banPeer");

    // Forgetting is confirmed, and no is what Enter says.
    client.click("forgetPeer");
    auto *question = client.find<QMessageBox>("forgetQuestion");
    QVERIFY(question);
    QTest::keyClick(question, Qt::Key_Return);
    QCOMPARE(client.hub->knownPeers()->rowCount(), 1);
    delete client.find<QMessageBox>("forgetQuestion");
    client.click("forgetPeer");
    client.click("forgetYes");
    QTRY_COMPARE(client.hub->knownPeers()->rowCount(), 0);
    QCOMPARE(table->model()->rowCount(), 0);
    QVERIFY(!client.find<QWidget>("forgetPeer")->isEnabled());
    QVERIFY(client.find<QLineEdit>("peerKey")->text().isEmpty());
}

void TrustDialogsTest::operatorKicksMutesAndBans()
{
    TestWindow hub(QStringLiteral("harbour"), {}, kAsked);
    TestWindow client(QStringLiteral("alice"), {}, kAsked);
    pair(hub, client);
    const QString alice = QStringLiteral("alice");

    QVERIFY(menuEntry(client, QStringLiteral("harbour"), "copyKeyAction"));
    QVERIFY(menuEntry(client, QStringLiteral("harbour"), "permissionsAction"));
    QVERIFY(!menuEntry(client, QStringLiteral("harbour"), "kickAction"));
    QVERIFY(!menuEntry(hub, QStringLiteral("harbour"), "kickAction")); // ourselves

    menuEntry(hub, alice, "copyKeyAction")->trigger();
    QCOMPARE(QApplication::clipboard()->text(), client.hub->keyText());
    menuEntry(hub, alice, "permissionsAction")->trigger();
    QCOMPARE(hub.find<QLineEdit>("peerKey")->text(), client.hub->keyText());
    menuEntry(hub, alice, "muteAction")->trigger();
    const auto markers = [&] {
        return hub.find<QListView>("members")
            ->model()
            ->index(1, 0)
            .data(gui::MemberListModel::MarkersRole)
            .toStringList();
    };
    QTRY_VERIFY(markers().contains(QStringLiteral("muted")));
    menuEntry(hub, alice, "muteAction")->trigger();
    QTRY_VERIFY(!markers().contains(QStringLiteral("muted")));
    menuEntry(hub, alice, "kickAction")->trigger();
    QTRY_VERIFY(!isUp(client));
    client.hub->stopLink();
    QTRY_VERIFY(client.find<QWidget>("address")->isEnabled());
    client.click("toggleLink");
    QTRY_COMPARE(hub.members().size(), 2);
    menuEntry(hub, alice, "banAction")->trigger();
    QTRY_COMPARE(hub.members().size(), 1);
    client.hub->stopLink();
    QTRY_VERIFY(client.find<QWidget>("address")->isEnabled());
    client.click("toggleLink");
    QTRY_COMPARE(client.hub->linkState().phase, hub::LinkState::Phase::Failed);
}

void TrustDialogsTest::hostileNames()
{
    const QString html = QStringLiteral("<img src=x><b>bold</b>");
    const QString turned = QStringLiteral("evil\u202Eknil\nnext");
    const QString huge(1 << 20, u'W');
    QCOMPARE(gui::peerName(html), html);
    QVERIFY(!gui::peerName(turned).contains(QChar(0x202E)));
    QVERIFY(!gui::peerName(turned).contains(u'\n'));
    QVERIFY(gui::peerName(huge).size() < 100);

    TestWindow hub(QStringLiteral("harbour"), {}, kAsked);
    TestWindow client(html, {}, kAsked);
    hub.host(kLoopback, QStringLiteral("0"));
    QTRY_VERIFY(isUp(hub));
    client.join(kLoopback, hub.port());
    QTRY_VERIFY(hub.isAsked());
    QVERIFY(title(hub).contains(html));
    const int width = hub.window->width();
    QVERIFY(hub.answer(true));
    QVERIFY(client.answer(true));
    QTRY_VERIFY(isUp(client));
    QCOMPARE(hub.window->width(), width);
    hub.trigger("knownPeersAction");
    hub.trigger("inviteAction");
    auto *peers = hub.window->findChild<gui::KnownPeersDialog *>();
    peers->showPeer(QByteArray(32, 'x'), huge);
    QVERIFY(hub.find<QLabel>("permissionsTitle")->text().size() < 200);
    peers->showPeer(QByteArray(32, 'y'), turned);
    QVERIFY(!hub.find<QLabel>("permissionsTitle")->text().contains(QChar(0x202E)));
    hub.window->offerLink(QStringLiteral("patchbay://") + huge + QStringLiteral("/#") + huge);
    QVERIFY(hub.find<QPlainTextEdit>("joinAddresses")->toPlainText().size() < 2000);
    QTest::keyClick(hub.find<QDialog>("joinDialog"), Qt::Key_Escape);
    const QList<QLabel *> labels = hub.window->findChildren<QLabel *>();
    for (const QLabel *label : labels)
        QVERIFY2(!label->text().contains(u'<') || label->textFormat() == Qt::PlainText, qPrintable(label->text()));
    const QModelIndex row = hub.find<QTreeView>("knownPeers")->model()->index(0, 0);
    QVERIFY(!row.data(Qt::ToolTipRole).toString().contains(QStringLiteral("<b>")));
}

void TrustDialogsTest::admissionIsRemembered()
{
    QTemporaryDir profile;
    {
        TestWindow window(QStringLiteral("alice"), profile.path(), kAsked);
        QCOMPARE(window.hub->admission(), hub::AdmissionPolicy::Ask);
        QVERIFY(!window.find<QWidget>("admissionWarning")->isVisible());
        window.find<QWidget>("admission")->setFocus();
        QTest::keyClicks(window.find<QWidget>("admission"), QStringLiteral("Any"));
        QCOMPARE(window.hub->admission(), hub::AdmissionPolicy::Anyone);
        QVERIFY(window.find<QWidget>("admissionWarning")->isVisible());
        window.click("join");
        QVERIFY(!window.find<QWidget>("admissionWarning")->isVisible());
        window.click("hostHere");
        auto *box = window.find<QComboBox>("admission");
        box->setCurrentIndex(box->findData(QStringLiteral("known")));
        QCOMPARE(window.hub->admission(), hub::AdmissionPolicy::Known);
        QVERIFY(window.close());
    }
    TestWindow window(QStringLiteral("alice"), profile.path(), kAsked);
    QCOMPARE(window.hub->admission(), hub::AdmissionPolicy::Known);
    // The addresses to listen on.
    window.click("chooseAddress");
    auto *menu = window.find<QMenu>("addressMenu");
    QVERIFY(menu);
    QVERIFY(menu->actions().size() >= 2);
    menu->actions()[1]->trigger();
    QCOMPARE(window.find<QLineEdit>("address")->text(), kLoopback);
    menu->actions()[0]->trigger();
    QCOMPARE(window.find<QLineEdit>("address")->text(), QStringLiteral("*"));
    menu->close();
}

void TrustDialogsTest::plainModeIsShown()
{
    QTemporaryDir folder;
    const QString token = folder.filePath(QStringLiteral("token"));
    TestWindow hub(QStringLiteral("harbour"), {}, kAsked, token);
    TestWindow client(QStringLiteral("alice"), {}, kAsked, token);
    hub.host(kLoopback, QStringLiteral("0"));
    QTRY_VERIFY(isUp(hub));
    client.join(kLoopback, hub.port());
    QTRY_VERIFY(isUp(client));
    for (const TestWindow *window : {&hub, &client}) {
        QVERIFY(window->find<QWidget>("plainBanner")->isVisible());
        QCOMPARE(window->find<QLabel>("encrypted")->text(), QStringLiteral("NOT ENCRYPTED"));
        QVERIFY(!window->find<QAction>("inviteAction")->isEnabled());
    }
    QVERIFY(!hub.isAsked() && !client.isAsked());
}

QTEST_MAIN(TrustDialogsTest)
#include "tst_trustdialogs.moc"
