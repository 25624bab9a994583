// SPDX-License-Identifier: MIT
#include "security/peerid.h"

#include <QTest>

using namespace patchbay::security;

class PeerIdTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void formatsAndParses_data();
    void formatsAndParses();
    void layoutDoesNotMatter();
    void anyTwoWrongCharactersAreNoticed();
    void swappedHalvesAreNoticed();
    void noIdHasTwoTexts();
    void otherTextIsNoPeerId_data();
    void otherTextIsNoPeerId();
    void onlyThirtyTwoBytesAreFormatted();
    void onlyTheOneEncodingOfAKeyHasAnId();
};

namespace {

const QByteArray kSample = QByteArray::fromHex("00ff10ef20df30cf40bf50af609f708f8070906fa05fb04fc03fd02fe01ff00f");

} // namespace

void PeerIdTest::formatsAndParses_data()
{
    QTest::addColumn<QByteArray>("id");
    QTest::newRow("sample") << kSample;
    QTest::newRow("zero") << QByteArray(32, '\0');
    QTest::newRow("ones") << QByteArray(32, '\xff');
    for (int i = 0; i < 256; i += 17)
        QTest::addRow("bit %d", i) << [i] {
            QByteArray id(32, '\0');
            id[i / 8] = char(1 << (i % 8));
            return id;
        }();
}

void PeerIdTest::formatsAndParses()
{
    QFETCH(QByteArray, id);
    const QString text = formatPeerId(id);
    QCOMPARE(text.size(), 56 + 7);
    QCOMPARE(text, text.toLower());
    const auto parsed = parsePeerId(text);
    QVERIFY(parsed.has_value());
    QCOMPARE(*parsed, id);
    QCOMPARE(shortPeerId(id).size(), 8);
    QVERIFY(QString(text).remove(QLatin1Char('-')).startsWith(shortPeerId(id)));
}

void PeerIdTest::layoutDoesNotMatter()
{
    const QString text = formatPeerId(kSample);
    QCOMPARE(parsePeerId(text.toUpper()).value_or(QByteArray()), kSample);
    QCOMPARE(parsePeerId(QString(text).remove(QLatin1Char('-'))).value_or(QByteArray()), kSample);
    QCOMPARE(parsePeerId(QStringLiteral("\n ") + QString(text).replace(QLatin1Char('-'), QStringLiteral(" - ")))
                 .value_or(QByteArray()),
             kSample);
}

void PeerIdTest::anyTwoWrongCharactersAreNoticed()
{
    const QString letters = QStringLiteral("abcdefghijklmnopqrstuvwxyz234567");
    const QString right = formatPeerId(kSample).remove(QLatin1Char('-'));
    int tried = 0;
    for (int i = 0; i < right.size(); ++i) {
        for (const QChar letter : letters) { // each single mistake
            QString wrong = right;
            wrong[i] = letter;
            QCOMPARE(parsePeerId(wrong).has_value(), wrong == right);
        }
        for (int j = i + 1; j < right.size(); ++j) {
            QString swapped = right;
            swapped[i] = right[j];
            swapped[j] = right[i];
            QCOMPARE(parsePeerId(swapped).has_value(), swapped == right);
            for (int k = 1; k < 32; ++k) { // two mistakes, one after the other through all pairs of places
                QString wrong = right;
                wrong[i] = letters[(letters.indexOf(right[i]) + k) % 32];
                wrong[j] = letters[(letters.indexOf(right[j]) + 7 * k) % 32];
                if (wrong[j] == right[j])
                    continue;
                QVERIFY(!parsePeerId(wrong));
                ++tried;
            }
        }
    }
    QVERIFY(tried > 40'000);
}

void PeerIdTest::swappedHalvesAreNoticed()
{
    const QString right = formatPeerId(kSample).remove(QLatin1Char('-'));
    QVERIFY(!parsePeerId(right.mid(28) + right.left(28)));
}

/// The last character before the check characters has four bits to spare, which must be zero.
void PeerIdTest::noIdHasTwoTexts()
{
    const QString letters = QStringLiteral("abcdefghijklmnopqrstuvwxyz234567");
    const QString right = formatPeerId(kSample).remove(QLatin1Char('-'));
    int taken = 0;
    for (int last = 0; last < 32; ++last) {
        for (int check = 0; check < 32 * 32; ++check) {
            const QString text = right.left(53) + letters[last] + letters[check / 32] + letters[check % 32];
            const auto parsed = parsePeerId(text);
            if (!parsed)
                continue;
            ++taken;
            QCOMPARE(formatPeerId(*parsed).remove(QLatin1Char('-')), text);
        }
    }
    QCOMPARE(taken, 2); // the id, and the one that differs in its last bit
}

void PeerIdTest::otherTextIsNoPeerId_data()
{
    QTest::addColumn<QString>("text");
    const QString right = formatPeerId(kSample);
    QTest::newRow("empty") << QString();
    QTest::newRow("one short") << right.chopped(1);
    QTest::newRow("one more") << right + QLatin1Char('a');
    QTest::newRow("digit one") << QString(right).replace(0, 1, QLatin1Char('1'));
    QTest::newRow("other hyphen") << QString(right).replace(QLatin1Char('-'), QChar(0x2013));
    QTest::newRow("NUL inside") << QString(right).insert(3, QChar(0));
    QTest::newRow("full width") << QString(right).replace(0, 1, QChar(0xff41));
    QTest::newRow("huge") << QString(1'000'000, QLatin1Char('a'));
}

void PeerIdTest::otherTextIsNoPeerId()
{
    QFETCH(QString, text);
    QVERIFY(!parsePeerId(text));
}

void PeerIdTest::onlyThirtyTwoBytesAreFormatted()
{
    for (const int size : {0, 31, 33}) {
        QVERIFY(formatPeerId(QByteArray(size, 'x')).isEmpty());
        QVERIFY(shortPeerId(QByteArray(size, 'x')).isEmpty());
    }
}

void PeerIdTest::onlyTheOneEncodingOfAKeyHasAnId()
{
    // The generator point of P-256 is a key as good as any.
    const QByteArray x = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";
    const QByteArray y = "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
    const QByteArray head = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
    const QByteArray usual = QByteArray::fromHex(head + "04" + x + y);
    QCOMPARE(peerIdOfPublicKey(usual).size(), 32);
    QVERIFY(peerIdOfPublicKey(usual + 'x').isEmpty());
    QVERIFY(peerIdOfPublicKey(usual.chopped(1)).isEmpty());
    QVERIFY(peerIdOfPublicKey({}).isEmpty());
    QVERIFY(peerIdOfPublicKey(QByteArray::fromHex(head + "07" + x + y)).isEmpty()); // hybrid point
    const QByteArray compressed = "3039301306072a8648ce3d020106082a8648ce3d03010703220003" + x;
    QVERIFY(peerIdOfPublicKey(QByteArray::fromHex(compressed)).isEmpty());
    QByteArray offCurve = usual;
    offCurve.back() = char(offCurve.back() ^ 1);
    QVERIFY(peerIdOfPublicKey(offCurve).isEmpty());
}

QTEST_GUILESS_MAIN(PeerIdTest)
#include "tst_peerid.moc"
