// SPDX-License-Identifier: MIT
#pragma once

#include "plugins/pluginspec.h"

#include <QAbstractItemModel>
#include <QObject>

#include <chrono>
#include <functional>
#include <memory>

namespace patchbay {
class ICommandProvider;
class IHost;
class IPanelProvider;
} // namespace patchbay

namespace patchbay::plugins {

/// What the manager needs of the host around it; implemented in core/hub.
class IPluginRuntime
{
public:
    /// Before activate(): make the IHost for this plugin. Owned by the runtime until retired.
    virtual IHost *createHost(const PluginSpec &spec) = 0;
    /// After activate() returned well: announce its types, start routing to \a plugin.
    virtual void startRouting(const PluginSpec &spec, QObject *plugin) = 0;
    /// Stop routing → withdraw the types → end its streams; call \a stopped (once, later or at once, from the
    /// event loop or from here) when streamFinished() was delivered for each of them.
    virtual void stopRouting(const QString &id, std::function<void()> stopped) = 0;
    /// After deactivate(): the IHost turns inert.
    virtual void retireHost(const QString &id) = 0;

protected:
    ~IPluginRuntime() = default;
};

/// Whether the user wants a plugin on. Backed by the profile's settings; injected so that tests need no files.
class IEnabledStore
{
public:
    virtual bool isEnabled(const QString &id, bool byDefault) const = 0;
    virtual void setEnabled(const QString &id, bool enabled) = 0;

protected:
    ~IEnabledStore() = default;
};

struct SearchFolder
{
    QString path;
    Origin origin = Origin::Bundled;
};

/// Finds, loads, switches on and off. Main thread. Every refusal is a row of model() with its reason.
class PluginManager final : public QObject
{
    Q_OBJECT

public:
    enum class Panels { Skip, Load }; ///< Skip: a host without a window never maps a panel module

    PluginManager(IPluginRuntime &runtime, IEnabledStore &store, Panels panels, QObject *parent = nullptr);
    /// Everything should be stopped before (stopAll()). What is not is stopped without a signal; an object whose
    /// streams cannot end at once is leaked, never freed under a call that still runs.
    ~PluginManager() override;

    /// Reads the metadata of every module in \a folders and resolves; runs no plugin code. Once.
    void discover(const QList<SearchFolder> &folders);
    /// Loads and activates every resolved plugin that is enabled, dependencies first.
    void activateEnabled();
    /// Remembers the choice and carries it out: loads and activates, or stops (asynchronous, state Stopping).
    /// Returns an error for an unknown or rejected id.
    Error setEnabled(const QString &id, bool enabled);
    /// Stops all in reverse order of activation; \a done when all are Inactive. Calls stuck 5 s → Failed, leaked.
    void stopAll(std::function<void()> done);

    /// Every module found: one row each, columns of Column, Qt::DisplayRole and the roles of Role.
    enum Column { NameColumn, StateColumn, VersionColumn, ReasonColumn, ColumnCount };
    enum Role : int {
        IdRole = Qt::UserRole + 1,
        StateRole,
        ReasonRole,
        OriginRole,
        FileRole,
        TypesRole,
        IsPanelRole,
        EnabledRole,
        DescriptionRole,
        PanelForRole
    };
    QAbstractItemModel *model();

    QList<PluginSpec> specs() const; ///< logic and panel modules that were not rejected, in the order found
    State state(const QString &id) const;
    QString reason(const QString &id) const;

    /// The plugin object while loaded, else null.
    QObject *plugin(const QString &id) const;
    /// The panel of a logic plugin that is Active (or of a panel-only one), loaded on first use; null if none.
    IPanelProvider *panelProvider(const QString &logicId);

    /// Which plugin declares \a verb, whatever its state; empty id if none.
    struct Verb
    {
        QString pluginId;
        CommandInfo info;
        State state = State::Found;
    };
    Verb findVerb(const QString &verb) const;
    QList<Verb> verbs() const;

    /// Marks a misbehaving plugin Failed and stops it.
    void fail(const QString &id, const QString &reason);

    /// How long the streams of a plugin that is switched off may take to end before it is Failed and leaked: the 5 s
    /// a stuck call has, and one more for the way there. Tests shorten it.
    void setStopTimeout(std::chrono::milliseconds timeout);

Q_SIGNALS:
    void activated(const QString &id);
    /// Its streams are over; delete its panel and commands now, deactivate() follows when this has returned.
    void aboutToDeactivate(const QString &id);
    void deactivated(const QString &id);
    void stateChanged(const QString &id, patchbay::plugins::State state);
    /// A call of the plugin was slow or threw; one line for the log.
    void warned(const QString &id, const QString &line);

private:
    class Private;
    std::unique_ptr<Private> d;
};

/// State as people read it ("active", "rejected", …), untranslated, for --json; displayName() is translated.
QString stateName(State state);
QString stateDisplayName(State state);

} // namespace patchbay::plugins
