// SPDX-License-Identifier: MIT
#pragma once

#include <QSortFilterProxyModel>

namespace patchbay::gui {

/// Host::members() as people read it: the hub first, then ourselves, then by name; with a short peer id and, as a
/// tool tip, what the member accepts.
class MemberListModel final : public QSortFilterProxyModel
{
    Q_OBJECT

public:
    enum Role : int {
        ShortIdRole = Qt::UserRole + 0x200, ///< QString: the first digits of the peer id, as commands take them
        MarkersRole,                        ///< QStringList: "hub", "you"
    };

    explicit MemberListModel(QObject *parent = nullptr);

    QVariant data(const QModelIndex &index, int role) const override;

protected:
    bool lessThan(const QModelIndex &left, const QModelIndex &right) const override;

private:
    QString details(const QModelIndex &index) const;
};

} // namespace patchbay::gui
