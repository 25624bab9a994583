// SPDX-License-Identifier: MIT
#pragma once

#include "plugins/pluginspec.h"

#include <QHash>
#include <QList>

namespace patchbay::plugins {

/// What may be loaded and why the rest may not.
struct Resolution
{
    QList<int> order;            ///< indices of what may be loaded: dependencies and logic modules first
    QHash<int, QString> reasons; ///< for every other index: one sentence for people
};

/// Decides from the metadata alone. Where two claim the same id, payload type, verb or panel, the one of the better
/// origin wins (bundled, system, user, command line), then the one found first. What is refused claims nothing.
/// \a hostApi is PATCHBAY_API_VERSION of this host.
Resolution resolve(const QList<PluginSpec> &specs, quint32 hostApi);

} // namespace patchbay::plugins
