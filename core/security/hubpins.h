// SPDX-License-Identifier: MIT
#pragma once

#include "security/truststore.h"

#include <QByteArray>
#include <QString>

namespace patchbay::security {

enum class HubTrust {
    Trusted,    ///< go on
    Unknown,    ///< the key is proven, but whose is it? Pair first
    KeyChanged, ///< hard stop: this address is pinned to another key. To forget that one is a separate act
    WrongKey,   ///< hard stop: not the key of the invite link
};

struct HubJudgement
{
    HubTrust trust = HubTrust::Unknown;
    QString sentence; ///< for people; empty when trusted
};

/// For a client: is the hub that answered the one that was meant? Before this says Trusted nothing of worth is sent,
/// a token least of all. A snapshot of the store; a const value, so thread-safe.
class HubPins
{
public:
    HubPins() = default;
    explicit HubPins(const TrustStore &store) : m_store(store) { }

    /// \a expectedKeyId: 16 or 32 bytes out of an invite link or a setting, or empty; \a address: as dialled,
    /// InviteAddress::toString(); \a provenPeerId: PeerCheck::peerId.
    HubJudgement judge(const QByteArray &expectedKeyId, const QString &address, const QByteArray &provenPeerId) const;

private:
    TrustStore m_store;
};

} // namespace patchbay::security
