// SPDX-License-Identifier: MIT
#pragma once

#include <QString>

namespace patchbay {
class ICommandContext;
}

namespace patchbay::hub {

class Host;

/// The host's verbs about trust: invite, invites, peers, kick, limits.
bool isTrustCommand(const QString &verb);
/// Those that need our hub to be open.
bool trustCommandNeedsLink(const QString &verb);
/// Runs one to its end and returns its exit code.
int runTrustCommand(Host &host, ICommandContext *context);

} // namespace patchbay::hub
