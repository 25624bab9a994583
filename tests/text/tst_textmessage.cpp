// SPDX-License-Identifier: MIT
#include "outbox.h"
#include "textmessage.h"
#include "timelinemodel.h"

#include <QAbstractItemModelTester>
#include <QCborArray>
#include <QCborMap>
#include <QSignalSpy>
#include <QTest>

using namespace patchbay;
using namespace patchbay::text;

namespace {

QByteArray cbor(const QCborValue &value)
{
    return value.toCbor();
}

QByteArray goodId()
{
    return QByteArray(16, '\x07');
}

} // namespace

class TestTextMessage final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void roundTrip_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("one letter") << QStringLiteral("a");
        QTest::newRow("Chinese") << QStringLiteral("你好，世界");
        QTest::newRow("beyond the BMP") << QString::fromUtf8("\xF0\x9F\x8E\x89");
        QTest::newRow("lines and tabs") << QStringLiteral("one\n\ttwo\r\nthree");
        QTest::newRow("NUL") << QStringLiteral("a") + QChar(0) + QStringLiteral("b");
        QTest::newRow("looks like HTML") << QStringLiteral("<b>&amp;</b>");
        QTest::newRow("as long as allowed") << QString(kMaxTextBytes, u'x');
    }
    void roundTrip()
    {
        QFETCH(QString, text);
        const Parsed<TextMessage> parsed = decodeMessage(encodeMessage({text, goodId(), 1'700'000'000'000}));
        QVERIFY2(parsed.value, qPrintable(parsed.problem));
        QCOMPARE(parsed.value->text, text);
        QCOMPARE(parsed.value->id, goodId());
        QCOMPARE(parsed.value->sentAt, 1'700'000'000'000);
    }

    void accepted_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("text alone") << cbor(QCborMap{{QStringLiteral("text"), QStringLiteral("x")}});
        QTest::newRow("a field of a later version")
            << cbor(QCborMap{{QStringLiteral("text"), QStringLiteral("x")},
                             {QStringLiteral("reply"), QCborMap{{QStringLiteral("to"), goodId()}}}});
        QTest::newRow("unknown string") << cbor(
            QCborMap{{QStringLiteral("a"), QStringLiteral("skip me")}, {QStringLiteral("text"), QStringLiteral("x")}});
    }
    void accepted()
    {
        QFETCH(QByteArray, body);
        const Parsed<TextMessage> parsed = decodeMessage(body);
        QVERIFY2(parsed.value, qPrintable(parsed.problem));
        QCOMPARE(parsed.value->text, QStringLiteral("x"));
    }

    void refused_data()
    {
        QTest::addColumn<QByteArray>("body");
        const QCborMap good{{QStringLiteral("text"), QStringLiteral("x")}};
        QTest::newRow("nothing") << QByteArray();
        QTest::newRow("noise") << QByteArray("\xFF\x00\x13GET / HTTP/1.1");
        QTest::newRow("a string") << cbor(QCborValue(QStringLiteral("hello")));
        QTest::newRow("an array") << cbor(QCborArray{QStringLiteral("text"), QStringLiteral("x")});
        QTest::newRow("an empty map") << cbor(QCborMap());
        QTest::newRow("no text") << cbor(QCborMap{{QStringLiteral("sentAt"), 1}});
        QTest::newRow("empty text") << cbor(QCborMap{{QStringLiteral("text"), QString()}});
        QTest::newRow("text is a number") << cbor(QCborMap{{QStringLiteral("text"), 1}});
        QTest::newRow("text is bytes") << cbor(QCborMap{{QStringLiteral("text"), QByteArray("x")}});
        QTest::newRow("key is a number") << cbor(QCborMap{{1, 1}, {QStringLiteral("text"), QStringLiteral("x")}});
        QTest::newRow("bytes behind it") << cbor(good) + '\0';
        QTest::newRow("cut") << cbor(good).chopped(1);
        QTest::newRow("text twice") << QByteArray("\xA2\x64text\x61x\x64text\x61y", 14);
        QTest::newRow("invalid UTF-8") << QByteArray("\xA1\x64text\x62\xC3\x28", 9);
        QTest::newRow("overlong UTF-8") << QByteArray("\xA1\x64text\x62\xC0\xAF", 9);
        QTest::newRow("surrogate in UTF-8") << QByteArray("\xA1\x64text\x63\xED\xA0\x80", 10);
        QTest::newRow("text in pieces") << QByteArray("\xA1\x64text\x7F\x61x\xFF", 10);
        QTest::newRow("map of unknown length") << QByteArray("\xBF\x64text\x61x\xFF", 9);
        QTest::newRow("claims 4 GiB of text") << QByteArray("\xA1\x64text\x7A\xFF\xFF\xFF\xFF", 11);
        QTest::newRow("claims 2^63 entries") << QByteArray("\xBB\x80\x00\x00\x00\x00\x00\x00\x00", 9);
        QTest::newRow("too long") << cbor(QCborMap{{QStringLiteral("text"), QString(kMaxTextBytes + 1, u'x')}});
        QTest::newRow("id of 15 bytes") << cbor(
            QCborMap{{QStringLiteral("text"), QStringLiteral("x")}, {QStringLiteral("id"), QByteArray(15, 'i')}});
        QTest::newRow("id of 17 bytes") << cbor(
            QCborMap{{QStringLiteral("text"), QStringLiteral("x")}, {QStringLiteral("id"), QByteArray(17, 'i')}});
        QTest::newRow("id is text") << cbor(
            QCborMap{{QStringLiteral("text"), QStringLiteral("x")}, {QStringLiteral("id"), QString(16, u'i')}});
        QTest::newRow("negative time") << cbor(
            QCborMap{{QStringLiteral("text"), QStringLiteral("x")}, {QStringLiteral("sentAt"), -1}});
        QTest::newRow("time over 2^63") << QByteArray("\xA2\x64text\x61x\x66sentAt\x1B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
                                                      24);
        QCborMap many = good;
        for (int i = 0; i < 16; ++i)
            many.insert(QStringLiteral("k%1").arg(i), i);
        QTest::newRow("17 fields") << cbor(many);
        QTest::newRow("nested 1000 deep") << QByteArray("\xA2\x61x") + QByteArray(1000, '\x81') + "\x01\x64text\x61x";
        QTest::newRow("long key") << cbor(
            QCborMap{{QString(33, u'k'), 1}, {QStringLiteral("text"), QStringLiteral("x")}});
    }
    void refused()
    {
        QFETCH(QByteArray, body);
        const Parsed<TextMessage> parsed = decodeMessage(body);
        QVERIFY(!parsed.value);
        QVERIFY(!parsed.problem.isEmpty());
    }

    /// Every prefix, and every byte changed: never a crash, and what parses is within the limits.
    void mutations()
    {
        const QByteArray body = encodeMessage({QStringLiteral("hello"), goodId(), 12345});
        for (qsizetype cut = 0; cut < body.size(); ++cut)
            QVERIFY(!decodeMessage(body.left(cut)).value);
        for (qsizetype at = 0; at < body.size(); ++at) {
            for (int value = 0; value < 256; ++value) {
                QByteArray changed = body;
                changed[at] = char(value);
                const Parsed<TextMessage> parsed = decodeMessage(changed);
                if (parsed.value)
                    QVERIFY(!parsed.value->text.isEmpty()
                            && (parsed.value->id.isEmpty() || parsed.value->id.size() == 16));
            }
        }
    }

    void receipt()
    {
        QCOMPARE(decodeReceipt(encodeReceipt(goodId())).value.value_or(QByteArray()), goodId());
        QVERIFY(!decodeReceipt(encodeReceipt(QByteArray(15, 'x'))).value);
        QVERIFY(!decodeReceipt(encodeReceipt({})).value);
        QVERIFY(!decodeReceipt({}).value);
        QVERIFY(!decodeReceipt(cbor(QCborMap{{QStringLiteral("id"), 16}})).value);
        QVERIFY(!decodeReceipt(encodeReceipt(goodId()) + 'x').value);
    }

    void idsDiffer()
    {
        QCOMPARE(newMessageId().size(), 16);
        QVERIFY(newMessageId() != newMessageId());
    }

    void timelineIsBoundedInRows()
    {
        TimelineModel timeline(nullptr, 3);
        QAbstractItemModelTester tester(&timeline, QAbstractItemModelTester::FailureReportingMode::QtTest);
        for (int i = 0; i < 5; ++i) {
            TimelineRow row;
            row.text = QString::number(i);
            timeline.append(row);
        }
        QCOMPARE(timeline.rowCount(), 3);
        QCOMPARE(timeline.index(0).data(TextRole).toString(), QStringLiteral("2"));
        timeline.setState(1, MessageState::NotDelivered, QStringLiteral("gone")); // dropped: ignored
        timeline.setState(4, MessageState::NotDelivered, QStringLiteral("why"));
        QCOMPARE(timeline.index(1).data(StateTextRole).toString(), QStringLiteral("why"));
        QCOMPARE(timeline.index(0).data(StateTextRole).toString(), QString());
    }

    void timelineIsBoundedInCharacters()
    {
        TimelineModel timeline(nullptr, 100, 10);
        for (const auto &text : {QStringLiteral("aaaa"), QStringLiteral("bbbb"), QStringLiteral("cccc")}) {
            TimelineRow row;
            row.text = text;
            timeline.append(row);
        }
        QCOMPARE(timeline.rowCount(), 2);
        TimelineRow longer;
        longer.text = QString(50, u'd');
        timeline.append(longer);
        QCOMPARE(timeline.rowCount(), 1); // the newest is always shown
    }

    void outboxFollowsEachMember()
    {
        Outbox outbox;
        QSignalSpy changed(&outbox, &Outbox::changed);
        Outgoing message;
        message.id = goodId();
        message.messageId = MessageId(5);
        message.waiting = {
            {MemberId(1), QStringLiteral("a")}, {MemberId(2), QStringLiteral("b")}, {MemberId(3), QStringLiteral("c")}};
        outbox.add(message);
        outbox.receipt(goodId(), MemberId(9)); // was not asked
        outbox.receipt(QByteArray(16, 'z'), MemberId(1));
        QCOMPARE(changed.size(), 0);
        outbox.receipt(goodId(), MemberId(1));
        outbox.receipt(goodId(), MemberId(1));
        QCOMPARE(changed.size(), 1);
        outbox.undeliverable(MessageId(5), MemberId(2), {}, {ErrorCode::QueueFull, QStringLiteral("full")});
        QVERIFY(!outbox.find(goodId())->isSettled());
        outbox.memberLeft(MemberId(3));
        const Outgoing *known = outbox.find(goodId());
        QVERIFY(known->isSettled());
        QCOMPARE(known->delivered, QStringList{QStringLiteral("a")});
        QCOMPARE(known->missed.size(), 2);
        QCOMPARE(known->missed[0].name, QStringLiteral("b"));
        QCOMPARE(known->missed[1].reason.code, ErrorCode::NoSuchMember);
    }

    void outboxForgetsTheOldest()
    {
        Outbox outbox;
        for (size_t i = 0; i <= Outbox::kMaxRemembered; ++i) {
            Outgoing message;
            message.id = QByteArray::number(quint64(i));
            outbox.add(message);
        }
        QVERIFY(!outbox.find("0"));
        QVERIFY(outbox.find("1"));
    }
};

QTEST_GUILESS_MAIN(TestTextMessage)
#include "tst_textmessage.moc"
