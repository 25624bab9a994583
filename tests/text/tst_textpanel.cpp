// SPDX-License-Identifier: MIT
#include "textmessage.h"
#include "textpanelprovider.h"
#include "textplugin.h"
#include "texttypes.h"

#include <patchbay/testing/fakehost.h>

#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QLabel>
#include <QListView>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QTest>

using namespace patchbay;
using namespace patchbay::text;
using patchbay::testing::FakeHost;

namespace {

const QStringList &chatTypes()
{
    static const QStringList types{TextTypes::message, TextTypes::receipt};
    return types;
}

} // namespace

class TestTextPanel final : public QObject
{
    Q_OBJECT

    struct Setup
    {
        TextPlugin plugin;
        FakeHost host;
        TextPanelProvider provider;
        std::unique_ptr<QWidget> panel;
        MemberId bob = MemberId::None;

        Setup()
        {
            [[maybe_unused]] const Error error = host.activate(&plugin);
            bob = host.addMember(QStringLiteral("bob"), chatTypes());
            panel.reset(provider.createPanel(&plugin, nullptr));
            panel->resize(420, 480);
            panel->show();
        }
        template <typename T>
        T *child(const char *name)
        {
            return panel->findChild<T *>(QString::fromLatin1(name));
        }
        void receive(const QString &text)
        {
            host.deliverMessage(bob, TextTypes::message, encodeMessage({text, {}, 1}), true);
        }
    };

private Q_SLOTS:
    void needsTheLogic()
    {
        TextPanelProvider provider;
        QObject other;
        QVERIFY(!provider.createPanel(&other, nullptr));
        QVERIFY(!provider.createPanel(nullptr, nullptr));
    }

    void typingAndEnterSends()
    {
        Setup s;
        auto *input = s.child<QPlainTextEdit>("input");
        QVERIFY(!s.child<QPushButton>("send")->isEnabled());
        QTest::keyClicks(input, QStringLiteral("hello"));
        QTest::keyClick(input, Qt::Key_Return, Qt::ShiftModifier);
        QTest::keyClicks(input, QStringLiteral("bob"));
        QVERIFY(s.child<QPushButton>("send")->isEnabled());
        QTest::keyClick(input, Qt::Key_Return);
        const auto sent = s.host.sent();
        QCOMPARE(sent.size(), 1);
        QCOMPARE(sent[0].to, MemberId::Everyone);
        QCOMPARE(decodeMessage(sent[0].body).value->text, QStringLiteral("hello\nbob"));
        QCOMPARE(input->toPlainText(), QString());
        QCOMPARE(s.child<QListView>("timeline")->model()->rowCount(), 1);
    }

    void sendButtonToOneMember()
    {
        Setup s;
        auto *recipient = s.child<QComboBox>("recipient");
        QCOMPARE(recipient->count(), 2);
        recipient->setCurrentIndex(1);
        QTest::keyClicks(s.child<QPlainTextEdit>("input"), QStringLiteral("psst"));
        QTest::mouseClick(s.child<QPushButton>("send"), Qt::LeftButton);
        QCOMPARE(s.host.sent().size(), 1);
        QCOMPARE(s.host.sent()[0].to, s.bob);
    }

    void emptyIsNotSent()
    {
        Setup s;
        QTest::keyClicks(s.child<QPlainTextEdit>("input"), QStringLiteral("   "));
        QTest::keyClick(s.child<QPlainTextEdit>("input"), Qt::Key_Return);
        QVERIFY(s.host.sent().isEmpty());
    }

    void errorKeepsTheText()
    {
        Setup s;
        s.host.setSendError({ErrorCode::NotConnected, QStringLiteral("<b>There is no link.</b>")});
        QTest::keyClicks(s.child<QPlainTextEdit>("input"), QStringLiteral("hello"));
        QTest::keyClick(s.child<QPlainTextEdit>("input"), Qt::Key_Return);
        QCOMPARE(s.child<QPlainTextEdit>("input")->toPlainText(), QStringLiteral("hello"));
        auto *problem = s.child<QLabel>("problem");
        QVERIFY(problem->isVisible());
        QCOMPARE(problem->textFormat(), Qt::PlainText);
        QCOMPARE(problem->text(), QStringLiteral("<b>There is no link.</b>"));
    }

    void noPrivateMessageToEveryoneByAccident()
    {
        Setup s;
        auto *recipient = s.child<QComboBox>("recipient");
        recipient->setCurrentIndex(1);
        s.host.addMember(QStringLiteral("carol"), chatTypes());
        QTRY_COMPARE(recipient->count(), 3);
        QCOMPARE(recipient->currentText(), QStringLiteral("bob"));
        s.host.removeMember(s.bob);
        QTRY_COMPARE(recipient->count(), 2);
        QCOMPARE(recipient->currentIndex(), -1);
        QTest::keyClicks(s.child<QPlainTextEdit>("input"), QStringLiteral("secret"));
        QTest::keyClick(s.child<QPlainTextEdit>("input"), Qt::Key_Return);
        QVERIFY(s.host.sent().isEmpty());
        QVERIFY(s.child<QLabel>("problem")->isVisible());
    }

    void followsTheNewestUnlessReading()
    {
        Setup s;
        auto *view = s.child<QListView>("timeline");
        for (int i = 0; i < 60; ++i)
            s.receive(QStringLiteral("message %1").arg(i));
        QScrollBar *bar = view->verticalScrollBar();
        QTRY_VERIFY(bar->maximum() > 100 && bar->value() == bar->maximum());
        bar->setValue(0);
        s.receive(QStringLiteral("one more"));
        QTRY_VERIFY(view->model()->rowCount() == 61);
        QCoreApplication::processEvents();
        QCOMPARE(bar->value(), 0);
    }

    void hostileTextsAreDrawn_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("HTML tables") << QStringLiteral("<table><tr><td>").repeated(3000);
        QTest::newRow("one long line") << QString(60000, u'x');
        QTest::newRow("many lines") << QStringLiteral("\n").repeated(60000);
        QTest::newRow("stacked accents") << QStringLiteral("a") + QString(5000, QChar(0x0301));
        QTest::newRow("bidi") << QString(500, QChar(0x202E)) + QStringLiteral("abc");
        QTest::newRow("controls") << QString::fromUtf8("\x01\x02\x1b[31m\x7f");
        QTest::newRow("lone surrogate at the cut") << QString::fromUtf8("\xF0\x9F\x8E\x89").repeated(6001);
    }
    /// Bounded height, and the full text is still there to be copied.
    void hostileTextsAreDrawn()
    {
        QFETCH(QString, text);
        Setup s;
        s.receive(text);
        auto *view = s.child<QListView>("timeline");
        const QPixmap picture = s.panel->grab();
        QVERIFY(!picture.isNull());
        QVERIFY(view->sizeHintForRow(0) < 20000);
        view->selectAll();
        QTest::keySequence(view, QKeySequence::Copy);
        QCOMPARE(QGuiApplication::clipboard()->text(), text);
    }

    void tenThousandRowsStayQuick()
    {
        Setup s;
        for (int i = 0; i < 10000; ++i)
            s.receive(QStringLiteral("message number %1 with some words in it").arg(i));
        s.panel->grab();
        QElapsedTimer timer;
        timer.start();
        s.receive(QStringLiteral("the newest"));
        s.panel->grab();
        QVERIFY2(timer.elapsed() < 1000, qPrintable(QString::number(timer.elapsed())));
        QCOMPARE(s.child<QListView>("timeline")->model()->rowCount(), 10000);
    }

    void everyControlHasAName()
    {
        Setup s;
        for (const char *name : {"timeline", "recipient", "input", "send"})
            QVERIFY2(!s.child<QWidget>(name)->accessibleName().isEmpty(), name);
        const auto labels = s.panel->findChildren<QLabel *>();
        QVERIFY(!labels.isEmpty());
        auto *input = s.child<QPlainTextEdit>("input");
        input->setFocus();
        QTest::keyClick(input, Qt::Key_Tab);
        QVERIFY(input->toPlainText().isEmpty()); // Tab leaves
    }
};

QTEST_MAIN(TestTextPanel)
#include "tst_textpanel.moc"
