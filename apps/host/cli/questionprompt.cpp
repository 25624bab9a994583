// SPDX-License-Identifier: MIT
#include "cli/questionprompt.h"

#include "hub/host.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

#include <unistd.h>

namespace patchbay::cli {

using hub::Question;

QuestionPrompt::QuestionPrompt(hub::Host &host, bool json, QObject *parent)
    : QObject(parent), m_host(host), m_json(json),
      m_interactive(!json && ::isatty(STDIN_FILENO) != 0 && StandardStreams::errorIsTerminal())
{
    connect(&m_host, &hub::Host::questionsChanged, this, &QuestionPrompt::refresh);
    connect(&m_streams, &StandardStreams::inputRead, this, &QuestionPrompt::readLine);
}

void QuestionPrompt::refresh()
{
    const QList<Question> open = m_host.questions();
    const auto isOpen = [&](const Question &one) { return one.id == m_shown.id && !one.answered; };
    if (m_shown.id != 0 && std::none_of(open.cbegin(), open.cend(), isOpen))
        m_shown = {};
    if (m_shown.id != 0)
        return;
    const auto next = std::find_if(open.cbegin(), open.cend(), [](const Question &one) { return !one.answered; });
    if (next != open.cend())
        show(*next);
}

void QuestionPrompt::show(const Question &question)
{
    m_shown = question;
    if (m_json) {
        const QJsonObject event{{QStringLiteral("event"), QStringLiteral("question")},
                                {QStringLiteral("id"), qint64(question.id)},
                                {QStringLiteral("name"), question.name},
                                {QStringLiteral("code"), question.code},
                                {QStringLiteral("text"), question.text}};
        StandardStreams::writeOutput(QJsonDocument(event).toJson(QJsonDocument::Compact) + '\n');
        return;
    }
    StandardStreams::writeError(question.text.toUtf8() + '\n');
    if (!m_interactive) {
        const QString how =
            question.kind == Question::Kind::Pairing
                ? tr("Answer with `patchbay-cli peers confirm CODE`.")
                : tr("Answer with `patchbay-cli peers admit %1` or `peers refuse %1`.").arg(question.id);
        StandardStreams::writeError(how.toUtf8() + '\n');
        return;
    }
    StandardStreams::writeError(tr("yes or no? ").toUtf8());
    m_streams.requestInput();
}

void QuestionPrompt::readLine(const QByteArray &chunk)
{
    if (chunk.isEmpty()) // the terminal is gone
        return;
    m_typed += chunk.left(1024);
    const qsizetype end = m_typed.indexOf('\n');
    if (end < 0) {
        m_streams.requestInput();
        return;
    }
    const QByteArray word = m_typed.left(end).trimmed().toLower();
    m_typed.clear();
    if (m_shown.id == 0)
        return;
    const bool yes = word == "yes" || word == "y";
    if (!yes && word != "no" && word != "n") {
        StandardStreams::writeError(tr("Please type yes or no: ").toUtf8());
        m_streams.requestInput();
        return;
    }
    const quint64 id = std::exchange(m_shown, {}).id;
    const Error error = m_host.answer(id, yes);
    if (error.isError())
        StandardStreams::writeError(error.message.toUtf8() + '\n');
    refresh();
}

} // namespace patchbay::cli
