// SPDX-License-Identifier: MIT
#include "security/hubpins.h"

#include "security/invitelink.h"
#include "security/peerid.h"

#include <QCoreApplication>

namespace patchbay::security {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("patchbay::security", text);
}

} // namespace

HubJudgement HubPins::judge(const QByteArray &expectedKeyId, const QString &address,
                            const QByteArray &provenPeerId) const
{
    const bool isExpected = (expectedKeyId.size() == kInviteKeyIdBytes || expectedKeyId.size() == kPeerIdBytes)
                            && provenPeerId.startsWith(expectedKeyId);
    if (provenPeerId.size() != kPeerIdBytes || (!expectedKeyId.isEmpty() && !isExpected))
        return {HubTrust::WrongKey,
                tr("What answers at %1 has not the key that the invite link names: the link is for another hub, or "
                   "somebody is in between. Ask for a new link on a way you trust.")
                    .arg(address)};
    // Before the link is believed: who can send a link to us can also answer at a known address.
    if (const auto change = m_store.keyChange({}, address, provenPeerId))
        return {HubTrust::KeyChanged, change->text};
    const auto known = m_store.find(provenPeerId);
    if (isExpected || (known && known->how != VerifiedBy::Unverified)
        || m_store.hubPins().value(address) == provenPeerId)
        return {HubTrust::Trusted, {}};
    return {HubTrust::Unknown,
            tr("The hub at %1 is not known yet. Use an invite link of its operator, or compare six digits with them.")
                .arg(address)};
}

} // namespace patchbay::security
