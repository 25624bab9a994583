// SPDX-License-Identifier: MIT
#pragma once

#include "cli/options.h"

#include <QString>
#include <QStringList>

#include <optional>

namespace patchbay::gui {

struct GuiOptions
{
    QString profile; ///< absolute
    QString name;
    QStringList pluginPaths;
    std::optional<cli::Endpoint> connectTo;
    std::optional<cli::Endpoint> listenOn;
    QString link;           ///< an invite link that the system opened: ask before it is dialled
    QString plainTokenFile; ///< absolute; not empty: plain mode
    bool help = false;
    bool version = false;
    QString problem; ///< not empty: a usage error, one sentence
};

/// Reads \a arguments (the program's name not included). Options of Qt itself (--platform, --style, …) are left to
/// QApplication. Called before there is one, so that a mistake is told without a display, and because the X11 platform
/// plugin takes a --name of its own.
GuiOptions parseGuiOptions(const QStringList &arguments);

/// The arguments left for QApplication: \a arguments without what parseGuiOptions() takes.
QStringList qtArguments(const QStringList &arguments);

QString guiHelpText();

} // namespace patchbay::gui
