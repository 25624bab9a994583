// SPDX-License-Identifier: MIT
#pragma once

#include <QString>

namespace patchbay::gui {

/// \a text as the tool tip that shows exactly these characters: Qt guesses whether a tool tip is rich text, and what
/// a peer wrote must never be taken for it.
inline QString plainToolTip(const QString &text)
{
    return text.isEmpty()
               ? QString()
               : QStringLiteral("<p style=\"white-space:pre-wrap\">") + text.toHtmlEscaped() + QStringLiteral("</p>");
}

} // namespace patchbay::gui
