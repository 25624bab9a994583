// SPDX-License-Identifier: MIT
#pragma once

#include "gui/glyphicon.h"

#include <QModelIndex>
#include <QString>

namespace patchbay::gui {

/// The name of a peer on one line: cut, and without characters that break the line or turn it around.
QString peerName(const QString &name);

/// "verified", "vouched by HUB", "not verified"; \a index: a member of Host::members().
QString trustText(const QModelIndex &index);
/// The same in a sentence or two.
QString trustExplanation(const QModelIndex &index);
Glyph trustGlyph(const QModelIndex &index);

/// The name of the hub among the members of \a index' model; empty where there is none.
QString hubName(const QAbstractItemModel *members);

} // namespace patchbay::gui
