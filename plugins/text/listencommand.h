// SPDX-License-Identifier: MIT
#pragma once

#include "textcommand.h"

namespace patchbay::text {

class TextPlugin;
struct TimelineRow;

/// `listen [--count N] [--timeout S]`: prints what arrives.
class ListenCommand final : public TextCommand
{
    Q_OBJECT

public:
    ListenCommand(ICommandContext *run, TextPlugin &plugin);
    void start() override;

private:
    void print(const TimelineRow &row);

    TextPlugin &m_plugin;
    int m_left = 0; ///< 0 = no limit
};

} // namespace patchbay::text
