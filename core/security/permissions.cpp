// SPDX-License-Identifier: MIT
#include "security/permissions.h"

namespace patchbay::security {

namespace {

Permission resolved(Permission permission, const QString &pluginId)
{
    return permission == Permission::Default ? defaultPermission(pluginId) : permission;
}

int strictness(Permission permission)
{
    switch (permission) {
    case Permission::Yes:
        return 0;
    case Permission::Ask:
        return 1;
    case Permission::Default:
    case Permission::No:
        break;
    }
    return 2; // whatever is no permission allows nothing
}

} // namespace

Permission defaultPermission(const QString &pluginId)
{
    return pluginId == QLatin1String("org.patchbay.text") ? Permission::Yes : Permission::Ask;
}

Permission stricter(Permission a, Permission b)
{
    return strictness(a) >= strictness(b) ? a : b;
}

Permission effectivePermission(const Permissions &own, const Permissions &membersOfHub, const QString &pluginId,
                               Reach reach)
{
    const Permission ofPeer = own.value(pluginId, Permission::Default);
    const Permission ofHub = resolved(membersOfHub.value(pluginId, Permission::Default), pluginId);
    if (ofPeer == Permission::Default)
        return ofHub;
    return reach == Reach::Direct ? ofPeer : stricter(ofPeer, ofHub);
}

} // namespace patchbay::security
