// SPDX-License-Identifier: MIT
#include "security/permissions.h"

#include <QTest>

using namespace patchbay::security;
using enum Permission;

class PermissionsTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void defaults_data();
    void defaults();
    void stricterOfTwo_data();
    void stricterOfTwo();
    void effective_data();
    void effective();
    void otherPluginsDoNotCount();
    void unknownValuesAllowNothing();
};

namespace {

const QString kText = QStringLiteral("org.patchbay.text");
const QString kFile = QStringLiteral("org.patchbay.file");
const QString kOther = QStringLiteral("org.example.dice");

const char *nameOf(Permission permission)
{
    static const char *const names[] = {"default", "yes", "ask", "no"};
    return names[int(permission)];
}

} // namespace

void PermissionsTest::defaults_data()
{
    QTest::addColumn<QString>("plugin");
    QTest::addColumn<Permission>("expected");
    QTest::newRow("text") << kText << Yes;
    QTest::newRow("file") << kFile << Ask;
    QTest::newRow("other") << kOther << Ask;
    QTest::newRow("empty") << QString() << Ask;
    QTest::newRow("look-alike") << QStringLiteral("org.patchbay.text ") << Ask;
    QTest::newRow("capitals") << QStringLiteral("org.patchbay.Text") << Ask;
}

void PermissionsTest::defaults()
{
    QFETCH(QString, plugin);
    QFETCH(Permission, expected);
    QCOMPARE(defaultPermission(plugin), expected);
    QCOMPARE(effectivePermission({}, {}, plugin, Reach::Direct), expected);
    QCOMPARE(effectivePermission({}, {}, plugin, Reach::ThroughHub), expected);
}

void PermissionsTest::stricterOfTwo_data()
{
    QTest::addColumn<Permission>("a");
    QTest::addColumn<Permission>("b");
    QTest::addColumn<Permission>("expected");
    QTest::newRow("yes yes") << Yes << Yes << Yes;
    QTest::newRow("yes ask") << Yes << Ask << Ask;
    QTest::newRow("yes no") << Yes << No << No;
    QTest::newRow("ask ask") << Ask << Ask << Ask;
    QTest::newRow("ask no") << Ask << No << No;
    QTest::newRow("no no") << No << No << No;
}

void PermissionsTest::stricterOfTwo()
{
    QFETCH(Permission, a);
    QFETCH(Permission, b);
    QFETCH(Permission, expected);
    QCOMPARE(stricter(a, b), expected);
    QCOMPARE(stricter(b, a), expected);
}

void PermissionsTest::effective_data()
{
    QTest::addColumn<QString>("plugin");
    QTest::addColumn<Permission>("own");
    QTest::addColumn<Permission>("hub");
    QTest::addColumn<Permission>("direct");
    QTest::addColumn<Permission>("throughHub");
    // own entry, entry of the hub's members, what holds directly, what holds through the hub
    const struct
    {
        Permission own, hub, direct, throughHub;
    } text[] =
        {
            {Default, Default, Yes, Yes}, {Default, Yes, Yes, Yes}, {Default, Ask, Ask, Ask}, {Default, No, No, No},
            {Yes, Default, Yes, Yes},     {Yes, Yes, Yes, Yes},     {Yes, Ask, Yes, Ask},     {Yes, No, Yes, No},
            {Ask, Default, Ask, Ask},     {Ask, Yes, Ask, Ask},     {Ask, Ask, Ask, Ask},     {Ask, No, Ask, No},
            {No, Default, No, No},        {No, Yes, No, No},        {No, Ask, No, No},        {No, No, No, No},
        },
      others[] = {
          {Default, Default, Ask, Ask}, {Default, Yes, Yes, Yes}, {Default, Ask, Ask, Ask}, {Default, No, No, No},
          {Yes, Default, Yes, Ask},     {Yes, Yes, Yes, Yes},     {Yes, Ask, Yes, Ask},     {Yes, No, Yes, No},
          {Ask, Default, Ask, Ask},     {Ask, Yes, Ask, Ask},     {Ask, Ask, Ask, Ask},     {Ask, No, Ask, No},
          {No, Default, No, No},        {No, Yes, No, No},        {No, Ask, No, No},        {No, No, No, No},
      };
    for (const auto &row : text)
        QTest::addRow("text %s %s", nameOf(row.own), nameOf(row.hub))
            << kText << row.own << row.hub << row.direct << row.throughHub;
    for (const QString &plugin : {kFile, kOther}) {
        for (const auto &row : others)
            QTest::addRow("%s %s %s", qPrintable(plugin), nameOf(row.own), nameOf(row.hub))
                << plugin << row.own << row.hub << row.direct << row.throughHub;
    }
}

void PermissionsTest::effective()
{
    QFETCH(QString, plugin);
    QFETCH(Permission, own);
    QFETCH(Permission, hub);
    QFETCH(Permission, direct);
    QFETCH(Permission, throughHub);
    const Permissions ownEntry{{plugin, own}};
    const Permissions hubEntry{{plugin, hub}};
    QCOMPARE(effectivePermission(ownEntry, hubEntry, plugin, Reach::Direct), direct);
    QCOMPARE(effectivePermission(ownEntry, hubEntry, plugin, Reach::ThroughHub), throughHub);
    // Default and no entry are the same.
    if (own == Default) {
        QCOMPARE(effectivePermission({}, hubEntry, plugin, Reach::Direct), direct);
        QCOMPARE(effectivePermission({}, hubEntry, plugin, Reach::ThroughHub), throughHub);
    }
    if (hub == Default)
        QCOMPARE(effectivePermission(ownEntry, {}, plugin, Reach::ThroughHub), throughHub);
    // The word of a hub never gives more than the peer itself would have.
    QCOMPARE(stricter(direct, throughHub), throughHub);
}

void PermissionsTest::otherPluginsDoNotCount()
{
    const Permissions entries{{kFile, Yes}, {QStringLiteral("org.patchbay"), Yes}, {QString(), Yes}};
    QCOMPARE(effectivePermission(entries, entries, kOther, Reach::Direct), Ask);
    QCOMPARE(effectivePermission(entries, entries, kOther, Reach::ThroughHub), Ask);
}

void PermissionsTest::unknownValuesAllowNothing()
{
    QCOMPARE(stricter(Yes, Permission(17)), Permission(17));
    QVERIFY(stricter(Ask, Default) != Yes);
}

QTEST_GUILESS_MAIN(PermissionsTest)
#include "tst_permissions.moc"
