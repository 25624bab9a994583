// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QJsonObject>
#include <QStringList>

#include <vector>

namespace patchbay {
class ICommandContext;
struct Error;
} // namespace patchbay

namespace patchbay::hub {

/// One object on one line.
QByteArray jsonLine(const QJsonObject &object);
/// Rows as aligned columns. Every cell may come from a peer, so it is made one line of plain text.
QByteArray textTable(const std::vector<QStringList> &rows);
/// Says \a sentence and returns the exit code of a wrong call.
int usageError(ICommandContext *context, const QString &sentence);
/// Says what went wrong, if anything did, and returns the exit code for it.
int exitCodeOf(ICommandContext *context, const Error &error);

} // namespace patchbay::hub
