// SPDX-License-Identifier: MIT
#include "hub/peermodel.h"

#include <algorithm>

namespace patchbay::hub {

bool acceptsAny(const Member &member, const QStringList &types)
{
    return std::any_of(types.cbegin(), types.cend(), [&](const QString &type) { return member.types.contains(type); });
}

PeerModel::PeerModel(QObject *parent) : QAbstractListModel(parent) { }

void PeerModel::add(const Member &member)
{
    const auto known = m_rows.constFind(quint64(member.id));
    if (known != m_rows.cend()) {
        m_members[size_t(*known)] = member;
        Q_EMIT dataChanged(index(*known), index(*known));
        return;
    }
    const int row = int(m_members.size());
    beginInsertRows({}, row, row);
    m_members.push_back(member);
    m_rows.insert(quint64(member.id), row);
    endInsertRows();
}

void PeerModel::remove(MemberId id)
{
    const auto known = m_rows.constFind(quint64(id));
    if (known == m_rows.cend())
        return;
    const int row = *known;
    beginRemoveRows({}, row, row);
    m_members.erase(m_members.begin() + row);
    m_rows.erase(known);
    for (size_t i = size_t(row); i < m_members.size(); ++i)
        m_rows[quint64(m_members[i].id)] = int(i);
    endRemoveRows();
}

void PeerModel::clear()
{
    if (m_members.empty())
        return;
    beginResetModel();
    m_members.clear();
    m_rows.clear();
    endResetModel();
}

const Member *PeerModel::find(MemberId id) const
{
    const auto known = m_rows.constFind(quint64(id));
    return known == m_rows.cend() ? nullptr : &m_members[size_t(*known)];
}

int PeerModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_members.size());
}

QVariant PeerModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const Member &member = m_members[size_t(index.row())];
    switch (role) {
    case Qt::DisplayRole:
    case NameRole:
        return member.name;
    case MemberIdRole:
        return quint64(member.id);
    case PeerIdRole:
        return member.peerId;
    case IsHubRole:
        return member.isHub;
    case IsSelfRole:
        return member.isSelf;
    case AcceptedTypesRole:
        return member.types;
    case TrustRole:
        return member.isVouched    ? QStringLiteral("vouched")
               : member.isVerified ? QStringLiteral("verified")
                                   : QStringLiteral("unverified");
    case MutedRole:
        return member.isMuted;
    default:
        return {};
    }
}

QHash<int, QByteArray> PeerModel::roleNames() const
{
    QHash<int, QByteArray> names = QAbstractListModel::roleNames();
    names.insert(MemberIdRole, "memberId");
    names.insert(PeerIdRole, "peerId");
    names.insert(NameRole, "name");
    names.insert(IsHubRole, "isHub");
    names.insert(IsSelfRole, "isSelf");
    names.insert(AcceptedTypesRole, "acceptedTypes");
    return names;
}

AcceptingPeersModel::AcceptingPeersModel(PeerModel *source, QStringList types, QObject *parent)
    : QSortFilterProxyModel(parent), m_types(std::move(types))
{
    setSourceModel(source);
}

bool AcceptingPeersModel::filterAcceptsRow(int row, const QModelIndex &) const
{
    const auto &members = static_cast<const PeerModel *>(sourceModel())->members();
    if (row < 0 || size_t(row) >= members.size())
        return false;
    return !members[size_t(row)].isSelf && acceptsAny(members[size_t(row)], m_types);
}

} // namespace patchbay::hub
