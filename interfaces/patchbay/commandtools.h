// SPDX-License-Identifier: MIT
#pragma once

#include <patchbay/command.h>
#include <patchbay/types.h>

#include <QAbstractItemModel>
#include <QCoreApplication>
#include <QStringList>

/// \file
/// Small helpers for plugins that provide verbs: the same member names, texts and exit codes for all of them.
/// Inline and built on the public interfaces alone, so they are compiled into the plugin that uses them.
namespace patchbay {

/// \a text on one line and harmless on a terminal: control characters and those that change the direction of the
/// line are written as \n, \t or \u{1B}. For everything that comes from a peer.
inline QString escaped(const QString &text)
{
    QString result;
    result.reserve(text.size());
    for (const QChar c : text) {
        const char16_t u = c.unicode();
        if (u == u'\n')
            result += QLatin1String("\\n");
        else if (u == u'\t')
            result += QLatin1String("\\t");
        else if (u < 0x20 || (u >= 0x7F && u < 0xA0) || (u >= 0x202A && u <= 0x202E) || (u >= 0x2066 && u <= 0x2069)
                 || u == 0x200E || u == 0x200F || u == 0x061C || u == 0x2028 || u == 0x2029)
            result += QLatin1String("\\u{") + QString::number(u, 16).toUpper() + QLatin1Char('}');
        else
            result += c;
    }
    return result;
}

/// What findMember() found: exactly one member, or a sentence that says why not.
struct MemberLookup
{
    MemberId member = MemberId::None;
    bool ambiguous = false; ///< several fit; waiting for more members to come will not help
    QString problem;
};

/// Finds the member of \a members (IHost::members()) that accepts \a type and that the user called \a text: "hub"
/// (always the hub and never a member that calls itself so), its name, its name in other letter case, or the first 4 or
/// more hexadecimal digits of its peer id; the first of these ways that fits anybody decides.
inline MemberLookup findMember(const QAbstractItemModel *members, const QString &type, const QString &text)
{
    const auto translated = [](const char *source) {
        return QCoreApplication::translate("patchbay::Commands", source);
    };
    enum Way { Hub, ExactName, AnyCase, PeerId, WayCount };
    QList<QModelIndex> fits[WayCount];
    const QByteArray prefix = text.toLower().toLatin1();
    QStringList present;
    for (int row = 0; members && row < members->rowCount(); ++row) {
        const QModelIndex index = members->index(row, 0);
        if (index.data(IsSelfRole).toBool() || !index.data(AcceptedTypesRole).toStringList().contains(type))
            continue;
        const QString name = index.data(NameRole).toString();
        present.append(escaped(name));
        if (text == QLatin1String("hub")) {
            if (index.data(IsHubRole).toBool())
                fits[Hub].append(index);
            continue;
        }
        if (name == text)
            fits[ExactName].append(index);
        if (name.compare(text, Qt::CaseInsensitive) == 0)
            fits[AnyCase].append(index);
        if (prefix.size() >= 4 && index.data(PeerIdRole).toByteArray().toHex().startsWith(prefix))
            fits[PeerId].append(index);
    }
    MemberLookup result;
    for (const QList<QModelIndex> &found : fits) {
        if (found.size() == 1) {
            result.member = MemberId(found.first().data(MemberIdRole).toULongLong());
            return result;
        }
        if (found.size() > 1) {
            QStringList candidates;
            for (const QModelIndex &index : found.mid(0, 8))
                candidates.append(escaped(index.data(NameRole).toString()) + QLatin1String(" (")
                                  + QString::fromLatin1(index.data(PeerIdRole).toByteArray().toHex().left(12))
                                  + QLatin1Char(')'));
            result.ambiguous = true;
            result.problem =
                translated("\"%1\" fits %2 members: %3. Name one by its peer id.")
                    .arg(escaped(text), QString::number(found.size()), candidates.join(QLatin1String(", ")));
            return result;
        }
    }
    if (present.isEmpty())
        result.problem = translated("There is no member \"%1\": nobody else here accepts this.").arg(escaped(text));
    else
        result.problem = translated("There is no member \"%1\" that accepts this. Here are: %2.")
                             .arg(escaped(text), present.mid(0, 20).join(QLatin1String(", ")));
    return result;
}

/// The exit code for a command that ended with \a code.
inline int exitCodeFor(ErrorCode code)
{
    switch (code) {
    case ErrorCode::None:
        return ExitOk;
    case ErrorCode::InvalidArgument:
    case ErrorCode::UsageError:
        return ExitUsage;
    case ErrorCode::NotConnected:
        return ExitNoConnection;
    case ErrorCode::NoSuchMember:
    case ErrorCode::NotAccepted:
        return ExitNoMember;
    case ErrorCode::Rejected:
    case ErrorCode::Cancelled:
    case ErrorCode::PermissionDenied:
    case ErrorCode::PluginStopped: // at the other side: our own commands are ended by the host
        return ExitRejected;
    case ErrorCode::Timeout:
        return ExitTimeout;
    default:
        return ExitFailed;
    }
}

} // namespace patchbay
