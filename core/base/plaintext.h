// SPDX-License-Identifier: MIT
#pragma once

#include <QString>

namespace patchbay::base {

/// Text from a peer made fit for one line of a log, a terminal or a label: control characters, line and paragraph
/// separators and bidirectional overrides are replaced by U+FFFD, and it is cut to \a maxCharacters with an ellipsis.
QString singleLine(const QString &text, int maxCharacters = 512);

} // namespace patchbay::base
