// SPDX-License-Identifier: MIT
#include "plugins/modulefile.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

#ifdef Q_OS_UNIX
#include <unistd.h>
#endif

namespace patchbay::plugins {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("patchbay::plugins::ModuleFile", text);
}

bool hasLibrarySuffix(const QString &name)
{
#if defined(Q_OS_WIN)
    return name.endsWith(QLatin1String(".dll"), Qt::CaseInsensitive);
#elif defined(Q_OS_MACOS)
    return name.endsWith(QLatin1String(".dylib")) || name.endsWith(QLatin1String(".so"));
#else
    return name.endsWith(QLatin1String(".so"));
#endif
}

/// Empty when only this user and root can write to \a path.
QString whoElseCanWrite(const QFileInfo &info, const QString &what)
{
#ifdef Q_OS_UNIX
    const QString path = info.filePath();
    if (info.ownerId() != ::geteuid() && info.ownerId() != 0)
        return tr("%1 %2 belongs to another user, so it is not trusted.").arg(what, path);
    if (info.permissions() & QFileDevice::WriteOther)
        return tr("%1 %2 can be written to by everybody; run: chmod go-w %2").arg(what, path);
    if (info.permissions() & QFileDevice::WriteGroup)
        return tr("%1 %2 can be written to by its group; run: chmod go-w %2").arg(what, path);
#else
    Q_UNUSED(info)
    Q_UNUSED(what)
#endif
    return {};
}

} // namespace

base::Result<ModuleFile, QString> checkModuleFile(const QString &path)
{
    const QFileInfo named(path);
    if (!named.isAbsolute())
        return tr("%1 is not an absolute path.").arg(path);
    if (!hasLibrarySuffix(named.fileName()))
        return tr("%1 is not named like a library of this system.").arg(path);
    const QString canonical = named.canonicalFilePath();
    if (canonical.isEmpty())
        return tr("%1 points to a file that does not exist.").arg(path);
    const QFileInfo info(canonical);
    if (!hasLibrarySuffix(info.fileName()))
        return tr("%1 points to %2, which is not named like a library of this system.").arg(path, canonical);
    if (!info.isFile())
        return tr("%1 is not a regular file.").arg(path);
    if (!info.isReadable())
        return tr("%1 may not be read by this user.").arg(path);
    if (info.size() > maxModuleBytes)
        return tr("%1 is larger than %2 MiB.").arg(path).arg(maxModuleBytes / 1024 / 1024);

    QString problem = whoElseCanWrite(info, tr("The file"));
    if (problem.isEmpty())
        problem = whoElseCanWrite(QFileInfo(info.path()), tr("The folder"));
    if (problem.isEmpty()) // a link is as good as the folder it lies in
        problem = whoElseCanWrite(QFileInfo(QFileInfo(named.path()).canonicalFilePath()), tr("The folder"));
    if (!problem.isEmpty())
        return problem;
    return ModuleFile{canonical, info.size(), info.metadataChangeTime()};
}

QStringList moduleCandidates(const QString &folder)
{
    QStringList paths;
    const QDir directory(folder);
    const QStringList names =
        directory.entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot, QDir::Name);
    for (const QString &name : names) {
        if (hasLibrarySuffix(name) && paths.size() < maxModulesPerFolder)
            paths.append(directory.absoluteFilePath(name));
    }
    return paths;
}

} // namespace patchbay::plugins
