// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "plugins/pluginspec.h"

#include <QJsonObject>

namespace patchbay::plugins {

/// Caps of the metadata of one module. Each is far above what a real plugin has; what is over is refused, never cut.
inline constexpr int maxIdLength = 128;
inline constexpr int maxNameLength = 128;
inline constexpr int maxVersionLength = 64;
inline constexpr int maxLineLength = 1024; ///< description, usage, license
inline constexpr int maxHelpLength = 16 * 1024;
inline constexpr int maxPayloadTypes = 256; ///< as many as a member may announce
inline constexpr int maxCommands = 32;
inline constexpr int maxDependencies = 32;
inline constexpr int maxLocalisedNames = 128;
inline constexpr quint32 defaultMessageBytes = 256 * 1024;
inline constexpr quint32 maxMessageBytes = 1024 * 1024;

/// Reads what QPluginLoader::metaData() returned: the IID, then the rules of interfaces/plugin.schema.json. The spec
/// comes without filePath and origin. The error is one sentence for people.
base::Result<PluginSpec, QString> parseMetadata(const QJsonObject &loaderMetadata);

} // namespace patchbay::plugins
