// SPDX-License-Identifier: MIT
#include "inboxfile.h"

#include "safename.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QRandomGenerator>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

namespace patchbay::file {

namespace {

constexpr int kPartTries = 16;
constexpr int kMaxNumber = 9999; // "name (9999)"; a folder with more of one name is a mistake
// Written data goes to the disk in windows of this size while more arrives: the last fdatasync() has little left to do,
// a slow disk slows the sender, and a cancel never waits for gigabytes.
constexpr qint64 kFlushBytes = 16 * 1024 * 1024;

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::file::InboxFile", source);
}

/// As rename(), but never onto something that exists. EEXIST says that it does.
int renameNoReplace(int directory, const char *from, const char *to)
{
    if (::renameat2(directory, from, directory, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    // A file system without it: a second name is refused just as surely.
    if (::linkat(directory, from, directory, to, 0) != 0)
        return errno;
    return ::unlinkat(directory, from, 0) == 0 ? 0 : errno;
}

int syncData(int fd)
{
    while (::fdatasync(fd) != 0) {
        if (errno != EINTR)
            return errno;
    }
    return 0;
}

} // namespace

InboxFile::~InboxFile()
{
    discard();
}

bool InboxFile::fail(const QString &what, int error)
{
    m_error =
        tr("%1: %2.").arg(what, error == ENOSPC || error == EDQUOT ? tr("the disk is full") : qt_error_string(error));
    return false;
}

bool InboxFile::create(const QString &folder)
{
    m_folder = QDir(folder).absolutePath();
    const QString cannot = tr("No file can be created in %1").arg(m_folder);
    if (!QDir().mkpath(m_folder))
        return fail(cannot, errno ? errno : ENOENT);
    m_directory = FileDescriptor(::open(QFile::encodeName(m_folder).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!m_directory.isOpen())
        return fail(cannot, errno);
    for (int i = 0; i < kPartTries && !m_file.isOpen(); ++i) {
        const QByteArray name =
            ".patchbay-" + QByteArray::number(QRandomGenerator::system()->generate64(), 16).rightJustified(16, '0')
            + ".part";
        m_file = FileDescriptor(
            ::openat(m_directory.get(), name.constData(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (m_file.isOpen())
            m_partName = name;
        else if (errno != EEXIST)
            return fail(cannot, errno);
    }
    return m_file.isOpen() || fail(cannot, EEXIST);
}

bool InboxFile::write(const char *data, qint64 size)
{
    while (size > 0) {
        const ssize_t count = ::write(m_file.get(), data, size_t(size));
        if (count < 0) {
            if (errno == EINTR)
                continue;
            return fail(tr("The file could not be written in %1").arg(m_folder), errno);
        }
        data += count;
        size -= count;
        m_written += count;
    }
    flushBehind();
    return true;
}

void InboxFile::flushBehind()
{
    if (m_written - m_flushed < kFlushBytes)
        return;
    // Start on the newest window, wait for the one before it. Only a hint: commit() is what makes sure.
    ::sync_file_range(m_file.get(), m_flushed, m_written - m_flushed, SYNC_FILE_RANGE_WRITE);
    const qint64 before = std::max<qint64>(0, m_flushed - kFlushBytes);
    if (m_flushed > 0)
        ::sync_file_range(m_file.get(), before, m_flushed - before,
                          SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
    m_flushed = m_written;
}

bool InboxFile::commit(const Landing &landing)
{
    const QString cannot = tr("%1 could not be completed in %2").arg(landing.name, m_folder);
    if (::fchmod(m_file.get(), landing.mode & 0666) != 0) // never executable, whatever the sender says
        return fail(cannot, errno);
    if (landing.modified) {
        const timespec time{time_t(*landing.modified / 1000), long(*landing.modified % 1000) * 1'000'000};
        const timespec times[2] = {{0, UTIME_NOW}, time};
        (void)::futimens(m_file.get(), times); // a time the file system cannot hold is no reason to lose the file
    }
    if (const int error = syncData(m_file.get()); error != 0)
        return fail(cannot, error);
    if (!giveName(landing.name))
        return false;
    if (::fsync(m_directory.get()) != 0 && errno != EINVAL && errno != EROFS) {
        const int error = errno;
        m_path.clear();
        return fail(cannot, error);
    }
    return true;
}

bool InboxFile::giveName(const QString &name)
{
    for (int number = 1; number <= kMaxNumber; ++number) {
        const QString candidate = number == 1 ? name : numberedName(name, number);
        const int error = renameNoReplace(m_directory.get(), m_partName.constData(), candidate.toUtf8().constData());
        if (error == 0) {
            m_partName.clear();
            m_path = m_folder == QStringLiteral("/") ? m_folder + candidate : m_folder + u'/' + candidate;
            return true;
        }
        if (error != EEXIST)
            return fail(tr("%1 could not be completed in %2").arg(candidate, m_folder), error);
    }
    return fail(tr("%1 could not be completed in %2").arg(name, m_folder), EEXIST);
}

void InboxFile::discard()
{
    if (!m_partName.isEmpty())
        ::unlinkat(m_directory.get(), m_partName.constData(), 0);
    m_partName.clear();
    m_file.reset();
    m_directory.reset();
}

qint64 InboxFile::freeBytes(const QString &folder)
{
    QString existing = QDir(folder).absolutePath();
    while (!QFile::exists(existing) && existing.size() > 1)
        existing = QDir::cleanPath(existing + QStringLiteral("/.."));
    struct statvfs info = {};
    if (::statvfs(QFile::encodeName(existing).constData(), &info) != 0 || info.f_blocks == 0)
        return -1; // a file system without blocks does not count them
    return qint64(info.f_bavail) * qint64(info.f_frsize);
}

} // namespace patchbay::file
