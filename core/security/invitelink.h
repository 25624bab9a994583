// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "security/problem.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QList>
#include <QString>

namespace patchbay::security {

constexpr int kInviteKeyIdBytes = 16; ///< the first half of the hub's peer id
constexpr int kInviteTokenBytes = 16;
constexpr int kMaxInviteAddresses = 8;
constexpr int kMaxInviteLinkBytes = 1024;

struct InviteAddress
{
    QString host; ///< name, IPv4, or IPv6 without brackets; lower case
    quint16 port = 0;

    bool operator==(const InviteAddress &) const = default;
    QString toString() const; ///< "host:port" or "[v6]:port", as in the link and as the key of a hub pin
};

/// patchbay://HOST:PORT[,HOST:PORT…]/#KEYID[.TOKEN]: where a hub is, which key it has, and a token that lets one in.
struct InviteLink
{
    QList<InviteAddress> addresses; ///< 1 to 8, in the order to try them
    QByteArray keyId; ///< 16 bytes: compare with the proven peer id before anything is sent, see HubPins::judge()
    QByteArray token; ///< 16 bytes, or empty: the link then only says which key is right. A secret

    /// What parseInviteLink() takes; empty where it would not.
    QString toString() const;

    bool operator==(const InviteLink &) const = default;
};

/// Strict: nothing but what toString() writes is taken, except that hosts may be in capitals. The caller removes
/// blanks around what a person pasted. The sentence says what is wrong and never repeats the link, which holds a
/// secret. Takes any bytes; thread-safe.
base::Result<InviteLink, Problem> parseInviteLink(QByteArrayView text);

/// The same for text of a person.
base::Result<InviteLink, Problem> parseInviteLink(const QString &text);

} // namespace patchbay::security
