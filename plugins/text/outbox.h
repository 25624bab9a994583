// SPDX-License-Identifier: MIT
#pragma once

#include <patchbay/types.h>

#include <QByteArray>
#include <QHash>
#include <QList>
#include <QObject>
#include <QStringList>

#include <deque>

namespace patchbay::text {

/// A member a message did not reach, or not for certain.
struct Missed
{
    MemberId member = MemberId::None;
    QString name;
    Error reason;
};

/// What became of one message we sent.
struct Outgoing
{
    QByteArray id;
    MessageId messageId = MessageId::None;
    quint64 rowKey = 0;               ///< its row in the timeline
    QHash<MemberId, QString> waiting; ///< members whose receipt is due, and their names
    QStringList delivered;            ///< names of the members that confirmed
    QList<Missed> missed;

    bool isSettled() const { return waiting.isEmpty(); }
};

/// Follows messages until every receipt came or will not come any more. Remembers the newest kMaxRemembered.
class Outbox final : public QObject
{
    Q_OBJECT

public:
    static constexpr size_t kMaxRemembered = 1000;

    using QObject::QObject;

    void add(Outgoing message);
    /// \a from confirms the message \a id. Unknown ids and members that were not asked are ignored.
    void receipt(const QByteArray &id, MemberId from);
    /// \a member missed the message; MemberId::Everyone: nobody got it.
    void undeliverable(MessageId message, MemberId member, const QString &name, const Error &reason);
    /// No receipt will come from \a member any more.
    void memberLeft(MemberId member);
    /// Null when it is not remembered.
    const Outgoing *find(const QByteArray &id) const;

Q_SIGNALS:
    /// A receipt or a failure came for the message \a id.
    void changed(const QByteArray &id);

private:
    std::deque<Outgoing> m_messages;
};

} // namespace patchbay::text
