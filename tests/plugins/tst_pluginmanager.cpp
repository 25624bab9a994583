// SPDX-License-Identifier: MIT
// Every module file lands in the documented state with the documented reason, and looking at it runs none of its code.
#include "fakeruntime.h"
#include "ifixture.h"

#include <patchbay/panel.h>

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

#include <sys/stat.h>

using namespace patchbay;
using namespace patchbay::plugins;
using Panels = PluginManager::Panels;

class PluginManagerTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void discoveryRunsNoCode();
    void outcomes_data();
    void outcomes();
    void cutAnywhere();
    void model();
    void precedence();
    void sameFileTwice();
    void ignoresPluginPath();
    void changedBeforeLoading();
    void verbs();
    void unknownAndRejected();

private:
    static const QModelIndex row(PluginManager &manager, const QString &file)
    {
        for (int i = 0; i < manager.model()->rowCount(); ++i) {
            const QModelIndex index = manager.model()->index(i, 0);
            if (QFileInfo(index.data(PluginManager::FileRole).toString()).completeBaseName() == file)
                return index;
        }
        return {};
    }
};

void PluginManagerTest::discoveryRunsNoCode()
{
    // First in this file: once a library is mapped in this process its constructors have run.
    qunsetenv(fixtureRan);
    FakeRuntime runtime;
    PluginManager manager(runtime, runtime, Panels::Load);
    manager.discover({{QStringLiteral(FIXTURES), Origin::Bundled}});
    QVERIFY(manager.model()->rowCount() > 15);
    QVERIFY(!qEnvironmentVariableIsSet(fixtureRan));
    QVERIFY(runtime.events.isEmpty());
    const QString id = QStringLiteral("org.test.off");
    QCOMPARE(manager.state(id), State::Resolved);
    QCOMPARE(manager.plugin(id), nullptr);

    // And what is switched off stays unmapped.
    for (const PluginSpec &spec : manager.specs())
        runtime.setEnabled(spec.id, false);
    manager.activateEnabled();
    QVERIFY(!qEnvironmentVariableIsSet(fixtureRan));
    QCOMPARE(manager.state(id), State::Disabled);

    QVERIFY(!manager.setEnabled(id, true).isError());
    QVERIFY(qEnvironmentVariableIsSet(fixtureRan)); // the trap works
    manager.stopAll([] {});
}

void PluginManagerTest::outcomes_data()
{
    QTest::addColumn<QStringList>("files");
    QTest::addColumn<QString>("file"); // the row that is looked at
    QTest::addColumn<int>("state");
    QTest::addColumn<QString>("reason");
    const auto row = [](const char *name, const char *files, State state, const char *reason) {
        const QStringList list = QString::fromLatin1(files).split(u' ');
        QTest::newRow(name) << list << list.first() << int(state) << QString::fromLatin1(reason);
    };
    row("message", "patchbay-fixture-message", State::Active, "");
    row("stream", "patchbay-fixture-stream patchbay-fixture-message", State::Active, "");
    row("panel", "panel patchbay-fixture-message", State::Resolved, "");
    row("panel only", "panel-only", State::Active, "");
    row("panel without logic", "orphan-panel", State::Rejected, "panel of org.test.nobody, which is not installed");
    row("bad IID", "bad-iid", State::Rejected, "not one of Patchbay: its interface is \"org.other.Factory/1\"");
    row("newer API", "newer-api", State::Rejected, "which is newer than");
    row("other major API", "other-api", State::Rejected, "not compatible");
    row("missing dependency", "missing", State::Rejected, "needs the plugin org.test.absent, which is not installed");
    row("cycle", "cycle-a cycle-b", State::Rejected, "It depends on itself: org.test.a");
    row("type twice, the first by name", "claims-type patchbay-fixture-message", State::Active, "");
    row("type twice", "patchbay-fixture-message claims-type", State::Rejected, "claimed by org.test.thief");
    row("verb twice", "patchbay-fixture-message claims-verb", State::Rejected, "provided by org.test.parrot");
    row("invalid metadata", "no-name", State::Rejected, "Its metadata is not valid: \"name\" is missing");
    row("off by default", "off", State::Disabled, "");
    row("create() throws", "create-throws", State::Failed,
        "create() of org.test.createthrows threw an exception: no luck");
    row("create() returns null", "create-null", State::Failed, "cannot work here");
    row("create() returns something else", "create-other", State::Failed, "is not a plugin");
    row("no factory", "no-factory", State::Failed, "not a plugin factory");
    row("activate() throws", "activate-throws", State::Failed,
        "activate() of org.test.activatethrows threw an exception");
    row("activate() returns an error", "activate-fails", State::Failed, "The printer is on fire.");
    row("text named like a library", "text", State::Rejected, "This is not a plugin");
    row("empty", "empty", State::Rejected, "This is not a plugin");
    row("truncated", "truncated", State::Rejected, "is cut short");
    row("header only", "header", State::Rejected, "is cut short");
    row("world-writable", "writable", State::Rejected, "can be written to by everybody");
    row("link to a good one", "link", State::Active, "");
    row("dangling link", "dangling", State::Rejected, "does not exist");
    row("folder", "folder", State::Rejected, "not a regular file");
    row("too large", "large", State::Rejected, "larger than 64 MiB");
}

void PluginManagerTest::outcomes()
{
    QFETCH(QStringList, files);
    QFETCH(QString, file);
    QFETCH(int, state);
    QFETCH(QString, reason);

    ModuleFolder modules;
    const QString message = QStringLiteral("patchbay-fixture-message");
    for (const QString &name : std::as_const(files)) {
        QFile raw(modules.path(name));
        if (QFile::exists(ModuleFolder::fixture(name))) {
            QVERIFY(modules.add(name));
        } else if (name == QLatin1String("writable")) {
            QVERIFY(modules.add(message, name));
            QCOMPARE(::chmod(QFile::encodeName(modules.path(name)).constData(), 0666), 0);
        } else if (name == QLatin1String("link")) {
            QVERIFY(QFile::link(ModuleFolder::fixture(message), modules.path(name)));
            file = message; // shown under its real name
        } else if (name == QLatin1String("dangling")) {
            QVERIFY(QFile::link(modules.path(QStringLiteral("nothing")), modules.path(name)));
        } else if (name == QLatin1String("folder")) {
            QVERIFY(QDir().mkpath(modules.path(name)));
        } else {
            QVERIFY(raw.open(QIODevice::WriteOnly));
            QFile good(ModuleFolder::fixture(message));
            QVERIFY(good.open(QIODevice::ReadOnly));
            if (name == QLatin1String("text"))
                raw.write("#!/bin/sh\necho I am not a library\n");
            else if (name == QLatin1String("truncated"))
                raw.write(good.read(good.size() / 2));
            else if (name == QLatin1String("header"))
                raw.write(good.read(64));
            else if (name == QLatin1String("large"))
                QVERIFY(raw.resize(64 * 1024 * 1024 + 1));
            raw.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        }
    }
    FakeRuntime runtime;
    PluginManager manager(runtime, runtime, Panels::Load);
    const QAbstractItemModelTester tester(manager.model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    manager.discover({{modules.folder(), Origin::Bundled}});
    manager.activateEnabled();
    const QModelIndex index = row(manager, file);
    QVERIFY(index.isValid());
    const QString found = index.data(PluginManager::ReasonRole).toString();
    QVERIFY2(index.data(PluginManager::StateRole).toInt() == state,
             qPrintable(stateName(State(index.data(PluginManager::StateRole).toInt())) + found));
    QVERIFY2(reason.isEmpty() ? found.isEmpty() : found.contains(reason), qPrintable(found));
    bool stopped = false;
    manager.stopAll([&] { stopped = true; });
    QVERIFY(stopped);
}

/// Half a library that is loaded all the same ends the process with SIGBUS at the first page that is not there.
void PluginManagerTest::cutAnywhere()
{
    QFile good(ModuleFolder::fixture(QStringLiteral("off")));
    QVERIFY(good.open(QIODevice::ReadOnly));
    const QByteArray content = good.readAll();
    const ModuleFolder modules;
    const qsizetype step = content.size() / 40;
    int cuts = 0;
    for (qsizetype size = 1; size < content.size(); size += size < 200 ? 9 : step) {
        QFile file(modules.path(QStringLiteral("cut%1").arg(++cuts)));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(content.constData(), size) == size);
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    }
    QFile last(modules.path(QStringLiteral("cutlast")));
    QVERIFY(last.open(QIODevice::WriteOnly) && last.write(content.constData(), content.size() - 1) > 0);
    last.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    last.close();
    FakeRuntime runtime;
    PluginManager manager(runtime, runtime, Panels::Load);
    manager.discover({{modules.folder(), Origin::Bundled}});
    QCOMPARE(manager.model()->rowCount(), cuts + 1);
    for (int i = 0; i <= cuts; ++i)
        QCOMPARE(manager.model()->index(i, 0).data(PluginManager::StateRole).toInt(), int(State::Rejected));
}

void PluginManagerTest::model()
{
    const ModuleFolder modules({QStringLiteral("panel"), QStringLiteral("patchbay-fixture-message")});
    FakeRuntime runtime;
    PluginManager manager(runtime, runtime, Panels::Load);
    manager.discover({{modules.folder(), Origin::User}});
    const QModelIndex logic = row(manager, QStringLiteral("patchbay-fixture-message"));
    const QModelIndex panel = row(manager, QStringLiteral("panel"));
    QCOMPARE(logic.data(PluginManager::IdRole).toString(), QStringLiteral("org.test.message"));
    QCOMPARE(logic.data(PluginManager::OriginRole).toInt(), int(Origin::User));
    QCOMPARE(logic.data(PluginManager::TypesRole).toStringList(), QStringList{QStringLiteral("org.test.note/1")});
    QCOMPARE(logic.data(PluginManager::EnabledRole).toBool(), true);
    QCOMPARE(logic.data(PluginManager::IsPanelRole).toBool(), false);
    QCOMPARE(panel.data(PluginManager::IsPanelRole).toBool(), true);
    QCOMPARE(panel.data(PluginManager::PanelForRole).toString(), QStringLiteral("org.test.message"));
    QCOMPARE(logic.siblingAtColumn(PluginManager::VersionColumn).data().toString(), QStringLiteral("1.2.3"));
    QCOMPARE(logic.siblingAtColumn(PluginManager::StateColumn).data().toString(), stateDisplayName(State::Resolved));
    QVERIFY(logic.data().toString() == QStringLiteral("Message"));

    QSignalSpy changed(manager.model(), &QAbstractItemModel::dataChanged);
    manager.activateEnabled();
    QVERIFY(!changed.isEmpty());
    QVERIFY(!manager.setEnabled(QStringLiteral("org.test.message"), false).isError());
    QCOMPARE(logic.data(PluginManager::EnabledRole).toBool(), false);
    QCOMPARE(panel.data(PluginManager::EnabledRole).toBool(), false);
    QCOMPARE(logic.data(PluginManager::StateRole).toInt(), int(State::Inactive));
}

void PluginManagerTest::precedence()
{
    const ModuleFolder user({QStringLiteral("claims-type"), QStringLiteral("patchbay-fixture-message")});
    const ModuleFolder bundled({QStringLiteral("patchbay-fixture-message")});
    FakeRuntime runtime;
    PluginManager manager(runtime, runtime, Panels::Load);
    manager.discover({{user.folder(), Origin::User}, {bundled.folder(), Origin::Bundled}});
    QCOMPARE(manager.model()->rowCount(), 3);
    QVERIFY(manager.reason(QStringLiteral("org.test.thief")).contains(QStringLiteral("claimed by org.test.message")));
    QCOMPARE(manager.state(QStringLiteral("org.test.message")), State::Resolved);
    const QModelIndex duplicate = manager.model()->index(1, 0);
    QCOMPARE(duplicate.data(PluginManager::StateRole).toInt(), int(State::Rejected));
    QCOMPARE(duplicate.data(PluginManager::ReasonRole).toString(),
             QStringLiteral("The id org.test.message is already taken by %1.")
                 .arg(QFileInfo(bundled.path(QStringLiteral("patchbay-fixture-message"))).canonicalFilePath()));
}

void PluginManagerTest::sameFileTwice()
{
    const ModuleFolder modules({QStringLiteral("off")});
    QVERIFY(QFile::link(modules.path(QStringLiteral("off")), modules.path(QStringLiteral("zzz"))));
    FakeRuntime runtime;
    PluginManager manager(runtime, runtime, Panels::Load);
    manager.discover({{modules.folder(), Origin::Bundled}, {modules.folder(), Origin::CommandLine}});
    QCOMPARE(manager.model()->rowCount(), 1);
}

void PluginManagerTest::ignoresPluginPath()
{
    const ModuleFolder planted({QStringLiteral("off")});
    const ModuleFolder own;
    qputenv("QT_PLUGIN_PATH", planted.folder().toLocal8Bit());
    FakeRuntime runtime;
    PluginManager manager(runtime, runtime, Panels::Load);
    manager.discover({{own.folder(), Origin::Bundled}, {QStringLiteral("relative/folder"), Origin::Bundled}});
    QCOMPARE(manager.model()->rowCount(), 0);
    qunsetenv("QT_PLUGIN_PATH");
}

void PluginManagerTest::changedBeforeLoading()
{
    const ModuleFolder modules({QStringLiteral("off")});
    FakeRuntime runtime;
    PluginManager manager(runtime, runtime, Panels::Load);
    manager.discover({{modules.folder(), Origin::Bundled}});
    manager.activateEnabled();
    QFile file(modules.path(QStringLiteral("off")));
    QVERIFY(file.open(QIODevice::Append) && file.write("x") == 1);
    file.close();
    const Error error = manager.setEnabled(QStringLiteral("org.test.off"), true);
    QVERIFY2(error.message.contains(QStringLiteral("has changed since it was looked at")), qPrintable(error.message));
    QCOMPARE(manager.state(QStringLiteral("org.test.off")), State::Failed);
}

void PluginManagerTest::verbs()
{
    const ModuleFolder modules({QStringLiteral("patchbay-fixture-message"), QStringLiteral("claims-verb")});
    FakeRuntime runtime;
    PluginManager manager(runtime, runtime, Panels::Skip);
    manager.discover({{modules.folder(), Origin::Bundled}});
    QCOMPARE(manager.verbs().size(), 1);
    PluginManager::Verb verb = manager.findVerb(QStringLiteral("note"));
    QCOMPARE(verb.pluginId, QStringLiteral("org.test.parrot")); // the file found first
    QCOMPARE(verb.state, State::Resolved);
    manager.activateEnabled();
    QCOMPARE(manager.findVerb(QStringLiteral("note")).state, State::Active);
    QVERIFY(manager.findVerb(QStringLiteral("nothing")).pluginId.isEmpty());
}

void PluginManagerTest::unknownAndRejected()
{
    const ModuleFolder modules(
        {QStringLiteral("missing"), QStringLiteral("panel"), QStringLiteral("patchbay-fixture-message")});
    FakeRuntime runtime;
    PluginManager manager(runtime, runtime, Panels::Load);
    manager.discover({{modules.folder(), Origin::Bundled}});
    manager.activateEnabled();
    QCOMPARE(manager.setEnabled(QStringLiteral("org.nobody"), true).code, ErrorCode::InvalidArgument);
    const Error rejected = manager.setEnabled(QStringLiteral("org.test.missing"), true);
    QCOMPARE(rejected.code, ErrorCode::Failed);
    QVERIFY(rejected.message.contains(QStringLiteral("org.test.absent")));
    const Error panel = manager.setEnabled(QStringLiteral("org.test.message.panel"), false);
    QCOMPARE(panel.code, ErrorCode::InvalidArgument);
    QVERIFY(panel.message.contains(QStringLiteral("org.test.message")));
    QCOMPARE(manager.panelProvider(QStringLiteral("org.nobody")), nullptr);
    QCOMPARE(manager.plugin(QStringLiteral("org.nobody")), nullptr);
    manager.fail(QStringLiteral("org.nobody"), QStringLiteral("x"));
}

QTEST_GUILESS_MAIN(PluginManagerTest)
#include "tst_pluginmanager.moc"
