// SPDX-License-Identifier: MIT
#pragma once

#include "security/tlscontext.h"

#include <functional>

struct ssl_st;
struct bio_st;
struct bio_method_st;

namespace patchbay::security {

/// Where a channel's encrypted bytes come from and go to.
class ITlsWire
{
public:
    static constexpr qint64 kNothingNow = 0;
    static constexpr qint64 kEnded = -1;

    /// Reads at most \a max bytes; kNothingNow, or kEnded when no more will come.
    virtual qint64 receive(char *data, qint64 max) = 0;
    /// Takes all of it.
    virtual void send(const char *data, qint64 size) = 0;

protected:
    ~ITlsWire() = default;
};

/// One TLS 1.3 link with mutual certificates, without a socket: encrypted bytes go through an ITlsWire. Not
/// thread-safe: one thread at a time.
class TlsChannel final
{
public:
    enum class Side { Client, Server };
    enum class State {
        Handshaking,
        Open,
        Ended,  ///< the other side closed; all that came before has been read
        Failed, ///< see failure()
    };
    enum class Failure {
        None,
        NotTls,      ///< the first bytes were no TLS
        WrongTls,    ///< another version, or another ALPN protocol
        Certificate, ///< the other side's certificate, or its key, was refused by us
        OwnKey,      ///< the other side has our own key
        Refused,     ///< the other side ended the handshake with an alert
        Broken,      ///< a record that does not fit, or the link ended in the handshake
    };
    /// Decides during the handshake, before our own certificate is sent (client) or anything is answered (server):
    /// an empty text accepts the key with this id, another one refuses it and is kept as failureText().
    using Judge = std::function<QString(const QByteArray &peerId)>;

    /// \a wire outlives the channel. \a judge may be null: any valid key.
    TlsChannel(std::shared_ptr<const TlsContext> context, Side side, ITlsWire &wire, Judge judge = {});
    ~TlsChannel();
    TlsChannel(const TlsChannel &) = delete;
    TlsChannel &operator=(const TlsChannel &) = delete;

    /// Goes on with the handshake: once at the start, then whenever bytes may have come.
    State handshake();
    State state() const { return m_state; }
    Failure failure() const { return m_failure; }
    QString failureText() const { return m_failureText; } ///< one sentence, or OpenSSL's words; for people and logs

    /// Server: the whole ClientHello has come, so somebody who speaks TLS is there.
    bool isHelloComplete() const { return m_helloComplete; }
    /// The proven id of the other side's key; 32 bytes once Open.
    QByteArray peerId() const { return m_peerId; }

    /// Reads decrypted bytes, as many as fit and are there; 0 = nothing now, look at state().
    qint64 read(char *data, qint64 max);
    /// Encrypts all of \a data towards the wire; false = the channel is not open.
    bool write(const char *data, qint64 size);
    /// Says that nothing more will be written (close_notify, RFC 8446 6.1).
    void finish();

private:
    friend struct TlsCallbackAccess;
    void fail(Failure failure, const QString &text);
    void failFromOpenssl();
    void checkNewlyOpen();
    static const bio_method_st *wireMethod();

    std::shared_ptr<const TlsContext> m_context;
    ITlsWire &m_wire;
    Judge m_judge;
    ssl_st *m_ssl = nullptr;
    Side m_side;
    State m_state = State::Handshaking;
    Failure m_failure = Failure::None;
    QString m_failureText;
    QByteArray m_peerId;
    quint64 m_received = 0;        ///< encrypted bytes
    quint64 m_writtenSinceKey = 0; ///< plain bytes under the present key
    quint64 m_keyUpdates = 0;      ///< that the other side made
    bool m_helloComplete = false;
    bool m_wireEnded = false;
    bool m_finished = false;
};

} // namespace patchbay::security
