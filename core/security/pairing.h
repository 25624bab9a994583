// SPDX-License-Identifier: MIT
#pragma once

#include "security/randombytes.h"

#include <QByteArray>
#include <QString>

namespace patchbay::security {

/// Two people compare six digits, see Pairing. A is the TLS client, B the TLS server.
enum class PairingRole { A, B };

enum class PairingFailure {
    None,
    Protocol,     ///< a message of wrong size or kind, out of order, or repeated
    Commitment,   ///< what was revealed is not what was committed to: somebody tries something
    RejectedHere, ///< our human said the codes differ, or gave up
    RejectedThere,
    SameKey,  ///< with oneself
    BadInput, ///< ids, hashes or random bytes of a wrong size: a mistake of the caller
};

/// Pairing by a six-digit code with commitment, without input or output: bytes in, bytes out.
///
///     A → B  c = SHA256("patchbay-commit-1" | pkA | pkB | H(helloA) | H(helloB) | nA)
///     B → A  nB
///     A → B  nA, B checks c
///     code = SHA256("patchbay-sas-1" | pkA | pkB | H(helloA) | H(helloB) | nA | nB) mod 10^6
///
/// Whoever sits in between must choose its nonces before it can know the code: one try in a million. The messages
/// travel on the TLS link whose keys gave the ids. Both people compare, both confirm; only at State::Done may a store
/// be written. Any wrong message ends it for good; begin again with new nonces. Not thread-safe, has no clock: the
/// caller gives up after a minute (reject()) and asks PairingLimiter before it begins.
class Pairing
{
public:
    enum class State {
        Exchanging, ///< no code yet
        Comparing,  ///< the code is there; waiting for humans
        Done,       ///< both confirmed
        Failed,     ///< for good
    };

    static constexpr int kNonceBytes = 32;
    static constexpr quint32 kCodes = 1'000'000;

    /// \a ownId and \a peerId: peer ids, of which the peer's is the one TLS has proven; the hashes: SHA-256 of the
    /// Hello each side sent, as sent. \a nonce: 32 fresh random bytes. \a codes: how many codes there are, fewer in
    /// tests only.
    Pairing(PairingRole role, const QByteArray &ownId, const QByteArray &peerId, const QByteArray &ownHelloHash,
            const QByteArray &peerHelloHash, const QByteArray &nonce, quint32 codes = kCodes);

    /// The first message, to be sent by A; empty for B, and the second time.
    QByteArray start();

    /// A message of the peer. What is to be sent in answer, which may be nothing; see state() afterwards.
    QByteArray handle(const QByteArray &message);

    /// Our human says the codes are the same. What is to be sent; empty unless comparing, and the second time.
    QByteArray confirm();

    /// Our human says they differ, or nobody answers. What is to be sent; empty when it is over already.
    QByteArray reject();

    State state() const { return m_state; }
    PairingFailure failure() const { return m_failure; }
    bool confirmedHere() const { return m_confirmedHere; }
    QString code() const; ///< "042317"; empty before there is one and after a failure
    quint32 codeNumber() const { return m_code; }

    /// The failure as a sentence for people; empty when there is none.
    QString failureText() const;

private:
    enum class Message : char { Commit = 1, Nonce, Reveal, Confirm, Reject };
    enum class Step { Idle, AwaitCommit, AwaitNonce, AwaitReveal, Compared };

    static QByteArray message(Message kind, const QByteArray &body = {});
    QByteArray fail(PairingFailure failure);
    QByteArray digest(QByteArrayView label, QByteArrayView nonceA, QByteArrayView nonceB) const;
    void compare(const QByteArray &nonceA, const QByteArray &nonceB);

    PairingRole m_role;
    QByteArray m_idA, m_idB, m_helloA, m_helloB;
    QByteArray m_nonce;
    QByteArray m_commitment;
    quint32 m_codes;
    quint32 m_code = 0;
    Step m_step = Step::Idle;
    State m_state = State::Exchanging;
    PairingFailure m_failure = PairingFailure::None;
    bool m_confirmedHere = false;
    bool m_confirmedThere = false;
};

} // namespace patchbay::security
