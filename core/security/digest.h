// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <initializer_list>

namespace patchbay::security {

constexpr int kDigestBytes = 32;

/// SHA-256 of the parts one after the other. Thread-safe. Aborts where libcrypto has no SHA-256 or no memory: nothing
/// here could go on safely without.
QByteArray sha256(std::initializer_list<QByteArrayView> parts);

/// Whether both are the same; the time taken says nothing about where they differ. Thread-safe.
bool equalInConstantTime(QByteArrayView a, QByteArrayView b);

} // namespace patchbay::security
