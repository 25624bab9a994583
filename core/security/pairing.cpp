// SPDX-License-Identifier: MIT
#include "security/pairing.h"

#include "security/digest.h"
#include "security/peerid.h"

#include <QCoreApplication>

namespace patchbay::security {

namespace {

constexpr QByteArrayView kCommitLabel = "patchbay-commit-1";
constexpr QByteArrayView kCodeLabel = "patchbay-sas-1";
constexpr int kCodeDigits = 6;

QString tr(const char *text)
{
    return QCoreApplication::translate("patchbay::security", text);
}

/// The whole digest as one big-endian number, modulo \a modulus.
quint32 reduced(const QByteArray &digest, quint32 modulus)
{
    quint64 rest = 0;
    for (const char byte : digest)
        rest = (rest * 256 + quint8(byte)) % modulus;
    return quint32(rest);
}

} // namespace

Pairing::Pairing(PairingRole role, const QByteArray &ownId, const QByteArray &peerId, const QByteArray &ownHelloHash,
                 const QByteArray &peerHelloHash, const QByteArray &nonce, quint32 codes)
    : m_role(role), m_idA(role == PairingRole::A ? ownId : peerId), m_idB(role == PairingRole::A ? peerId : ownId),
      m_helloA(role == PairingRole::A ? ownHelloHash : peerHelloHash),
      m_helloB(role == PairingRole::A ? peerHelloHash : ownHelloHash), m_nonce(nonce), m_codes(codes),
      m_step(role == PairingRole::A ? Step::Idle : Step::AwaitCommit)
{
    // All parts of what is hashed have one fixed size, so none can pass for another.
    if (ownId.size() != kPeerIdBytes || peerId.size() != kPeerIdBytes || ownHelloHash.size() != kDigestBytes
        || peerHelloHash.size() != kDigestBytes || nonce.size() != kNonceBytes || codes < 1 || codes > kCodes)
        fail(PairingFailure::BadInput);
    else if (ownId == peerId)
        fail(PairingFailure::SameKey);
}

QByteArray Pairing::start()
{
    if (m_state != State::Exchanging || m_step != Step::Idle)
        return {};
    m_step = Step::AwaitNonce;
    return message(Message::Commit, digest(kCommitLabel, m_nonce, {}));
}

QByteArray Pairing::handle(const QByteArray &bytes)
{
    if (m_state == State::Failed)
        return {};
    const bool hasBody = bytes.size() == 1 + kDigestBytes;
    if (bytes.isEmpty() || (!hasBody && bytes.size() != 1))
        return fail(PairingFailure::Protocol);
    const Message kind = Message(bytes.front());
    const QByteArray body = bytes.mid(1);

    if (hasBody && kind == Message::Commit && m_step == Step::AwaitCommit) {
        m_commitment = body;
        m_step = Step::AwaitReveal;
        return message(Message::Nonce, m_nonce);
    }
    if (hasBody && kind == Message::Nonce && m_step == Step::AwaitNonce) {
        compare(m_nonce, body);
        return message(Message::Reveal, m_nonce);
    }
    if (hasBody && kind == Message::Reveal && m_step == Step::AwaitReveal) {
        if (!equalInConstantTime(digest(kCommitLabel, body, {}), m_commitment))
            return fail(PairingFailure::Commitment);
        compare(body, m_nonce);
        return {};
    }
    if (!hasBody && kind == Message::Confirm && m_step == Step::Compared && !m_confirmedThere) {
        m_confirmedThere = true;
        if (m_confirmedHere)
            m_state = State::Done;
        return {};
    }
    if (!hasBody && kind == Message::Reject && m_state != State::Done)
        return fail(PairingFailure::RejectedThere);
    return fail(PairingFailure::Protocol);
}

QByteArray Pairing::confirm()
{
    if (m_state != State::Comparing || m_confirmedHere)
        return {};
    m_confirmedHere = true;
    if (m_confirmedThere)
        m_state = State::Done;
    return message(Message::Confirm);
}

QByteArray Pairing::reject()
{
    if (m_state == State::Failed || m_state == State::Done)
        return {};
    fail(PairingFailure::RejectedHere);
    return message(Message::Reject);
}

QString Pairing::code() const
{
    if (m_step != Step::Compared || m_state == State::Failed)
        return {};
    return QStringLiteral("%1").arg(m_code, kCodeDigits, 10, QLatin1Char('0'));
}

QString Pairing::failureText() const
{
    switch (m_failure) {
    case PairingFailure::None:
        break;
    case PairingFailure::Protocol:
        return tr("Pairing was broken off: the other side did not keep to the protocol. Try again, and update the "
                  "older of the two programs if it happens again.");
    case PairingFailure::Commitment:
        return tr("Pairing was broken off: the other side changed what it had committed to, so somebody may be in "
                  "between. Do not trust this link; use an invite link instead.");
    case PairingFailure::RejectedHere:
        return tr("You broke the pairing off. If the codes differed, somebody may be in between: use an invite link "
                  "instead.");
    case PairingFailure::RejectedThere:
        return tr("The other side broke the pairing off. Ask them whether the codes differed.");
    case PairingFailure::SameKey:
        return tr("A host cannot be paired with itself, or with a copy of its own profile. Use another profile for "
                  "one of the two.");
    case PairingFailure::BadInput:
        return tr("Pairing could not begin because of a mistake in this program. Please report it.");
    }
    return {};
}

QByteArray Pairing::message(Message kind, const QByteArray &body)
{
    return char(kind) + body;
}

QByteArray Pairing::fail(PairingFailure failure)
{
    m_state = State::Failed;
    m_failure = failure;
    return {};
}

QByteArray Pairing::digest(QByteArrayView label, QByteArrayView nonceA, QByteArrayView nonceB) const
{
    return sha256({label, m_idA, m_idB, m_helloA, m_helloB, nonceA, nonceB});
}

void Pairing::compare(const QByteArray &nonceA, const QByteArray &nonceB)
{
    m_code = reduced(digest(kCodeLabel, nonceA, nonceB), m_codes);
    m_step = Step::Compared;
    m_state = State::Comparing;
}

} // namespace patchbay::security
