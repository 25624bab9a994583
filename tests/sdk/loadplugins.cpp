// SPDX-License-Identifier: MIT
// loadplugins FOLDER: switches on every plugin in it and prints id and state.
#include "plugins/pluginmanager.h"

#include <patchbay/testing/fakehost.h>

#include <QCoreApplication>
#include <QTextStream>

#include <map>

using namespace patchbay;

namespace {

class Runtime final : public plugins::IPluginRuntime, public plugins::IEnabledStore
{
public:
    IHost *createHost(const plugins::PluginSpec &spec) override { return &m_hosts[spec.id]; }
    void startRouting(const plugins::PluginSpec &, QObject *) override { }
    void stopRouting(const QString &, std::function<void()> stopped) override { stopped(); }
    void retireHost(const QString &) override { }
    bool isEnabled(const QString &, bool) const override { return true; }
    void setEnabled(const QString &, bool) override { }

private:
    std::map<QString, testing::FakeHost> m_hosts;
};

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    Runtime runtime;
    plugins::PluginManager manager(runtime, runtime, plugins::PluginManager::Panels::Skip);
    manager.discover({{application.arguments().value(1), plugins::Origin::CommandLine}});
    manager.activateEnabled();
    QTextStream out(stdout);
    QAbstractItemModel *model = manager.model();
    for (int row = 0; row < model->rowCount(); ++row) {
        const QModelIndex index = model->index(row, 0);
        out << index.data(plugins::PluginManager::IdRole).toString() << ' '
            << plugins::stateName(plugins::State(index.data(plugins::PluginManager::StateRole).toInt())) << ' '
            << index.data(plugins::PluginManager::ReasonRole).toString() << '\n';
    }
    manager.stopAll([] {});
    return 0;
}
