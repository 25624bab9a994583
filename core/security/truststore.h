// SPDX-License-Identifier: MIT
#pragma once

#include "security/invitebook.h"
#include "security/permissions.h"
#include "security/problem.h"

#include <QByteArray>
#include <QHash>
#include <QList>
#include <QString>

#include <optional>

namespace patchbay::security {

constexpr int kMaxKnownPeers = 65'536;
constexpr int kMaxPermissions = 256; ///< per peer and per hub
constexpr int kMaxPluginIdBytes = 128;
constexpr int kMaxLabelBytes = 64;
constexpr int kMaxAddressBytes = 300; ///< a host name of 253, brackets, port
constexpr int kMaxHubPins = 4096;     ///< addresses, not hubs

/// How we came to believe that a key is whose label it bears. Values are stored: append only.
enum class VerifiedBy { Unverified, Invite, Code, Operator };

struct KnownPeer
{
    QByteArray peerId; ///< 32 bytes
    QString label;     ///< one line, at most 64 bytes of UTF-8
    VerifiedBy how = VerifiedBy::Unverified;
    qint64 verifiedAt = 0; ///< ms since 1970; 0: never
    qint64 lastSeen = 0;
    QString lastAddress;
    Permissions permissions;       ///< of this peer, by plugin id
    Permissions memberPermissions; ///< isHub: of those it vouches for
    bool banned = false;           ///< may not enter our hub; says nothing about dialling theirs
    bool muted = false;
    bool mayEnter = false; ///< is admitted at our hub
    bool isHub = false;

    bool operator==(const KnownPeer &) const = default;
};

/// Somebody with another key where a known peer is expected.
struct KeyChange
{
    enum class By { Address, Label };
    By by = By::Address;
    KnownPeer known; ///< who is known under that address or label
    QString text;    ///< for people
};

/// Everybody this profile knows: peers, which hub is at which address, and the invites it has issued. A value of
/// shared parts: copies are cheap, const use is thread-safe. What is on the disk is the business of trustfile.h.
class TrustStore
{
public:
    /// Adds or replaces the peer of that id. Nothing on success.
    [[nodiscard]] std::optional<Problem> put(const KnownPeer &peer);
    std::optional<KnownPeer> find(const QByteArray &peerId) const;
    /// The one seen last among those whose last address is this; nothing for an empty one.
    std::optional<KnownPeer> findByAddress(const QString &address) const;
    /// The peer and the pins to its key. False if it was not known.
    bool forget(const QByteArray &peerId);
    QList<KnownPeer> list() const; ///< ordered by id
    int count() const { return int(m_peers.size()); }

    /// From now on the hub at \a address (InviteAddress::toString()) must have this key. A Problem of code KeyChanged
    /// if it is pinned to another one: forget() that first.
    [[nodiscard]] std::optional<Problem> pinHub(const QString &address, const QByteArray &peerId);
    const QHash<QString, QByteArray> &hubPins() const { return m_hubPins; }

    /// Whether somebody else is known under this address (pinned) or this label (verified). An address is a hard
    /// stop. A label is what anybody may call themselves: it calls for a warning.
    std::optional<KeyChange> keyChange(const QString &label, const QString &address, const QByteArray &peerId) const;

    InviteBook &invites() { return m_invites; }
    const InviteBook &invites() const { return m_invites; }

    bool operator==(const TrustStore &) const = default;

private:
    QHash<QByteArray, KnownPeer> m_peers;
    QHash<QString, QByteArray> m_hubPins;
    InviteBook m_invites;
};

/// What is wrong with \a peer, if anything: sizes, ranges, control characters in texts.
std::optional<Problem> checkPeer(const KnownPeer &peer);

} // namespace patchbay::security
