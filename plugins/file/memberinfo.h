// SPDX-License-Identifier: MIT
#pragma once

#include <patchbay/commandtools.h>
#include <patchbay/types.h>

#include <QAbstractItemModel>

namespace patchbay::file {

struct MemberInfo
{
    QString name; ///< escaped
    QByteArray peerId;
};

/// "?" and no peer id for a member that is gone.
inline MemberInfo memberInfo(const QAbstractItemModel *members, MemberId member)
{
    for (int row = 0; members && row < members->rowCount(); ++row) {
        const QModelIndex index = members->index(row, 0);
        if (MemberId(index.data(MemberIdRole).toULongLong()) == member)
            return {escaped(index.data(NameRole).toString()), index.data(PeerIdRole).toByteArray()};
    }
    return {QStringLiteral("?"), {}};
}

} // namespace patchbay::file
