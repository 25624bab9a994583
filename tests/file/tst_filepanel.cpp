// SPDX-License-Identifier: MIT
#include "filepanelprovider.h"
#include "fileplugin.h"
#include "filetypes.h"

#include <patchbay/testing/fakehost.h>

#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QFile>
#include <QLabel>
#include <QMimeData>
#include <QPushButton>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>

using namespace patchbay;
using namespace patchbay::file;
using patchbay::testing::FakeHost;

class TestFilePanel final : public QObject
{
    Q_OBJECT

    struct Setup
    {
        QTemporaryDir folder;
        FilePlugin plugin;
        FakeHost host;
        FilePanelProvider provider;
        std::unique_ptr<QWidget> panel;
        MemberId bob = MemberId::None;

        Setup()
        {
            [[maybe_unused]] const Error error = host.activate(&plugin);
            bob = host.addMember(QStringLiteral("bob"), {FileTypes::content});
            plugin.setInboxFolder(folder.filePath(QStringLiteral("inbox")));
            panel.reset(provider.createPanel(&plugin, nullptr));
            panel->resize(700, 420);
            panel->show();
        }
        template <typename T>
        T *child(const char *name)
        {
            return panel->findChild<T *>(QString::fromLatin1(name));
        }
        QString makeFile(const QString &name)
        {
            QFile file(folder.filePath(name));
            return file.open(QIODevice::WriteOnly) && file.write("hello") == 5 ? file.fileName() : QString();
        }
        StreamId offer(const QByteArray &name)
        {
            return host.offerStream(bob, FileTypes::content, encodeHeader({name, 5, std::nullopt}), streamSize(5));
        }
        void drop(const QStringList &paths)
        {
            QMimeData data;
            QList<QUrl> urls;
            for (const QString &path : paths)
                urls.append(QUrl::fromLocalFile(path));
            data.setUrls(urls);
            QDragEnterEvent enter(QPoint(50, 50), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
            QCoreApplication::sendEvent(panel.get(), &enter);
            if (!enter.isAccepted())
                return;
            QDropEvent event(QPointF(50, 50), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
            QCoreApplication::sendEvent(panel.get(), &event);
        }
    };

private Q_SLOTS:
    void needsTheLogic()
    {
        FilePanelProvider provider;
        QObject other;
        QVERIFY(!provider.createPanel(&other, nullptr));
    }

    void droppedFilesAreSent()
    {
        Setup s;
        s.drop({s.makeFile(QStringLiteral("a.txt")), s.makeFile(QStringLiteral("b.txt"))});
        QTRY_COMPARE(s.host.opened().size(), 2);
        QCOMPARE(s.host.opened()[0].member, s.bob);
        QCOMPARE(s.child<QTableView>("transfers")->model()->rowCount(), 2);
        QVERIFY(!s.child<QLabel>("problem")->isVisible());
    }

    void whatCannotBeSentIsSaid()
    {
        Setup s;
        s.drop({s.folder.path()});
        QTRY_VERIFY(s.child<QLabel>("problem")->isVisible());
        QCOMPARE(s.child<QLabel>("problem")->textFormat(), Qt::PlainText);
        QVERIFY(s.child<QLabel>("problem")->text().contains(QStringLiteral("folder")));
        QCOMPARE(s.host.opened().size(), 0);
    }

    void offerIsAskedAboutAndAccepted()
    {
        Setup s;
        auto *bar = s.child<QWidget>("offerBar");
        QVERIFY(!bar->isVisible());
        const StreamId stream = s.offer("<b>a<img src=x>.txt");
        QTRY_VERIFY(bar->isVisible());
        auto *question = s.child<QLabel>("offerQuestion");
        QCOMPARE(question->textFormat(), Qt::PlainText);
        QVERIFY(question->text().contains(QStringLiteral("bob")));
        QVERIFY(question->text().contains(QStringLiteral("5 bytes")));
        QVERIFY(s.child<QLabel>("offerPlace")->text().contains(s.plugin.inboxFolder()));
        QVERIFY(s.child<QLabel>("offerPlace")->text().contains(QStringLiteral("free")));
        QTest::mouseClick(s.child<QPushButton>("accept"), Qt::LeftButton);
        QCOMPARE(s.host.stream(stream).state, FakeHost::StreamState::Accepted);
        QTRY_VERIFY(!bar->isVisible());
    }

    void offerIsDeclined()
    {
        Setup s;
        const StreamId stream = s.offer("a.txt");
        const StreamId next = s.offer("b.txt");
        QTRY_VERIFY(s.child<QWidget>("offerBar")->isVisible());
        QVERIFY(s.child<QLabel>("offerPlace")->text().contains(u'1'));
        QTest::mouseClick(s.child<QPushButton>("decline"), Qt::LeftButton);
        QTRY_COMPARE(s.host.stream(stream).state, FakeHost::StreamState::Finished);
        QTRY_VERIFY(s.child<QLabel>("offerQuestion")->text().contains(QStringLiteral("b.txt")));
        QCOMPARE(s.host.stream(next).state, FakeHost::StreamState::Offered);
    }

    void acceptThatFailsSaysWhy()
    {
        Setup s;
        s.plugin.setInboxFolder(QStringLiteral("/proc/patchbay"));
        s.offer("a.txt");
        QTRY_VERIFY(s.child<QWidget>("offerBar")->isVisible());
        QTest::mouseClick(s.child<QPushButton>("accept"), Qt::LeftButton);
        QVERIFY(s.child<QWidget>("offerBar")->isVisible());
        QVERIFY(s.child<QLabel>("offerPlace")->text().contains(QStringLiteral("No file can be created")));
    }

    void cancelButton()
    {
        Setup s;
        s.drop({s.makeFile(QStringLiteral("a.txt"))});
        QTRY_COMPARE(s.host.opened().size(), 1);
        QVERIFY(!s.child<QPushButton>("cancel")->isEnabled());
        s.child<QTableView>("transfers")->selectRow(0);
        QVERIFY(s.child<QPushButton>("cancel")->isEnabled());
        QTest::mouseClick(s.child<QPushButton>("cancel"), Qt::LeftButton);
        QTRY_COMPARE(s.host.openStreams().size(), 0);
        QTRY_VERIFY(!s.child<QPushButton>("cancel")->isEnabled());
        QTRY_VERIFY(s.child<QPushButton>("clear")->isEnabled());
        QTest::mouseClick(s.child<QPushButton>("clear"), Qt::LeftButton);
        QCOMPARE(s.plugin.transfers()->rowCount(), 0);
    }

    void neverToAnotherMemberThanChosen()
    {
        Setup s;
        auto *member = s.child<QComboBox>("member");
        QCOMPARE(member->currentText(), QStringLiteral("bob"));
        s.host.addMember(QStringLiteral("carol"), {FileTypes::content});
        QTRY_COMPARE(member->count(), 2);
        s.host.removeMember(s.bob);
        QTRY_COMPARE(member->count(), 1);
        QCOMPARE(member->currentIndex(), -1);
        QVERIFY(!s.child<QPushButton>("send")->isEnabled());
        s.drop({s.makeFile(QStringLiteral("a.txt"))});
        QCoreApplication::processEvents();
        QCOMPARE(s.host.opened().size(), 0);
    }

    void acceptWithoutAsking()
    {
        Setup s;
        s.child<QCheckBox>("acceptAll")->click();
        QVERIFY(s.plugin.acceptsWithoutAsking());
        const StreamId stream = s.offer("a.txt");
        QCOMPARE(s.host.stream(stream).state, FakeHost::StreamState::Accepted);
    }

    void drawsTransfersInEveryState()
    {
        Setup s;
        s.plugin.setAcceptsWithoutAsking(true);
        s.offer("receiving.bin");
        s.plugin.setAcceptsWithoutAsking(false);
        s.offer("offered.bin");
        s.drop({s.makeFile(QStringLiteral("sent.bin")), s.makeFile(QStringLiteral("failed.bin"))});
        QTRY_COMPARE(s.host.opened().size(), 2);
        s.host.pumpAndFinish(s.host.opened()[0].id);
        s.host.finishStream(s.host.opened()[1].id, {ErrorCode::IoFailed, QStringLiteral("disk")});
        QVERIFY(!s.panel->grab().isNull());
    }

    void everyControlHasAName()
    {
        Setup s;
        s.offer("a.txt");
        for (const char *name :
             {"member", "send", "transfers", "cancel", "showInFolder", "clear", "acceptAll", "accept", "decline"})
            QVERIFY2(!s.child<QWidget>(name)->accessibleName().isEmpty(), name);
        for (const QLabel *label : s.panel->findChildren<QLabel *>())
            QVERIFY(label->textFormat() == Qt::PlainText || label->buddy());
    }
};

QTEST_MAIN(TestFilePanel)
#include "tst_filepanel.moc"
