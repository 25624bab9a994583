// SPDX-License-Identifier: MIT
#pragma once

#include "hub/host.h"

#include <QString>

namespace patchbay::gui {

/// One or two words: "Listening", "Waiting".
QString phaseName(const hub::LinkState &state);

/// "127.0.0.1:7229", "[::1]:7229"; empty without an address.
QString endpointText(const QString &address, quint16 port);

/// The addresses of the link, our own first: "127.0.0.1:40000 → 127.0.0.1:7229"; empty when there are none.
QString addressesText(const hub::LinkState &state);

/// Somebody asked for a link and has not ended it: there is something to stop.
bool isRunning(const hub::LinkState &state);

} // namespace patchbay::gui
