// SPDX-License-Identifier: MIT
#include "protocol/typetable.h"

#include "protocol/limits.h"

#include <QCoreApplication>

namespace patchbay::protocol {

namespace {

constexpr int kTypesPerPage = 256; // six items each at most: far under the cap on items

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::protocol::TypeTable", source);
}

} // namespace

quint16 TypeTable::add(const TypeInfo &type, Fault *fault, bool *changed)
{
    *changed = false;
    const quint16 known = numberOf(type.name);
    if (known != 0) {
        TypeInfo &entry = m_types[known - 1];
        if (entry.mode != type.mode) {
            *fault = {Code::ModeMismatch, tr("%1 has another mode in this hub.").arg(type.name), Party::Remote};
            return 0;
        }
        if (type.maxBytes > entry.maxBytes) {
            entry.maxBytes = type.maxBytes;
            *changed = true;
        }
        return known;
    }
    if (m_types.size() >= size_t(limits::kTypesPerHub)) {
        *fault = {Code::TooMany, tr("The hub knows %1 types and takes no more.").arg(limits::kTypesPerHub),
                  Party::Remote};
        return 0;
    }
    m_types.push_back(type);
    const quint16 number = quint16(m_types.size());
    m_numbers.insert(type.name, number);
    *changed = true;
    return number;
}

const TypeInfo *TypeTable::find(quint16 number) const
{
    return number == 0 || number > m_types.size() ? nullptr : &m_types[number - 1];
}

QList<QByteArray> TypeTable::pages() const
{
    QList<QByteArray> pages;
    QList<NumberedType> page;
    for (size_t i = 0; i < m_types.size(); ++i) {
        page.append({quint16(i + 1), m_types[i]});
        if (page.size() == kTypesPerPage || i + 1 == m_types.size())
            pages.append(encode(std::exchange(page, {})));
    }
    return pages;
}

} // namespace patchbay::protocol
