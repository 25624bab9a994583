// SPDX-License-Identifier: MIT
#pragma once

#include <QMap>
#include <QString>

namespace patchbay::security {

/// Values are stored: append only.
enum class Permission { Default, Yes, Ask, No };

using Permissions = QMap<QString, Permission>; ///< by plugin id

/// How we know the key of a member: proven to us on its own link, or the word of the hub it is connected to.
enum class Reach { Direct, ThroughHub };

/// What holds where nobody said anything: text yes, everything else ask. Never Default.
Permission defaultPermission(const QString &pluginId);

/// The stricter of two: No, then Ask, then Yes. Neither may be Default.
Permission stricter(Permission a, Permission b);

/// What a member may do with one plugin of this host: Yes, Ask or No, never Default. \a own is what was set for this
/// very peer (empty if it is not known), \a membersOfHub what was set for the members of the hub.
///
/// Direct: the own entry, else that of the hub's members, else the default. Through a hub, which could claim anybody:
/// the entry of its members or the default, and the own entry where that is stricter. Pure, thread-safe.
Permission effectivePermission(const Permissions &own, const Permissions &membersOfHub, const QString &pluginId,
                               Reach reach);

} // namespace patchbay::security
