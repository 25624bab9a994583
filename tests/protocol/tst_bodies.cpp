// SPDX-License-Identifier: MIT
// CBOR bodies (PROTOCOL.md 4), against vectors/bodies.json; the caps; what is malformed.
#include "protocol/bodies.h"
#include "protocol/limits.h"

#include <QCborArray>
#include <QCborValue>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>

using namespace patchbay::protocol;

namespace {

/// Whether the body of \a kind can be read, and whether writing it again gives the same bytes.
bool reads(const QString &kind, const QByteArray &bytes, bool *same)
{
    const auto check = [&](const auto &body) {
        if (!body)
            return false;
        *same = encode(*body) == bytes;
        return true;
    };
    if (kind == QLatin1String("Hello"))
        return check(decodeHello(bytes));
    if (kind == QLatin1String("Welcome"))
        return check(decodeWelcome(bytes));
    if (kind == QLatin1String("Wait"))
        return check(decodeWait(bytes));
    if (kind == QLatin1String("Fault"))
        return check(decodeFault(bytes));
    if (kind == QLatin1String("Accept"))
        return check(decodeAccept(bytes));
    if (kind == QLatin1String("Accepted"))
        return check(decodeAccepted(bytes));
    if (kind == QLatin1String("TypeTable"))
        return check(decodeTypeTable(bytes));
    if (kind == QLatin1String("Roster"))
        return check(decodeRoster(bytes));
    if (kind == QLatin1String("StreamOpen"))
        return check(decodeStreamOpen(bytes));
    qFatal("unknown kind in bodies.json");
}

/// {"x": value}
QByteArray wrapped(const QByteArray &value)
{
    return QByteArray("\xa1\x61x", 3) + value;
}

QByteArray nested(int arrays)
{
    return QByteArray(arrays, '\x81') + '\x00';
}

} // namespace

class TestBodies final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void vectors_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("meaning");
        QFile file(QStringLiteral(VECTORS "/bodies.json"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QJsonArray vectors = QJsonDocument::fromJson(file.readAll()).array();
        QVERIFY(vectors.size() >= 20);
        for (const QJsonValue &vector : vectors) {
            const QJsonValue body = vector[QLatin1String("body")];
            QTest::newRow(qPrintable(vector[QLatin1String("name")].toString()))
                << vector[QLatin1String("kind")].toString()
                << QByteArray::fromHex(vector[QLatin1String("hex")].toString().toLatin1())
                << (body.isObject() ? QJsonDocument(body.toObject()).toJson(QJsonDocument::Compact) : QByteArray());
        }
    }

    void vectors()
    {
        QFETCH(QString, kind);
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, meaning); // empty: it must be refused
        bool same = false;
        QCOMPARE(reads(kind, bytes, &same), !meaning.isEmpty());
        if (meaning.isEmpty())
            return;
        QVERIFY(same);
        // Byte strings stand as base64url in JSON.
        const QJsonObject object = QCborValue::fromCbor(bytes).toJsonValue().toObject();
        QCOMPARE(QJsonDocument(object).toJson(QJsonDocument::Compact), meaning);
    }

    void map_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<bool>("ok");
        const QByteArray item("\x01", 1);
        QTest::newRow("empty map") << QByteArray("\xa0") << true;
        QTest::newRow("nothing") << QByteArray() << false;
        QTest::newRow("array") << QByteArray("\x80") << false;
        QTest::newRow("number") << QByteArray("\x01") << false;
        QTest::newRow("trailing byte") << QByteArray("\xa0\x00", 2) << false;
        QTest::newRow("two maps") << QByteArray("\xa0\xa0") << false;
        QTest::newRow("key twice") << QByteArray("\xa2\x61x\x01\x61x\x02", 7) << false;
        QTest::newRow("number as key") << QByteArray("\xa1\x01\x01", 3) << false;
        QTest::newRow("tag") << wrapped("\xc1\x01") << false;
        QTest::newRow("cut") << wrapped({}) << false;
        QTest::newRow("claims 2^32 items") << QByteArray("\xbb\x00\x00\x00\x01\x00\x00\x00\x00", 9) << false;
        QTest::newRow("claims a 4 GB string") << wrapped(QByteArray("\x5a\xff\xff\xff\xff", 5)) << false;
        QTest::newRow("text that is no UTF-8") << wrapped(QByteArray("\x62\xc3\x28", 3)) << false;
        QTest::newRow("indefinite map") << QByteArray("\xbf\x61x\x01\xff", 5) << true;
        QTest::newRow("indefinite string") << wrapped(QByteArray("\x5f\x41\x01\x41\x02\xff", 6)) << true;
        QTest::newRow("indefinite, no end") << QByteArray("\xbf\x61x\x01", 4) << false;
        QTest::newRow("reserved length") << wrapped("\x1c") << false;
        // The map is the first container, so 7 arrays are 8 deep.
        QTest::newRow("depth 7") << wrapped(nested(limits::kCborDepth - 2)) << true;
        QTest::newRow("depth 8") << wrapped(nested(limits::kCborDepth - 1)) << true;
        QTest::newRow("depth 9") << wrapped(nested(limits::kCborDepth)) << false;
        QTest::newRow("depth 50,000") << wrapped(nested(50'000)) << false;
        // Map, key and array are items as well.
        const auto items = [&](int count) {
            const int entries = count - 3;
            QByteArray head("\x99", 1);
            head += char(entries >> 8);
            head += char(entries & 0xff);
            return wrapped(head + QByteArray(entries, '\x01'));
        };
        QTest::newRow("4,095 items") << items(limits::kCborItems - 1) << true;
        QTest::newRow("4,096 items") << items(limits::kCborItems) << true;
        QTest::newRow("4,097 items") << items(limits::kCborItems + 1) << false;
        const auto string = [&](char major, qsizetype size) {
            QByteArray head(1, char(major + 26));
            for (int shift = 24; shift >= 0; shift -= 8)
                head += char(size >> shift);
            return wrapped(head + QByteArray(size, 'a'));
        };
        for (const char major : {'\x40', '\x60'}) {
            const auto row = [&](const char *what) -> QTestData & {
                return QTest::addRow("%s %s", major == '\x40' ? "bytes" : "text", what);
            };
            row("one below") << string(major, limits::kCborStringBytes - 1) << true;
            row("at the limit") << string(major, limits::kCborStringBytes) << true;
            row("one above") << string(major, limits::kCborStringBytes + 1) << false;
        }
    }

    void map()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(bool, ok);
        QCOMPARE(readMap(bytes).has_value(), ok);
    }

    void everyCutIsRefused()
    {
        Hello hello;
        hello.peerId = QByteArray(32, 'p');
        hello.name = QStringLiteral("name");
        hello.types = {{QStringLiteral("a.b/1"), TypeMode::Stream, 9}};
        const QByteArray bytes = encode(hello);
        QVERIFY(decodeHello(bytes));
        for (qsizetype size = 0; size < bytes.size(); ++size)
            QVERIFY(!decodeHello(bytes.first(size)));
    }

    void typeName_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("ok");
        const auto row = [](const char *name, bool ok) { QTest::newRow(name) << QString::fromLatin1(name) << ok; };
        row("org.patchbay.text.message/1", true);
        row("a.b/1", true);
        row("Org.Example-x.y_z/65535", true);
        row("a.b/65536", false);
        row("a.b/0", false);
        row("a.b/01", false);
        row("a.b/+1", false);
        row("a.b/", false);
        row("a.b", false);
        row("a/1", false);
        row("/1", false);
        row(".a.b/1", false);
        row("a.b./1", false);
        row("a..b/1", false);
        row("-a.b/1", false);
        row("a.b/1/2", false);
        row("a b.c/1", false);
        row("a.b\xe9/1", false);
        const auto sized = [](qsizetype size) { return QString(size - 4, u'a') + QStringLiteral(".b/1"); };
        QTest::newRow("127 bytes") << sized(127) << true;
        QTest::newRow("128 bytes") << sized(limits::kTypeNameBytes) << true;
        QTest::newRow("129 bytes") << sized(limits::kTypeNameBytes + 1) << false;
    }

    void typeName()
    {
        QFETCH(QString, name);
        QFETCH(bool, ok);
        QCOMPARE(isTypeName(name), ok);
    }

    void faultTextIsPlainAndShort()
    {
        const auto fault =
            decodeFault(encode(Fault{Code::Failed, QStringLiteral("\x1b[2J") + QString(2000, u'x'), Party::Local}));
        QVERIFY(fault);
        QCOMPARE(fault->party, Party::Remote);
        QVERIFY(fault->text.size() <= limits::kFaultTextChars + 1);
        QVERIFY(!fault->text.contains(QChar(0x1b)));
    }

    void largestPagesFit()
    {
        QList<NumberedType> types;
        AcceptBody accept;
        for (int i = 0; i < limits::kTypesPerMember; ++i) {
            QString name = QStringLiteral("a.%1/1").arg(i);
            name.prepend(QString(limits::kTypeNameBytes - name.size(), u'x'));
            types.append({quint16(16000 + i), {name, TypeMode::Message, limits::kLargeMessageBytes}});
            accept.add.append(types.last().info);
            accept.remove.append(name);
        }
        QVERIFY(encode(types).size() <= qsizetype(limits::kControlBytes));
        QVERIFY(decodeTypeTable(encode(types)));
        QVERIFY(encode(accept).size() <= 2 * qsizetype(limits::kControlBytes));
        accept.remove.clear();
        QVERIFY(encode(accept).size() <= qsizetype(limits::kControlBytes));
        QVERIFY(decodeAccept(encode(accept)));
        const StreamOpenBody open{1, QByteArray(limits::kStreamHeaderBytes, 'h')};
        QVERIFY(encode(open).size() <= qsizetype(limits::kControlBytes));
        QVERIFY(decodeStreamOpen(encode(open)));
        QVERIFY(!decodeStreamOpen(encode(StreamOpenBody{1, open.header + 'h'})));
    }
};

QTEST_GUILESS_MAIN(TestBodies)
#include "tst_bodies.moc"
