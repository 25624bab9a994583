// SPDX-License-Identifier: MIT
#pragma once

#include "plugins/guardedcall.h"

#include <QObject>
#include <QString>

namespace patchbay::hub {

/// Every call into a plugin on the main thread goes through here: what it throws stays inside, and how long it took is
/// looked at. Consequences come from the event loop, never in the middle of the call that caused them.
class PluginCaller final : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;

    template <typename Call>
    bool call(const QString &pluginId, const QString &what, Call &&function)
    {
        const plugins::GuardedCall::Outcome outcome = m_guard.run(pluginId, what, std::forward<Call>(function));
        if (!outcome.warning.isEmpty())
            Q_EMIT warned(pluginId, outcome.warning);
        if (outcome.verdict == plugins::GuardedCall::Verdict::Quarantine)
            QMetaObject::invokeMethod(
                this, [this, pluginId, reason = outcome.warning] { Q_EMIT misbehaved(pluginId, reason); },
                Qt::QueuedConnection);
        return outcome.verdict == plugins::GuardedCall::Verdict::Fine;
    }

    /// The user switches the plugin on again: it starts with a clean record.
    void forgive(const QString &pluginId) { m_guard.forgive(pluginId); }

Q_SIGNALS:
    void warned(const QString &pluginId, const QString &line);
    void misbehaved(const QString &pluginId, const QString &reason);

private:
    plugins::GuardedCall m_guard;
};

} // namespace patchbay::hub
