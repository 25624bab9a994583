// SPDX-License-Identifier: MIT
#include "plugins/pluginmanager.h"

#include <QCoreApplication>

namespace patchbay::plugins {

QString stateName(State state)
{
    switch (state) {
    case State::Found:
        return QStringLiteral("found");
    case State::Resolved:
        return QStringLiteral("resolved");
    case State::Loaded:
        return QStringLiteral("loaded");
    case State::Active:
        return QStringLiteral("active");
    case State::Stopping:
        return QStringLiteral("stopping");
    case State::Inactive:
        return QStringLiteral("inactive");
    case State::Disabled:
        return QStringLiteral("disabled");
    case State::Rejected:
        return QStringLiteral("rejected");
    case State::Failed:
        return QStringLiteral("failed");
    }
    return QStringLiteral("unknown");
}

QString stateDisplayName(State state)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("patchbay::plugins::State", text); };
    switch (state) {
    case State::Found:
        return tr("found");
    case State::Resolved:
        return tr("ready");
    case State::Loaded:
        return tr("loaded");
    case State::Active:
        return tr("active");
    case State::Stopping:
        return tr("stopping");
    case State::Inactive:
        return tr("switched off");
    case State::Disabled:
        return tr("disabled");
    case State::Rejected:
        return tr("rejected");
    case State::Failed:
        return tr("failed");
    }
    return tr("unknown");
}

} // namespace patchbay::plugins
