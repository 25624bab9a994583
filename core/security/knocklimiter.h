// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QHash>
#include <QList>

namespace patchbay::security {

/// Keeps people from being asked without end whether somebody may come in: three knocks of an address or a key that
/// were refused, or left before they were answered, and the next ones are refused unasked until ten minutes have gone
/// by. Time in ms of any clock. Not thread-safe.
class KnockLimiter
{
public:
    static constexpr int kMaxUnanswered = 3;
    static constexpr qint64 kWindow = 10LL * 60 * 1000;
    static constexpr int kMaxRemembered = 1024; ///< addresses and keys; when all are in use, strangers must wait

    /// \a address without port.
    bool mayAsk(const QByteArray &address, const QByteArray &peerId, qint64 now);
    /// A knock ended without a yes.
    void failed(const QByteArray &address, const QByteArray &peerId, qint64 now);

    int remembered() const { return int(m_failures.size()); }

private:
    void forgetOld(qint64 now);
    int count(const QByteArray &key, qint64 now) const;
    void note(const QByteArray &key, qint64 now);

    QHash<QByteArray, QList<qint64>> m_failures; ///< the last ones, newest last
};

} // namespace patchbay::security
