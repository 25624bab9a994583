// SPDX-License-Identifier: MIT
#pragma once

#include <QtGlobal>

#include <algorithm>
#include <chrono>
#include <functional>

namespace patchbay::net {

/// Time to wait before the next try: 0.25 s, doubling to 30 s, each spread by 20 % so that the clients of a hub
/// that restarts do not all return in the same moment.
class Backoff
{
public:
    static constexpr std::chrono::milliseconds kFirst{250};
    static constexpr std::chrono::milliseconds kLast{30'000};
    static constexpr double kJitter = 0.2;

    /// \a random gives numbers in [0, 1).
    explicit Backoff(std::function<double()> random) : m_random(std::move(random)) { }

    std::chrono::milliseconds next()
    {
        const double spread = 1.0 - kJitter + 2.0 * kJitter * m_random();
        const auto wait = std::chrono::milliseconds(qint64(double(m_next.count()) * spread));
        m_next = std::min(m_next * 2, kLast);
        return std::min(wait, kLast);
    }

    void reset() { m_next = kFirst; }

private:
    std::function<double()> m_random;
    std::chrono::milliseconds m_next = kFirst;
};

} // namespace patchbay::net
