// SPDX-License-Identifier: MIT
#include "security/invitelink.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>

namespace patchbay::security {

namespace {

constexpr char kScheme[] = "patchbay://";
constexpr char kFragment[] = "/#";
constexpr int kMaxHostBytes = 253;
constexpr int kMaxLabelOfHost = 63;
constexpr auto kBase64 = QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals;

QString tr(const char *text)
{
    return QCoreApplication::translate("patchbay::security", text);
}

Problem wrong(const QString &what)
{
    return {ProblemCode::Invalid, what + QLatin1Char(' ') + tr("Copy the whole link again, or ask for a new one.")};
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isHex(char c)
{
    return isDigit(c) || (c >= 'a' && c <= 'f');
}

/// "127.0.0.1", without leading zeros, which some read as octal.
bool isIPv4(const QByteArray &text)
{
    const QList<QByteArray> parts = text.split('.');
    return parts.size() == 4 && std::all_of(parts.cbegin(), parts.cend(), [](const QByteArray &part) {
               return !part.isEmpty() && part.size() <= 3 && std::all_of(part.cbegin(), part.cend(), isDigit)
                      && (part.size() == 1 || part[0] != '0') && part.toInt() <= 255;
           });
}

/// How many groups of 16 bits are in "1:2:3" or "1:2:127.0.0.1"; -1 if it is no such thing.
int groupsOfIPv6(const QByteArray &text, bool mayEndInIPv4)
{
    if (text.isEmpty())
        return 0;
    const QList<QByteArray> parts = text.split(':');
    int groups = 0;
    for (qsizetype i = 0; i < parts.size(); ++i) {
        const QByteArray &part = parts[i];
        if (mayEndInIPv4 && i + 1 == parts.size() && part.contains('.')) {
            if (!isIPv4(part))
                return -1;
            groups += 2;
        } else if (!part.isEmpty() && part.size() <= 4 && std::all_of(part.cbegin(), part.cend(), isHex)) {
            ++groups;
        } else {
            return -1;
        }
    }
    return groups;
}

bool isIPv6(const QByteArray &text)
{
    const qsizetype gap = text.indexOf("::");
    if (gap < 0)
        return groupsOfIPv6(text, true) == 8;
    const int left = groupsOfIPv6(text.left(gap), false);
    const int right = groupsOfIPv6(text.mid(gap + 2), true);
    return left >= 0 && right >= 0 && left + right <= 7;
}

bool isHostName(const QByteArray &text)
{
    if (text.isEmpty() || text.size() > kMaxHostBytes)
        return false;
    const QList<QByteArray> labels = text.split('.');
    for (const QByteArray &label : labels) {
        if (label.isEmpty() || label.size() > kMaxLabelOfHost || label.startsWith('-') || label.endsWith('-'))
            return false;
        if (!std::all_of(label.cbegin(), label.cend(),
                         [](char c) { return isDigit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_'; }))
            return false;
    }
    // "127.1" and "0x7f.1" are addresses to some resolvers: what looks like a number must be a plain IPv4.
    return !isDigit(labels.last().front()) || isIPv4(text);
}

bool isHost(const QByteArray &text)
{
    return text.contains(':') ? isIPv6(text) : isHostName(text);
}

/// "host:port" or "[v6]:port"
std::optional<InviteAddress> parseAddress(const QByteArray &text)
{
    const qsizetype colon = text.lastIndexOf(':');
    if (colon < 1)
        return {};
    QByteArray host = text.left(colon).toLower();
    const QByteArray port = text.mid(colon + 1);
    const bool bracketed = host.size() > 2 && host.startsWith('[') && host.endsWith(']');
    if (bracketed)
        host = host.mid(1, host.size() - 2);
    if (bracketed != host.contains(':') || !isHost(host))
        return {};
    if (port.isEmpty() || port.size() > 5 || port[0] == '0' || !std::all_of(port.cbegin(), port.cend(), isDigit)
        || port.toInt() > 65535)
        return {};
    return InviteAddress{QString::fromLatin1(host), quint16(port.toInt())};
}

/// Of one encoding only: what is decoded must encode to the same again.
QByteArray decoded(const QByteArray &text, int bytes)
{
    const auto result = QByteArray::fromBase64Encoding(text, kBase64 | QByteArray::AbortOnBase64DecodingErrors);
    if (!result || result.decoded.size() != bytes || result.decoded.toBase64(kBase64) != text)
        return {};
    return result.decoded;
}

} // namespace

QString InviteAddress::toString() const
{
    return (host.contains(QLatin1Char(':')) ? QStringLiteral("[%1]:%2") : QStringLiteral("%1:%2")).arg(host).arg(port);
}

QString InviteLink::toString() const
{
    QStringList places;
    for (const InviteAddress &address : addresses)
        places << address.toString();
    QByteArray secret = keyId.toBase64(kBase64);
    if (!token.isEmpty())
        secret += '.' + token.toBase64(kBase64);
    const QString text =
        QLatin1String(kScheme) + places.join(QLatin1Char(',')) + QLatin1String(kFragment) + QString::fromLatin1(secret);
    const auto parsed = parseInviteLink(text);
    return parsed.ok() && parsed.value() == *this ? text : QString();
}

base::Result<InviteLink, Problem> parseInviteLink(QByteArrayView text)
{
    if (text.size() > kMaxInviteLinkBytes)
        return wrong(tr("The invite link is longer than %1 characters.").arg(kMaxInviteLinkBytes));
    if (!std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; }))
        return wrong(tr("The invite link holds blanks or characters that no link has."));
    const QByteArray link = text.toByteArray();
    if (!link.startsWith(kScheme))
        return wrong(tr("An invite link begins with \"%1\".").arg(QLatin1String(kScheme)));
    for (const char forbidden : {'%', '@', '?', '\\'}) {
        if (link.contains(forbidden))
            return wrong(tr("The invite link holds \"%1\", which has no place in one.").arg(QLatin1Char(forbidden)));
    }
    const qsizetype begin = qsizetype(sizeof(kScheme)) - 1;
    const qsizetype fragment = link.indexOf(kFragment);
    if (fragment < begin)
        return wrong(
            tr("The invite link has no \"%1\" with the key of the hub behind it.").arg(QLatin1String(kFragment)));

    InviteLink result;
    const QList<QByteArray> places = link.mid(begin, fragment - begin).split(',');
    if (places.size() > kMaxInviteAddresses)
        return wrong(tr("The invite link holds more than %1 addresses.").arg(kMaxInviteAddresses));
    for (const QByteArray &place : places) {
        const auto address = parseAddress(place);
        if (!address)
            return wrong(
                tr("\"%1\" in the invite link is no address with a port.").arg(QString::fromLatin1(place.left(64))));
        if (result.addresses.contains(*address))
            return wrong(tr("The invite link holds an address twice."));
        result.addresses << *address;
    }

    const QByteArray secret = link.mid(fragment + qsizetype(sizeof(kFragment)) - 1);
    const qsizetype dot = secret.indexOf('.');
    result.keyId = decoded(dot < 0 ? secret : secret.left(dot), kInviteKeyIdBytes);
    if (result.keyId.isEmpty())
        return wrong(tr("The key of the hub in the invite link is not complete."));
    if (dot >= 0) {
        result.token = decoded(secret.mid(dot + 1), kInviteTokenBytes);
        if (result.token.isEmpty())
            return wrong(tr("The token at the end of the invite link is not complete."));
    }
    return result;
}

base::Result<InviteLink, Problem> parseInviteLink(const QString &text)
{
    // Longer than any link can be: not worth converting.
    if (text.size() > kMaxInviteLinkBytes)
        return parseInviteLink(QByteArrayView(QByteArray(kMaxInviteLinkBytes + 1, 'x')));
    return parseInviteLink(QByteArrayView(text.toUtf8()));
}

} // namespace patchbay::security
