// SPDX-License-Identifier: MIT
#include "gui/trusttext.h"

#include "hub/trustroles.h"

#include <patchbay/commandtools.h>
#include <patchbay/types.h>

#include <QCoreApplication>

namespace patchbay::gui {

namespace {

constexpr qsizetype kMaxName = 64;

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::gui::TrustText", source);
}

QString trustOf(const QModelIndex &index)
{
    return index.data(hub::TrustRole).toString();
}

} // namespace

QString peerName(const QString &name)
{
    QString cut = name.left(kMaxName);
    if (!cut.isEmpty() && cut.back().isHighSurrogate())
        cut.chop(1);
    return escaped(cut) + (name.size() > cut.size() ? QStringLiteral("…") : QString());
}

QString hubName(const QAbstractItemModel *members)
{
    for (int row = 0; members && row < members->rowCount(); ++row) {
        const QModelIndex index = members->index(row, 0);
        if (index.data(IsHubRole).toBool())
            return peerName(index.data(NameRole).toString());
    }
    return {};
}

QString trustText(const QModelIndex &index)
{
    if (index.data(IsSelfRole).toBool())
        return tr("this is you");
    if (trustOf(index) == QLatin1String("verified"))
        return tr("verified");
    if (trustOf(index) == QLatin1String("vouched"))
        return tr("vouched by %1").arg(hubName(index.model()));
    return tr("not verified");
}

QString trustExplanation(const QModelIndex &index)
{
    if (index.data(IsSelfRole).toBool())
        return tr("This is you.");
    if (trustOf(index) == QLatin1String("verified"))
        return tr("Verified: an invite or a person made sure whose key this is.");
    if (trustOf(index) == QLatin1String("vouched"))
        return tr("Vouched by %1: the hub says who this is. You have only its word.").arg(hubName(index.model()));
    return tr("Not verified: nobody made sure who this is.");
}

Glyph trustGlyph(const QModelIndex &index)
{
    if (index.data(IsSelfRole).toBool() || trustOf(index) == QLatin1String("verified"))
        return Glyph::Verified;
    return trustOf(index) == QLatin1String("vouched") ? Glyph::Vouched : Glyph::Warning;
}

} // namespace patchbay::gui
