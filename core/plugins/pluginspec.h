// SPDX-License-Identifier: MIT
#pragma once

#include <patchbay/types.h>

#include <QList>
#include <QMap>
#include <QString>
#include <QStringList>

namespace patchbay::plugins {

/// Where a module was found. The order is the precedence when two claim the same id or type.
enum class Origin { Bundled, System, User, CommandLine };

/// The life cycle (CONTRIBUTING.md, Life of a plugin).
enum class State {
    Found,    ///< metadata read, no code run
    Resolved, ///< nothing stands against loading it
    Loaded,   ///< the library is mapped, the plugin object exists
    Active,
    Stopping, ///< being switched off: streams are ending
    Inactive, ///< loaded and switched off
    Disabled, ///< resolved, switched off before it was ever loaded
    Rejected, ///< will not be loaded; reason says why
    Failed,   ///< loading or activating failed, or it misbehaved; reason says why
};

struct PayloadType
{
    QString type; ///< "org.example.thing"
    int version = 1;
    PayloadMode mode = PayloadMode::Message;
    quint32 maxBytes = 256 * 1024;
    QString name() const { return type + QLatin1Char('/') + QString::number(version); }
};

struct CommandInfo
{
    QString verb;             ///< "send"
    QString usage;            ///< "send FILE [--to MEMBER]"
    QString description;      ///< one line
    QString help;             ///< the options, as printed by --help; several lines
    bool needsMember = false; ///< waits for a member that accepts one of the plugin's types before it starts
    bool readsInput = false;
};

/// What the metadata of one module says. Read without running any of its code.
struct PluginSpec
{
    QString id;
    QString name;
    QMap<QString, QString> localisedNames; ///< language → name, from "name[zh_CN]"
    QString description;
    QString version;
    quint32 api = 0; ///< PATCHBAY_API_VERSION it was built with
    QString license;
    QString icon;
    bool enabledByDefault = true;
    bool asksItself = false; ///< puts every stream offer before the user, so the host need not ask first
    QList<PayloadType> payloadTypes;
    QList<CommandInfo> commands;
    QStringList dependencies;
    QString panelFor; ///< a panel module: the id of its logic module

    QString filePath; ///< absolute, canonical
    Origin origin = Origin::Bundled;

    bool isPanel() const { return !panelFor.isEmpty(); }
};

} // namespace patchbay::plugins
