// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QString>

/// \file
/// The one place where a file name from a peer becomes a name on our disk.
namespace patchbay::file {

inline constexpr qsizetype kMaxNameBytes = 255; ///< what common file systems take for one name

struct SafeName
{
    QString name;        ///< empty when hostile
    bool mapped = false; ///< characters were replaced; worth a visible note
    QString problem;     ///< why it is hostile, one sentence for people; empty otherwise

    bool isHostile() const { return !problem.isEmpty(); }
};

/// Turns the UTF-8 bytes of a base name into one that is safe on every common file system. Hostile names (no honest
/// sender has them: path separators, control characters, invalid UTF-8 …) give none; merely unportable ones are mapped.
/// Idempotent: a name it returned comes back unchanged.
SafeName safeName(const QByteArray &utf8);

/// \a name for the \a number-th file of that name, "photo (2).jpg", still within kMaxNameBytes.
QString numberedName(const QString &name, int number);

} // namespace patchbay::file
