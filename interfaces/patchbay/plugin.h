// SPDX-License-Identifier: MIT
#pragma once

#include <patchbay/host.h>
#include <patchbay/payload.h>
#include <patchbay/types.h>

#include <QObject>

namespace patchbay {

/// The root object of a plugin module. Stateless: two QPluginLoaders of one file share it, and several hosts may
/// live in one process, so everything with state is made by create(). patchbay_add_plugin() generates it.
class IPluginFactory
{
public:
    /// Main thread. Returns a new object, owned by the caller; for a logic module it implements IPlugin, for a
    /// panel module IPanelProvider. Null = it cannot work here; the host shows the plugin as Failed.
    virtual QObject *create() = 0;

protected:
    ~IPluginFactory() = default;
};

/// The plugin itself: a QObject that implements this and the abilities it has (IMessageHandler, IStreamHandler,
/// IDeliveryObserver, IMemberObserver, ICommandProvider). One object per host.
class IPlugin
{
public:
    /// Main thread. Start working; \a host stays valid until deactivate() has returned. An error puts the
    /// plugin in state Failed with that text, and deactivate() is not called. Called again after deactivate()
    /// when the user switches the plugin on again.
    virtual patchbay::Error activate(patchbay::IHost &host) = 0;

    /// Main thread. By now the plugin's types are withdrawn, its streams have finished and its panel is gone.
    /// Stop timers and threads, save what must be kept, forget the host.
    virtual void deactivate() = 0;

protected:
    ~IPlugin() = default;
};

} // namespace patchbay

#define PATCHBAY_PLUGIN_FACTORY_IID "org.patchbay.IPluginFactory/1"
Q_DECLARE_INTERFACE(patchbay::IPluginFactory, PATCHBAY_PLUGIN_FACTORY_IID)
Q_DECLARE_INTERFACE(patchbay::IPlugin, "org.patchbay.IPlugin/1")
