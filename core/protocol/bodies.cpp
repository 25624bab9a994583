// SPDX-License-Identifier: MIT
#include "protocol/bodies.h"

#include "base/plaintext.h"
#include "protocol/limits.h"

#include <QCborArray>
#include <QCborStreamReader>
#include <QCborValue>
#include <QSet>

#include <algorithm>

namespace patchbay::protocol {

namespace {

const QLatin1String kMagic("patchbay");
// In a roster's entry; other bits are for later versions.
constexpr int kVerifiedFlag = 0x01;
constexpr int kMutedFlag = 0x02;

/// Qt's toInteger() converts floating-point values too, and those of a peer may be out of range.
qint64 integer(const QCborValue &value, qint64 otherwise)
{
    return value.isInteger() ? value.toInteger() : otherwise;
}

QCborArray toArray(const TypeInfo &type)
{
    return {type.name, int(type.mode), qint64(type.maxBytes)};
}

std::optional<TypeInfo> toType(const QCborValue &value)
{
    const QCborArray array = value.toArray();
    if (!value.isArray() || array.size() < 3 || !array[0].isString() || !array[1].isInteger() || !array[2].isInteger())
        return std::nullopt;
    const qint64 mode = array[1].toInteger();
    const qint64 maxBytes = array[2].toInteger();
    const QString name = array[0].toString();
    if (!isTypeName(name) || (mode != 0 && mode != 1) || maxBytes < 0 || maxBytes > limits::kLargeMessageBytes)
        return std::nullopt;
    return TypeInfo{name, TypeMode(mode), quint32(maxBytes)};
}

std::optional<QList<TypeInfo>> toTypes(const QCborValue &value)
{
    QList<TypeInfo> types;
    if (value.isUndefined())
        return types;
    if (!value.isArray() || value.toArray().size() > limits::kTypesPerMember)
        return std::nullopt;
    const QCborArray array = value.toArray();
    for (const QCborValue &entry : array) {
        const auto type = toType(entry);
        if (!type)
            return std::nullopt;
        types.append(*type);
    }
    return types;
}

/// A string of at most \a bytes; longer ones are cut, for they are labels.
QString label(const QCborValue &value, qsizetype bytes)
{
    return shortLabel(value.toString(), bytes);
}

QByteArray toBytes(const QCborMap &map)
{
    return QCborValue(map).toCbor();
}

/// Walks one value under the caps. Qt's reader allocates nothing for a length that is only claimed.
bool walk(QCborStreamReader &reader, int depth, int &items)
{
    if (++items > limits::kCborItems)
        return false;
    switch (reader.type()) {
    case QCborStreamReader::Array:
    case QCborStreamReader::Map: {
        if (depth > limits::kCborDepth)
            return false;
        if (reader.isLengthKnown() && reader.length() > quint64(limits::kCborItems))
            return false;
        if (!reader.enterContainer())
            return false;
        while (reader.lastError() == QCborError::NoError && reader.hasNext()) {
            if (!walk(reader, depth + 1, items))
                return false;
        }
        return reader.lastError() == QCborError::NoError && reader.leaveContainer();
    }
    case QCborStreamReader::ByteArray:
    case QCborStreamReader::String: {
        qsizetype total = 0;
        while (true) {
            const qsizetype size = reader.currentStringChunkSize();
            if (size < 0 || (total += size) > limits::kCborStringBytes)
                return false;
            QCborStreamReader::StringResultCode status;
            if (reader.isByteArray())
                status = reader.readByteArray().status;
            else
                status = reader.readString().status;
            if (status == QCborStreamReader::EndOfString)
                return true;
            if (status == QCborStreamReader::Error)
                return false;
        }
    }
    case QCborStreamReader::Tag:
    case QCborStreamReader::Invalid:
        return false; // the protocol has no use for tags
    default:
        return reader.next();
    }
}

} // namespace

QString shortLabel(const QString &text, qsizetype bytes)
{
    QString label = base::singleLine(text, int(bytes));
    while (label.toUtf8().size() > bytes)
        label.chop(label.size() > 1 && label.back().isLowSurrogate() ? 2 : 1);
    return label;
}

bool isTypeName(const QString &name)
{
    const qsizetype slash = name.lastIndexOf(u'/');
    if (slash < 1 || name.size() > limits::kTypeNameBytes)
        return false;
    bool dot = false;
    for (qsizetype i = 0; i < slash; ++i) {
        const char16_t c = name[i].unicode();
        const bool letter = (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9');
        const bool joint = c == u'-' || c == u'_';
        const bool isDot = c == u'.' && i > 0 && i + 1 < slash && name[i - 1] != u'.';
        if (!letter && !(joint && i > 0) && !isDot)
            return false;
        dot = dot || c == u'.';
    }
    const QString version = name.mid(slash + 1);
    bool isNumber = false;
    const uint number = version.toUInt(&isNumber);
    return dot && isNumber && number > 0 && number <= 65535 && version == QString::number(number);
}

std::optional<QCborMap> readMap(QByteArrayView bytes)
{
    const QByteArray copy = QByteArray::fromRawData(bytes.data(), bytes.size());
    QCborStreamReader reader(copy);
    int items = 0;
    if (!reader.isMap() || !walk(reader, 1, items) || reader.currentOffset() != bytes.size())
        return std::nullopt;
    const QCborMap map = QCborValue::fromCbor(copy).toMap();
    QSet<QString> keys;
    for (auto it = map.constBegin(); it != map.constEnd(); ++it) {
        if (!it.key().isString() || keys.contains(it.key().toString()))
            return std::nullopt;
        keys.insert(it.key().toString());
    }
    return map;
}

QByteArray encode(const Hello &body)
{
    QCborArray types;
    for (const TypeInfo &type : body.types)
        types.append(toArray(type));
    QCborMap map;
    map[QStringLiteral("magic")] = kMagic;
    map[QStringLiteral("min")] = body.versionMin;
    map[QStringLiteral("max")] = body.versionMax;
    map[QStringLiteral("hub")] = body.isHub;
    map[QStringLiteral("peer")] = body.peerId;
    map[QStringLiteral("name")] = body.name;
    map[QStringLiteral("agent")] = body.agent;
    map[QStringLiteral("types")] = types;
    if (!body.token.isEmpty())
        map[QStringLiteral("token")] = body.token;
    if (body.pairing)
        map[QStringLiteral("pairing")] = true;
    return toBytes(map);
}

bool isHello(QByteArrayView bytes)
{
    const auto map = readMap(bytes);
    return map && map->value(QStringLiteral("magic")).toString() == kMagic;
}

std::optional<Hello> decodeHello(QByteArrayView bytes)
{
    const auto map = readMap(bytes);
    if (!map || map->value(QStringLiteral("magic")).toString() != kMagic)
        return std::nullopt;
    const QCborValue min = map->value(QStringLiteral("min"));
    const QCborValue max = map->value(QStringLiteral("max"));
    const QCborValue peer = map->value(QStringLiteral("peer"));
    const QCborValue name = map->value(QStringLiteral("name"));
    const QCborValue token = map->value(QStringLiteral("token"));
    const QCborValue pairing = map->value(QStringLiteral("pairing"));
    const auto types = toTypes(map->value(QStringLiteral("types")));
    if ((!token.isUndefined() && !token.isByteArray()) || token.toByteArray().size() > limits::kTokenBytes
        || (!pairing.isUndefined() && !pairing.isBool()))
        return std::nullopt;
    if (!min.isInteger() || !max.isInteger() || !map->value(QStringLiteral("hub")).isBool() || !peer.isByteArray()
        || peer.toByteArray().size() != 32 || !name.isString() || !types || types->size() > limits::kTypesInHello)
        return std::nullopt;
    Hello hello;
    hello.versionMin = int(std::clamp<qint64>(min.toInteger(), 0, 65535));
    hello.versionMax = int(std::clamp<qint64>(max.toInteger(), 0, 65535));
    hello.isHub = map->value(QStringLiteral("hub")).toBool();
    hello.peerId = peer.toByteArray();
    hello.name = label(name, limits::kNameBytes);
    hello.agent = label(map->value(QStringLiteral("agent")), limits::kNameBytes);
    hello.types = *types;
    hello.token = token.toByteArray();
    hello.pairing = pairing.toBool();
    return hello;
}

QByteArray encode(const Welcome &body)
{
    QCborMap map;
    map[QStringLiteral("v")] = body.version;
    map[QStringLiteral("member")] = qint64(body.member);
    map[QStringLiteral("peer")] = body.hubPeerId;
    map[QStringLiteral("name")] = body.hubName;
    return toBytes(map);
}

std::optional<Welcome> decodeWelcome(QByteArrayView bytes)
{
    const auto map = readMap(bytes);
    if (!map)
        return std::nullopt;
    Welcome welcome;
    const qint64 member = integer(map->value(QStringLiteral("member")), 0);
    welcome.hubPeerId = map->value(QStringLiteral("peer")).toByteArray();
    welcome.hubName = label(map->value(QStringLiteral("name")), limits::kNameBytes);
    if (member <= kHubMember || member >= kEveryone || integer(map->value(QStringLiteral("v")), 0) != kProtocolVersion
        || welcome.hubPeerId.size() != 32)
        return std::nullopt;
    welcome.member = MemberNumber(member);
    return welcome;
}

QByteArray encode(const WaitBody &body)
{
    QCborMap map;
    map[QStringLiteral("pairing")] = body.canPair;
    return toBytes(map);
}

std::optional<WaitBody> decodeWait(QByteArrayView bytes)
{
    const auto map = readMap(bytes);
    if (!map || !map->value(QStringLiteral("pairing")).isBool())
        return std::nullopt;
    return WaitBody{map->value(QStringLiteral("pairing")).toBool()};
}

QByteArray encode(const Fault &body)
{
    QCborMap map;
    map[QStringLiteral("code")] = int(body.code);
    map[QStringLiteral("text")] = body.text.left(limits::kFaultTextChars);
    return toBytes(map);
}

std::optional<Fault> decodeFault(QByteArrayView bytes)
{
    const auto map = readMap(bytes);
    if (!map)
        return std::nullopt;
    const QCborValue code = map->value(QStringLiteral("code"));
    if (!code.isInteger() || code.toInteger() <= 0 || code.toInteger() > 65535)
        return std::nullopt;
    return Fault{Code(code.toInteger()),
                 base::singleLine(map->value(QStringLiteral("text")).toString(), limits::kFaultTextChars),
                 Party::Remote};
}

QByteArray encode(const AcceptBody &body)
{
    QCborArray add;
    for (const TypeInfo &type : body.add)
        add.append(toArray(type));
    QCborMap map;
    map[QStringLiteral("seq")] = qint64(body.sequence);
    map[QStringLiteral("add")] = add;
    map[QStringLiteral("remove")] = QCborArray::fromStringList(body.remove);
    return toBytes(map);
}

std::optional<AcceptBody> decodeAccept(QByteArrayView bytes)
{
    const auto map = readMap(bytes);
    if (!map)
        return std::nullopt;
    const auto add = toTypes(map->value(QStringLiteral("add")));
    const QCborArray remove = map->value(QStringLiteral("remove")).toArray();
    const qint64 sequence = integer(map->value(QStringLiteral("seq")), -1);
    if (!add || remove.size() > limits::kTypesPerMember || sequence < 0 || sequence > 0xFFFFFFFFLL)
        return std::nullopt;
    AcceptBody body{quint32(sequence), *add, {}};
    for (const QCborValue &name : remove) {
        if (!name.isString() || !isTypeName(name.toString()))
            return std::nullopt;
        body.remove.append(name.toString());
    }
    return body;
}

QByteArray encode(const AcceptedBody &body)
{
    QCborArray refused;
    for (const auto &[type, fault] : body.refused)
        refused.append(QCborArray{type, int(fault.code), fault.text.left(limits::kFaultTextChars)});
    QCborMap map;
    map[QStringLiteral("seq")] = qint64(body.sequence);
    map[QStringLiteral("refused")] = refused;
    return toBytes(map);
}

std::optional<AcceptedBody> decodeAccepted(QByteArrayView bytes)
{
    const auto map = readMap(bytes);
    if (!map)
        return std::nullopt;
    const qint64 sequence = integer(map->value(QStringLiteral("seq")), -1);
    const QCborArray refused = map->value(QStringLiteral("refused")).toArray();
    if (sequence < 0 || sequence > 0xFFFFFFFFLL || refused.size() > limits::kTypesPerMember)
        return std::nullopt;
    AcceptedBody body{quint32(sequence), {}};
    for (const QCborValue &value : refused) {
        const QCborArray entry = value.toArray();
        if (entry.size() < 3 || !entry[0].isString() || !isTypeName(entry[0].toString()) || integer(entry[1], 0) < 1
            || integer(entry[1], 0) > 65535)
            return std::nullopt;
        body.refused.append({entry[0].toString(),
                             Fault{Code(quint16(entry[1].toInteger())),
                                   base::singleLine(entry[2].toString(), limits::kFaultTextChars), Party::Remote}});
    }
    return body;
}

QByteArray encode(const QList<NumberedType> &body)
{
    QCborArray types;
    for (const NumberedType &type : body)
        types.append(QCborArray{int(type.number), toArray(type.info)});
    QCborMap map;
    map[QStringLiteral("types")] = types;
    return toBytes(map);
}

std::optional<QList<NumberedType>> decodeTypeTable(QByteArrayView bytes)
{
    const auto map = readMap(bytes);
    if (!map || !map->value(QStringLiteral("types")).isArray())
        return std::nullopt;
    QList<NumberedType> types;
    const QCborArray array = map->value(QStringLiteral("types")).toArray();
    for (const QCborValue &value : array) {
        const QCborArray entry = value.toArray();
        const auto type = entry.size() >= 2 ? toType(entry[1]) : std::nullopt;
        const qint64 number = entry.size() >= 2 ? integer(entry[0], 0) : 0;
        if (!type || number < 1 || number > 65535)
            return std::nullopt;
        types.append({quint16(number), *type});
    }
    return types;
}

QByteArray encode(const RosterBody &body)
{
    QCborArray present;
    for (const RosterEntry &entry : body.present) {
        QCborArray types;
        for (const quint16 number : entry.types)
            types.append(int(number));
        QCborArray member{qint64(entry.number), entry.peerId, entry.name, types};
        if (const int flags = (entry.verified ? kVerifiedFlag : 0) | (entry.muted ? kMutedFlag : 0))
            member.append(flags);
        present.append(member);
    }
    QCborArray left;
    for (const MemberNumber number : body.left)
        left.append(qint64(number));
    QCborMap map;
    map[QStringLiteral("here")] = present;
    map[QStringLiteral("left")] = left;
    map[QStringLiteral("complete")] = body.complete;
    return toBytes(map);
}

std::optional<RosterBody> decodeRoster(QByteArrayView bytes)
{
    const auto map = readMap(bytes);
    if (!map)
        return std::nullopt;
    const auto isMember = [](qint64 number) { return number >= kHubMember && number < kEveryone; };
    RosterBody body;
    body.complete = map->value(QStringLiteral("complete")).toBool();
    const QCborArray present = map->value(QStringLiteral("here")).toArray();
    for (const QCborValue &value : present) {
        const QCborArray entry = value.toArray();
        if (entry.size() < 4 || !isMember(integer(entry[0], 0)) || entry[1].toByteArray().size() != 32
            || !entry[2].isString() || !entry[3].isArray() || entry[3].toArray().size() > limits::kTypesPerMember
            || (entry.size() > 4 && integer(entry[4], -1) < 0))
            return std::nullopt;
        RosterEntry member;
        member.number = MemberNumber(entry[0].toInteger());
        member.peerId = entry[1].toByteArray();
        member.name = label(entry[2], limits::kNameBytes);
        const qint64 flags = entry.size() > 4 ? integer(entry[4], 0) : 0;
        member.verified = (flags & kVerifiedFlag) != 0;
        member.muted = (flags & kMutedFlag) != 0;
        const QCborArray types = entry[3].toArray();
        for (const QCborValue &number : types) {
            if (integer(number, 0) < 1 || integer(number, 0) > 65535)
                return std::nullopt;
            member.types.append(quint16(number.toInteger()));
        }
        body.present.append(member);
    }
    const QCborArray left = map->value(QStringLiteral("left")).toArray();
    for (const QCborValue &value : left) {
        if (!isMember(integer(value, 0)))
            return std::nullopt;
        body.left.append(MemberNumber(value.toInteger()));
    }
    return body;
}

QByteArray encode(const StreamOpenBody &body)
{
    QCborMap map;
    map[QStringLiteral("size")] = body.size;
    map[QStringLiteral("header")] = body.header;
    return toBytes(map);
}

std::optional<StreamOpenBody> decodeStreamOpen(QByteArrayView bytes)
{
    const auto map = readMap(bytes);
    if (!map)
        return std::nullopt;
    const QCborValue size = map->value(QStringLiteral("size"));
    const QCborValue header = map->value(QStringLiteral("header"));
    if (!size.isInteger() || size.toInteger() < -1 || !header.isByteArray()
        || header.toByteArray().size() > limits::kStreamHeaderBytes)
        return std::nullopt;
    return StreamOpenBody{size.toInteger(), header.toByteArray()};
}

} // namespace patchbay::protocol
