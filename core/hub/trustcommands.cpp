// SPDX-License-Identifier: MIT
#include "hub/trustcommands.h"

#include "hub/commandtext.h"
#include "hub/host.h"
#include "hub/limitslist.h"
#include "hub/trustroles.h"

#include <patchbay/command.h>
#include <patchbay/commandtools.h>

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>
#include <QRegularExpression>

namespace patchbay::hub {

namespace {

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::hub::TrustCommands", source);
}

QString when(qint64 ms)
{
    return ms == 0 ? QStringLiteral("-") : QDateTime::fromMSecsSinceEpoch(ms).toString(Qt::ISODate);
}

/// "30m", "24h", "7d"; 0 for anything else.
qint64 parseSpan(const QString &text)
{
    static const QRegularExpression shape(QStringLiteral("^([0-9]{1,5})([mhd])$"));
    const QRegularExpressionMatch match = shape.match(text);
    if (!match.hasMatch())
        return 0;
    const qint64 minutes = match.captured(2) == QLatin1String("m")   ? 1
                           : match.captured(2) == QLatin1String("h") ? 60
                                                                     : 24 * 60;
    return match.captured(1).toLongLong() * minutes * 60 * 1000;
}

// ---- invite, invites ----------------------------------------------------------------------------------------------

int invite(Host &host, ICommandContext *context)
{
    const QString shape = tr("usage: patchbay-cli invite [--uses N] [--for 30m|24h|7d] [--address HOST[:PORT]]...");
    int uses = 1;
    qint64 lifetime = parseSpan(QStringLiteral("24h"));
    QStringList addresses;
    const QStringList words = context->arguments();
    for (qsizetype i = 0; i < words.size(); i += 2) {
        if (i + 1 >= words.size())
            return usageError(context, shape);
        const QString &value = words[i + 1];
        if (words[i] == QStringLiteral("--uses"))
            uses = value.toInt();
        else if (words[i] == QStringLiteral("--for"))
            lifetime = parseSpan(value);
        else if (words[i] == QStringLiteral("--address"))
            addresses.append(value);
        else
            return usageError(context, shape);
    }
    if (uses < 1 || lifetime <= 0)
        return usageError(context, shape);
    Invite made;
    if (const Error error = host.createInvite(uses, lifetime, addresses, &made); error.isError())
        return exitCodeOf(context, error);
    if (context->json())
        context->writeOutput(jsonLine({{QStringLiteral("id"), QString::fromLatin1(made.id.toHex())},
                                       {QStringLiteral("link"), made.link},
                                       {QStringLiteral("uses"), made.uses},
                                       {QStringLiteral("expiresAt"), when(made.expiresAt)}}));
    else
        context->writeOutput(made.link.toUtf8() + '\n');
    return ExitOk;
}

int invites(Host &host, ICommandContext *context)
{
    const QStringList words = context->arguments();
    if (words.size() == 2 && words[0] == QStringLiteral("revoke"))
        return exitCodeOf(context, host.revokeInvite(QByteArray::fromHex(words[1].toLatin1())));
    if (!words.isEmpty())
        return usageError(context, tr("usage: patchbay-cli invites [revoke ID]"));
    std::vector<QStringList> rows{{tr("ID"), tr("USED"), tr("EXPIRES"), tr("STATE")}};
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    const QList<Invite> all = host.invites();
    for (const Invite &one : all) {
        const QString state = one.revoked            ? QStringLiteral("revoked")
                              : one.expiresAt <= now ? QStringLiteral("expired")
                              : one.used >= one.uses ? QStringLiteral("used")
                                                     : QStringLiteral("open");
        const QString id = QString::fromLatin1(one.id.toHex());
        if (context->json())
            context->writeOutput(jsonLine({{QStringLiteral("id"), id},
                                           {QStringLiteral("uses"), one.uses},
                                           {QStringLiteral("used"), one.used},
                                           {QStringLiteral("expiresAt"), when(one.expiresAt)},
                                           {QStringLiteral("state"), state}}));
        else
            rows.push_back({id, QStringLiteral("%1/%2").arg(one.used).arg(one.uses), when(one.expiresAt), state});
    }
    if (!context->json())
        context->writeOutput(textTable(rows));
    return ExitOk;
}

// ---- peers --------------------------------------------------------------------------------------------------------

QString permissionsText(const QVariantMap &map)
{
    QStringList parts;
    for (auto it = map.cbegin(); it != map.cend(); ++it)
        parts.append(it.key() + QLatin1Char('=') + it.value().toString());
    return parts.join(u' ');
}

int listPeers(Host &host, ICommandContext *context)
{
    const QAbstractItemModel *model = host.knownPeers();
    std::vector<QStringList> rows{
        {tr("NAME"), tr("KEY"), tr("VERIFIED"), tr("LAST SEEN"), tr("ADDRESS"), tr("STATE"), tr("PERMISSIONS")}};
    for (int row = 0; row < model->rowCount(); ++row) {
        const QModelIndex index = model->index(row, 0);
        const auto flag = [&](int role) { return index.data(role).toBool(); };
        const QByteArray id = index.data(KnownPeerIdRole).toByteArray();
        const QVariantMap own = index.data(KnownPermissionsRole).toMap();
        const QVariantMap members = index.data(KnownMemberPermissionsRole).toMap();
        if (context->json()) {
            context->writeOutput(
                jsonLine({{QStringLiteral("name"), index.data().toString()},
                          {QStringLiteral("peer"), QString::fromLatin1(id.toHex())},
                          {QStringLiteral("key"), index.data(KnownKeyTextRole).toString()},
                          {QStringLiteral("verifiedBy"), index.data(KnownHowRole).toString()},
                          {QStringLiteral("verifiedAt"), when(index.data(KnownVerifiedAtRole).toLongLong())},
                          {QStringLiteral("lastSeen"), when(index.data(KnownLastSeenRole).toLongLong())},
                          {QStringLiteral("lastAddress"), index.data(KnownLastAddressRole).toString()},
                          {QStringLiteral("hub"), flag(KnownIsHubRole)},
                          {QStringLiteral("mayEnter"), flag(KnownMayEnterRole)},
                          {QStringLiteral("banned"), flag(KnownBannedRole)},
                          {QStringLiteral("muted"), flag(KnownMutedRole)},
                          {QStringLiteral("permissions"), QJsonObject::fromVariantMap(own)},
                          {QStringLiteral("memberPermissions"), QJsonObject::fromVariantMap(members)}}));
            continue;
        }
        QStringList state;
        if (flag(KnownIsHubRole))
            state.append(tr("hub"));
        if (flag(KnownMayEnterRole))
            state.append(tr("may enter"));
        if (flag(KnownBannedRole))
            state.append(tr("banned"));
        if (flag(KnownMutedRole))
            state.append(tr("muted"));
        rows.push_back({index.data().toString(), Host::shortKeyText(id), index.data(KnownHowRole).toString(),
                        when(index.data(KnownLastSeenRole).toLongLong()), index.data(KnownLastAddressRole).toString(),
                        state.join(QStringLiteral(", ")), permissionsText(own)});
    }
    if (!context->json())
        context->writeOutput(textTable(rows));
    return ExitOk;
}

QString kindName(Question::Kind kind)
{
    switch (kind) {
    case Question::Kind::Knock:
        break;
    case Question::Kind::Pairing:
        return QStringLiteral("pairing");
    case Question::Kind::Permission:
        return QStringLiteral("permission");
    }
    return QStringLiteral("knock");
}

int listWaiting(Host &host, ICommandContext *context)
{
    std::vector<QStringList> rows{{tr("ID"), tr("WHAT"), tr("QUESTION")}};
    const QList<Question> all = host.questions();
    for (const Question &one : all) {
        if (context->json())
            context->writeOutput(jsonLine({{QStringLiteral("id"), qint64(one.id)},
                                           {QStringLiteral("kind"), kindName(one.kind)},
                                           {QStringLiteral("name"), one.name},
                                           {QStringLiteral("key"), Host::keyText(one.peerId)},
                                           {QStringLiteral("address"), one.address},
                                           {QStringLiteral("plugin"), one.pluginId},
                                           {QStringLiteral("code"), one.code},
                                           {QStringLiteral("answered"), one.answered},
                                           {QStringLiteral("text"), one.text}}));
        else
            rows.push_back({QString::number(one.id), kindName(one.kind), one.text});
    }
    if (!context->json())
        context->writeOutput(textTable(rows));
    return ExitOk;
}

/// A pairing is confirmed by the code that the other person reads out, so that nobody says yes without looking.
int confirm(Host &host, ICommandContext *context, const QString &given)
{
    QString code = given;
    code.remove(u' ').remove(u'-');
    const QList<Question> all = host.questions();
    for (const Question &one : all) {
        if (one.kind != Question::Kind::Pairing || one.answered)
            continue;
        const bool same = one.code == code;
        (void)host.answer(one.id, same);
        if (same)
            return ExitOk;
        context->writeError(tr("That is not the code shown here, so the pairing with %1 was refused. If you did not "
                               "mistype it, somebody may be listening in between.")
                                .arg(one.name)
                                .toUtf8()
                            + '\n');
        return ExitNotTrusted;
    }
    context->writeError(tr("Nobody is waiting to be paired.").toUtf8() + '\n');
    return ExitFailed;
}

QString pluginIdOf(const Host &host, const QString &word)
{
    const QStringList active = host.activePlugins();
    for (const QString &id : active) {
        if (id.section(u'.', -1) == word)
            return id;
    }
    return word == QStringLiteral("chat")    ? QStringLiteral("org.patchbay.text")
           : word == QStringLiteral("files") ? QStringLiteral("org.patchbay.file")
                                             : word;
}

int peers(Host &host, ICommandContext *context)
{
    const QString shape =
        tr("usage: patchbay-cli peers [waiting | admit ID | refuse ID | confirm CODE | forget PEER | ban PEER | "
           "unban PEER | mute PEER | unmute PEER | allow PEER PLUGIN | ask PEER PLUGIN | deny PEER PLUGIN | "
           "default PEER PLUGIN] [--members]");
    QStringList words = context->arguments();
    const bool ofMembers = words.removeAll(QStringLiteral("--members")) > 0;
    if (words.isEmpty())
        return listPeers(host, context);
    const QString action = words.takeFirst();
    if (action == QStringLiteral("waiting") && words.isEmpty())
        return listWaiting(host, context);
    if (action == QStringLiteral("confirm") && words.size() == 1)
        return confirm(host, context, words[0]);
    if ((action == QStringLiteral("admit") || action == QStringLiteral("refuse")) && words.size() == 1) {
        bool isNumber = false;
        const quint64 id = words[0].toULongLong(&isNumber);
        if (!isNumber)
            return usageError(context, shape);
        const QList<Question> all = host.questions();
        for (const Question &one : all) {
            if (one.id == id && one.kind == Question::Kind::Pairing && action == QStringLiteral("admit"))
                return usageError(context, tr("Confirm a pairing by its code: patchbay-cli peers confirm CODE"));
        }
        return exitCodeOf(context, host.answer(id, action == QStringLiteral("admit")));
    }
    static const QStringList aboutPeers{QStringLiteral("forget"), QStringLiteral("ban"),    QStringLiteral("unban"),
                                        QStringLiteral("mute"),   QStringLiteral("unmute"), QStringLiteral("allow"),
                                        QStringLiteral("ask"),    QStringLiteral("deny"),   QStringLiteral("default")};
    if (words.isEmpty() || !aboutPeers.contains(action))
        return usageError(context, shape);
    QByteArray peer;
    if (const Error error = host.findPeer(words[0], &peer); error.isError())
        return exitCodeOf(context, error);
    if (words.size() == 1) {
        if (action == QStringLiteral("forget"))
            return exitCodeOf(context, host.forgetPeer(peer));
        if (action == QStringLiteral("ban") || action == QStringLiteral("unban"))
            return exitCodeOf(context, host.setBanned(peer, action == QStringLiteral("ban")));
        if (action == QStringLiteral("mute") || action == QStringLiteral("unmute"))
            return exitCodeOf(context, host.setMuted(peer, action == QStringLiteral("mute")));
    }
    if (words.size() == 2) {
        const QString word = action == QStringLiteral("allow")  ? QStringLiteral("yes")
                             : action == QStringLiteral("deny") ? QStringLiteral("no")
                             : action == QStringLiteral("ask") || action == QStringLiteral("default") ? action
                                                                                                      : QString();
        if (!word.isEmpty())
            return exitCodeOf(context, host.setPermission(peer, pluginIdOf(host, words[1]), word, ofMembers));
    }
    return usageError(context, shape);
}

// ---- kick, limits -------------------------------------------------------------------------------------------------

int kick(Host &host, ICommandContext *context)
{
    const QStringList words = context->arguments();
    if (words.size() != 1)
        return usageError(context, tr("usage: patchbay-cli kick MEMBER"));
    MemberId member = MemberId::None;
    if (const Error error = host.findMember(words[0], &member); error.isError())
        return exitCodeOf(context, error);
    return exitCodeOf(context, host.kick(member));
}

int limits(ICommandContext *context)
{
    if (!context->arguments().isEmpty())
        return usageError(context, tr("usage: patchbay-cli limits"));
    std::vector<QStringList> rows{{tr("LIMIT"), tr("VALUE"), tr("WHEN EXCEEDED")}};
    for (const Limit &limit : allLimits()) {
        if (context->json())
            context->writeOutput(jsonLine({{QStringLiteral("limit"), limit.name},
                                           {QStringLiteral("value"), limit.value},
                                           {QStringLiteral("exceeded"), limit.consequence}}));
        else
            rows.push_back({limit.name, limit.value, limit.consequence});
    }
    if (!context->json())
        context->writeOutput(textTable(rows));
    return ExitOk;
}

} // namespace

bool isTrustCommand(const QString &verb)
{
    return verb == QStringLiteral("invite") || verb == QStringLiteral("invites") || verb == QStringLiteral("peers")
           || verb == QStringLiteral("kick") || verb == QStringLiteral("limits");
}

bool trustCommandNeedsLink(const QString &verb)
{
    return verb == QStringLiteral("invite") || verb == QStringLiteral("kick");
}

int runTrustCommand(Host &host, ICommandContext *context)
{
    const QString verb = context->verb();
    if (verb == QStringLiteral("invite"))
        return invite(host, context);
    if (verb == QStringLiteral("invites"))
        return invites(host, context);
    if (verb == QStringLiteral("peers"))
        return peers(host, context);
    if (verb == QStringLiteral("kick"))
        return kick(host, context);
    return limits(context);
}

} // namespace patchbay::hub
