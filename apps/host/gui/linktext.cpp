// SPDX-License-Identifier: MIT
#include "gui/linktext.h"

#include <QCoreApplication>

namespace patchbay::gui {

namespace {

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::gui::LinkText", source);
}

} // namespace

QString phaseName(const hub::LinkState &state)
{
    using Phase = hub::LinkState::Phase;
    switch (state.phase) {
    case Phase::Stopped:
        break;
    case Phase::Listening:
        return tr("Hosting");
    case Phase::Connecting:
        return state.mode == hub::LinkState::Mode::Server ? tr("Starting") : tr("Connecting");
    case Phase::Greeting:
        return tr("Greeting");
    case Phase::Ready:
        return tr("Connected");
    case Phase::Waiting:
        return tr("Waiting");
    case Phase::Failed:
        return tr("Failed");
    }
    return tr("Not connected");
}

QString endpointText(const QString &address, quint16 port)
{
    if (address.isEmpty())
        return {};
    return (address.contains(u':') ? QStringLiteral("[%1]:%2") : QStringLiteral("%1:%2")).arg(address).arg(port);
}

QString addressesText(const hub::LinkState &state)
{
    const QString local = endpointText(state.localAddress, state.localPort);
    const QString peer = endpointText(state.peerAddress, state.peerPort);
    if (local.isEmpty() || peer.isEmpty())
        return local + peer;
    return local + QStringLiteral(" → ") + peer;
}

bool isRunning(const hub::LinkState &state)
{
    return state.mode != hub::LinkState::Mode::Off && state.phase != hub::LinkState::Phase::Stopped
           && state.phase != hub::LinkState::Phase::Failed;
}

} // namespace patchbay::gui
