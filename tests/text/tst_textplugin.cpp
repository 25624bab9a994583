// SPDX-License-Identifier: MIT
#include "textmessage.h"
#include "textplugin.h"
#include "texttypes.h"

#include <patchbay/testing/fakehost.h>

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

class TestTextPlugin final : public QObject
{
    Q_OBJECT

    struct Setup
    {
        TextPlugin plugin;
        FakeHost host;
        Setup() { [[maybe_unused]] const Error error = host.activate(&plugin); }
        QVariant row(int at, int role) { return plugin.timeline()->index(at, 0).data(role); }
    };

private Q_SLOTS:
    void sendsToOneMember()
    {
        Setup s;
        const MemberId bob = s.host.addMember(QStringLiteral("bob"), chatTypes());
        s.host.addMember(QStringLiteral("carol"), chatTypes());
        QVERIFY(!s.plugin.sendText(bob, QStringLiteral("hello")).isError());
        const auto sent = s.host.takeSent();
        QCOMPARE(sent.size(), 1);
        QCOMPARE(sent[0].to, bob);
        QCOMPARE(sent[0].type, TextTypes::message);
        const Parsed<TextMessage> body = decodeMessage(sent[0].body);
        QVERIFY(body.value);
        QCOMPARE(body.value->text, QStringLiteral("hello"));

        QCOMPARE(s.plugin.timeline()->rowCount(), 1);
        QCOMPARE(s.row(0, OwnRole).toBool(), true);
        QCOMPARE(s.row(0, ToRole).toString(), QStringLiteral("bob"));
        QCOMPARE(s.row(0, StateRole).toInt(), int(MessageState::Sent));

        s.host.deliverMessage(bob, TextTypes::receipt, encodeReceipt(body.value->id));
        QCOMPARE(s.row(0, StateRole).toInt(), int(MessageState::Delivered));
    }

    void everyoneIsDeliveredWhenAllConfirmed()
    {
        Setup s;
        const MemberId bob = s.host.addMember(QStringLiteral("bob"), chatTypes());
        const MemberId carol = s.host.addMember(QStringLiteral("carol"), chatTypes());
        s.host.addMember(QStringLiteral("old"), {TextTypes::message}); // sends no receipts, so none is waited for
        QVERIFY(!s.plugin.sendText(MemberId::Everyone, QStringLiteral("hi")).isError());
        const QByteArray id = decodeMessage(s.host.takeSent()[0].body).value->id;
        s.host.deliverMessage(bob, TextTypes::receipt, encodeReceipt(id));
        QCOMPARE(s.row(0, StateRole).toInt(), int(MessageState::Sent));
        s.host.deliverMessage(carol, TextTypes::receipt, encodeReceipt(id));
        QCOMPARE(s.row(0, StateRole).toInt(), int(MessageState::Delivered));
    }

    void failureIsShownAtTheVeryMessage()
    {
        Setup s;
        const MemberId bob = s.host.addMember(QStringLiteral("bob"), chatTypes());
        for (int i = 0; i < 3; ++i)
            QVERIFY(!s.plugin.sendText(bob, QString::number(i)).isError());
        const auto sent = s.host.takeSent();
        s.host.reportUndeliverable(sent[1].id, bob, {ErrorCode::QueueFull, QStringLiteral("too slow")});
        QCOMPARE(s.row(0, StateRole).toInt(), int(MessageState::Sent));
        QCOMPARE(s.row(1, StateRole).toInt(), int(MessageState::NotDelivered));
        QVERIFY(s.row(1, StateTextRole).toString().contains(QStringLiteral("bob: too slow")));
        QCOMPARE(s.row(2, StateRole).toInt(), int(MessageState::Sent));

        s.host.removeMember(bob);
        QCOMPARE(s.row(0, StateRole).toInt(), int(MessageState::NotDelivered));
        QVERIFY(s.row(2, StateTextRole).toString().contains(QStringLiteral("bob")));
    }

    void refusals_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<Error>("hostError");
        QTest::addColumn<int>("code");
        QTest::newRow("empty") << QString() << Error{} << int(ErrorCode::InvalidArgument);
        QTest::newRow("only spaces") << QStringLiteral(" \n\t ") << Error{} << int(ErrorCode::InvalidArgument);
        QTest::newRow("too long") << QString(kMaxTextBytes + 1, u'x') << Error{} << int(ErrorCode::TooLarge);
        QTest::newRow("too long in UTF-8")
            << QString(kMaxTextBytes / 3 + 1, QChar(0x4F60)) << Error{} << int(ErrorCode::TooLarge);
        QTest::newRow("queue full") << QStringLiteral("x") << Error{ErrorCode::QueueFull, QStringLiteral("full")}
                                    << int(ErrorCode::QueueFull);
    }
    void refusals()
    {
        QFETCH(QString, text);
        QFETCH(Error, hostError);
        QFETCH(int, code);
        Setup s;
        const MemberId bob = s.host.addMember(QStringLiteral("bob"), chatTypes());
        s.host.setSendError(hostError);
        QCOMPARE(int(s.plugin.sendText(bob, text).code), code);
        QCOMPARE(s.plugin.timeline()->rowCount(), 0); // the text is still the user's
    }

    void nobodyIsHere()
    {
        Setup s;
        s.host.addMember(QStringLiteral("files only"), {QStringLiteral("org.patchbay.file.content/1")});
        QCOMPARE(s.plugin.sendText(MemberId::Everyone, QStringLiteral("x")).code, ErrorCode::NoSuchMember);
        QVERIFY(s.host.sent().isEmpty());
    }

    void receivesAndConfirms()
    {
        Setup s;
        const MemberId bob = s.host.addMember(QStringLiteral("bob"), chatTypes());
        const QByteArray id(16, 'i');
        s.host.deliverMessage(bob, TextTypes::message, encodeMessage({QStringLiteral("hello"), id, 1}), true);
        QCOMPARE(s.row(0, TextRole).toString(), QStringLiteral("hello"));
        QCOMPARE(s.row(0, FromRole).toString(), QStringLiteral("bob"));
        QCOMPARE(s.row(0, OwnRole).toBool(), false);
        QCOMPARE(s.row(0, ToRole).toString(), QString());
        // The time shown is ours, not the one the sender claims.
        QVERIFY(s.row(0, TimeRole).toDateTime().secsTo(QDateTime::currentDateTime()) < 60);
        const auto sent = s.host.sent();
        QCOMPARE(sent.size(), 1);
        QCOMPARE(sent[0].to, bob);
        QCOMPARE(sent[0].type, TextTypes::receipt);
        QCOMPARE(decodeReceipt(sent[0].body).value.value_or(QByteArray()), id);
    }

    void noReceiptWhereNoneIsWanted()
    {
        Setup s;
        const MemberId old = s.host.addMember(QStringLiteral("old"), {TextTypes::message});
        s.host.deliverMessage(old, TextTypes::message, encodeMessage({QStringLiteral("a"), QByteArray(16, 'i'), 1}));
        const MemberId bob = s.host.addMember(QStringLiteral("bob"), chatTypes());
        s.host.deliverMessage(bob, TextTypes::message, encodeMessage({QStringLiteral("b"), {}, 1}));
        QCOMPARE(s.plugin.timeline()->rowCount(), 2);
        QVERIFY(s.host.sent().isEmpty());
    }

    void malformedIsLoggedAndDropped()
    {
        Setup s;
        const MemberId bob = s.host.addMember(QStringLiteral("b\x1b[31mob"), chatTypes());
        s.host.deliverMessage(bob, TextTypes::message, "secret noise");
        s.host.deliverMessage(bob, TextTypes::receipt, "secret noise");
        QCOMPARE(s.plugin.timeline()->rowCount(), 0);
        QCOMPARE(s.host.logLines().size(), 2);
        for (const QString &line : s.host.logLines()) {
            QVERIFY(!line.contains(QStringLiteral("secret"))); // never the content
            QVERIFY(!line.contains(QChar(0x1b)));
        }
    }

    void offAndOnAgain()
    {
        Setup s;
        const MemberId bob = s.host.addMember(QStringLiteral("bob"), chatTypes());
        s.host.deactivate();
        QCOMPARE(s.plugin.sendText(bob, QStringLiteral("x")).code, ErrorCode::PluginStopped);
        QVERIFY(!s.host.activate(&s.plugin).isError());
        QVERIFY(!s.plugin.sendText(bob, QStringLiteral("x")).isError());
    }
};

QTEST_GUILESS_MAIN(TestTextPlugin)
#include "tst_textplugin.moc"
