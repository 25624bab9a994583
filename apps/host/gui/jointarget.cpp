// SPDX-License-Identifier: MIT
#include "gui/jointarget.h"

#include <patchbay/commandtools.h>

#include <QClipboard>
#include <QGuiApplication>

namespace patchbay::gui {

namespace {

constexpr qsizetype kMaxLink = 1024; // longer ones are refused by Host
constexpr qsizetype kMaxShown = 8;
const QString kScheme = QStringLiteral("patchbay:");

} // namespace

bool isInviteLink(const QString &text)
{
    return text.trimmed().startsWith(kScheme, Qt::CaseInsensitive);
}

LinkWords readLink(const QString &link)
{
    LinkWords words;
    QString rest = link.trimmed().left(kMaxLink).mid(kScheme.size());
    while (rest.startsWith(u'/'))
        rest.remove(0, 1);
    const QStringList places = rest.section(QStringLiteral("/#"), 0, 0).split(u',', Qt::SkipEmptyParts);
    for (const QString &place : places.mid(0, kMaxShown))
        words.addresses.append(escaped(place));
    words.hasToken = rest.section(QStringLiteral("/#"), 1).contains(u'.');
    return words;
}

QString linkInClipboard()
{
    const QString text = QGuiApplication::clipboard()->text();
    return text.size() <= 2 * kMaxLink && isInviteLink(text) ? text.trimmed() : QString();
}

} // namespace patchbay::gui
