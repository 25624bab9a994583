// SPDX-License-Identifier: MIT
#pragma once

#include "hub/trustroles.h"

#include <patchbay/types.h>

#include <QAbstractListModel>
#include <QHash>
#include <QSortFilterProxyModel>
#include <QStringList>

#include <vector>

namespace patchbay::hub {

struct Member
{
    MemberId id = MemberId::None;
    QByteArray peerId;
    QString name;
    bool isHub = false;
    bool isSelf = false;
    bool isVerified = false; ///< a person or an invite said whose key this is; through a hub see isVouched
    bool isVouched = false;  ///< only the hub's word says who this is
    bool isMuted = false;    ///< at our hub
    QStringList types;
};

/// Every member of the hub, ourselves included, as an item model with the roles of MemberRole. Main thread.
class PeerModel final : public QAbstractListModel
{
    Q_OBJECT

public:
    explicit PeerModel(QObject *parent = nullptr);

    void add(const Member &member); ///< or replaces the one with that id
    void remove(MemberId id);
    void clear();
    const Member *find(MemberId id) const;
    const std::vector<Member> &members() const { return m_members; }

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;

private:
    std::vector<Member> m_members;
    QHash<quint64, int> m_rows; ///< MemberId → row
};

/// The members one plugin sees: those that accept one of its types, ourselves excluded.
class AcceptingPeersModel final : public QSortFilterProxyModel
{
    Q_OBJECT

public:
    AcceptingPeersModel(PeerModel *source, QStringList types, QObject *parent = nullptr);

protected:
    bool filterAcceptsRow(int row, const QModelIndex &parent) const override;

private:
    QStringList m_types;
};

/// Whether \a member accepts at least one of \a types.
bool acceptsAny(const Member &member, const QStringList &types);

} // namespace patchbay::hub
