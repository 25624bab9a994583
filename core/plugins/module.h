// SPDX-License-Identifier: MIT
#pragma once

#include "plugins/modulefile.h"
#include "plugins/pluginspec.h"

#include <QObject>
#include <QPluginLoader>

#include <functional>
#include <memory>
#include <vector>

namespace patchbay {
class IHost;
class IPanelProvider;
class IPlugin;
} // namespace patchbay

namespace patchbay::plugins {

/// One module file and what became of it. Changed by PluginManager only.
struct Module
{
    PluginSpec spec; ///< of a file that is no plugin: filePath and origin only
    ModuleFile file;
    State state = State::Found;
    QString reason; ///< of Rejected and Failed always, of others when there is something to say

    std::unique_ptr<QPluginLoader> loader; ///< never unloads: code stays mapped until the process ends
    std::unique_ptr<QObject> object;       ///< the plugin or panel provider, from the factory
    IPlugin *plugin = nullptr;             ///< the logic module's object
    IPanelProvider *provider = nullptr;    ///< the panel module's object

    int stopNumber = 0;  ///< which stop a late answer belongs to
    QString failWith;    ///< while Stopping: the reason it ends Failed with, instead of Inactive
    bool leaked = false; ///< a call never came back; nothing of it may be touched again

    bool isPanelOnly() const { return spec.isPanel() && spec.panelFor == spec.id; }
    bool isRunnable() const { return !spec.isPanel() || isPanelOnly(); }
};

using ModuleList = std::vector<std::unique_ptr<Module>>;

} // namespace patchbay::plugins
