// SPDX-License-Identifier: MIT
#include "security/pairinglimiter.h"

#include <QCoreApplication>

#include <algorithm>

namespace patchbay::security {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("patchbay::security", text);
}

/// Addresses and ids share one table; what a stranger calls itself is cut.
QByteArray keyOf(const QString &address)
{
    return "a" + address.left(64).toUtf8();
}

QByteArray keyOf(const QByteArray &peerId)
{
    return "p" + peerId.left(32);
}

} // namespace

PairingLimiter::Decision PairingLimiter::begin(const QString &address, const QByteArray &peerId, qint64 now)
{
    settle(now);
    if (m_open)
        return {Answer::Busy, 0, tr("Another pairing is going on. Finish that one, then try again.")};
    const QList<QByteArray> keys{keyOf(address), keyOf(peerId)};
    qint64 until = now;
    for (const QByteArray &key : keys)
        until = std::max(until, m_records.value(key).blockedUntil);
    if (until > now) {
        const qint64 minutes = (until - now + 59'999) / 60'000;
        return {Answer::Refused, until - now,
                tr("Pairing failed too often. Wait %1 minutes, or use an invite link.").arg(minutes)};
    }
    // Forgetting somebody to make room would let a crowd of strangers wash away its own failures.
    qsizetype strangers = 0;
    for (const QByteArray &key : keys)
        strangers += m_records.contains(key) ? 0 : 1;
    if (m_records.size() + strangers > kMaxRemembered)
        return {Answer::Refused, kWindow,
                tr("Too many strangers have failed to pair. Wait %1 minutes, or use an invite link.")
                    .arg(kWindow / 60'000)};
    m_open = Open{keys[0], keys[1]};
    return {Answer::Begin, 0, {}};
}

void PairingLimiter::end(Outcome outcome, qint64 now)
{
    settle(now);
    if (!m_open)
        return;
    const Open open = *m_open;
    m_open.reset();
    for (const QByteArray &key : {open.address, open.peerId}) {
        if (outcome == Outcome::Paired)
            m_records.remove(key);
        else
            fail(key, now);
    }
}

void PairingLimiter::fail(const QByteArray &key, qint64 now)
{
    Record &record = m_records[key];
    if (record.count == kMaxFailures) {
        std::move(record.failures + 1, record.failures + kMaxFailures, record.failures);
        --record.count;
    }
    record.failures[record.count++] = now;
    if (record.count < kMaxFailures && record.block == 0)
        return;
    record.block = record.block == 0 ? kFirstBlock : std::min(2 * record.block, kLongestBlock);
    record.blockedUntil = now + record.block;
    record.count = 0;
}

void PairingLimiter::settle(qint64 now)
{
    // A clock that was put back: no time has passed since.
    const qint64 back = m_last && now < *m_last ? *m_last - now : 0;
    m_last = now;
    for (auto it = m_records.begin(); it != m_records.end();) {
        Record &record = *it;
        if (back > 0) {
            for (qint64 &failure : record.failures)
                failure -= back;
            record.blockedUntil -= back;
        }
        qint64 *const end = record.failures + record.count;
        qint64 *const kept =
            std::remove_if(record.failures, end, [now](qint64 failure) { return now - failure >= kWindow; });
        record.count = int(kept - record.failures);
        // As long again as the last refusal took, a failure is one too many.
        const bool watched = record.block > 0 && now < record.blockedUntil + record.block;
        if (!watched)
            record.block = record.blockedUntil = 0;
        if (record.count == 0 && !watched)
            it = m_records.erase(it);
        else
            ++it;
    }
}

} // namespace patchbay::security
