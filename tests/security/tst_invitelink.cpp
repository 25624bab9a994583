// SPDX-License-Identifier: MIT
#include "security/invitelink.h"

#include <QRandomGenerator>
#include <QTest>

using namespace patchbay::security;

class InviteLinkTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void roundTrip_data();
    void roundTrip();
    void capitalsInHostsAreTaken();
    void refuses_data();
    void refuses();
    void addressesAreLimited_data();
    void addressesAreLimited();
    void lengthIsLimited_data();
    void lengthIsLimited();
    void everyCutIsRefused();
    void randomChangesNeverPassForAnother();
    void whatCannotBeParsedIsNotWritten();
    void refusalsKeepTheSecret();
};

namespace {

const QByteArray kKeyId = QByteArray::fromHex("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0");
const QByteArray kToken = QByteArray::fromHex("000102030405060708090a0b0c0d0e0f");
const QByteArray kSecret = "__79_Pv6-fj39vX08_Lx8A.AAECAwQFBgcICQoLDA0ODw";

QByteArray linkTo(const QByteArray &places)
{
    return "patchbay://" + places + "/#" + kSecret;
}

} // namespace

void InviteLinkTest::roundTrip_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QStringList>("hosts");
    QTest::addColumn<bool>("hasToken");
    const auto row = [](const char *name, const QByteArray &places, const QStringList &hosts) {
        QTest::newRow(name) << linkTo(places) << hosts << true;
    };
    row("name", "hub.example.org:7229", {QStringLiteral("hub.example.org")});
    row("short name", "h:1", {QStringLiteral("h")});
    row("v4", "127.0.0.1:65535", {QStringLiteral("127.0.0.1")});
    row("v6", "[::1]:7229", {QStringLiteral("::1")});
    row("v6 long", "[2001:db8:0:1:2:3:4:5]:7229", {QStringLiteral("2001:db8:0:1:2:3:4:5")});
    row("v6 with v4", "[::ffff:192.0.2.1]:7229", {QStringLiteral("::ffff:192.0.2.1")});
    row("v6 open end", "[fe80::]:7229", {QStringLiteral("fe80::")});
    row("several", "a.b:1,192.0.2.7:2,[2001:db8::7]:3",
        {QStringLiteral("a.b"), QStringLiteral("192.0.2.7"), QStringLiteral("2001:db8::7")});
    QTest::newRow("no token") << linkTo("h:1").chopped(23) << QStringList(QStringLiteral("h")) << false;
}

void InviteLinkTest::roundTrip()
{
    QFETCH(QByteArray, text);
    QFETCH(QStringList, hosts);
    QFETCH(bool, hasToken);
    const auto link = parseInviteLink(QByteArrayView(text));
    QVERIFY2(link.ok(), link.ok() ? "" : qPrintable(link.error().text));
    QCOMPARE(link.value().keyId, kKeyId);
    QCOMPARE(link.value().token, hasToken ? kToken : QByteArray());
    QStringList found;
    for (const InviteAddress &address : link.value().addresses)
        found << address.host;
    QCOMPARE(found, hosts);
    QCOMPARE(link.value().toString(), QString::fromLatin1(text));
    QVERIFY(parseInviteLink(QString::fromLatin1(text)).ok());
}

void InviteLinkTest::capitalsInHostsAreTaken()
{
    const auto link = parseInviteLink(QByteArrayView(linkTo("Hub.Example.ORG:7229,[2001:DB8::A]:1")));
    QVERIFY(link.ok());
    QCOMPARE(link.value().addresses[0].toString(), QStringLiteral("hub.example.org:7229"));
    QCOMPARE(link.value().addresses[1].toString(), QStringLiteral("[2001:db8::a]:1"));
}

void InviteLinkTest::refuses_data()
{
    QTest::addColumn<QByteArray>("text");
    const auto link = [](const char *name, const QByteArray &text) { QTest::newRow(name) << text; };
    link("empty", "");
    link("scheme only", "patchbay://");
    link("other scheme", "http" + linkTo("h:1").mid(8));
    link("capital scheme", "Patchbay" + linkTo("h:1").mid(8));
    link("one slash", "patchbay:/h:1/#" + kSecret);
    link("blank before", " " + linkTo("h:1"));
    link("blank after", linkTo("h:1") + " ");
    link("newline after", linkTo("h:1") + "\n");
    link("NUL after", linkTo("h:1") + QByteArray(1, '\0'));
    link("NUL inside", linkTo(QByteArray("h\0:1", 4)));
    link("tab inside", linkTo("h\t:1"));
    link("DEL inside", linkTo("h\x7f:1"));
    link("high byte", linkTo("h\xe4:1"));
    link("cyrillic", linkTo("h\xd0\xb0:1"));
    link("percent", linkTo("h%41:1"));
    link("percent in secret", linkTo("h:1").chopped(1) + "%77");
    link("userinfo", linkTo("me@h:1"));
    link("user and password", linkTo("me:pw@h:1"));
    link("query", "patchbay://h:1/?a=b#" + kSecret);
    link("backslash", linkTo("h\\:1"));
    link("path", "patchbay://h:1/x#" + kSecret);
    link("path before", "patchbay://h:1/x/#" + kSecret);
    link("no slash", "patchbay://h:1#" + kSecret);
    link("second fragment", linkTo("h:1") + "/#" + kSecret);
    link("no host", linkTo(":1"));
    link("no place", linkTo(""));
    link("no port", linkTo("h"));
    link("empty port", linkTo("h:"));
    link("port 0", linkTo("h:0"));
    link("port 65536", linkTo("h:65536"));
    link("port 99999999999", linkTo("h:99999999999"));
    link("port 01", linkTo("h:01"));
    link("port +1", linkTo("h:+1"));
    link("port -1", linkTo("h:-1"));
    link("port 1a", linkTo("h:1a"));
    link("empty place", linkTo("h:1,,g:1"));
    link("comma at the end", linkTo("h:1,"));
    link("twice the same", linkTo("h:1,H:1"));
    link("v6 bare", linkTo("::1:1"));
    link("v6 unclosed", linkTo("[::1:1"));
    link("v6 two gaps", linkTo("[1::2::3]:1"));
    link("v6 nine groups", linkTo("[1:2:3:4:5:6:7:8:9]:1"));
    link("v6 seven groups", linkTo("[1:2:3:4:5:6:7]:1"));
    link("v6 eight and a gap", linkTo("[1:2:3:4::5:6:7:8]:1"));
    link("v6 five digits", linkTo("[12345::]:1"));
    link("v6 no hex", linkTo("[::g]:1"));
    link("v6 triple colon", linkTo("[:::]:1"));
    link("v6 v4 too early", linkTo("[1.2.3.4::]:1"));
    link("v6 zone", linkTo("[fe80::1%25eth0]:1"));
    link("name in brackets", linkTo("[h]:1"));
    link("v4 in brackets", linkTo("[127.0.0.1]:1"));
    link("v4 octal", linkTo("127.0.0.01:1"));
    link("v4 256", linkTo("127.0.0.256:1"));
    link("v4 short", linkTo("127.1:1"));
    link("v4 as number", linkTo("2130706433:1"));
    link("v4 hexadecimal", linkTo("0x7f.0.0.0x1:1"));
    link("label begins with hyphen", linkTo("-h:1"));
    link("label ends with hyphen", linkTo("h-.x:1"));
    link("empty label", linkTo("a..b:1"));
    link("dot at the end", linkTo("h.:1"));
    link("label of 64", linkTo(QByteArray(64, 'a') + ":1"));
    link("name of 254", linkTo((QByteArray(63, 'a') + '.').repeated(3) + QByteArray(62, 'a') + ":1"));
    link("no secret", "patchbay://h:1/#");
    link("no key", "patchbay://h:1/#." + kSecret.mid(23));
    link("dot, no token", "patchbay://h:1/#" + kSecret.left(22) + ".");
    link("padding", linkTo("h:1") + "==");
    link("token of 15", linkTo("h:1").chopped(1));
    link("token of 17", linkTo("h:1") + "A");
    link("two tokens", linkTo("h:1") + ".AAECAwQFBgcICQoLDA0ODw");
    link("unused bits set", linkTo("h:1").chopped(1) + "x");
    link("unused bits of the key set", "patchbay://h:1/#__79_Pv6-fj39vX08_Lx8B");
    link("plain base64", "patchbay://h:1/#//79/Pv6+fj39vX08/Lx8A");
    link("huge", QByteArray(1'000'000, 'a'));
}

void InviteLinkTest::refuses()
{
    QFETCH(QByteArray, text);
    const auto link = parseInviteLink(QByteArrayView(text));
    QVERIFY(!link.ok());
    QCOMPARE(link.error().code, ProblemCode::Invalid);
    QVERIFY(link.error().text.size() > 40 && link.error().text.size() < 300);
    QVERIFY(!parseInviteLink(QString::fromUtf8(text)).ok());
}

void InviteLinkTest::addressesAreLimited_data()
{
    QTest::addColumn<int>("count");
    QTest::addColumn<bool>("taken");
    QTest::newRow("below") << kMaxInviteAddresses - 1 << true;
    QTest::newRow("at") << kMaxInviteAddresses << true;
    QTest::newRow("above") << kMaxInviteAddresses + 1 << false;
}

void InviteLinkTest::addressesAreLimited()
{
    QFETCH(int, count);
    QFETCH(bool, taken);
    QByteArrayList places;
    for (int i = 1; i <= count; ++i)
        places << "h:" + QByteArray::number(i);
    QCOMPARE(parseInviteLink(QByteArrayView(linkTo(places.join(',')))).ok(), taken);
}

void InviteLinkTest::lengthIsLimited_data()
{
    QTest::addColumn<int>("length");
    QTest::addColumn<bool>("taken");
    QTest::newRow("below") << kMaxInviteLinkBytes - 1 << true;
    QTest::newRow("at") << kMaxInviteLinkBytes << true;
    QTest::newRow("above") << kMaxInviteLinkBytes + 1 << false;
}

void InviteLinkTest::lengthIsLimited()
{
    QFETCH(int, length);
    QFETCH(bool, taken);
    // Four names, of which the last is as long as is needed.
    const QByteArray name = (QByteArray(61, 'a') + '.').repeated(4);
    QByteArray places = name + "a:1," + name + "b:1," + name + "c:1,";
    int rest = length - int(linkTo(places).size()) - 2;
    QVERIFY(rest > 0 && rest < 253);
    QByteArray last;
    for (; rest > 60; rest -= 50)
        last += QByteArray(49, 'z') + '.';
    last += QByteArray(rest, 'z');
    const QByteArray text = linkTo(places + last + ":1");
    QCOMPARE(text.size(), length);
    QCOMPARE(parseInviteLink(QByteArrayView(text)).ok(), taken);
    QCOMPARE(parseInviteLink(QString::fromLatin1(text)).ok(), taken);
}

void InviteLinkTest::everyCutIsRefused()
{
    const QByteArray whole = linkTo("hub.example.org:7229,[::1]:1");
    const qsizetype withoutToken = whole.size() - 23;
    for (qsizetype size = 0; size < whole.size(); ++size)
        QCOMPARE(parseInviteLink(QByteArrayView(whole).first(size)).ok(), size == withoutToken);
}

void InviteLinkTest::randomChangesNeverPassForAnother()
{
    // Whatever is taken means the same when it is written again.
    QRandomGenerator random(7);
    const QByteArray whole = linkTo("hub.example.org:7229,192.0.2.1:5,[2001:db8::1]:1");
    int taken = 0;
    for (int i = 0; i < 50'000; ++i) {
        QByteArray text = whole;
        for (int n = random.bounded(1, 4); n > 0; --n) {
            const int at = random.bounded(int(text.size()));
            switch (random.bounded(3)) {
            case 0:
                text[at] = char(random.bounded(256));
                break;
            case 1:
                text.remove(at, random.bounded(1, 8));
                break;
            default:
                text.insert(at, text.mid(random.bounded(int(text.size())), random.bounded(1, 16)));
                break;
            }
        }
        const auto link = parseInviteLink(QByteArrayView(text));
        if (!link.ok())
            continue;
        ++taken;
        QCOMPARE(link.value().keyId.size(), kInviteKeyIdBytes);
        QCOMPARE(link.value().toString().toLower(), QString::fromLatin1(text).toLower());
    }
    QVERIFY(taken > 0);
}

void InviteLinkTest::whatCannotBeParsedIsNotWritten()
{
    const InviteLink good{{{QStringLiteral("h"), 1}}, kKeyId, kToken};
    QVERIFY(!good.toString().isEmpty());
    InviteLink link = good;
    link.addresses.clear();
    QVERIFY(link.toString().isEmpty());
    link = good;
    link.keyId.chop(1);
    QVERIFY(link.toString().isEmpty());
    link = good;
    link.token.chop(1);
    QVERIFY(link.toString().isEmpty());
    link = good;
    link.addresses[0].port = 0;
    QVERIFY(link.toString().isEmpty());
    link = good;
    link.addresses[0].host = QStringLiteral("h:1/#x");
    QVERIFY(link.toString().isEmpty());
    link.addresses[0].host = QStringLiteral("H"); // would come back as another
    QVERIFY(link.toString().isEmpty());
}

void InviteLinkTest::refusalsKeepTheSecret()
{
    const QList<QByteArray> links{linkTo("h:0"), linkTo("h:1") + "A", "x" + linkTo("h:1"),
                                  linkTo("h:1").replace('/', '|')};
    for (const QByteArray &text : links) {
        const auto link = parseInviteLink(QByteArrayView(text));
        QVERIFY(!link.ok());
        QVERIFY(!link.error().text.contains(QStringLiteral("AAECAwQF")));
    }
}

QTEST_GUILESS_MAIN(InviteLinkTest)
#include "tst_invitelink.moc"
