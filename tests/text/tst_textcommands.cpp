// SPDX-License-Identifier: MIT
#include "textmessage.h"
#include "textplugin.h"
#include "texttypes.h"

#include <patchbay/commandtools.h>
#include <patchbay/testing/fakehost.h>

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace patchbay;
using namespace patchbay::text;
using patchbay::testing::FakeCommand;
using patchbay::testing::FakeHost;
using patchbay::testing::FakeMembers;

namespace {

const QStringList &chatTypes()
{
    static const QStringList types{TextTypes::message, TextTypes::receipt};
    return types;
}

QStringList words(const char *line)
{
    return QString::fromUtf8(line).split(u' ', Qt::SkipEmptyParts);
}

} // namespace

class TestTextCommands final : public QObject
{
    Q_OBJECT

    struct Setup
    {
        TextPlugin plugin;
        FakeHost host;
        Setup() { [[maybe_unused]] const Error error = host.activate(&plugin); }
        /// The members answer what was sent to them.
        void confirm(const QList<MemberId> &members)
        {
            for (const FakeHost::SentMessage &message : host.takeSent()) {
                for (const MemberId member : members)
                    host.deliverMessage(member, TextTypes::receipt,
                                        encodeReceipt(decodeMessage(message.body).value->id));
            }
        }
    };

private Q_SLOTS:
    void sayWaitsForReceipts()
    {
        Setup s;
        const MemberId bob = s.host.addMember(QStringLiteral("bob"), chatTypes());
        const MemberId carol = s.host.addMember(QStringLiteral("carol"), chatTypes());
        FakeCommand run(&s.plugin, QStringLiteral("say"), words("hello dear all"));
        run.start();
        QTRY_COMPARE(s.host.sent().size(), 1);
        QCOMPARE(s.host.sent()[0].to, MemberId::Everyone);
        QCOMPARE(decodeMessage(s.host.sent()[0].body).value->text, QStringLiteral("hello dear all"));
        QVERIFY(!run.isFinished());
        s.confirm({bob, carol});
        QVERIFY(run.isFinished());
        QCOMPARE(run.exitCode(), int(ExitOk));
        QCOMPARE(run.output() + run.error(), QByteArray());
        QVERIFY(!run.wasUsedAfterFinish());
    }

    void sayNamesWhoMissedIt()
    {
        Setup s;
        const MemberId bob = s.host.addMember(QStringLiteral("bob"), chatTypes());
        FakeCommand run(&s.plugin, QStringLiteral("say"), words("hello --to bob"));
        run.setJson(true);
        run.start();
        QTRY_COMPARE(s.host.sent().size(), 1);
        QCOMPARE(s.host.sent()[0].to, bob);
        s.host.removeMember(bob);
        QVERIFY(run.isFinished());
        QCOMPARE(run.exitCode(), int(ExitNoMember));
        QVERIFY(run.error().contains("bob"));
        const QJsonObject object = QJsonDocument::fromJson(run.output()).object();
        QCOMPARE(object.value(QStringLiteral("state")).toString(), QStringLiteral("missed"));
    }

    void sayTimesOut()
    {
        Setup s;
        s.host.addMember(QStringLiteral("mute"), chatTypes());
        FakeCommand run(&s.plugin, QStringLiteral("say"), words("hello --timeout 1"));
        run.start();
        QTRY_VERIFY(run.isFinished());
        QCOMPARE(run.exitCode(), int(ExitTimeout));
        QVERIFY(run.error().contains("mute"));
    }

    void sayFromStandardInput()
    {
        Setup s;
        const MemberId bob = s.host.addMember(QStringLiteral("bob"), chatTypes());
        FakeCommand run(&s.plugin, QStringLiteral("say"), words("-"));
        // A character may be cut between two chunks.
        run.setInput({"h\xC3", "\xA9", "llo\nworld\n"});
        run.start();
        QTRY_COMPARE(s.host.sent().size(), 1);
        QCOMPARE(decodeMessage(s.host.sent()[0].body).value->text, QStringLiteral("h\u00E9llo\nworld"));
        s.confirm({bob});
        QCOMPARE(run.exitCode(), int(ExitOk));
    }

    void sayRefuses_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QList<QByteArray>>("input");
        QTest::addColumn<int>("exitCode");
        QTest::addColumn<QByteArray>("says");
        const QList<QByteArray> none;
        QTest::newRow("nothing") << QStringList() << none << int(ExitUsage) << QByteArray("text");
        QTest::newRow("unknown option") << words("x --frob") << none << int(ExitUsage) << QByteArray("frob");
        QTest::newRow("no member named") << QStringList{QStringLiteral("x"), QStringLiteral("--to"), QString()} << none
                                         << int(ExitUsage) << QByteArray("--to");
        QTest::newRow("timeout 0") << words("x --timeout 0") << none << int(ExitUsage) << QByteArray("--timeout");
        QTest::newRow("timeout word") << words("x --timeout soon") << none << int(ExitUsage) << QByteArray("--timeout");
        QTest::newRow("spaces") << QStringList{QStringLiteral("  ")} << none << int(ExitUsage) << QByteArray("no text");
        QTest::newRow("empty input") << words("-") << QList<QByteArray>{"\n"} << int(ExitUsage)
                                     << QByteArray("no text");
        QTest::newRow("input is no text")
            << words("-") << QList<QByteArray>{"\xFF\xFE"} << int(ExitUsage) << QByteArray("UTF-8");
        QTest::newRow("long input") << words("-") << QList<QByteArray>{QByteArray(60000, 'x'), QByteArray(60000, 'x')}
                                    << int(ExitFailed) << QByteArray("longer");
        QTest::newRow("ambiguous") << words("x --to twin") << none << int(ExitNoMember) << QByteArray("twin (");
        QTest::newRow("missing") << words("x --to dave") << none << int(ExitNoMember)
                                 << QByteArray("Here are: twin, twin");
    }
    void sayRefuses()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QList<QByteArray>, input);
        QFETCH(int, exitCode);
        QFETCH(QByteArray, says);
        Setup s;
        s.host.addMember(QStringLiteral("twin"), chatTypes());
        s.host.addMember(QStringLiteral("twin"), chatTypes());
        FakeCommand run(&s.plugin, QStringLiteral("say"), arguments);
        run.setInput(input);
        run.start();
        QTRY_VERIFY_WITH_TIMEOUT(run.isFinished(), 6000);
        QCOMPARE(run.exitCode(), exitCode);
        QVERIFY2(run.error().contains(says), run.error().constData());
        QCOMPARE(run.error().count('\n'), 1);
        QVERIFY(s.host.sent().isEmpty());
    }

    void sayWaitsForAMemberThatComes()
    {
        Setup s;
        FakeCommand run(&s.plugin, QStringLiteral("say"), words("x --to bob"));
        run.start();
        QCoreApplication::processEvents();
        QVERIFY(!run.isFinished());
        s.host.addMember(QStringLiteral("carol"), chatTypes());
        QCoreApplication::processEvents();
        QVERIFY(!run.isFinished());
        const MemberId bob = s.host.addMember(QStringLiteral("bob"), chatTypes());
        QTRY_COMPARE(s.host.sent().size(), 1);
        QCOMPARE(s.host.sent()[0].to, bob);
    }

    void sayCancelled()
    {
        Setup s;
        s.host.addMember(QStringLiteral("mute"), chatTypes());
        FakeCommand run(&s.plugin, QStringLiteral("say"), words("x"));
        run.start();
        run.cancel();
        QCOMPARE(run.exitCode(), int(ExitInterrupted));
        QVERIFY(!run.wasUsedAfterFinish());
    }

    void listenPrints()
    {
        Setup s;
        const MemberId bob = s.host.addMember(QStringLiteral("bob\nroot"), chatTypes());
        FakeCommand run(&s.plugin, QStringLiteral("listen"), words("--count 2"));
        run.start();
        QVERIFY(!run.error().isEmpty()); // it says that it listens
        s.host.deliverMessage(bob, TextTypes::message, encodeMessage({QStringLiteral("你好"), {}, 1}), true);
        s.host.deliverMessage(bob, TextTypes::message,
                              encodeMessage({QStringLiteral("a\x1b[2J\nalice: I am bob\u202Ex"), {}, 1}), true);
        QVERIFY(run.isFinished());
        QCOMPARE(run.exitCode(), int(ExitOk));
        QCOMPARE(
            run.output(),
            QByteArray("bob\\nroot: \xE4\xBD\xA0\xE5\xA5\xBD\nbob\\nroot: a\\u{1B}[2J\\nalice: I am bob\\u{202E}x\n"));
    }

    void listenJson()
    {
        Setup s;
        const MemberId bob = s.host.addMember(QStringLiteral("bob"), chatTypes());
        FakeCommand run(&s.plugin, QStringLiteral("listen"), words("--count 1"));
        run.setJson(true);
        run.start();
        s.host.deliverMessage(bob, TextTypes::message, encodeMessage({QStringLiteral("a\nb"), {}, 1}), true);
        const QJsonObject object = QJsonDocument::fromJson(run.output()).object();
        QCOMPARE(object.value(QStringLiteral("from")).toString(), QStringLiteral("bob"));
        QCOMPARE(object.value(QStringLiteral("to")).toString(), QStringLiteral("everyone"));
        QCOMPARE(object.value(QStringLiteral("text")).toString(), QStringLiteral("a\nb"));
        QCOMPARE(object.value(QStringLiteral("peer")).toString().size(), 64);
        QVERIFY(QDateTime::fromString(object.value(QStringLiteral("time")).toString(), Qt::ISODateWithMs).isValid());
    }

    void listenTimesOut()
    {
        Setup s;
        FakeCommand counted(&s.plugin, QStringLiteral("listen"), words("--count 1 --timeout 1"));
        FakeCommand open(&s.plugin, QStringLiteral("listen"), words("--timeout 1"));
        counted.start();
        open.start();
        QTRY_VERIFY(counted.isFinished() && open.isFinished());
        QCOMPARE(counted.exitCode(), int(ExitTimeout));
        QCOMPARE(open.exitCode(), int(ExitOk));
    }

    void listenRefuses()
    {
        Setup s;
        for (const char *line : {"hello", "--count 0", "--count many", "--timeout -3", "--frob"}) {
            FakeCommand run(&s.plugin, QStringLiteral("listen"), words(line));
            run.start();
            QCOMPARE(run.exitCode(), int(ExitUsage));
            QVERIFY(!run.error().isEmpty());
        }
    }

    void switchedOffInTheMiddle()
    {
        Setup s;
        FakeCommand run(&s.plugin, QStringLiteral("listen"), {});
        run.start();
        run.cancel();
        s.host.deactivate();
        QVERIFY(run.isFinished());
        QVERIFY(!run.wasUsedAfterFinish());
    }

    void findsMembers_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("found"); // empty = none
        QTest::addColumn<bool>("ambiguous");
        QTest::newRow("exact") << QStringLiteral("bob") << QStringLiteral("bob") << false;
        QTest::newRow("exact before other case") << QStringLiteral("Bob") << QStringLiteral("Bob") << false;
        QTest::newRow("two in other case") << QStringLiteral("BOB") << QString() << true;
        QTest::newRow("other case") << QStringLiteral("CAROL") << QStringLiteral("carol") << false;
        QTest::newRow("hub is the hub") << QStringLiteral("hub") << QStringLiteral("server") << false;
        QTest::newRow("hub by its name") << QStringLiteral("server") << QStringLiteral("server") << false;
        QTest::newRow("peer id") << QStringLiteral("<carol>") << QStringLiteral("carol") << false;
        QTest::newRow("3 digits are too few") << QStringLiteral("<carol3>") << QString() << false;
        QTest::newRow("unknown") << QStringLiteral("dave") << QString() << false;
        QTest::newRow("does not accept the type") << QStringLiteral("files") << QString() << false;
        QTest::newRow("nothing") << QString() << QString() << false;
    }
    void findsMembers()
    {
        QFETCH(QString, text);
        QFETCH(QString, found);
        QFETCH(bool, ambiguous);
        FakeMembers members;
        QHash<MemberId, QString> names;
        const auto add = [&](const QString &name, const QStringList &types, bool isHub) {
            names.insert(members.add(name, types, isHub), name);
        };
        add(QStringLiteral("server"), chatTypes(), true);
        add(QStringLiteral("bob"), chatTypes(), false);
        add(QStringLiteral("Bob"), chatTypes(), false);
        add(QStringLiteral("carol"), chatTypes(), false);
        add(QStringLiteral("hub"), chatTypes(), false); // calls itself so
        add(QStringLiteral("files"), {QStringLiteral("x/1")}, false);
        const QString carol =
            QString::fromLatin1(QCryptographicHash::hash("carol", QCryptographicHash::Sha256).toHex());
        text.replace(QStringLiteral("<carol>"), carol.left(6).toUpper());
        text.replace(QStringLiteral("<carol3>"), carol.left(3));
        const MemberLookup result = findMember(&members, TextTypes::message, text);
        QCOMPARE(names.value(result.member), found);
        QCOMPARE(result.ambiguous, ambiguous);
        QCOMPARE(result.problem.isEmpty(), !found.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestTextCommands)
#include "tst_textcommands.moc"
