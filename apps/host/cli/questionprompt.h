// SPDX-License-Identifier: MIT
#pragma once

#include "cli/stdiocontext.h"
#include "hub/question.h"

#include <QObject>

namespace patchbay::hub {
class Host;
}

namespace patchbay::cli {

/// Puts the questions of a long-running host before whoever sits at its terminal, one at a time, and reads the answer.
/// Without a terminal it only says that there is one: `patchbay-cli peers` answers it from elsewhere.
class QuestionPrompt final : public QObject
{
    Q_OBJECT

public:
    QuestionPrompt(hub::Host &host, bool json, QObject *parent = nullptr);

private:
    void refresh();
    void show(const hub::Question &question);
    void readLine(const QByteArray &chunk);

    hub::Host &m_host;
    const bool m_json;
    const bool m_interactive;
    StandardStreams m_streams;
    QByteArray m_typed;
    hub::Question m_shown; ///< id 0: none
};

} // namespace patchbay::cli
