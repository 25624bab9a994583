// SPDX-License-Identifier: MIT
// From a list of metadata to what may be loaded in which order, and why the rest may not.
#include "plugins/resolver.h"

#include <QTest>

using namespace patchbay::plugins;

namespace {

constexpr quint32 hostApi = 2003;

/// "id@origin api=2003 needs=a,b types=x,y verbs=v panel=logic"; origin b(undled), s(ystem), u(ser), c(ommand line).
PluginSpec parse(const QString &text)
{
    PluginSpec spec;
    spec.api = hostApi;
    const QStringList words = text.split(u' ', Qt::SkipEmptyParts);
    for (const QString &word : words) {
        const QString value = word.section(u'=', 1);
        if (word.startsWith(QLatin1String("api=")))
            spec.api = value.toUInt();
        else if (word.startsWith(QLatin1String("needs=")))
            spec.dependencies = value.split(u',');
        else if (word.startsWith(QLatin1String("panel=")))
            spec.panelFor = value;
        else if (word.startsWith(QLatin1String("types="))) {
            for (const QString &type : value.split(u','))
                spec.payloadTypes.append({type, 1, patchbay::PayloadMode::Message, 1});
        } else if (word.startsWith(QLatin1String("verbs="))) {
            for (const QString &verb : value.split(u','))
                spec.commands.append({verb, verb, verb, {}, false, false});
        } else {
            spec.id = word.section(u'@', 0, 0);
            spec.filePath = QLatin1Char('/') + word;
            const QString origin = word.section(u'@', 1);
            spec.origin = origin == QStringLiteral("s")   ? Origin::System
                          : origin == QStringLiteral("u") ? Origin::User
                          : origin == QStringLiteral("c") ? Origin::CommandLine
                                                          : Origin::Bundled;
        }
    }
    return spec;
}

} // namespace

class ResolverTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void table_data();
    void table();
    void longChain();
};

void ResolverTest::table_data()
{
    QTest::addColumn<QStringList>("modules");
    QTest::addColumn<QString>("order");       // indices
    QTest::addColumn<QStringList>("refused"); // "index: part of the reason"
    const auto row = [](const char *name, std::initializer_list<const char *> modules, const char *order,
                        std::initializer_list<const char *> refused) {
        const auto list = [](std::initializer_list<const char *> texts) {
            QStringList strings;
            for (const char *text : texts)
                strings.append(QString::fromUtf8(text));
            return strings;
        };
        QTest::newRow(name) << list(modules) << QString::fromLatin1(order) << list(refused);
    };
    row("nothing", {}, "", {});
    row("in the order found", {"a", "b"}, "0 1", {});
    row("dependencies first", {"a needs=b", "b needs=c", "c"}, "2 1 0", {});
    row("panel after its logic", {"p panel=l", "l"}, "1 0", {});
    row("panel only", {"p panel=p"}, "0", {});
    row("older minor", {"a api=2002"}, "0", {});
    row("same", {"a api=2003"}, "0", {});
    row("newer minor", {"a api=2004"}, "", {"0: API 2.4, which is newer than 2.3"});
    row("older major", {"a api=1003"}, "", {"0: API 1.3; this host has 2.3"});
    row("newer major", {"a api=3000"}, "", {"0: API 3.0; this host has 2.3"});
    row("duplicate, same origin", {"a", "a"}, "0", {"1: The id a is already taken by /a."});
    row("duplicate, bundled wins", {"a@u", "a"}, "1", {"0: taken by /a."});
    row("duplicate, system before user", {"a@u", "a@s"}, "1", {"0: taken by /a@s."});
    row("duplicate, user before command line", {"a@c", "a@u"}, "1", {"0: taken by /a@u."});
    row("a refused one takes no id", {"a api=2004", "a@u"}, "1", {"0: newer"});
    row("type twice", {"a types=t", "b types=s,t"}, "0", {"1: payload type t/1 is already claimed by a"});
    row("type twice, bundled wins", {"a@u types=t", "b types=t"}, "1", {"0: claimed by b"});
    row("a refused one claims no type", {"a types=t needs=x", "b types=t"}, "1", {"0: needs the plugin x"});
    row("the loser frees its other types", {"a types=t", "b types=t,s", "c types=s"}, "0 2", {"1: claimed by a"});
    row("verb twice", {"a verbs=send", "b verbs=send"}, "0", {"1: verb \"send\" is already provided by a"});
    row("missing dependency", {"a needs=b"}, "", {"0: needs the plugin b, which is not installed"});
    row("missing, in turn", {"a needs=b", "b needs=c"}, "",
        {"0: needs the plugin b, which was refused", "1: plugin c, which is not installed"});
    row("the dependency lost its type", {"a types=t", "b types=t", "c needs=b"}, "0",
        {"1: claimed by a", "2: needs the plugin b, which was refused"});
    row("depends on itself", {"a needs=a"}, "", {"0: It depends on itself: a → a."});
    row("cycle of two", {"a needs=b", "b needs=a", "c"}, "2",
        {"0: It depends on itself: a → b → a.", "1: It depends on itself: a → b → a."});
    row("behind a cycle", {"x needs=a", "a needs=b", "b needs=a"}, "",
        {"0: which was refused", "1: depends on itself", "2: depends on itself"});
    row("two cycles", {"a needs=b", "b needs=a", "c needs=d", "d needs=c"}, "",
        {"0: a → b", "1: a → b", "2: c → d", "3: c → d"});
    row("diamond", {"a needs=b,c", "b needs=d", "c needs=d", "d"}, "3 1 2 0", {});
    row("panel without logic", {"p panel=l"}, "", {"0: the panel of l, which is not installed"});
    row("panel of a refused one", {"p panel=l", "l api=9000"}, "", {"0: panel of l, which was refused", "1: API 9.0"});
    row("panel of a panel", {"p panel=q", "q panel=l", "l"}, "2 1", {"0: q, which is only a panel itself"});
    row("two panels", {"p panel=l", "q panel=l", "l"}, "2 0", {"1: l already has a panel, p"});
    row("depends on a panel", {"a needs=p", "p panel=p"}, "1", {"0: p, which is only a panel"});
    row("panel and logic need each other", {"l needs=p", "p panel=l"}, "",
        {"0: which is only a panel", "1: panel of l, which was refused"});
}

void ResolverTest::table()
{
    QFETCH(QStringList, modules);
    QFETCH(QString, order);
    QFETCH(QStringList, refused);
    QList<PluginSpec> specs;
    for (const QString &module : std::as_const(modules))
        specs.append(parse(module));
    const Resolution resolution = resolve(specs, hostApi);
    QStringList indices;
    for (const int index : resolution.order)
        indices.append(QString::number(index));
    QCOMPARE(indices.join(u' '), order);
    QCOMPARE(resolution.reasons.size(), refused.size());
    QCOMPARE(resolution.reasons.size() + resolution.order.size(), specs.size());
    for (const QString &line : std::as_const(refused)) {
        const QString reason = resolution.reasons.value(line.section(QStringLiteral(": "), 0, 0).toInt());
        QVERIFY2(reason.contains(line.section(QStringLiteral(": "), 1)), qPrintable(reason));
    }
}

void ResolverTest::longChain()
{
    QList<PluginSpec> specs;
    for (int i = 0; i < 1000; ++i)
        specs.append(parse(QStringLiteral("p%1 needs=p%2").arg(i).arg(i + 1)));
    QCOMPARE(resolve(specs, hostApi).reasons.size(), 1000);
    specs.append(parse(QStringLiteral("p1000")));
    const Resolution resolution = resolve(specs, hostApi);
    QCOMPARE(resolution.order.size(), 1001);
    QCOMPARE(resolution.order.first(), 1000);
}

QTEST_GUILESS_MAIN(ResolverTest)
#include "tst_resolver.moc"
