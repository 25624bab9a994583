// SPDX-License-Identifier: MIT
// Every rule of the metadata: one value that passes at the limit, one that does not.
#include "plugins/metadata.h"

#include <patchbay/plugin.h>

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace patchbay::plugins;

namespace {

QJsonObject wrap(const QJsonObject &metadata)
{
    return {{QStringLiteral("IID"), QStringLiteral(PATCHBAY_PLUGIN_FACTORY_IID)},
            {QStringLiteral("className"), QStringLiteral("Factory")},
            {QStringLiteral("MetaData"), metadata}};
}

QByteArray minimal(const QByteArray &more = {})
{
    return R"({"id":"org.test.x","name":"X","version":"1","api":1000)" + more + '}';
}

QByteArray repeated(const QByteArray &key, const QByteArray &entry, int count)
{
    QByteArray list;
    for (int i = 0; i < count; ++i)
        list += (i ? "," : "") + QByteArray(entry).replace("%", QByteArray::number(i));
    return minimal(",\"" + key + "\":[" + list + ']');
}

} // namespace

class MetadataTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsEverything();
    void otherInterface();
    void rules_data();
    void rules();
};

void MetadataTest::readsEverything()
{
    const auto result = parseMetadata(wrap(QJsonDocument::fromJson(R"({
        "id": "org.test.x", "name": "X", "name[zh_CN]": "乙", "description": "D", "version": "1.2", "api": 1000,
        "license": "MIT", "icon": "chat", "enabledByDefault": false,
        "payloadTypes": [{"type": "org.test.x.m", "version": 3, "mode": "message", "maxBytes": 10},
                         {"type": "org.test.x.s", "version": 1, "mode": "stream"}],
        "commands": [{"verb": "go", "usage": "go FAST", "description": "Goes", "help": "a\nb", "needsMember": true,
                      "readsInput": true}],
        "dependencies": ["org.test.y"], "something": {"new": []} })")
                                               .object()));
    QVERIFY2(result.ok(), result ? "" : qPrintable(result.error()));
    const PluginSpec &spec = result.value();
    QCOMPARE(spec.id, QStringLiteral("org.test.x"));
    QCOMPARE(spec.localisedNames.value(QStringLiteral("zh_CN")), QStringLiteral("乙"));
    QCOMPARE(spec.version, QStringLiteral("1.2"));
    QCOMPARE(spec.api, 1000u);
    QVERIFY(!spec.enabledByDefault && !spec.isPanel());
    QCOMPARE(spec.payloadTypes.size(), 2);
    QCOMPARE(spec.payloadTypes[0].name(), QStringLiteral("org.test.x.m/3"));
    QCOMPARE(spec.payloadTypes[0].maxBytes, 10u);
    QCOMPARE(spec.payloadTypes[1].mode, patchbay::PayloadMode::Stream);
    QCOMPARE(spec.commands.size(), 1);
    QCOMPARE(spec.commands[0].help, QStringLiteral("a\nb"));
    QVERIFY(spec.commands[0].needsMember && spec.commands[0].readsInput);
    QCOMPARE(spec.dependencies, QStringList{QStringLiteral("org.test.y")});
}

void MetadataTest::otherInterface()
{
    QJsonObject metadata = wrap(QJsonDocument::fromJson(minimal()).object());
    QVERIFY(parseMetadata(metadata).ok());
    metadata[QStringLiteral("IID")] = QStringLiteral("org.qt.image\x1b[2J");
    const auto result = parseMetadata(metadata);
    QVERIFY(!result.ok());
    QVERIFY(result.error().contains(QStringLiteral("not one of Patchbay")));
    QVERIFY(!result.error().contains(QChar(0x1b)));
    QVERIFY(!parseMetadata({}).ok());
}

void MetadataTest::rules_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("reason"); // empty = accepted
    const auto row = [](const char *name, const QByteArray &json, const char *reason) {
        QTest::newRow(name) << json << QString::fromLatin1(reason);
    };
    const QByteArray type = R"({"type":"org.test.x.t%","version":1,"mode":"message"})";
    const QByteArray command = R"({"verb":"v%","usage":"u","description":"d"})";
    row("minimal", minimal(), "");
    row("empty", "{}", "\"id\" is missing");
    row("id no text", R"({"id":[],"name":"X","version":"1","api":1})", "\"id\" must be text");
    row("id without a dot", R"({"id":"thing","name":"X","version":"1","api":1})", "reverse-DNS");
    row("id with a slash", R"({"id":"org.x/../y","name":"X","version":"1","api":1})", "reverse-DNS");
    row("id ends with a dot", R"({"id":"org.x.","name":"X","version":"1","api":1})", "reverse-DNS");
    row("id not ASCII", R"({"id":"org.\u00e4","name":"X","version":"1","api":1})", "reverse-DNS");
    row("id at the limit", R"({"id":"a.)" + QByteArray(126, 'b') + R"(","name":"X","version":"1","api":1})", "");
    row("id too long", R"({"id":"a.)" + QByteArray(127, 'b') + R"(","name":"X","version":"1","api":1})", "reverse-DNS");
    row("no name", R"({"id":"org.x","version":"1","api":1})", "\"name\" is missing");
    row("empty name", R"({"id":"org.x","name":"","version":"1","api":1})", "\"name\" is empty");
    row("name at the limit", R"({"id":"org.x","name":")" + QByteArray(128, 'n') + R"(","version":"1","api":1})", "");
    row("name too long", R"({"id":"org.x","name":")" + QByteArray(129, 'n') + R"(","version":"1","api":1})",
        "longer than 128");
    row("name with escape", R"({"id":"org.x","name":"a\u001b[2J","version":"1","api":1})", "control characters");
    row("name with bidi override", R"({"id":"org.x","name":"a\u202eb","version":"1","api":1})", "control characters");
    row("translated name with newline", minimal(R"(,"name[de]":"a\nb")"), "control characters");
    row("translated name without language", minimal(R"(,"name[]":"a")"), "no language");
    row("no api", R"({"id":"org.x","name":"X","version":"1"})", "\"api\" is missing");
    row("api is text", R"({"id":"org.x","name":"X","version":"1","api":"1"})", "\"api\" must be a whole number");
    row("api negative", R"({"id":"org.x","name":"X","version":"1","api":-1})", "\"api\" must be a whole number");
    row("api fraction", R"({"id":"org.x","name":"X","version":"1","api":1.5})", "\"api\" must be a whole number");
    row("api huge", R"({"id":"org.x","name":"X","version":"1","api":1e300})", "\"api\" must be a whole number");
    row("enabledByDefault is text", minimal(R"(,"enabledByDefault":"no")"), "must be true or false");
    row("types are an object", minimal(R"(,"payloadTypes":{})"), "must be a list");
    row("a type is text", minimal(R"(,"payloadTypes":["x"])"), "must be an object");
    row("type without version", minimal(R"(,"payloadTypes":[{"type":"a.b","mode":"message"}])"), "\"version\" of");
    row("type version 9999", minimal(R"(,"payloadTypes":[{"type":"a.b","version":9999,"mode":"message"}])"), "");
    row("type version 10000", minimal(R"(,"payloadTypes":[{"type":"a.b","version":10000,"mode":"message"}])"), "9999");
    row("unknown mode", minimal(R"(,"payloadTypes":[{"type":"a.b","version":1,"mode":"x"}])"), "\"mode\"");
    row("maxBytes 1 MiB",
        minimal(R"(,"payloadTypes":[{"type":"a.b","version":1,"mode":"message","maxBytes":1048576}])"), "");
    row("maxBytes over", minimal(R"(,"payloadTypes":[{"type":"a.b","version":1,"mode":"message","maxBytes":1048577}])"),
        "1048576");
    row("maxBytes 0", minimal(R"(,"payloadTypes":[{"type":"a.b","version":1,"mode":"message","maxBytes":0}])"),
        "1048576");
    row("type twice", minimal(R"(,"payloadTypes":[{"type":"a.b","version":1,"mode":"message"},
                                                  {"type":"a.b","version":1,"mode":"stream"}])"),
        "stands there twice");
    row("256 types", repeated("payloadTypes", type, 256), "");
    row("257 types", repeated("payloadTypes", type, 257), "at most 256");
    row("32 commands", repeated("commands", command, 32), "");
    row("33 commands", repeated("commands", command, 33), "at most 32");
    row("verb twice", repeated("commands", R"({"verb":"v","usage":"u","description":"d"})", 2), "stands there twice");
    row("verb like an option", minimal(R"(,"commands":[{"verb":"-x","usage":"u","description":"d"}])"), "lower-case");
    row("verb 32", minimal(R"(,"commands":[{"verb":")" + QByteArray(32, 'v') + R"(","usage":"u","description":"d"}])"),
        "");
    row("verb 33", minimal(R"(,"commands":[{"verb":")" + QByteArray(33, 'v') + R"(","usage":"u","description":"d"}])"),
        "lower-case");
    row("help with escape", minimal(R"(,"commands":[{"verb":"v","usage":"u","description":"d","help":"\u001b"}])"),
        "control characters");
    row("help 16 KiB",
        minimal(R"(,"commands":[{"verb":"v","usage":"u","description":"d","help":")" + QByteArray(16384, 'h')
                + R"("}])"),
        "");
    row("help over",
        minimal(R"(,"commands":[{"verb":"v","usage":"u","description":"d","help":")" + QByteArray(16385, 'h')
                + R"("}])"),
        "longer than");
    row("32 dependencies", repeated("dependencies", R"("org.d%")", 32), "");
    row("33 dependencies", repeated("dependencies", R"("org.d%")", 33), "at most 32");
    row("dependency is a number", minimal(R"(,"dependencies":[1])"), "must be the id");
    row("panel", minimal(R"(,"panelFor":"org.test.y")"), "");
    row("panelFor is no id", minimal(R"(,"panelFor":"y")"), "reverse-DNS");
    row("panel with types",
        minimal(R"(,"panelFor":"org.y","payloadTypes":[{"type":"a.b","version":1,"mode":"message"}])"),
        "belong to its logic module");
}

void MetadataTest::rules()
{
    QFETCH(QByteArray, json);
    QFETCH(QString, reason);
    const QJsonDocument document = QJsonDocument::fromJson(json);
    QVERIFY(document.isObject());
    const auto result = parseMetadata(wrap(document.object()));
    const QString error = result ? QString() : result.error();
    QVERIFY2(result.ok() == reason.isEmpty() && error.contains(reason), qPrintable(error));
}

QTEST_GUILESS_MAIN(MetadataTest)
#include "tst_metadata.moc"
