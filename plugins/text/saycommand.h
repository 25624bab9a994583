// SPDX-License-Identifier: MIT
#pragma once

#include "textcommand.h"

#include <QDeadlineTimer>
#include <QTimer>

namespace patchbay::text {

class TextPlugin;

/// `say TEXT... | - [--to MEMBER] [--timeout S]`: sends one message and waits until every member it was sent to has
/// confirmed it.
class SayCommand final : public TextCommand
{
    Q_OBJECT

public:
    SayCommand(ICommandContext *run, TextPlugin &plugin);

    void start() override;
    void input(const QByteArray &chunk) override;

private:
    void send();
    void follow();
    void end(bool timedOut);

    TextPlugin &m_plugin;
    QString m_to;
    QByteArray m_text;
    QByteArray m_id; ///< set once it was sent
    QTimer m_receipts;
    QTimer m_lookup;
    QDeadlineTimer m_patience; ///< how long to wait for the member to come
};

} // namespace patchbay::text
