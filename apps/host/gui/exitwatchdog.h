// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace patchbay::gui {

/// Ends the process when quitting takes too long. It has a thread of its own, because what blocks a quit is a plugin
/// that blocks the main thread. By then the window is hidden and everything of the host is saved.
class ExitWatchdog final
{
public:
    explicit ExitWatchdog(std::chrono::milliseconds patience);
    ~ExitWatchdog(); ///< calls it off

    ExitWatchdog(const ExitWatchdog &) = delete;
    ExitWatchdog &operator=(const ExitWatchdog &) = delete;

private:
    std::mutex m_mutex;
    std::condition_variable m_condition;
    bool m_calledOff = false;
    std::thread m_thread;
};

} // namespace patchbay::gui
