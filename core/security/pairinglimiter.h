// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QHash>
#include <QString>

#include <optional>

namespace patchbay::security {

/// Keeps people from being asked until they press yes, and codes from being guessed. One prompt at a time. Three
/// failed attempts of an address or a peer id within 10 minutes, and it is refused for 10 minutes, then 20, 40, … up
/// to a day; a failure soon after a refusal leads to the next one at once. Time in ms of any clock; a clock that is put
/// back lets nobody in earlier and nobody wait longer. Not thread-safe.
class PairingLimiter
{
public:
    static constexpr int kMaxFailures = 3;
    static constexpr qint64 kWindow = 10LL * 60 * 1000;
    static constexpr qint64 kFirstBlock = 10LL * 60 * 1000;
    static constexpr qint64 kLongestBlock = 24LL * 3600 * 1000;
    static constexpr int kMaxRemembered = 1024; ///< addresses and ids; when all are in use, strangers must wait

    enum class Answer {
        Begin, ///< the prompt is taken; end() must follow
        Busy,  ///< another one is open
        Refused,
    };
    struct Decision
    {
        Answer answer = Answer::Refused;
        qint64 waitFor = 0; ///< ms, when refused
        QString sentence;   ///< for people; empty when it may begin
    };

    /// \a address without port; of IPv6 its first 64 bits, for one person has all the rest.
    Decision begin(const QString &address, const QByteArray &peerId, qint64 now);

    enum class Outcome { Paired, Failed };
    /// How the open prompt ended; a link that was lost while it was open is a failure. Without an open prompt:
    /// nothing.
    void end(Outcome outcome, qint64 now);

    bool isOpen() const { return m_open.has_value(); }
    int remembered() const { return int(m_records.size()); }

private:
    struct Record
    {
        qint64 failures[kMaxFailures] = {}; ///< when, oldest first
        int count = 0;
        qint64 blockedUntil = 0;
        qint64 block = 0; ///< length of the last one; 0: none yet
    };
    struct Open
    {
        QByteArray address, peerId;
    };

    void settle(qint64 now);
    void fail(const QByteArray &key, qint64 now);

    QHash<QByteArray, Record> m_records;
    std::optional<Open> m_open;
    std::optional<qint64> m_last;
};

} // namespace patchbay::security
