// SPDX-License-Identifier: MIT
#pragma once

#include "filedescriptor.h"

#include <QByteArray>
#include <QString>

#include <optional>

#include <sys/types.h>

namespace patchbay::file {

/// A file that is being received: a private part file in the inbox folder that gets its name only when it is whole,
/// verified and on the disk. The folder is held open, so nobody can slip another one under us. Never overwrites,
/// never follows a link. Not thread-safe: one thread at a time.
class InboxFile final
{
public:
    InboxFile() = default;
    /// Removes the part file unless commit() has succeeded.
    ~InboxFile();

    /// Makes \a folder if it is missing and an empty part file in it. False: error().
    bool create(const QString &folder);
    bool write(const char *data, qint64 size);

    struct Landing
    {
        QString name;                   ///< from safeName()
        std::optional<qint64> modified; ///< milliseconds since 1970
        mode_t mode = 0600;
    };
    /// Makes the content durable, then gives it its name, or "name (2)" where that exists, and makes that durable.
    /// True: the file is in the folder as path() and survives a power cut.
    bool commit(const Landing &landing);
    /// Removes the part file.
    void discard();

    bool isLanded() const { return !m_path.isEmpty(); }
    /// Absolute path once landed.
    QString path() const { return m_path; }
    /// One sentence for people about the last failure.
    QString error() const { return m_error; }

    /// Bytes that a file in \a folder (or in the nearest folder above it that exists) may take; -1 = unknown.
    static qint64 freeBytes(const QString &folder);

private:
    bool fail(const QString &what, int error);
    bool giveName(const QString &name);
    void flushBehind();

    QString m_folder;
    FileDescriptor m_directory;
    FileDescriptor m_file;
    QByteArray m_partName; ///< empty: there is none to remove
    qint64 m_written = 0;
    qint64 m_flushed = 0; ///< handed to the disk
    QString m_path;
    QString m_error;
};

} // namespace patchbay::file
