// SPDX-License-Identifier: MIT
// Headers and frames (PROTOCOL.md 2), against the vectors in vectors/frames.json.
#include "protocol/framecodec.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRandomGenerator>
#include <QtTest>

using namespace patchbay::protocol;

namespace {

class Collector final : public FrameDecoder::Sink
{
public:
    qint64 limit = 1024 * 1024;
    int stopAfter = -1;
    std::vector<std::pair<FrameHeader, QByteArray>> frames;
    int asked = 0;

    qint64 payloadLimit(const FrameHeader &) override
    {
        ++asked;
        return limit;
    }
    bool frameDecoded(const FrameHeader &header, QByteArrayView payload) override
    {
        frames.emplace_back(header, payload.toByteArray());
        return int(frames.size()) != stopAfter;
    }
};

QByteArray someFrames(int count, quint32 seed)
{
    QRandomGenerator random(seed);
    QByteArray bytes;
    for (int i = 0; i < count; ++i) {
        const int size = random.bounded(4) == 0 ? 0 : int(random.bounded(400));
        bytes += encodeFrame({0, Kind::Message, 1, quint16(i), quint32(i * 3), quint32(i * 7)},
                             QByteArray(size, char('a' + i % 26)));
    }
    return bytes;
}

} // namespace

class TestCodec final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void vectors_data()
    {
        QTest::addColumn<QJsonObject>("vector");
        QFile file(QStringLiteral(VECTORS "/frames.json"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QJsonArray vectors = QJsonDocument::fromJson(file.readAll()).array();
        QVERIFY(vectors.size() >= 10);
        for (const QJsonValue &vector : vectors)
            QTest::newRow(qPrintable(vector[QLatin1String("name")].toString())) << vector.toObject();
    }

    void vectors()
    {
        QFETCH(QJsonObject, vector);
        const auto text = [&](const char *key) { return vector[QLatin1String(key)].toString().toLatin1(); };
        const auto number = [&](const char *key) { return quint32(vector[QLatin1String(key)].toInteger()); };
        const QByteArray bytes = QByteArray::fromHex(text("hex"));
        const QByteArray payload = QByteArray::fromHex(text("payload"));
        Collector collector;
        FrameDecoder decoder;
        QCOMPARE(decoder.feed(bytes, collector), FrameDecoder::Outcome::NeedMore);
        QVERIFY(!decoder.hasPartialFrame());
        QCOMPARE(collector.frames.size(), size_t(1));
        const auto &[header, decoded] = collector.frames[0];
        QCOMPARE(header.length, quint32(payload.size()));
        QCOMPARE(quint32(header.kind), number("kind"));
        QCOMPARE(quint32(header.flags), number("flags"));
        QCOMPARE(quint32(header.type), number("type"));
        QCOMPARE(header.stream, number("stream"));
        QCOMPARE(header.member, number("member"));
        QCOMPARE(decoded, payload);
        QCOMPARE(encodeFrame(header, payload), bytes);
    }

    void anyCuts()
    {
        const QByteArray bytes = someFrames(60, 5);
        Collector whole;
        FrameDecoder().feed(bytes, whole);
        QCOMPARE(whole.frames.size(), size_t(60));
        QRandomGenerator random(7);
        for (int round = 0; round < 200; ++round) {
            Collector cut;
            FrameDecoder decoder;
            for (qsizetype at = 0; at < bytes.size();) {
                const qsizetype count =
                    round == 0 ? 1 : std::min<qsizetype>(bytes.size() - at, 1 + random.bounded(round * 4));
                QCOMPARE(decoder.feed(QByteArrayView(bytes).sliced(at, count), cut), FrameDecoder::Outcome::NeedMore);
                at += count;
            }
            QCOMPARE(cut.frames.size(), whole.frames.size());
            for (size_t i = 0; i < cut.frames.size(); ++i) {
                QCOMPARE(cut.frames[i].second, whole.frames[i].second);
                QCOMPARE(cut.frames[i].first.member, whole.frames[i].first.member);
            }
            QCOMPARE(cut.asked, 60); // once for each header
        }
    }

    void refusedFromTheHeaderAlone()
    {
        Collector collector;
        collector.limit = 100;
        char header[kHeaderBytes];
        writeHeader({101, Kind::Message, 0, 0, 0, 0}, header);
        QCOMPARE(FrameDecoder().feed(QByteArrayView(header, kHeaderBytes), collector), FrameDecoder::Outcome::TooLarge);
        writeHeader({0xFFFFFFFF, Kind::Message, 0, 0, 0, 0}, header);
        FrameDecoder decoder;
        QCOMPARE(decoder.feed(QByteArrayView(header, kHeaderBytes - 1), collector), FrameDecoder::Outcome::NeedMore);
        QCOMPARE(decoder.feed(QByteArrayView(header + kHeaderBytes - 1, 1), collector),
                 FrameDecoder::Outcome::TooLarge);
        QCOMPARE(decoder.lastHeader().length, 0xFFFFFFFF);
        writeHeader({100, Kind::Message, 0, 0, 0, 0}, header);
        QCOMPARE(FrameDecoder().feed(QByteArrayView(header, kHeaderBytes), collector), FrameDecoder::Outcome::NeedMore);
        QVERIFY(collector.frames.empty());
    }

    void stopsWhenTold()
    {
        Collector collector;
        collector.stopAfter = 3;
        QCOMPARE(FrameDecoder().feed(someFrames(10, 1), collector), FrameDecoder::Outcome::Stopped);
        QCOMPARE(collector.frames.size(), size_t(3));
        collector.limit = -1;
        QCOMPARE(FrameDecoder().feed(someFrames(1, 1), collector), FrameDecoder::Outcome::Stopped);
        QCOMPARE(collector.frames.size(), size_t(3));
    }
};

QTEST_GUILESS_MAIN(TestCodec)
#include "tst_codec.moc"
