// SPDX-License-Identifier: MIT
#include "net/loglimiter.h"

#include "base/plaintext.h"

#include <QCoreApplication>

namespace patchbay::net {

namespace {

QString summary(int lines)
{
    return QCoreApplication::translate("patchbay::net", "%n line(s) like this suppressed.", nullptr, lines);
}

} // namespace

QStringList LogLimiter::offer(LogClass kind, const QString &line, base::TimePoint now)
{
    Window &window = m_windows[size_t(kind)];
    QStringList lines;
    if (window.lines == 0 || now - window.start >= kWindow) {
        if (window.suppressed > 0)
            lines.append(summary(window.suppressed));
        window = {now, 0, 0};
    }
    if (window.lines >= kLinesPerWindow) {
        ++window.suppressed;
        return {};
    }
    ++window.lines;
    lines.append(base::singleLine(line));
    return lines;
}

QStringList LogLimiter::takeSummaries(base::TimePoint now)
{
    QStringList lines;
    for (Window &window : m_windows) {
        if (window.suppressed == 0 || (now != base::TimePoint::max() && now - window.start < kWindow))
            continue;
        lines.append(summary(window.suppressed));
        window = {};
    }
    return lines;
}

std::optional<base::TimePoint> LogLimiter::nextSummary() const
{
    std::optional<base::TimePoint> next;
    for (const Window &window : m_windows) {
        if (window.suppressed > 0 && (!next || window.start + kWindow < *next))
            next = window.start + kWindow;
    }
    return next;
}

} // namespace patchbay::net
