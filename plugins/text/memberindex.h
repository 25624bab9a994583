// SPDX-License-Identifier: MIT
#pragma once

#include <patchbay/types.h>

#include <QAbstractItemModel>
#include <QHash>
#include <QObject>

namespace patchbay::text {

/// Name and peer id of every member, so that a message does not search the whole model. Read anew, when asked, after
/// the model has changed.
class MemberIndex final : public QObject
{
    Q_OBJECT

public:
    struct Member
    {
        QString name;
        QByteArray peerId;
        QStringList types;
    };

    /// Null = none. The model must live until the next call.
    void setModel(QAbstractItemModel *model)
    {
        if (m_model)
            m_model->disconnect(this);
        m_model = model;
        forget();
        if (!model)
            return;
        connect(model, &QAbstractItemModel::rowsInserted, this, &MemberIndex::forget);
        connect(model, &QAbstractItemModel::rowsRemoved, this, &MemberIndex::forget);
        connect(model, &QAbstractItemModel::dataChanged, this, &MemberIndex::forget);
        connect(model, &QAbstractItemModel::modelReset, this, &MemberIndex::forget);
        connect(model, &QAbstractItemModel::layoutChanged, this, &MemberIndex::forget);
    }

    const QHash<MemberId, Member> &all() const
    {
        if (m_isFresh || !m_model)
            return m_members;
        for (int row = 0; row < m_model->rowCount(); ++row) {
            const QModelIndex index = m_model->index(row, 0);
            if (!index.data(IsSelfRole).toBool())
                m_members.insert(MemberId(index.data(MemberIdRole).toULongLong()),
                                 {index.data(NameRole).toString(), index.data(PeerIdRole).toByteArray(),
                                  index.data(AcceptedTypesRole).toStringList()});
        }
        m_isFresh = true;
        return m_members;
    }

    /// An empty name stands for a member that is gone.
    Member find(MemberId member) const { return all().value(member); }

private:
    void forget()
    {
        m_members.clear();
        m_isFresh = false;
    }

    QAbstractItemModel *m_model = nullptr;
    mutable QHash<MemberId, Member> m_members;
    mutable bool m_isFresh = false;
};

} // namespace patchbay::text
