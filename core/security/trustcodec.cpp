// SPDX-License-Identifier: MIT
#include "security/trustcodec.h"

#include "security/digest.h"
#include "security/peerid.h"

#include <QCborArray>
#include <QCborMap>
#include <QCborStreamReader>
#include <QCborValue>
#include <QCoreApplication>
#include <QtEndian>

namespace patchbay::security {

namespace {

constexpr QByteArrayView kMagic("pbtrust\0", 8);
constexpr qsizetype kHeader = 8 + 4;

QString tr(const char *text)
{
    return QCoreApplication::translate("patchbay::security", text);
}

QCborMap mapOf(const Permissions &permissions)
{
    QCborMap map;
    for (auto it = permissions.cbegin(); it != permissions.cend(); ++it)
        map[it.key()] = int(it.value());
    return map;
}

QCborMap mapOf(const KnownPeer &peer)
{
    QCborMap map;
    map[QLatin1String("id")] = peer.peerId;
    map[QLatin1String("label")] = peer.label;
    map[QLatin1String("how")] = int(peer.how);
    map[QLatin1String("verified")] = peer.verifiedAt;
    map[QLatin1String("seen")] = peer.lastSeen;
    map[QLatin1String("address")] = peer.lastAddress;
    map[QLatin1String("permissions")] = mapOf(peer.permissions);
    map[QLatin1String("members")] = mapOf(peer.memberPermissions);
    map[QLatin1String("banned")] = peer.banned;
    map[QLatin1String("muted")] = peer.muted;
    map[QLatin1String("enter")] = peer.mayEnter;
    map[QLatin1String("hub")] = peer.isHub;
    return map;
}

/// Takes the fields of a map one by one and remembers whether one was not what it should be.
class Fields
{
public:
    explicit Fields(const QCborValue &value) : m_map(value.toMap()), m_good(value.isMap()) { }

    bool good() const { return m_good; }

    QByteArray bytes(const char *name) { return take(name, QCborValue::ByteArray).toByteArray(); }
    QString text(const char *name) { return take(name, QCborValue::String).toString(); }
    qint64 number(const char *name) { return take(name, QCborValue::Integer).toInteger(); }
    QCborMap map(const char *name) { return take(name, QCborValue::Map).toMap(); }
    QCborArray array(const char *name) { return take(name, QCborValue::Array).toArray(); }
    QCborValue value(const char *name) const { return m_map.value(QLatin1String(name)); }

    bool flag(const char *name)
    {
        const QCborValue value = m_map.value(QLatin1String(name));
        m_good = m_good && value.isBool();
        return value.toBool();
    }

    Permissions permissions(const char *name)
    {
        Permissions permissions;
        const QCborMap map = this->map(name);
        for (auto it = map.cbegin(); it != map.cend(); ++it) {
            const qint64 value = it.value().toInteger(-1);
            m_good = m_good && it.key().isString() && value >= 0 && value <= int(Permission::No);
            if (!m_good)
                return {};
            permissions.insert(it.key().toString(), Permission(value));
        }
        m_good = m_good && permissions.size() == map.size(); // none twice
        return permissions;
    }

private:
    QCborValue take(const char *name, QCborValue::Type type)
    {
        const QCborValue value = m_map.value(QLatin1String(name));
        m_good = m_good && value.type() == type;
        return value;
    }

    QCborMap m_map;
    bool m_good;
};

std::optional<KnownPeer> peerOf(const QCborValue &value)
{
    Fields fields(value);
    KnownPeer peer;
    peer.peerId = fields.bytes("id");
    peer.label = fields.text("label");
    const qint64 how = fields.number("how");
    peer.verifiedAt = fields.number("verified");
    peer.lastSeen = fields.number("seen");
    peer.lastAddress = fields.text("address");
    peer.permissions = fields.permissions("permissions");
    peer.memberPermissions = fields.permissions("members");
    peer.banned = fields.flag("banned");
    peer.muted = fields.flag("muted");
    peer.mayEnter = fields.flag("enter");
    peer.isHub = fields.flag("hub");
    if (!fields.good() || how < 0 || how > int(VerifiedBy::Operator))
        return {};
    peer.how = VerifiedBy(how);
    return peer;
}

bool readPeers(const QCborArray &array, TrustStore &store)
{
    if (array.size() > kMaxKnownPeers)
        return false;
    for (const QCborValue item : array) {
        const auto peer = peerOf(item);
        if (!peer || store.find(peer->peerId) || store.put(*peer))
            return false;
    }
    return true;
}

bool readPins(const QCborMap &map, TrustStore &store)
{
    if (map.size() > kMaxHubPins)
        return false;
    for (auto it = map.cbegin(); it != map.cend(); ++it) {
        const QString address = it.key().toString();
        if (store.hubPins().contains(address) || store.pinHub(address, it.value().toByteArray()))
            return false;
    }
    return true;
}

} // namespace

base::Result<QByteArray, Problem> encodeTrust(const TrustStore &store)
{
    QCborArray peers;
    const QList<KnownPeer> list = store.list();
    for (const KnownPeer &peer : list)
        peers.append(mapOf(peer));
    QCborMap pins;
    for (auto it = store.hubPins().cbegin(); it != store.hubPins().cend(); ++it)
        pins[it.key()] = it.value();
    QCborMap body;
    body[QLatin1String("peers")] = peers;
    body[QLatin1String("pins")] = pins;
    body[QLatin1String("invites")] = store.invites().toCbor();

    QByteArray bytes = kMagic.toByteArray();
    char version[4];
    qToBigEndian(kTrustVersion, version);
    bytes.append(version, sizeof(version));
    bytes.append(QCborValue(body).toCbor());
    bytes.append(sha256({bytes}));
    if (bytes.size() > kMaxTrustBytes)
        return Problem{ProblemCode::Limit,
                       tr("The list of known peers is larger than %1 MiB. Forget some peers, or permissions of theirs.")
                           .arg(kMaxTrustBytes / 1024 / 1024)};
    return bytes;
}

bool isWholeTrust(QByteArrayView bytes)
{
    return bytes.size() >= kHeader + kDigestBytes && sha256({bytes.chopped(kDigestBytes)}) == bytes.last(kDigestBytes);
}

base::Result<TrustStore, Problem> decodeTrust(QByteArrayView bytes, const QString &name)
{
    const Problem damaged{ProblemCode::Damaged, tr("The list of known peers %1 is damaged.").arg(name)};
    if (bytes.size() > kMaxTrustBytes || !isWholeTrust(bytes) || !bytes.startsWith(kMagic))
        return damaged;
    const quint32 version = qFromBigEndian<quint32>(bytes.data() + kMagic.size());
    if (version > kTrustVersion)
        return Problem{
            ProblemCode::Newer,
            tr("The list of known peers %1 was written by a newer version of Patchbay. Update this one.").arg(name)};
    if (version != kTrustVersion)
        return damaged;
    auto store = decodeTrustBody(bytes.sliced(kHeader, bytes.size() - kHeader - kDigestBytes));
    if (!store)
        return damaged;
    return std::move(*store);
}

std::optional<TrustStore> decodeTrustBody(QByteArrayView cbor)
{
    QCborStreamReader reader(cbor.data(), cbor.size());
    const QCborValue value = QCborValue::fromCbor(reader);
    if (reader.lastError() != QCborError::NoError || reader.currentOffset() != cbor.size())
        return {};
    Fields fields(value);
    TrustStore store;
    const QCborArray peers = fields.array("peers");
    const QCborMap pins = fields.map("pins");
    const auto invites = InviteBook::fromCbor(fields.value("invites"));
    if (!fields.good() || !invites || !readPeers(peers, store) || !readPins(pins, store))
        return {};
    store.invites() = *invites;
    return store;
}

} // namespace patchbay::security
