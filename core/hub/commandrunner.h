// SPDX-License-Identifier: MIT
#pragma once

#include "hub/plugincaller.h"

#include <patchbay/command.h>

#include <QObject>

#include <memory>
#include <vector>

namespace patchbay::hub {

/// The runs of plugin commands that are under way. Stands between the caller's context and the plugin, so that each
/// run ends exactly once whatever the plugin does. Main thread.
class CommandRunner final : public QObject
{
    Q_OBJECT

public:
    explicit CommandRunner(PluginCaller &caller, QObject *parent = nullptr);
    ~CommandRunner() override;

    /// \a context stays the caller's and lives until its finish() was called.
    void start(const QString &pluginId, QObject *plugin, ICommandContext *context);
    void cancel(ICommandContext *context);
    void input(ICommandContext *context, const QByteArray &chunk);
    /// The plugin is about to be deactivated: its runs are cancelled, and ended with ExitDisabled where they go on.
    void endAll(const QString &pluginId);
    int count() const { return int(m_runs.size()); }

private:
    class Run;
    Run *find(ICommandContext *context) const;
    void remove(Run *run);

    PluginCaller &m_caller;
    std::vector<std::unique_ptr<Run>> m_runs;
};

} // namespace patchbay::hub
