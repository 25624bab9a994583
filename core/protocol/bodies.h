// SPDX-License-Identifier: MIT
#pragma once

#include "protocol/nodeevent.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QCborMap>

#include <optional>

namespace patchbay::protocol {

/// CBOR bodies of control frames (PROTOCOL.md 4). decode…() gives nothing for what is malformed: wrong kind of
/// value, a missing field, over a limit. Unknown fields are skipped, so that later versions can add some.

inline constexpr int kProtocolVersion = 1;

struct Hello
{
    int versionMin = kProtocolVersion;
    int versionMax = kProtocolVersion;
    bool isHub = false;
    QByteArray peerId; ///< a claim, used in plain mode only
    QString name;
    QString agent;
    QList<TypeInfo> types; ///< the first ones accepted; the rest follows in Accept
    QByteArray token;      ///< clients only; empty: none
    bool pairing = false;  ///< clients only: wait for both people to confirm
};
struct Welcome
{
    int version = kProtocolVersion;
    MemberNumber member = kNobody;
    QByteArray hubPeerId;
    QString hubName;
};
struct WaitBody
{
    bool canPair = false; ///< Pairing frames may be sent
};
struct AcceptBody
{
    quint32 sequence = 0;
    QList<TypeInfo> add;
    QStringList remove;
};
struct AcceptedBody
{
    quint32 sequence = 0;
    QList<QPair<QString, Fault>> refused;
};
struct NumberedType
{
    quint16 number = 0;
    TypeInfo info;
};
struct RosterEntry
{
    MemberNumber number = kNobody;
    QByteArray peerId;
    QString name;
    QList<quint16> types;
    bool verified = false;
    bool muted = false;
};
struct RosterBody
{
    QList<RosterEntry> present; ///< joined or changed
    QList<MemberNumber> left;
    bool complete = false; ///< the first roster ends here
};
struct StreamOpenBody
{
    qint64 size = -1;
    QByteArray header;
};

QByteArray encode(const Hello &body);
QByteArray encode(const Welcome &body);
QByteArray encode(const WaitBody &body);
QByteArray encode(const Fault &body); ///< Bye, Undeliverable, StreamReset
QByteArray encode(const AcceptBody &body);
QByteArray encode(const AcceptedBody &body);
QByteArray encode(const QList<NumberedType> &body);
QByteArray encode(const RosterBody &body);
QByteArray encode(const StreamOpenBody &body);

std::optional<Hello> decodeHello(QByteArrayView bytes);
std::optional<Welcome> decodeWelcome(QByteArrayView bytes);
std::optional<WaitBody> decodeWait(QByteArrayView bytes);
std::optional<Fault> decodeFault(QByteArrayView bytes); ///< party is Remote, text is plain text
std::optional<AcceptBody> decodeAccept(QByteArrayView bytes);
std::optional<AcceptedBody> decodeAccepted(QByteArrayView bytes);
std::optional<QList<NumberedType>> decodeTypeTable(QByteArrayView bytes);
std::optional<RosterBody> decodeRoster(QByteArrayView bytes);
std::optional<StreamOpenBody> decodeStreamOpen(QByteArrayView bytes);

/// The body as a map, under the caps on depth, items and strings; nothing if it breaks one, is no map, has trailing
/// bytes or a key twice.
std::optional<QCborMap> readMap(QByteArrayView bytes);

/// Whether \a bytes are a Hello at all, readable by us or not.
bool isHello(QByteArrayView bytes);

/// \a text cut to \a bytes of UTF-8, without control characters: names are labels.
QString shortLabel(const QString &text, qsizetype bytes);

/// "org.example.thing/1": labels of letters, digits, - and _, joined by dots, then a version.
bool isTypeName(const QString &name);

} // namespace patchbay::protocol
