// SPDX-License-Identifier: MIT
#pragma once

#include "contentformat.h"
#include "contenthasher.h"
#include "filedescriptor.h"

#include <patchbay/payload.h>
#include <patchbay/types.h>

#include <atomic>

#include <sys/stat.h>

namespace patchbay::file {

/// One regular file as a stream: blocks straight from the disk into the host's buffer, hashed on the way, and a
/// trailer with size and hash. Fails when the file changed while it was read.
class FileSource final : public IByteSource
{
public:
    /// Opens \a path: never through a symbolic link, never a pipe or device. Main thread.
    Error open(const QString &path);
    /// What open() says, without keeping the file open.
    static Error check(const QString &path);

    /// After open(): what the offer says.
    ContentHeader header() const;
    qint64 size() const { return qint64(m_opened.st_size); }
    /// After the end was read.
    ContentHash hash() const { return m_hash; }
    /// The other side has accepted and bytes are being read.
    bool hasStarted() const { return m_started.load(std::memory_order_relaxed); }
    /// read() failed: the trouble is the file here, not the link or the other side.
    bool hasFailed() const { return m_failed.load(); }

    // IByteSource
    qint64 read(char *data, qint64 max) override;
    void cancel() override { m_cancelled.store(true); }
    QString errorText() const override { return m_error; }

private:
    qint64 readContent(char *data, qint64 max);
    bool finishReading();
    qint64 fail(const QString &sentence);

    QByteArray m_name;
    FileDescriptor m_file;
    struct stat m_opened = {};
    ContentHasher m_hasher;
    ContentHash m_hash = {};
    qint64 m_read = 0;      ///< of the file
    qint64 m_blockLeft = 0; ///< of the block under way
    char m_small[kTrailerBytes] = {};
    qsizetype m_smallSize = 0; ///< a block header or the trailer, waiting to be handed out
    qsizetype m_smallTaken = 0;
    bool m_trailerWritten = false;
    std::atomic_bool m_started = false;
    std::atomic_bool m_cancelled = false;
    std::atomic_bool m_failed = false;
    QString m_error;
};

} // namespace patchbay::file
