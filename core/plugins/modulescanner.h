// SPDX-License-Identifier: MIT
#pragma once

#include "plugins/module.h"
#include "plugins/pluginmanager.h"

namespace patchbay::plugins {

/// Checks every module file in \a folders and reads its metadata; runs none of its code. Files that are refused come
/// as Rejected with the reason, the others as Found. A file reached twice is listed once.
ModuleList scanFolders(const QList<SearchFolder> &folders);

} // namespace patchbay::plugins
