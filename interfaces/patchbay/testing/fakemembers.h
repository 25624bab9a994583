// SPDX-License-Identifier: MIT
#pragma once

#include <patchbay/types.h>

#include <QAbstractListModel>
#include <QCryptographicHash>
#include <QList>
#include <QStringList>

namespace patchbay {
namespace testing {

/// The members FakeHost shows to the plugin under test: one column, the roles of MemberRole.
class FakeMembers final : public QAbstractListModel
{
public:
    struct Member
    {
        MemberId id = MemberId::None;
        QString name;
        QByteArray peerId;
        QStringList acceptedTypes;
        bool isHub = false;
    };

    /// The peer id is made from \a name, so the same name is the same peer again with a new MemberId.
    MemberId add(const QString &name, const QStringList &acceptedTypes, bool isHub)
    {
        Member member;
        member.id = MemberId(++m_lastId);
        member.name = name;
        member.peerId = QCryptographicHash::hash(name.toUtf8(), QCryptographicHash::Sha256);
        member.acceptedTypes = acceptedTypes;
        member.isHub = isHub;
        beginInsertRows({}, int(m_members.size()), int(m_members.size()));
        m_members.append(member);
        endInsertRows();
        return member.id;
    }

    bool remove(MemberId id)
    {
        for (int row = 0; row < int(m_members.size()); ++row) {
            if (m_members.at(row).id != id)
                continue;
            beginRemoveRows({}, row, row);
            m_members.removeAt(row);
            endRemoveRows();
            return true;
        }
        return false;
    }

    const Member *find(MemberId id) const
    {
        for (const Member &member : m_members) {
            if (member.id == id)
                return &member;
        }
        return nullptr;
    }

    const QList<Member> &members() const { return m_members; }

    int rowCount(const QModelIndex &parent = {}) const override { return parent.isValid() ? 0 : int(m_members.size()); }

    QVariant data(const QModelIndex &index, int role) const override
    {
        if (!index.isValid() || index.row() >= int(m_members.size()))
            return {};
        const Member &member = m_members.at(index.row());
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
            return false;
        case AcceptedTypesRole:
            return member.acceptedTypes;
        default:
            return {};
        }
    }

private:
    QList<Member> m_members;
    quint64 m_lastId = 0;
};

} // namespace testing
} // namespace patchbay
