// SPDX-License-Identifier: MIT
// Switching on and off, what comes in which order, and what happens when a plugin does not play along.
#include "fakeruntime.h"
#include "ifixture.h"

#include <patchbay/panel.h>

#include <QPointer>
#include <QSignalSpy>
#include <QTest>

using namespace patchbay;
using namespace patchbay::plugins;
using Panels = PluginManager::Panels;

namespace {

const QString message = QStringLiteral("org.test.message");
const QString stream = QStringLiteral("org.test.stream");

QStringList good()
{
    return {QStringLiteral("patchbay-fixture-stream"), QStringLiteral("patchbay-fixture-message"),
            QStringLiteral("panel")};
}

} // namespace

class LifecycleTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void startsDependenciesFirst();
    void stopsInOrder();
    void stopsDependentsFirst();
    void switchedOffDependency();
    void switchedOnWhileStopping();
    void twoHundredTimes();
    void failWhileActive();
    void failWhileStopping();
    void stuck();
    void deactivateThrows();
    void noHost();
    void retryAfterFailure();
    void panels();
    void headless();
    void twoManagers();
    void destroyedWithoutStop_data();
    void destroyedWithoutStop();
    void switchesFromSlots();

private:
    void discover(PluginManager &manager, const ModuleFolder &folder)
    {
        manager.discover({{folder.folder(), Origin::Bundled}});
        manager.activateEnabled();
    }
    IFixture *fixture(PluginManager &manager, const QString &id)
    {
        return qobject_cast<IFixture *>(manager.plugin(id));
    }

    std::unique_ptr<ModuleFolder> m_folder;
};

void LifecycleTest::init()
{
    m_folder = std::make_unique<ModuleFolder>(good());
}

void LifecycleTest::startsDependenciesFirst()
{
    FakeRuntime runtime;
    PluginManager manager(runtime, runtime, Panels::Load);
    QSignalSpy activated(&manager, &PluginManager::activated);
    discover(manager, *m_folder);
    QCOMPARE(runtime.events,
             (QStringList{QStringLiteral("host org.test.message"), QStringLiteral("route org.test.message"),
                          QStringLiteral("host org.test.stream"), QStringLiteral("route org.test.stream")}));
    QCOMPARE(activated.size(), 2);
    QCOMPARE(manager.state(message), State::Active);
    QCOMPARE(fixture(manager, stream)->activations(), 1);
}

void LifecycleTest::stopsInOrder()
{
    FakeRuntime runtime;
    PluginManager manager(runtime, runtime, Panels::Load);
    discover(manager, *m_folder);
    runtime.takeEvents();
    runtime.stops = FakeRuntime::Stops::Later;
    IFixture *plugin = fixture(manager, stream);
    connect(&manager, &PluginManager::aboutToDeactivate, this, [&](const QString &id) {
        runtime.events.append(QStringLiteral("about ") + id);
        QCOMPARE(plugin->deactivations(), 0);
    });
    connect(&manager, &PluginManager::deactivated, this, [&](const QString &id) {
        runtime.events.append(QStringLiteral("off ") + id);
        QCOMPARE(plugin->deactivations(), 1);
    });
    QVERIFY(!manager.setEnabled(stream, false).isError());
    QCOMPARE(manager.state(stream), State::Stopping);
    QCOMPARE(runtime.events, QStringList{QStringLiteral("stop org.test.stream")});
    QCOMPARE(plugin->deactivations(), 0);
    runtime.finishStops();
    QCOMPARE(manager.state(stream), State::Inactive);
    QCOMPARE(runtime.events,
             (QStringList{QStringLiteral("stop org.test.stream"), QStringLiteral("about org.test.stream"),
                          QStringLiteral("retire org.test.stream"), QStringLiteral("off org.test.stream")}));
    QCOMPARE(plugin->deactivations(), 1);
    QCOMPARE(fixture(manager, stream), plugin); // the object stays
    runtime.stops = FakeRuntime::Stops::AtOnce;
}

void LifecycleTest::stopsDependentsFirst()
{
    FakeRuntime runtime;
    PluginManager manager(runtime, runtime, Panels::Load);
    discover(manager, *m_folder);
    runtime.takeEvents();
    runtime.stops = FakeRuntime::Stops::Later;
    int stopped = 0;
    manager.stopAll([&] { ++stopped; });
    QCOMPARE(runtime.takeEvents(), QStringList{QStringLiteral("stop org.test.stream")});
    runtime.finishStops();
    QCOMPARE(runtime.takeEvents(),
             (QStringList{QStringLiteral("retire org.test.stream"), QStringLiteral("stop org.test.message")}));
    QCOMPARE(stopped, 0);
    runtime.finishStops();
    QCOMPARE(stopped, 1);
    QCOMPARE(manager.state(message), State::Inactive);
    QCOMPARE(manager.setEnabled(message, true).code, ErrorCode::None); // remembered, not carried out any more
    QCOMPARE(manager.state(message), State::Inactive);
}

void LifecycleTest::switchedOffDependency()
{
    FakeRuntime runtime;
    PluginManager manager(runtime, runtime, Panels::Load);
    runtime.setEnabled(message, false);
    discover(manager, *m_folder);
    QVERIFY(runtime.events.isEmpty());
    QCOMPARE(manager.state(message), State::Disabled);
    QCOMPARE(manager.state(stream), State::Disabled);
    QCOMPARE(manager.reason(stream), QStringLiteral("It needs the plugin org.test.message, which is switched off."));
    const Error error = manager.setEnabled(stream, true);
    QVERIFY(error.isError() && error.message.contains(QStringLiteral("needs the plugin org.test.message")));

    QVERIFY(!manager.setEnabled(message, true).isError());
    QCOMPARE(manager.state(stream), State::Active); // it was wanted all along
    QVERIFY(!manager.setEnabled(message, false).isError());
    QCOMPARE(manager.state(message), State::Inactive);
    QCOMPARE(manager.state(stream), State::Inactive);
    QVERIFY(!manager.reason(stream).isEmpty());
    QVERIFY(runtime.isEnabled(stream, false)); // the user's choice is not touched
}

void LifecycleTest::switchedOnWhileStopping()
{
    FakeRuntime runtime;
    PluginManager manager(runtime, runtime, Panels::Load);
    discover(manager, *m_folder);
    runtime.stops = FakeRuntime::Stops::Later;
    QVERIFY(!manager.setEnabled(stream, false).isError());
    QVERIFY(!manager.setEnabled(stream, true).isError());
    QCOMPARE(manager.state(stream), State::Stopping);
    runtime.finishStops();
    QCOMPARE(manager.state(stream), State::Active);
    QCOMPARE(fixture(manager, stream)->activations(), 2);
    QCOMPARE(fixture(manager, stream)->deactivations(), 1);
    runtime.stops = FakeRuntime::Stops::AtOnce;
}

void LifecycleTest::twoHundredTimes()
{
    FakeRuntime runtime;
    PluginManager manager(runtime, runtime, Panels::Load);
    discover(manager, *m_folder);
    QObject *const object = manager.plugin(message);
    for (int round = 0; round < 200; ++round) {
        runtime.stops = round % 2 ? FakeRuntime::Stops::Later : FakeRuntime::Stops::AtOnce;
        QVERIFY(!manager.setEnabled(message, false).isError());
        runtime.finishStops();
        runtime.finishStops(); // the dependent first, then the plugin itself
        QCOMPARE(manager.state(message), State::Inactive);
        QVERIFY(!manager.setEnabled(message, true).isError());
        QCOMPARE(manager.state(message), State::Active);
        QCOMPARE(manager.state(stream), State::Active);
    }
    QCOMPARE(manager.plugin(message), object);
    QCOMPARE(fixture(manager, message)->activations(), 201);
    QCOMPARE(fixture(manager, message)->deactivations(), 200);
    QCOMPARE(fixture(manager, stream)->activations(), 201);
    QCOMPARE(runtime.events.count(QStringLiteral("stop org.test.message")), 200);
    QCOMPARE(runtime.events.count(QStringLiteral("retire org.test.message")), 200);
    runtime.stops = FakeRuntime::Stops::AtOnce;
}

void LifecycleTest::failWhileActive()
{
    FakeRuntime runtime;
    PluginManager manager(runtime, runtime, Panels::Load);
    discover(manager, *m_folder);
    manager.fail(message, QStringLiteral("It hogged the main thread."));
    QCOMPARE(manager.state(message), State::Failed);
    QCOMPARE(manager.reason(message), QStringLiteral("It hogged the main thread."));
    QCOMPARE(fixture(manager, message)->deactivations(), 1);
    QCOMPARE(manager.state(stream), State::Inactive);
    QVERIFY(manager.reason(stream).contains(QStringLiteral("which failed: It hogged the main thread.")));

    QVERIFY(!manager.setEnabled(message, true).isError()); // the user may try again
    QCOMPARE(manager.state(message), State::Active);
    QCOMPARE(manager.state(stream), State::Active);
}

void LifecycleTest::failWhileStopping()
{
    FakeRuntime runtime;
    runtime.stops = FakeRuntime::Stops::Never;
    QPointer<QObject> object;
    {
        PluginManager manager(runtime, runtime, Panels::Load);
        discover(manager, *m_folder);
        object = manager.plugin(stream);
        QSignalSpy deactivated(&manager, &PluginManager::deactivated);
        QVERIFY(!manager.setEnabled(stream, false).isError());
        manager.fail(stream, QStringLiteral("A read() never returned."));
        QCOMPARE(manager.state(stream), State::Failed);
        QCOMPARE(manager.reason(stream), QStringLiteral("A read() never returned."));
        QCOMPARE(deactivated.size(), 1);
        QCOMPARE(manager.plugin(stream), nullptr);
        const Error error = manager.setEnabled(stream, true);
        QVERIFY(error.message.contains(QStringLiteral("before Patchbay is restarted")));
        runtime.finishStops(); // too late to matter
        QCOMPARE(manager.state(stream), State::Failed);
        QCOMPARE(qobject_cast<IFixture *>(object)->deactivations(), 0);
        runtime.stops = FakeRuntime::Stops::AtOnce;
    }
    QVERIFY(object); // never freed under the call that is still in it
    delete object;
}

void LifecycleTest::stuck()
{
    FakeRuntime runtime;
    runtime.stops = FakeRuntime::Stops::Never;
    PluginManager manager(runtime, runtime, Panels::Load);
    manager.setStopTimeout(std::chrono::milliseconds(20));
    discover(manager, *m_folder);
    const std::unique_ptr<QObject> leaked(manager.plugin(stream));
    const std::unique_ptr<QObject> leakedToo(manager.plugin(message));
    QSignalSpy about(&manager, &PluginManager::aboutToDeactivate);
    bool stopped = false;
    manager.stopAll([&] { stopped = true; });
    QTRY_VERIFY(stopped); // a stuck plugin does not keep the host from ending
    QCOMPARE(manager.state(stream), State::Failed);
    QVERIFY(manager.reason(stream).contains(QStringLiteral("did not return after it was cancelled")));
    QCOMPARE(about.size(), 2);
    QVERIFY(runtime.events.contains(QStringLiteral("retire org.test.stream")));
}

void LifecycleTest::deactivateThrows()
{
    const ModuleFolder folder({QStringLiteral("deactivate-throws")});
    const QString id = QStringLiteral("org.test.deactivatethrows");
    FakeRuntime runtime;
    PluginManager manager(runtime, runtime, Panels::Load);
    QSignalSpy warned(&manager, &PluginManager::warned);
    discover(manager, folder);
    QVERIFY(!manager.setEnabled(id, false).isError());
    QCOMPARE(manager.state(id), State::Failed);
    QCOMPARE(manager.reason(id), QStringLiteral("deactivate() of org.test.deactivatethrows threw an exception."));
    QCOMPARE(warned.size(), 1);
    QVERIFY(runtime.events.contains(QStringLiteral("retire ") + id));
}

void LifecycleTest::noHost()
{
    FakeRuntime runtime;
    runtime.hosts = false;
    PluginManager manager(runtime, runtime, Panels::Load);
    discover(manager, *m_folder);
    QCOMPARE(manager.state(message), State::Failed);
    QCOMPARE(fixture(manager, message)->activations(), 0);
}

void LifecycleTest::retryAfterFailure()
{
    const ModuleFolder folder({QStringLiteral("activate-fails")});
    const QString id = QStringLiteral("org.test.activatefails");
    FakeRuntime runtime;
    PluginManager manager(runtime, runtime, Panels::Load);
    discover(manager, folder);
    QCOMPARE(fixture(manager, id)->activations(), 1);
    QCOMPARE(runtime.events.count(QStringLiteral("retire ") + id), 1);
    QVERIFY(!runtime.events.contains(QStringLiteral("route ") + id));
    const Error error = manager.setEnabled(id, true);
    QVERIFY(error.message.contains(QStringLiteral("The printer is on fire.")));
    QCOMPARE(fixture(manager, id)->activations(), 2);
    QCOMPARE(fixture(manager, id)->deactivations(), 0); // it never was active
    QVERIFY(!manager.setEnabled(id, false).isError());
    QCOMPARE(manager.state(id), State::Inactive);
    QVERIFY(manager.reason(id).isEmpty());
}

void LifecycleTest::panels()
{
    FakeRuntime runtime;
    PluginManager manager(runtime, runtime, Panels::Load);
    const QString panel = QStringLiteral("org.test.message.panel");
    manager.discover({{m_folder->folder(), Origin::Bundled}});
    QCOMPARE(manager.panelProvider(message), nullptr); // not active yet
    manager.activateEnabled();
    QCOMPARE(manager.state(panel), State::Resolved); // loaded on first use
    IPanelProvider *provider = manager.panelProvider(message);
    QVERIFY(provider);
    QCOMPARE(manager.state(panel), State::Active);
    QCOMPARE(manager.panelProvider(stream), nullptr);
    QVERIFY(!manager.setEnabled(message, false).isError());
    QCOMPARE(manager.state(panel), State::Inactive);
    QCOMPARE(manager.panelProvider(message), nullptr);
    QVERIFY(!manager.setEnabled(message, true).isError());
    QCOMPARE(manager.panelProvider(message), provider);
    QCOMPARE(manager.state(panel), State::Active);

    const ModuleFolder clock({QStringLiteral("panel-only")});
    const QString id = QStringLiteral("org.test.clock");
    PluginManager other(runtime, runtime, Panels::Load);
    runtime.takeEvents();
    discover(other, clock);
    QCOMPARE(other.state(id), State::Active);
    QVERIFY(other.panelProvider(id));
    QCOMPARE(other.plugin(id), nullptr);
    QVERIFY(runtime.events.isEmpty()); // nothing to route
    QVERIFY(!other.setEnabled(id, false).isError());
    QCOMPARE(other.state(id), State::Inactive);
    QCOMPARE(other.panelProvider(id), nullptr);
}

void LifecycleTest::headless()
{
    const ModuleFolder folder(
        {QStringLiteral("panel-only"), QStringLiteral("panel"), QStringLiteral("patchbay-fixture-message")});
    FakeRuntime runtime;
    PluginManager manager(runtime, runtime, Panels::Skip);
    discover(manager, folder);
    QCOMPARE(manager.state(message), State::Active);
    QCOMPARE(manager.panelProvider(message), nullptr);
    QCOMPARE(manager.panelProvider(QStringLiteral("org.test.clock")), nullptr);
    QCOMPARE(manager.state(QStringLiteral("org.test.message.panel")), State::Resolved);
    QCOMPARE(manager.state(QStringLiteral("org.test.clock")), State::Resolved);
}

void LifecycleTest::twoManagers()
{
    FakeRuntime runtime;
    FakeRuntime otherRuntime;
    PluginManager manager(runtime, runtime, Panels::Load);
    {
        PluginManager other(otherRuntime, otherRuntime, Panels::Load);
        discover(manager, *m_folder);
        discover(other, *m_folder);
        QVERIFY(manager.plugin(message) && other.plugin(message));
        QVERIFY(manager.plugin(message) != other.plugin(message));
        QVERIFY(manager.panelProvider(message) != other.panelProvider(message));
        QVERIFY(!other.setEnabled(message, false).isError());
        QCOMPARE(manager.state(message), State::Active);
        QCOMPARE(fixture(manager, message)->deactivations(), 0);
        other.stopAll([] {});
    }
    QCOMPARE(fixture(manager, message)->activations(), 1); // still mapped, still alive
    QVERIFY(!manager.setEnabled(message, false).isError());
    QCOMPARE(fixture(manager, message)->deactivations(), 1);
}

void LifecycleTest::destroyedWithoutStop_data()
{
    QTest::addColumn<bool>("streamsEnd");
    QTest::newRow("nothing runs") << true;
    QTest::newRow("streams run") << false;
}

void LifecycleTest::destroyedWithoutStop()
{
    QFETCH(bool, streamsEnd);
    FakeRuntime runtime;
    runtime.stops = streamsEnd ? FakeRuntime::Stops::AtOnce : FakeRuntime::Stops::Later;
    QPointer<QObject> object;
    QPointer<QObject> other;
    {
        PluginManager manager(runtime, runtime, Panels::Load);
        discover(manager, *m_folder);
        object = manager.plugin(message);
        other = manager.plugin(stream);
        connect(&manager, &PluginManager::aboutToDeactivate, this, [] { QFAIL("a signal from a destructor"); });
    }
    QCOMPARE(object.isNull(), streamsEnd);
    QVERIFY(runtime.events.contains(QStringLiteral("retire org.test.message")));
    runtime.finishStops(); // nobody is there any more
    delete object;
    delete other;
}

void LifecycleTest::switchesFromSlots()
{
    FakeRuntime runtime;
    PluginManager manager(runtime, runtime, Panels::Load);
    int rounds = 0;
    connect(&manager, &PluginManager::activated, this, [&](const QString &id) {
        if (id == message && ++rounds < 3)
            QVERIFY(!manager.setEnabled(message, false).isError());
    });
    connect(&manager, &PluginManager::deactivated, this, [&](const QString &id) {
        if (id == message)
            (void)manager.setEnabled(message, true);
    });
    discover(manager, *m_folder);
    QCOMPARE(manager.state(message), State::Active);
    QCOMPARE(manager.state(stream), State::Active);
    QCOMPARE(fixture(manager, message)->activations(), 3);
    QCOMPARE(fixture(manager, message)->deactivations(), 2);
}

QTEST_GUILESS_MAIN(LifecycleTest)
#include "tst_lifecycle.moc"
