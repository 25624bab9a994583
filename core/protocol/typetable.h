// SPDX-License-Identifier: MIT
#pragma once

#include "protocol/bodies.h"

#include <QHash>

#include <vector>

namespace patchbay::protocol {

/// The hub's numbers for payload types: one table for everybody, a number is never reused (PROTOCOL.md 5.2).
class TypeTable final
{
public:
    /// The number of \a type, new or known. 0 and \a fault: the table is full, or it has another mode here. A type
    /// that is known with a smaller size grows to the larger one. \a changed: the entry has to be announced.
    quint16 add(const TypeInfo &type, Fault *fault, bool *changed);
    const TypeInfo *find(quint16 number) const;
    quint16 numberOf(const QString &name) const { return m_numbers.value(name, 0); }
    int count() const { return int(m_types.size()); }

    /// Bodies of TypeTable frames with every entry.
    QList<QByteArray> pages() const;
    static QByteArray page(const QList<NumberedType> &types) { return encode(types); }

private:
    std::vector<TypeInfo> m_types; ///< number - 1 → type
    QHash<QString, quint16> m_numbers;
};

} // namespace patchbay::protocol
