// SPDX-License-Identifier: MIT
#include "plugins/guardedcall.h"

#include "base/plaintext.h"

#include <QCoreApplication>

namespace patchbay::plugins {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("patchbay::plugins::GuardedCall", text);
}

} // namespace

GuardedCall::GuardedCall() : m_clock([] { return base::TimePoint(std::chrono::steady_clock::now()); }) { }

GuardedCall::GuardedCall(Clock clock) : m_clock(std::move(clock)) { }

GuardedCall::Outcome GuardedCall::returned(const QString &pluginId, const QString &what, base::Duration duration)
{
    Outcome outcome;
    if (duration < slowCall)
        return outcome;
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
    outcome.warning = tr("%1 of %2 took %3 ms; everything else waited.").arg(what, pluginId).arg(milliseconds);
    if (duration >= blockingCall && strike(pluginId))
        outcome.verdict = Verdict::Quarantine;
    return outcome;
}

GuardedCall::Outcome GuardedCall::threw(const QString &pluginId, const QString &what, const QString &text)
{
    Outcome outcome;
    outcome.completed = false;
    outcome.verdict = strike(pluginId) ? Verdict::Quarantine : Verdict::Threw;
    outcome.warning = text.isEmpty()
                          ? tr("%1 of %2 threw an exception.").arg(what, pluginId)
                          : tr("%1 of %2 threw an exception: %3").arg(what, pluginId, base::singleLine(text));
    return outcome;
}

bool GuardedCall::strike(const QString &pluginId)
{
    return ++m_strikes[pluginId] > strikesAllowed;
}

} // namespace patchbay::plugins
