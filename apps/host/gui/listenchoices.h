// SPDX-License-Identifier: MIT
#pragma once

#include <QList>
#include <QString>

namespace patchbay::gui {

struct ListenChoice
{
    QString address; ///< as it stands in the field
    QString text;    ///< what that means
};

/// The addresses a hub of this computer can listen on: all of them, this computer only, then one for each interface.
QList<ListenChoice> listenChoices();

} // namespace patchbay::gui
