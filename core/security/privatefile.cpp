// SPDX-License-Identifier: MIT
#include "security/privatefile.h"

#include <QCoreApplication>
#include <QFile>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace patchbay::security {

namespace {

using Kind = FileFault::Kind;

QString tr(const char *text)
{
    return QCoreApplication::translate("patchbay::security", text);
}

FileFault systemFault()
{
    return {Kind::System, errno};
}

class Descriptor
{
public:
    explicit Descriptor(int fd) : m_fd(fd) { }
    ~Descriptor()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    Q_DISABLE_COPY_MOVE(Descriptor)

    int get() const { return m_fd; }
    bool isValid() const { return m_fd >= 0; }

private:
    int m_fd;
};

bool writeAll(int fd, const QByteArray &content)
{
    qsizetype done = 0;
    while (done < content.size()) {
        const ssize_t n = ::write(fd, content.constData() + done, size_t(content.size() - done));
        if (n < 0 && errno != EINTR)
            return false;
        done += n > 0 ? n : 0;
    }
    return true;
}

int renameWithoutReplacing(const char *from, const char *to)
{
#ifdef RENAME_NOREPLACE
    if (::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != ENOSYS && errno != EINVAL)
        return -1;
#endif
    // File systems that do not know it: a hard link replaces nothing either.
    if (::link(from, to) != 0)
        return -1;
    return ::unlink(from);
}

bool syncFolderOf(const QByteArray &path)
{
    const qsizetype slash = path.lastIndexOf('/');
    const QByteArray folder = slash < 0 ? QByteArray(".") : slash == 0 ? QByteArray("/") : path.left(slash);
    const Descriptor fd(::open(folder.constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return fd.isValid() && ::fsync(fd.get()) == 0;
}

} // namespace

QString describe(const FileFault &fault, const QString &path)
{
    switch (fault.kind) {
    case Kind::Missing:
        return tr("%1 is missing.").arg(path);
    case Kind::Exists:
        return tr("%1 is there already.").arg(path);
    case Kind::NotRegular:
        return tr("%1 is a link or something else that is no ordinary file.").arg(path);
    case Kind::NotOurs:
        return tr("%1 belongs to another user.").arg(path);
    case Kind::TooOpen:
        return tr("%1 is open to other users.").arg(path);
    case Kind::TooLarge:
        return tr("%1 is larger than such a file can be.").arg(path);
    case Kind::System:
        break;
    }
    return tr("%1 cannot be read or written: %2.").arg(path, QString::fromLocal8Bit(std::strerror(fault.error)));
}

base::Result<QByteArray, FileFault> readPrivateFile(const QString &path, qint64 maxBytes)
{
    const Descriptor fd(
        ::open(QFile::encodeName(path).constData(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!fd.isValid()) {
        if (errno == ENOENT)
            return FileFault{Kind::Missing};
        if (errno == ELOOP || errno == ENXIO)
            return FileFault{Kind::NotRegular};
        return systemFault();
    }
    struct stat info = {};
    if (::fstat(fd.get(), &info) != 0)
        return systemFault();
    if (!S_ISREG(info.st_mode))
        return FileFault{Kind::NotRegular};
    if (info.st_uid != ::geteuid())
        return FileFault{Kind::NotOurs};
    if ((info.st_mode & 0077) != 0)
        return FileFault{Kind::TooOpen};
    if (info.st_size > maxBytes)
        return FileFault{Kind::TooLarge};

    // One byte more than there should be: a file that grows meanwhile is noticed.
    QByteArray content(info.st_size + 1, Qt::Uninitialized);
    qsizetype done = 0;
    while (done < content.size()) {
        const ssize_t n = ::read(fd.get(), content.data() + done, size_t(content.size() - done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return systemFault();
        if (n == 0)
            break;
        done += n;
    }
    if (done > info.st_size)
        return FileFault{Kind::System, EAGAIN};
    content.truncate(done);
    return content;
}

bool isThere(const QString &path)
{
    struct stat info = {};
    return ::lstat(QFile::encodeName(path).constData(), &info) == 0 || errno != ENOENT;
}

std::optional<FileFault> writePrivateFile(const QString &path, const QByteArray &content, Replace replace)
{
    const QByteArray name = QFile::encodeName(path);
    const QByteArray temporary = name + ".new";
    ::unlink(temporary.constData()); // of a process that was killed here; never anything of worth
    {
        const Descriptor fd(::open(temporary.constData(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (!fd.isValid())
            return systemFault();
        if (!writeAll(fd.get(), content) || ::fchmod(fd.get(), 0600) != 0 || ::fsync(fd.get()) != 0) {
            const FileFault fault = systemFault();
            ::unlink(temporary.constData());
            return fault;
        }
    }
    const int renamed = replace == Replace::Yes ? ::rename(temporary.constData(), name.constData())
                                                : renameWithoutReplacing(temporary.constData(), name.constData());
    if (renamed != 0) {
        const FileFault fault = errno == EEXIST ? FileFault{Kind::Exists} : systemFault();
        ::unlink(temporary.constData());
        return fault;
    }
    if (!syncFolderOf(name))
        return systemFault();
    return {};
}

std::optional<FileFault> keepAs(const QString &path, const QString &secondPath)
{
    const QByteArray name = QFile::encodeName(path);
    const QByteArray second = QFile::encodeName(secondPath);
    const QByteArray temporary = second + ".new";
    ::unlink(temporary.constData());
    if (::link(name.constData(), temporary.constData()) == 0) {
        const int renamed = ::rename(temporary.constData(), second.constData());
        const FileFault fault = systemFault();
        ::unlink(temporary.constData()); // rename() leaves it where both are the same file already
        return renamed == 0 ? std::optional<FileFault>() : fault;
    }
    // File systems without hard links: for a moment there is only the second name, which readers fall back to.
    if (::rename(name.constData(), second.constData()) != 0)
        return systemFault();
    return {};
}

} // namespace patchbay::security
