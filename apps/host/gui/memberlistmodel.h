// SPDX-License-Identifier: MIT
#pragma once

#include <QSortFilterProxyModel>

namespace patchbay::gui {

/// Host::members() as people read it: the hub first, then ourselves, then by name; with a badge that says
/// whether anybody made sure who it is and, as a tool tip, its key and what it accepts.
class MemberListModel final : public QSortFilterProxyModel
{
    Q_OBJECT

public:
    enum Role : int {
        TrustTextRole = Qt::UserRole + 0x200, ///< QString: "verified", "vouched by HUB", "not verified"
        TrustGlyphRole,                       ///< int: Glyph
        MarkersRole,                          ///< QStringList: "hub", "you", "muted"
    };

    explicit MemberListModel(QObject *parent = nullptr);

    QVariant data(const QModelIndex &index, int role) const override;

protected:
    bool lessThan(const QModelIndex &left, const QModelIndex &right) const override;

private:
    QString details(const QModelIndex &index) const;
};

} // namespace patchbay::gui
