// SPDX-License-Identifier: MIT
#include "security/truststore.h"

#include "base/plaintext.h"
#include "security/peerid.h"

#include <QCoreApplication>

#include <algorithm>

namespace patchbay::security {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("patchbay::security", text);
}

/// One line of at most so many bytes of UTF-8, free of what could pretend to be something else.
bool isPlain(const QString &text, int maxBytes)
{
    return text.size() <= maxBytes && text.toUtf8().size() <= maxBytes && text.isValidUtf16()
           && base::singleLine(text) == text;
}

bool isPermissionMap(const Permissions &permissions)
{
    if (permissions.size() > kMaxPermissions)
        return false;
    for (auto it = permissions.cbegin(); it != permissions.cend(); ++it) {
        if (it.key().isEmpty() || !isPlain(it.key(), kMaxPluginIdBytes) || it.value() < Permission::Default
            || it.value() > Permission::No)
            return false;
    }
    return true;
}

bool isTime(qint64 time)
{
    return time >= 0 && time <= kLatestTime;
}

Problem invalid(const QString &text)
{
    return {ProblemCode::Invalid, text};
}

/// How a peer is called in a sentence.
QString called(const KnownPeer &peer)
{
    return peer.label.isEmpty() ? shortPeerId(peer.peerId) : peer.label;
}

} // namespace

std::optional<Problem> checkPeer(const KnownPeer &peer)
{
    if (peer.peerId.size() != kPeerIdBytes)
        return invalid(tr("A peer id has %1 bytes, not %2.").arg(kPeerIdBytes).arg(peer.peerId.size()));
    if (!isPlain(peer.label, kMaxLabelBytes))
        return invalid(tr("The label of %1 is longer than %2 bytes, or not plain text of one line. Choose another.")
                           .arg(shortPeerId(peer.peerId))
                           .arg(kMaxLabelBytes));
    if (!isPlain(peer.lastAddress, kMaxAddressBytes))
        return invalid(tr("The address of %1 is too long, or not plain text of one line.").arg(called(peer)));
    if (!isPermissionMap(peer.permissions) || !isPermissionMap(peer.memberPermissions))
        return invalid(tr("%1 has more than %2 permissions, or one that does not exist.")
                           .arg(called(peer), QString::number(kMaxPermissions)));
    if (!isTime(peer.verifiedAt) || !isTime(peer.lastSeen) || peer.how < VerifiedBy::Unverified
        || peer.how > VerifiedBy::Operator)
        return invalid(tr("What is noted about %1 makes no sense: check the clock of this machine.").arg(called(peer)));
    return {};
}

std::optional<Problem> TrustStore::put(const KnownPeer &peer)
{
    if (auto problem = checkPeer(peer))
        return problem;
    if (m_peers.size() >= kMaxKnownPeers && !m_peers.contains(peer.peerId))
        return Problem{ProblemCode::Limit, tr("%1 peers are known, and no more are kept. Forget some to add %2.")
                                               .arg(kMaxKnownPeers)
                                               .arg(called(peer))};
    m_peers.insert(peer.peerId, peer);
    return {};
}

std::optional<KnownPeer> TrustStore::find(const QByteArray &peerId) const
{
    const auto it = m_peers.constFind(peerId);
    return it == m_peers.cend() ? std::nullopt : std::optional(*it);
}

std::optional<KnownPeer> TrustStore::findByAddress(const QString &address) const
{
    std::optional<KnownPeer> found;
    if (address.isEmpty())
        return found;
    for (const KnownPeer &peer : m_peers) {
        if (peer.lastAddress == address && (!found || peer.lastSeen > found->lastSeen))
            found = peer;
    }
    return found;
}

bool TrustStore::forget(const QByteArray &peerId)
{
    m_hubPins.removeIf([&peerId](QHash<QString, QByteArray>::iterator pin) { return *pin == peerId; });
    return m_peers.remove(peerId) > 0;
}

QList<KnownPeer> TrustStore::list() const
{
    QList<KnownPeer> peers = m_peers.values();
    std::sort(peers.begin(), peers.end(), [](const KnownPeer &a, const KnownPeer &b) { return a.peerId < b.peerId; });
    return peers;
}

std::optional<Problem> TrustStore::pinHub(const QString &address, const QByteArray &peerId)
{
    if (address.isEmpty() || !isPlain(address, kMaxAddressBytes) || peerId.size() != kPeerIdBytes)
        return invalid(tr("\"%1\" is no address of a hub.").arg(base::singleLine(address, 64)));
    if (const auto change = keyChange({}, address, peerId))
        return Problem{ProblemCode::KeyChanged, change->text};
    if (m_hubPins.size() >= kMaxHubPins && !m_hubPins.contains(address))
        return Problem{ProblemCode::Limit,
                       tr("The addresses of %1 hubs are known, and no more are kept. Forget some hubs to add %2.")
                           .arg(kMaxHubPins)
                           .arg(address)};
    m_hubPins.insert(address, peerId);
    return {};
}

std::optional<KeyChange> TrustStore::keyChange(const QString &label, const QString &address,
                                               const QByteArray &peerId) const
{
    const auto pin = address.isEmpty() ? m_hubPins.cend() : m_hubPins.constFind(address);
    if (pin != m_hubPins.cend() && *pin != peerId) {
        KnownPeer known = m_peers.value(*pin);
        known.peerId = *pin;
        const QString text =
            tr("The key of the hub at %1 has changed: known is %2 (%3), but %4 answers. Somebody may be in between. "
               "Ask "
               "its operator; only if the hub really has a new key, forget the old one and pair again.")
                .arg(address, called(known), shortPeerId(known.peerId), shortPeerId(peerId));
        return KeyChange{KeyChange::By::Address, known, text};
    }
    const QString folded = label.trimmed().toCaseFolded();
    if (folded.isEmpty())
        return {};
    for (const KnownPeer &known : m_peers) {
        if (known.peerId == peerId || known.how == VerifiedBy::Unverified
            || known.label.trimmed().toCaseFolded() != folded)
            continue;
        const QString text =
            tr("Somebody with the key %1 calls themselves \"%2\", but the \"%2\" you know has the key %3. They may be "
               "two people, or one with a new profile, or somebody pretends: ask before you trust this one.")
                .arg(shortPeerId(peerId), known.label, shortPeerId(known.peerId));
        return KeyChange{KeyChange::By::Label, known, text};
    }
    return {};
}

} // namespace patchbay::security
