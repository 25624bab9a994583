// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"

#include <QString>
#include <QStringList>

#include <array>
#include <optional>

namespace patchbay::net {

/// What a log line is about. Each class has a budget of its own, so that a noisy one cannot hide the others.
enum class LogClass {
    Accept,   ///< connections turned away
    Greeting, ///< connections that never passed Hello
    Peer,     ///< links of members that ended badly
    Overload, ///< messages dropped
};

/// At most five lines a minute per class; the rest is counted and told in one line.
class LogLimiter
{
public:
    static constexpr int kLinesPerWindow = 5;
    static constexpr base::Duration kWindow = std::chrono::minutes(1);

    /// The lines to write now: \a line (made one line of plain text) with a summary before it if one is due, or
    /// nothing.
    QStringList offer(LogClass kind, const QString &line, base::TimePoint now);

    /// Summaries that are due; \a now = TimePoint::max() for all of them, at the end.
    QStringList takeSummaries(base::TimePoint now);
    /// When to call takeSummaries() again.
    std::optional<base::TimePoint> nextSummary() const;

private:
    struct Window
    {
        base::TimePoint start{};
        int lines = 0;
        int suppressed = 0;
    };

    std::array<Window, 4> m_windows;
};

} // namespace patchbay::net
