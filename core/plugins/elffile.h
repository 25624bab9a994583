// SPDX-License-Identifier: MIT
#pragma once

#include <QString>

namespace patchbay::plugins {

/// Whether \a path begins like an ELF file of this machine but ends before its own headers say: an interrupted copy.
/// Such a file can be loaded, and then kills the process with SIGBUS. False where there are no ELF files.
bool isCutShort(const QString &path);

} // namespace patchbay::plugins
