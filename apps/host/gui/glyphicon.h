// SPDX-License-Identifier: MIT
#pragma once

#include <QIcon>

namespace patchbay::gui {

enum class Glyph {
    Start,
    Stop,
    Retry,
    Plug,
    Hub,
    Join,
    Members,
    Log,
    Link,
    Copy,
    Save,
    Warning,
    Info,
    Close,
    Settings,
    Quit,
    Lock,
    Invite,
    Paste,
    Verified, ///< a tick in a shield
    Vouched,  ///< a shield
    Question,
    Choose,       ///< opens a list
    StateOff,     ///< a ring
    StateWaiting, ///< a ring with a hand
    StateUp,      ///< a disc
};

/// A line drawing in the palette's own text colour, sharp at every size: follows light and dark by itself.
QIcon glyphIcon(Glyph glyph);

} // namespace patchbay::gui
