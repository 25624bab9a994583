// SPDX-License-Identifier: MIT
#include "plugins/modulescanner.h"

#include "base/plaintext.h"
#include "plugins/elffile.h"
#include "plugins/metadata.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QSet>

namespace patchbay::plugins {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("patchbay::plugins::ModuleScanner", text);
}

std::unique_ptr<Module> scanFile(const QString &path, Origin origin)
{
    auto module = std::make_unique<Module>();
    module->spec.filePath = path;
    module->spec.origin = origin;
    const auto reject = [&module](const QString &reason) {
        module->state = State::Rejected;
        module->reason = reason;
    };

    const auto checked = checkModuleFile(path);
    if (!checked) {
        reject(checked.error());
        return module;
    }
    module->file = checked.value();
    module->spec.filePath = module->file.path;

    if (isCutShort(module->file.path)) {
        reject(tr("%1 is cut short; copy or build it again.").arg(module->file.path));
        return module;
    }

    // metaData() reads the file; only load() and instance() run code in it.
    const QPluginLoader loader(module->file.path);
    const QJsonObject metadata = loader.metaData();
    if (metadata.isEmpty()) {
        reject(tr("This is not a plugin: %1").arg(base::singleLine(loader.errorString())));
        return module;
    }
    auto parsed = parseMetadata(metadata);
    if (!parsed) {
        reject(parsed.error());
        return module;
    }
    module->spec = std::move(parsed).value();
    module->spec.filePath = module->file.path;
    module->spec.origin = origin;
    return module;
}

} // namespace

ModuleList scanFolders(const QList<SearchFolder> &folders)
{
    ModuleList modules;
    QSet<QString> seen;
    for (const SearchFolder &folder : folders) {
        const QStringList paths = moduleCandidates(folder.path);
        for (const QString &path : paths) {
            const QString canonical = QFileInfo(path).canonicalFilePath();
            if (!canonical.isEmpty() && seen.contains(canonical))
                continue;
            seen.insert(canonical);
            modules.push_back(scanFile(path, folder.origin));
        }
    }
    return modules;
}

} // namespace patchbay::plugins
