// SPDX-License-Identifier: MIT
#include "filesource.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <QtEndian>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>

namespace patchbay::file {

namespace {

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::file::FileSource", source);
}

/// What a person may do between two looks at the same file and what we must notice.
bool isUnchanged(const struct stat &a, const struct stat &b)
{
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size
           && a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec
           && a.st_ctim.tv_sec == b.st_ctim.tv_sec && a.st_ctim.tv_nsec == b.st_ctim.tv_nsec;
}

} // namespace

Error FileSource::open(const QString &path)
{
    const auto cannot = [&](const QString &why) {
        return Error{ErrorCode::IoFailed, tr("%1 cannot be sent: %2.").arg(path, why)};
    };
    if (path.contains(QChar(0)))
        return cannot(tr("its name has a NUL in it"));
    m_name = QFileInfo(path).fileName().toUtf8();
    const QByteArray encoded = QFile::encodeName(path);
    m_file = FileDescriptor(::open(encoded.constData(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!m_file.isOpen()) {
        const int error = errno;
        return cannot(error == ELOOP ? tr("it is a symbolic link; send the file it points to")
                                     : qt_error_string(error));
    }
    if (::fstat(m_file.get(), &m_opened) != 0)
        return cannot(qt_error_string(errno));
    if (S_ISDIR(m_opened.st_mode))
        return cannot(tr("it is a folder; only single files can be sent"));
    if (!S_ISREG(m_opened.st_mode))
        return cannot(tr("it is not a regular file"));
    if (m_opened.st_size > kMaxFileBytes)
        return cannot(tr("it is larger than any file can be"));
    ::posix_fadvise(m_file.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    return {};
}

Error FileSource::check(const QString &path)
{
    FileSource source;
    return source.open(path);
}

ContentHeader FileSource::header() const
{
    ContentHeader header{m_name, size(), std::nullopt};
    if (m_opened.st_mtim.tv_sec >= 0)
        header.modified = qint64(m_opened.st_mtim.tv_sec) * 1000 + m_opened.st_mtim.tv_nsec / 1'000'000;
    return header;
}

qint64 FileSource::fail(const QString &sentence)
{
    m_error = sentence;
    m_failed.store(true);
    return StreamFailed;
}

qint64 FileSource::read(char *data, qint64 max)
{
    m_started.store(true, std::memory_order_relaxed);
    qint64 done = 0;
    while (done < max) {
        if (m_cancelled.load(std::memory_order_relaxed))
            return StreamFailed;
        if (m_smallTaken < m_smallSize) {
            const qint64 piece = std::min<qint64>(max - done, m_smallSize - m_smallTaken);
            std::memcpy(data + done, m_small + m_smallTaken, size_t(piece));
            m_smallTaken += piece;
            done += piece;
        } else if (m_blockLeft > 0) {
            const qint64 count = readContent(data + done, std::min(max - done, m_blockLeft));
            if (count < 0)
                return count;
            m_blockLeft -= count;
            done += count;
        } else if (m_read < size()) {
            m_blockLeft = std::min(kBlockBytes, size() - m_read);
            qToBigEndian(quint32(m_blockLeft), m_small);
            m_smallSize = kBlockHeaderBytes;
            m_smallTaken = 0;
        } else if (!m_trailerWritten) {
            if (!finishReading())
                return StreamFailed;
        } else {
            break;
        }
    }
    return done;
}

qint64 FileSource::readContent(char *data, qint64 max)
{
    for (;;) {
        const ssize_t count = ::read(m_file.get(), data, size_t(max));
        if (count > 0) {
            m_hasher.add(data, count);
            m_read += count;
            return count;
        }
        if (count == 0)
            return fail(tr("%1 changed while it was being sent.").arg(QString::fromUtf8(m_name)));
        if (errno != EINTR)
            return fail(tr("%1 could not be read: %2.").arg(QString::fromUtf8(m_name), qt_error_string(errno)));
    }
}

bool FileSource::finishReading()
{
    struct stat now = {};
    if (::fstat(m_file.get(), &now) != 0 || !isUnchanged(m_opened, now)) {
        fail(tr("%1 changed while it was being sent.").arg(QString::fromUtf8(m_name)));
        return false;
    }
    m_hash = m_hasher.result();
    qToBigEndian(quint32(0), m_small);
    qToBigEndian(quint64(m_read), m_small + kBlockHeaderBytes);
    std::memcpy(m_small + kBlockHeaderBytes + 8, m_hash.data(), m_hash.size());
    m_smallSize = kTrailerBytes;
    m_smallTaken = 0;
    m_trailerWritten = true;
    return true;
}

} // namespace patchbay::file
