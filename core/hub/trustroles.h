// SPDX-License-Identifier: MIT
#pragma once

#include <Qt>

namespace patchbay::hub {

/// Roles of Host::members() beyond those that plugins see.
enum HostMemberRole : int {
    TrustRole = Qt::UserRole + 64, ///< QString: verified, vouched (by the hub alone) or unverified
    MutedRole,                     ///< bool: our hub forwards nothing of this member
};

/// Roles of Host::knownPeers(). Qt::DisplayRole is the label.
enum KnownPeerRole : int {
    KnownPeerIdRole = Qt::UserRole + 1, ///< QByteArray, 32 bytes
    KnownKeyTextRole,                   ///< QString: the key as people compare it, in groups
    KnownVerifiedRole,                  ///< QString for people: how and when
    KnownHowRole,                       ///< QString for programs: invite, code, operator, unverified
    KnownVerifiedAtRole,                ///< qint64, ms since 1970; 0 = never
    KnownLastSeenRole,                  ///< qint64, ms since 1970; 0 = never
    KnownLastAddressRole,               ///< QString
    KnownIsHubRole,                     ///< bool
    KnownMayEnterRole,                  ///< bool: admitted at our hub
    KnownBannedRole,                    ///< bool
    KnownMutedRole,                     ///< bool
    KnownPermissionsRole,               ///< QVariantMap: plugin id → yes, ask or no; what was set for this peer
    KnownMemberPermissionsRole,         ///< the same for those a hub vouches for
};

} // namespace patchbay::hub
