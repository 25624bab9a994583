// SPDX-License-Identifier: MIT
#include "gui/memberlistmodel.h"

#include "gui/plaintext.h"
#include "gui/trusttext.h"
#include "hub/host.h"
#include "hub/trustroles.h"

#include <patchbay/commandtools.h>
#include <patchbay/types.h>

namespace patchbay::gui {

namespace {

constexpr qsizetype kShownTypes = 30;

/// Names are peers' words: on one line, and without characters that turn the line around.
QString shownName(const QModelIndex &index)
{
    return peerName(index.data(NameRole).toString());
}

int rank(const QModelIndex &index)
{
    if (index.data(IsHubRole).toBool())
        return 0;
    return index.data(IsSelfRole).toBool() ? 1 : 2;
}

} // namespace

MemberListModel::MemberListModel(QObject *parent) : QSortFilterProxyModel(parent)
{
    setDynamicSortFilter(true);
    sort(0);
}

bool MemberListModel::lessThan(const QModelIndex &left, const QModelIndex &right) const
{
    const int leftRank = rank(left);
    const int rightRank = rank(right);
    if (leftRank != rightRank)
        return leftRank < rightRank;
    const int order = QString::localeAwareCompare(left.data(NameRole).toString(), right.data(NameRole).toString());
    return order != 0 ? order < 0 : left.data(MemberIdRole).toULongLong() < right.data(MemberIdRole).toULongLong();
}

QVariant MemberListModel::data(const QModelIndex &index, int role) const
{
    const QModelIndex source = mapToSource(index);
    switch (role) {
    case Qt::DisplayRole:
        return shownName(source);
    case Qt::ToolTipRole:
        return plainToolTip(details(source));
    case Qt::AccessibleTextRole:
        return QStringList(QStringList{shownName(source), trustText(source)} + data(index, MarkersRole).toStringList())
            .join(QStringLiteral(", "));
    case Qt::AccessibleDescriptionRole:
        return details(source);
    case TrustTextRole:
        return trustText(source);
    case TrustGlyphRole:
        return int(trustGlyph(source));
    case MarkersRole: {
        QStringList markers;
        if (source.data(IsHubRole).toBool())
            markers.append(tr("hub"));
        if (source.data(IsSelfRole).toBool())
            markers.append(tr("you"));
        if (source.data(hub::MutedRole).toBool())
            markers.append(tr("muted"));
        return markers;
    }
    default:
        return QSortFilterProxyModel::data(index, role);
    }
}

QString MemberListModel::details(const QModelIndex &source) const
{
    QStringList lines{shownName(source), trustExplanation(source),
                      tr("Key: %1").arg(hub::Host::keyText(source.data(PeerIdRole).toByteArray()))};
    if (source.data(hub::MutedRole).toBool())
        lines.append(tr("Muted: the hub forwards nothing of it."));
    const QStringList types = source.data(AcceptedTypesRole).toStringList();
    lines.append(types.isEmpty() ? tr("Accepts nothing.") : tr("Accepts:"));
    for (const QString &type : types.mid(0, kShownTypes))
        lines.append(QStringLiteral("    ") + escaped(type));
    if (types.size() > kShownTypes)
        lines.append(QStringLiteral("    …"));
    return lines.join(u'\n');
}

} // namespace patchbay::gui
