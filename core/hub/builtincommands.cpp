// SPDX-License-Identifier: MIT
#include "hub/builtincommands.h"

#include "base/plaintext.h"
#include "hub/host.h"
#include "plugins/pluginmanager.h"

#include <patchbay/command.h>

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <vector>

namespace patchbay::hub {

namespace {

using Manager = plugins::PluginManager;

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::hub::BuiltinCommands", source);
}

QByteArray jsonLine(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
}

/// Rows as aligned columns. Every cell may come from a peer, so it is made one line of plain text.
QByteArray table(const std::vector<QStringList> &rows)
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

int usage(ICommandContext *context, const QString &sentence)
{
    context->writeError(sentence.toUtf8() + '\n');
    return ExitUsage;
}

int members(Host &host, ICommandContext *context)
{
    if (!context->arguments().isEmpty())
        return usage(context, tr("usage: patchbay-cli members"));
    QAbstractItemModel *model = host.members();
    std::vector<QStringList> rows{{tr("NAME"), tr("PEER"), tr("ROLE"), tr("ACCEPTS")}};
    for (int row = 0; row < model->rowCount(); ++row) {
        const QModelIndex index = model->index(row, 0);
        const QString name = index.data(NameRole).toString();
        const QString peer = QString::fromLatin1(index.data(PeerIdRole).toByteArray().toHex());
        const QStringList types = index.data(AcceptedTypesRole).toStringList();
        const bool isHub = index.data(IsHubRole).toBool();
        const bool isSelf = index.data(IsSelfRole).toBool();
        if (context->json()) {
            context->writeOutput(jsonLine({{QStringLiteral("name"), name},
                                           {QStringLiteral("peer"), peer},
                                           {QStringLiteral("hub"), isHub},
                                           {QStringLiteral("self"), isSelf},
                                           {QStringLiteral("accepts"), QJsonArray::fromStringList(types)}}));
            continue;
        }
        QStringList roles;
        if (isHub)
            roles.append(tr("hub"));
        if (isSelf)
            roles.append(tr("this host"));
        rows.push_back({name, peer.left(12), roles.isEmpty() ? tr("member") : roles.join(QStringLiteral(", ")),
                        types.join(QStringLiteral(" "))});
    }
    if (!context->json())
        context->writeOutput(table(rows));
    return ExitOk;
}

int listPlugins(Host &host, ICommandContext *context)
{
    QAbstractItemModel *model = host.plugins();
    std::vector<QStringList> rows{{tr("ID"), tr("STATE"), tr("VERSION"), tr("REASON")}};
    for (int row = 0; row < model->rowCount(); ++row) {
        const auto cell = [&](int column, int role = Qt::DisplayRole) { return model->index(row, column).data(role); };
        const QString id = cell(Manager::NameColumn, Manager::IdRole).toString();
        const auto state = plugins::State(cell(Manager::NameColumn, Manager::StateRole).toInt());
        const QString reason = cell(Manager::NameColumn, Manager::ReasonRole).toString();
        const QString version = cell(Manager::VersionColumn).toString();
        const QString file = cell(Manager::NameColumn, Manager::FileRole).toString();
        if (context->json()) {
            context->writeOutput(
                jsonLine({{QStringLiteral("id"), id},
                          {QStringLiteral("state"), plugins::stateName(state)},
                          {QStringLiteral("version"), version},
                          {QStringLiteral("reason"), reason},
                          {QStringLiteral("file"), file},
                          {QStringLiteral("panel"), cell(Manager::NameColumn, Manager::IsPanelRole).toBool()},
                          {QStringLiteral("enabled"), cell(Manager::NameColumn, Manager::EnabledRole).toBool()},
                          {QStringLiteral("types"),
                           QJsonArray::fromStringList(cell(Manager::NameColumn, Manager::TypesRole).toStringList())}}));
        } else {
            rows.push_back({id.isEmpty() ? file : id, plugins::stateDisplayName(state), version, reason});
        }
    }
    if (!context->json())
        context->writeOutput(table(rows));
    return ExitOk;
}

int pluginsCommand(Host &host, ICommandContext *context)
{
    const QStringList arguments = context->arguments();
    if (arguments.isEmpty())
        return listPlugins(host, context);
    const QString &action = arguments.first();
    if (arguments.size() != 2 || (action != QStringLiteral("enable") && action != QStringLiteral("disable")))
        return usage(context, tr("usage: patchbay-cli plugins [enable ID | disable ID]"));
    const Error error = host.setPluginEnabled(arguments[1], action == QStringLiteral("enable"));
    if (!error.isError())
        return ExitOk;
    context->writeError(error.message.toUtf8() + '\n');
    return error.code == ErrorCode::InvalidArgument ? ExitUsage : ExitFailed;
}

QString modeName(LinkState::Mode mode)
{
    switch (mode) {
    case LinkState::Mode::Off:
        break;
    case LinkState::Mode::Server:
        return QStringLiteral("server");
    case LinkState::Mode::Client:
        return QStringLiteral("client");
    }
    return QStringLiteral("off");
}

int status(Host &host, ICommandContext *context)
{
    const LinkState &link = host.linkState();
    if (context->json()) {
        context->writeOutput(jsonLine({{QStringLiteral("name"), host.name()},
                                       {QStringLiteral("peer"), QString::fromLatin1(host.peerId().toHex())},
                                       {QStringLiteral("mode"), modeName(link.mode)},
                                       {QStringLiteral("up"), link.isUp()},
                                       {QStringLiteral("text"), link.text},
                                       {QStringLiteral("localAddress"), link.localAddress},
                                       {QStringLiteral("localPort"), link.localPort},
                                       {QStringLiteral("peerAddress"), link.peerAddress},
                                       {QStringLiteral("peerPort"), link.peerPort},
                                       {QStringLiteral("bytesIn"), qint64(host.bytesIn())},
                                       {QStringLiteral("bytesOut"), qint64(host.bytesOut())},
                                       {QStringLiteral("members"), host.members()->rowCount()}}));
        return ExitOk;
    }
    context->writeOutput(table({{tr("name"), host.name()},
                                {tr("peer"), QString::fromLatin1(host.peerId().toHex())},
                                {tr("mode"), modeName(link.mode)},
                                {tr("link"), link.text},
                                {tr("members"), QString::number(host.members()->rowCount())},
                                {tr("bytes in"), QString::number(host.bytesIn())},
                                {tr("bytes out"), QString::number(host.bytesOut())}}));
    return ExitOk;
}

} // namespace

bool isBuiltinCommand(const QString &verb)
{
    return verb == QStringLiteral("members") || verb == QStringLiteral("plugins") || verb == QStringLiteral("status")
           || verb == QStringLiteral("stop");
}

bool builtinNeedsLink(const QString &verb)
{
    return verb == QStringLiteral("members");
}

void runBuiltinCommand(Host &host, ICommandContext *context)
{
    const QString verb = context->verb();
    int exitCode = ExitUsage;
    if (verb == QStringLiteral("members")) {
        exitCode = members(host, context);
    } else if (verb == QStringLiteral("plugins")) {
        exitCode = pluginsCommand(host, context);
    } else if (verb == QStringLiteral("status")) {
        exitCode = status(host, context);
    } else if (verb == QStringLiteral("stop")) {
        exitCode = ExitOk;
        QMetaObject::invokeMethod(&host, &Host::quitRequested, Qt::QueuedConnection);
    }
    context->finish(exitCode);
}

} // namespace patchbay::hub
