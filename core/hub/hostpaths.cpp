// SPDX-License-Identifier: MIT
#include "hub/hostpaths.h"

#include "hub/host.h"

#include <QCoreApplication>
#include <QDir>
#include <QStandardPaths>

namespace patchbay::hub {

QList<plugins::SearchFolder> pluginFolders(const QStringList &extra)
{
    QList<plugins::SearchFolder> folders;
    const QDir prefix(QDir::cleanPath(QCoreApplication::applicationDirPath() + QStringLiteral("/..")));
    QStringList bundled{prefix.filePath(QStringLiteral("lib/patchbay/plugins")),
                        prefix.filePath(QStringLiteral(PATCHBAY_PLUGIN_DIR))};
    bundled.removeDuplicates();
    for (const QString &path : std::as_const(bundled)) {
        if (QDir(path).exists())
            folders.append({path, plugins::Origin::Bundled});
    }
    for (const QString &path : extra)
        folders.append({QDir(path).absolutePath(), plugins::Origin::CommandLine});
    return folders;
}

QString defaultProfileDirectory()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation)
           + QStringLiteral("/patchbay/default");
}

} // namespace patchbay::hub
