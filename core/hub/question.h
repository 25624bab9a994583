// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QMetaType>
#include <QString>

namespace patchbay::hub {

/// Something only a person can decide. Shown as a dialog or a prompt; answered with Host::answer(). Every text in it
/// that comes from a peer is plain text.
struct Question
{
    enum class Kind {
        Knock,      ///< somebody unknown wants to enter our hub: let them in?
        Pairing,    ///< are the six digits the same on both screens? code is empty until they are known
        Permission, ///< may this member use that plugin here?
    };

    quint64 id = 0; ///< never reused while the process lives
    Kind kind = Kind::Knock;
    QString name;          ///< as they call themselves
    QByteArray peerId;     ///< 32 bytes; for a knock and a pairing proven by TLS
    QString address;       ///< HOST:PORT, where it is known
    QString code;          ///< Pairing: six digits
    bool answered = false; ///< Pairing: we said yes and wait for the other person
    QString pluginId;      ///< Permission
    QString pluginName;    ///< Permission, in the user's language
    QString text;          ///< one sentence that asks
};

} // namespace patchbay::hub

Q_DECLARE_METATYPE(patchbay::hub::Question)
