// SPDX-License-Identifier: MIT
#include "hub/commandtext.h"

#include "base/plaintext.h"

#include <patchbay/command.h>

#include <QJsonDocument>

#include <algorithm>

namespace patchbay::hub {

QByteArray jsonLine(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
}

QByteArray textTable(const std::vector<QStringList> &rows)
{
    std::vector<qsizetype> widths;
    for (const QStringList &row : rows) {
        widths.resize(std::max(widths.size(), size_t(row.size())));
        for (qsizetype i = 0; i < row.size(); ++i)
            widths[size_t(i)] = std::max(widths[size_t(i)], base::singleLine(row[i]).size());
    }
    QString text;
    for (const QStringList &row : rows) {
        QString line;
        for (qsizetype i = 0; i < row.size(); ++i)
            line += base::singleLine(row[i]).leftJustified(widths[size_t(i)] + 2);
        text += line.trimmed() + QLatin1Char('\n');
    }
    return text.toUtf8();
}

int usageError(ICommandContext *context, const QString &sentence)
{
    context->writeError(sentence.toUtf8() + '\n');
    return ExitUsage;
}

int exitCodeOf(ICommandContext *context, const Error &error)
{
    if (!error.isError())
        return ExitOk;
    context->writeError(error.message.toUtf8() + '\n');
    switch (error.code) {
    case ErrorCode::UsageError:
    case ErrorCode::InvalidArgument:
        return ExitUsage;
    case ErrorCode::NoSuchMember:
        return ExitNoMember;
    case ErrorCode::NotConnected:
        return ExitNoConnection;
    default:
        return ExitFailed;
    }
}

} // namespace patchbay::hub
