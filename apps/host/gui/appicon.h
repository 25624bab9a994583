// SPDX-License-Identifier: MIT
#pragma once

#include <QIcon>

namespace patchbay::gui {

/// The icon of the application, painted: two rows of sockets and a cable from one to another.
QIcon applicationIcon();

} // namespace patchbay::gui
