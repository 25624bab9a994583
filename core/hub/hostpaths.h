// SPDX-License-Identifier: MIT
#pragma once

#include "plugins/pluginmanager.h"

#include <QStringList>

namespace patchbay::hub {

/// Where modules are looked for: beside the program (build tree and installation), then \a extra in order.
QList<plugins::SearchFolder> pluginFolders(const QStringList &extra);

} // namespace patchbay::hub
