// SPDX-License-Identifier: MIT
#include "gui/listenchoices.h"

#include <QCoreApplication>
#include <QNetworkInterface>

namespace patchbay::gui {

namespace {

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::gui::ListenChoices", source);
}

} // namespace

QList<ListenChoice> listenChoices()
{
    QList<ListenChoice> choices{{QStringLiteral("*"), tr("All addresses of this computer")},
                                {QStringLiteral("127.0.0.1"), tr("This computer only")}};
    const QList<QNetworkInterface> interfaces = QNetworkInterface::allInterfaces();
    for (const QNetworkInterface &one : interfaces) {
        if (!one.flags().testFlag(QNetworkInterface::IsRunning) || one.flags().testFlag(QNetworkInterface::IsLoopBack))
            continue;
        const QList<QNetworkAddressEntry> entries = one.addressEntries();
        for (const QNetworkAddressEntry &entry : entries) {
            if (!entry.ip().isLinkLocal())
                choices.append({entry.ip().toString(), tr("Network %1").arg(one.humanReadableName())});
        }
    }
    return choices;
}

} // namespace patchbay::gui
