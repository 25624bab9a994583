// SPDX-License-Identifier: MIT
#include "hub/builtincommands.h"

#include "hub/commandtext.h"
#include "hub/host.h"
#include "hub/trustcommands.h"
#include "hub/trustroles.h"
#include "plugins/pluginmanager.h"

#include <patchbay/command.h>

#include <QCoreApplication>
#include <QJsonArray>
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

int members(Host &host, ICommandContext *context)
{
    if (!context->arguments().isEmpty())
        return usageError(context, tr("usage: patchbay-cli members"));
    QAbstractItemModel *model = host.members();
    std::vector<QStringList> rows{{tr("NAME"), tr("KEY"), tr("ROLE"), tr("TRUST"), tr("ACCEPTS")}};
    for (int row = 0; row < model->rowCount(); ++row) {
        const QModelIndex index = model->index(row, 0);
        const QString name = index.data(NameRole).toString();
        const QByteArray peer = index.data(PeerIdRole).toByteArray();
        const QString trust = index.data(TrustRole).toString();
        const QStringList types = index.data(AcceptedTypesRole).toStringList();
        const bool isHub = index.data(IsHubRole).toBool();
        const bool isSelf = index.data(IsSelfRole).toBool();
        if (context->json()) {
            context->writeOutput(jsonLine({{QStringLiteral("name"), name},
                                           {QStringLiteral("peer"), QString::fromLatin1(peer.toHex())},
                                           {QStringLiteral("key"), Host::keyText(peer)},
                                           {QStringLiteral("trust"), isSelf ? QStringLiteral("self") : trust},
                                           {QStringLiteral("muted"), index.data(MutedRole).toBool()},
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
        if (index.data(MutedRole).toBool())
            roles.append(tr("muted"));
        rows.push_back({name, Host::shortKeyText(peer),
                        roles.isEmpty() ? tr("member") : roles.join(QStringLiteral(", ")),
                        isSelf ? QStringLiteral("-") : trust, types.join(QStringLiteral(" "))});
    }
    if (!context->json())
        context->writeOutput(textTable(rows));
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
        context->writeOutput(textTable(rows));
    return ExitOk;
}

int pluginsCommand(Host &host, ICommandContext *context)
{
    const QStringList arguments = context->arguments();
    if (arguments.isEmpty())
        return listPlugins(host, context);
    const QString &action = arguments.first();
    if (arguments.size() != 2 || (action != QStringLiteral("enable") && action != QStringLiteral("disable")))
        return usageError(context, tr("usage: patchbay-cli plugins [enable ID | disable ID]"));
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
                                       {QStringLiteral("key"), host.keyText()},
                                       {QStringLiteral("encrypted"), !link.isPlain},
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
    context->writeOutput(textTable({{tr("name"), host.name()},
                                    {tr("key"), host.keyText()},
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
           || verb == QStringLiteral("stop") || isTrustCommand(verb);
}

bool builtinNeedsLink(const QString &verb)
{
    return verb == QStringLiteral("members") || trustCommandNeedsLink(verb);
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
    } else if (isTrustCommand(verb)) {
        exitCode = runTrustCommand(host, context);
    } else if (verb == QStringLiteral("stop")) {
        exitCode = ExitOk;
        QMetaObject::invokeMethod(&host, &Host::quitRequested, Qt::QueuedConnection);
    }
    context->finish(exitCode);
}

} // namespace patchbay::hub
