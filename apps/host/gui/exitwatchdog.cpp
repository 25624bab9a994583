// SPDX-License-Identifier: MIT
#include "gui/exitwatchdog.h"

#include <cstdio>
#include <cstdlib>

namespace patchbay::gui {

ExitWatchdog::ExitWatchdog(std::chrono::milliseconds patience)
    : m_thread([this, patience] {
          std::unique_lock lock(m_mutex);
          if (m_condition.wait_for(lock, patience, [this] { return m_calledOff; }))
              return;
          std::fputs("patchbay: a plugin did not stop in time; ending without it.\n", stderr);
          std::_Exit(1);
      })
{ }

ExitWatchdog::~ExitWatchdog()
{
    {
        const std::lock_guard lock(m_mutex);
        m_calledOff = true;
    }
    m_condition.notify_all();
    m_thread.join();
}

} // namespace patchbay::gui
