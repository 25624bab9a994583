// SPDX-License-Identifier: MIT
#include "gui/listenchoices.h"

#include "hub/host.h"

#include <QCoreApplication>

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
    const auto own = hub::Host::ownAddresses();
    for (const auto &[address, interfaceName] : own)
        choices.append({address, tr("Network %1").arg(interfaceName)});
    return choices;
}

} // namespace patchbay::gui
