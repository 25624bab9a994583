// SPDX-License-Identifier: MIT
#pragma once

#include <Qt>

namespace patchbay::hub {

/// Columns and roles of Host::plugins(): those of plugins::PluginManager::model(), for applications, which do not see
/// core/plugins. host.cpp asserts that the numbers are the same.
enum PluginColumn { PluginNameColumn, PluginStateColumn, PluginVersionColumn, PluginReasonColumn };
enum PluginRole : int {
    PluginIdRole = Qt::UserRole + 1,
    PluginStateRole,
    PluginReasonRole,
    PluginOriginRole,
    PluginFileRole,
    PluginTypesRole,
    PluginIsPanelRole,
    PluginEnabledRole,
    PluginDescriptionRole,
    PluginPanelForRole
};

} // namespace patchbay::hub
