// SPDX-License-Identifier: MIT
#include "safename.h"

#include <QTest>

using namespace patchbay::file;

class TestSafeName final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void kept_data()
    {
        QTest::addColumn<QByteArray>("name");
        const char *const names[] = {
            "a",
            "a.txt",
            "photo.jpeg",
            "archive.tar.gz",
            "README",
            ".bashrc",
            "-rf",
            "~",
            "a b c",
            " leading",
            "..a",
            "a..b",
            "...a",
            "$HOME",
            "`id`",
            "a;b&c",
            "a'b",
            "100%",
            "(1)",
            "[x]",
            "{y}",
            "a,b",
            "a=b",
            "#1",
            "@home",
            "!important",
            "a^b",
            "a+b",
            "CONSOLE",
            "com",
            "COM10",
            "xCON",
            "CON_.txt",
            "nul_",
            "lpt",
            "autorun.inf",
            "desktop.ini",
            "x.desktop",
            "\xE4\xBD\xA0\xE5\xA5\xBD.txt",     // 你好
            "\xC3\xA9.txt",                     // é, composed
            "\xF0\x9F\x8E\x89.png",             // beyond the BMP
            "\xD8\xB3\xD9\x84\xD8\xA7\xD9\x85", // Arabic, without controls
            "a\xC2\xA0z",                       // no-break space inside
            "\xE2\x9D\xA4\xEF\xB8\x8F.png",     // variation selector: part of an emoji
            "name (2).txt",
        };
        for (const char *name : names)
            QTest::newRow(name) << QByteArray(name);
        QTest::newRow("255 bytes") << QByteArray(255, 'x');
        QTest::newRow("255 bytes of 3 each") << QByteArray("\xE4\xBD\xA0").repeated(85);
    }
    void kept()
    {
        QFETCH(QByteArray, name);
        const SafeName result = safeName(name);
        QVERIFY2(!result.isHostile(), qPrintable(result.problem));
        QCOMPARE(result.name.toUtf8(), name);
        QVERIFY(!result.mapped);
    }

    void mapped_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char *title, const char *name, const char *expected) {
            QTest::newRow(title) << QByteArray(name) << QByteArray(expected);
        };
        row("backslash", "a\\b", "a_b");
        row("dots and backslash", "..\\..\\x", ".._.._x");
        row("leading backslash", "\\x", "_x");
        row("less", "a<b", "a_b");
        row("greater", "a>b", "a_b");
        row("colon", "abc:stream", "abc_stream");
        row("stream at start", ":zone", "_zone");
        row("quote", "a\"b", "a_b");
        row("pipe", "a|b", "a_b");
        row("question", "what?", "what_");
        row("star", "*.txt", "_.txt");
        row("three dots", "...", "___");
        row("trailing dot", "a.", "a_");
        row("trailing dots", "a..", "a__");
        row("trailing space", "a ", "a_");
        row("only space", " ", "_");
        row("space and dot", "a .", "a__");
        row("CON", "CON", "_CON");
        row("con", "con", "_con");
        row("con.txt", "con.txt", "_con.txt");
        row("Aux.tar.gz", "Aux.tar.gz", "_Aux.tar.gz");
        row("PRN", "PRN", "_PRN");
        row("NUL.", "NUL.", "NUL_");
        row("NUL.x.y", "NUL.x.y", "_NUL.x.y");
        row("COM1", "COM1", "_COM1");
        row("com9.log", "com9.log", "_com9.log");
        row("COM0", "COM0", "_COM0");
        row("LPT1", "LPT1", "_LPT1");
        row("COM superscript", "COM\xC2\xB9", "_COM\xC2\xB9");
        row("lpt superscript", "lpt\xC2\xB3.txt", "_lpt\xC2\xB3.txt");
        row("CONIN$", "CONIN$", "_CONIN$");
        row("conout$", "conout$", "_conout$");
        row("CLOCK$", "CLOCK$", "_CLOCK$");
        row("device and space", "CON .txt", "_CON .txt");
        row("right-to-left override", "photo\xE2\x80\xAEgpj.exe", "photo_gpj.exe");
        row("left-to-right embedding",
            "a\xE2\x80\xAA"
            "b",
            "a_b");
        row("pop direction",
            "a\xE2\x80\xAC"
            "b",
            "a_b");
        row("isolate",
            "a\xE2\x81\xA6"
            "b",
            "a_b");
        row("pop isolate",
            "a\xE2\x81\xA9"
            "b",
            "a_b");
        row("left-to-right mark",
            "a\xE2\x80\x8E"
            "b",
            "a_b");
        row("right-to-left mark",
            "a\xE2\x80\x8F"
            "b",
            "a_b");
        row("Arabic letter mark",
            "a\xD8\x9C"
            "b",
            "a_b");
        row("zero-width space",
            "a\xE2\x80\x8B"
            "b",
            "a_b");
        row("zero-width joiner",
            "a\xE2\x80\x8D"
            "b",
            "a_b");
        row("zero-width non-joiner",
            "a\xE2\x80\x8C"
            "b",
            "a_b");
        row("word joiner",
            "a\xE2\x81\xA0"
            "b",
            "a_b");
        row("byte order mark in front",
            "\xEF\xBB\xBF"
            "a",
            "_a");
        row("byte order mark inside",
            "a\xEF\xBB\xBF"
            "b",
            "a_b");
        row("soft hyphen",
            "a\xC2\xAD"
            "b",
            "a_b");
        row("grapheme joiner",
            "a\xCD\x8F"
            "b",
            "a_b");
        row("line separator",
            "a\xE2\x80\xA8"
            "b",
            "a_b");
        row("paragraph separator",
            "a\xE2\x80\xA9"
            "b",
            "a_b");
        row("Hangul filler", "\xE3\x85\xA4", "_");
        row("tag character", "a\xF3\xA0\x81\xA1", "a_");
        row("noncharacter", "a\xEF\xBF\xBF", "a_");
        row("noncharacter of plane 1", "a\xF0\x9F\xBF\xBE", "a_");
        row("interlinear anchor", "a\xEF\xBF\xB9", "a_");
        row("NFD", "e\xCC\x81.txt", "\xC3\xA9.txt");
        row("Hangul jamo", "\xE1\x84\x80\xE1\x85\xA1", "\xEA\xB0\x80");
        row("Angstrom sign", "\xE2\x84\xAB", "\xC3\x85");
    }
    void mapped()
    {
        QFETCH(QByteArray, name);
        QFETCH(QByteArray, expected);
        const SafeName result = safeName(name);
        QVERIFY2(!result.isHostile(), qPrintable(result.problem));
        QCOMPARE(result.name.toUtf8(), expected);
        QVERIFY(result.mapped);
        // Idempotent.
        const SafeName again = safeName(result.name.toUtf8());
        QCOMPARE(again.name, result.name);
        QVERIFY(!again.mapped);
    }

    void hostile_data()
    {
        QTest::addColumn<QByteArray>("name");
        const auto row = [](const char *title, const QByteArray &name) { QTest::newRow(title) << name; };
        row("empty", "");
        row("dot", ".");
        row("dot dot", "..");
        row("slash", "/");
        row("absolute", "/etc/passwd");
        row("up", "../x");
        row("up twice", "../../.ssh/authorized_keys");
        row("inside", "a/b");
        row("trailing slash", "a/");
        row("dot slash", "./a");
        row("UNC", "\\\\server\\share");
        row("device path", "\\\\.\\C:");
        row("drive", "C:");
        row("drive and path", "C:\\Windows\\x");
        row("drive-relative", "c:x");
        row("NUL inside", QByteArray("a\0b", 3));
        row("NUL in front", QByteArray("\0a", 2));
        row("NUL at the end", QByteArray("a\0", 2));
        row("newline", "a\nb");
        row("carriage return", "a\rb");
        row("tab", "a\tb");
        row("escape", "a\x1b[31m");
        row("bell", "\x07");
        row("backspace", "a\b");
        row("DEL", "a\x7f");
        row("C1 CSI", "a\xC2\x9B"
                      "31m");
        row("C1 NEL", "a\xC2\x85");
        row("C1 first", "\xC2\x80");
        row("lone continuation", "a\x80");
        row("cut sequence", "a\xE4\xBD");
        row("bad continuation", "\xC3\x28");
        row("overlong slash", "..\xC0\xAF..");
        row("overlong slash, 3 bytes", "\xE0\x80\xAF");
        row("overlong NUL", "a\xC0\x80");
        row("overlong dot", "\xC0\xAE\xC0\xAE");
        row("surrogate", "\xED\xA0\x80");
        row("surrogate pair", "\xED\xA0\xBD\xED\xB8\x80");
        row("beyond Unicode", "\xF4\x90\x80\x80");
        row("5-byte form", "\xF8\x88\x80\x80\x80");
        row("0xFE", "a\xFE");
        row("0xFF", "a\xFF");
        row("Latin-1", "caf\xE9");
        row("UTF-16", QByteArray("\xFF\xFE"
                                 "a\0",
                                 4));
        row("256 bytes", QByteArray(256, 'x'));
        row("256 bytes of Chinese", QByteArray("\xE4\xBD\xA0").repeated(85) + "x");
        row("a megabyte", QByteArray(1024 * 1024, 'x'));
        row("device that does not fit", "con." + QByteArray(251, 'x'));
        // U+0958 stays two characters in NFC: 3 bytes become 6.
        row("grows over the limit in NFC", QByteArray("\xE0\xA5\x98").repeated(85));
    }
    void hostile()
    {
        QFETCH(QByteArray, name);
        const SafeName result = safeName(name);
        QVERIFY(result.isHostile());
        QVERIFY(result.name.isEmpty());
    }

    /// Whatever comes in: refused, or a name that is one path component, fits, and is stable.
    void anyBytes()
    {
        quint32 state = 12345;
        const auto next = [&] { return state = state * 1664525u + 1013904223u; };
        const QByteArray alphabet("a.:/\\ \xE2\x80\xAE\xC3\xA9\0\nCONcon1", 20);
        int accepted = 0;
        for (int round = 0; round < 50000; ++round) {
            QByteArray name;
            for (quint32 i = 0, length = (next() >> 16) % 12; i < length; ++i)
                name += alphabet[qsizetype((next() >> 16) % quint32(alphabet.size()))];
            const SafeName result = safeName(name);
            if (result.isHostile())
                continue;
            ++accepted;
            const QByteArray safe = result.name.toUtf8();
            QVERIFY(!safe.isEmpty() && safe.size() <= kMaxNameBytes && !safe.contains('/') && !safe.contains('\0'));
            QVERIFY(safe != "." && safe != ".." && !safe.endsWith('.') && !safe.endsWith(' '));
            QCOMPARE(safeName(safe).name, result.name);
        }
        QVERIFY(accepted > 1000);
    }

    void numbered_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("second");
        QTest::newRow("extension") << QStringLiteral("a.txt") << QStringLiteral("a (2).txt");
        QTest::newRow("none") << QStringLiteral("README") << QStringLiteral("README (2)");
        QTest::newRow("two extensions") << QStringLiteral("a.tar.gz") << QStringLiteral("a (2).tar.gz");
        QTest::newRow("hidden") << QStringLiteral(".bashrc") << QStringLiteral(".bashrc (2)");
        QTest::newRow("only .tar.gz") << QStringLiteral(".tar.gz") << QStringLiteral(".tar (2).gz");
        QTest::newRow("a sentence") << QStringLiteral("1. Read this before all else")
                                    << QStringLiteral("1. Read this before all else (2)");
        QTest::newRow("full length") << QString(251, u'x') + QStringLiteral(".txt")
                                     << QString(247, u'x') + QStringLiteral(" (2).txt");
        QTest::newRow("surrogate pairs are not cut")
            << QString::fromUtf8("\xF0\x9F\x8E\x89").repeated(63)
            << QString::fromUtf8("\xF0\x9F\x8E\x89").repeated(62) + QStringLiteral(" (2)");
    }
    void numbered()
    {
        QFETCH(QString, name);
        QFETCH(QString, second);
        QCOMPARE(numberedName(name, 2), second);
        const QByteArray longest = numberedName(name, 9999).toUtf8();
        QVERIFY(longest.size() <= kMaxNameBytes);
        QCOMPARE(safeName(longest).name.toUtf8(), longest);
    }
};

QTEST_GUILESS_MAIN(TestSafeName)
#include "tst_safename.moc"
