// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"

#include <QByteArray>
#include <QString>

#include <optional>

namespace patchbay::security {

/// Why a private file could not be read or written.
struct FileFault
{
    enum class Kind {
        Missing,
        Exists,     ///< would have been replaced
        NotRegular, ///< a link, a folder, a fifo, …
        NotOurs,    ///< owned by somebody else
        TooOpen,    ///< group or others may read or write it
        TooLarge,
        System, ///< the system said \a error
    };
    Kind kind = Kind::System;
    int error = 0; ///< errno, for System
};

/// A sentence for \a path without what to do about it, such as "/x/trust can be read by other users."
QString describe(const FileFault &fault, const QString &path);

/// All of a regular file that the user owns and nobody else may read or write; links are not followed. Never blocks
/// on a fifo, never takes more than \a maxBytes. Thread-safe.
base::Result<QByteArray, FileFault> readPrivateFile(const QString &path, qint64 maxBytes);

/// Whether there is anything under this name, a dangling link included.
bool isThere(const QString &path);

enum class Replace { No, Yes };

/// Puts \a content (0600) under \a path: written to \a path + ".new", synced, renamed, folder synced. Whatever
/// happens, \a path is what it was or holds all of \a content. Only one writer at a time: the profile is locked.
[[nodiscard]] std::optional<FileFault> writePrivateFile(const QString &path, const QByteArray &content,
                                                        Replace replace);

/// Gives what is at \a path a second name, which replaces what had it; \a path stays. Not synced: follow with
/// writePrivateFile() in the same folder.
[[nodiscard]] std::optional<FileFault> keepAs(const QString &path, const QString &secondPath);

} // namespace patchbay::security
