// SPDX-License-Identifier: MIT
#pragma once

#include <QString>
#include <QStringList>

namespace patchbay::gui {

/// \a text begins like an invite link; only Host can say whether it is a good one.
bool isInviteLink(const QString &text);

/// What an invite link says, for people. Host reads it for itself, strictly, when it dials.
struct LinkWords
{
    QStringList addresses; ///< HOST:PORT, in the order they are tried; harmless to show
    bool hasToken = false;
};
LinkWords readLink(const QString &link);

/// The invite link in the clipboard; empty where there is none.
QString linkInClipboard();

} // namespace patchbay::gui
