// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"

#include <QDateTime>
#include <QString>
#include <QStringList>

namespace patchbay::plugins {

/// A file that passed the checks below, and what it looked like then.
struct ModuleFile
{
    QString path; ///< absolute and canonical: what is handed to QPluginLoader
    qint64 size = 0;
    QDateTime changed;

    bool operator==(const ModuleFile &other) const
    {
        return path == other.path && size == other.size && changed == other.changed;
    }
    bool operator!=(const ModuleFile &other) const { return !(*this == other); }
};

inline constexpr qint64 maxModuleBytes = 64LL * 1024 * 1024; ///< nobody's plugin is larger; a mistake or a trap is
inline constexpr int maxModulesPerFolder = 1000;             ///< so that a wrong folder does not take minutes

/// Whether other people could have put the code there: a regular file with the platform's library suffix, of at most
/// 64 MiB, owned by this user or root, in folders that nobody else may write to. Symbolic links are followed and both
/// ends are checked. The error is one sentence for people.
base::Result<ModuleFile, QString> checkModuleFile(const QString &path);

/// Absolute paths of everything in \a folder that is named like a module, sorted by name; not yet checked.
QStringList moduleCandidates(const QString &folder);

} // namespace patchbay::plugins
