// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"

#include <QHash>
#include <QString>

#include <exception>
#include <functional>
#include <utility>

namespace patchbay::plugins {

/// Runs one call into a plugin on the main thread: nothing it throws gets out, and its duration is measured. Decides,
/// but does nothing about it; the caller acts on the outcome. Counts per plugin, so one object serves all of them.
class GuardedCall final
{
public:
    static constexpr base::Duration slowCall = std::chrono::milliseconds(100); ///< from here on it is logged
    static constexpr base::Duration blockingCall = std::chrono::seconds(2);    ///< from here on it is a strike
    static constexpr int strikesAllowed = 2; ///< the next strike (a blocking call or an exception) stops the plugin

    enum class Verdict {
        Fine,      ///< it returned; outcome.warning is set when it was slow
        Threw,     ///< it threw; what it was to do is undone or half done
        Quarantine ///< one strike too many: stop the plugin
    };

    struct Outcome
    {
        Verdict verdict = Verdict::Fine;
        bool completed = true; ///< it returned instead of throwing
        QString warning;       ///< one line for people; empty = nothing to say
    };

    using Clock = std::function<base::TimePoint()>;

    GuardedCall();
    explicit GuardedCall(Clock clock); ///< for tests: virtual time

    /// Calls \a function. \a what names the call for people: "messageReceived()".
    template <typename Call>
    Outcome run(const QString &pluginId, const QString &what, Call &&function)
    {
        const base::TimePoint before = m_clock();
        try {
            std::forward<Call>(function)();
        } catch (const std::exception &exception) {
            return threw(pluginId, what, QString::fromLocal8Bit(exception.what()));
        } catch (...) {
            return threw(pluginId, what, QString());
        }
        return returned(pluginId, what, m_clock() - before);
    }

    /// Forgets the strikes of a plugin, e.g. when the user switches it on again.
    void forgive(const QString &pluginId) { m_strikes.remove(pluginId); }

private:
    Outcome returned(const QString &pluginId, const QString &what, base::Duration duration);
    Outcome threw(const QString &pluginId, const QString &what, const QString &text);
    bool strike(const QString &pluginId);

    Clock m_clock;
    QHash<QString, int> m_strikes;
};

} // namespace patchbay::plugins
