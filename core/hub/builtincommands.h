// SPDX-License-Identifier: MIT
#pragma once

#include <QString>

namespace patchbay {
class ICommandContext;
}

namespace patchbay::hub {

class Host;

/// The verbs the host itself provides: members, plugins, status, stop.
bool isBuiltinCommand(const QString &verb);
/// "members" makes sense only in a hub; "plugins" always.
bool builtinNeedsLink(const QString &verb);
/// Runs one to its end: context->finish() was called when this returns.
void runBuiltinCommand(Host &host, ICommandContext *context);

} // namespace patchbay::hub
