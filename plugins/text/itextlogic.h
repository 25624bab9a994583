// SPDX-License-Identifier: MIT
#pragma once

#include <patchbay/types.h>

#include <QObject>

QT_BEGIN_NAMESPACE
class QAbstractItemModel;
QT_END_NAMESPACE

namespace patchbay::text {

/// Roles of the timeline. The panel knows the model only through them.
enum TimelineRole : int {
    TimeRole = Qt::UserRole + 1, ///< QDateTime: when it came or went, by our own clock
    FromRole,                    ///< QString: name of the sender; text from a peer
    PeerRole,                    ///< QByteArray: peer id of the sender
    ToRole,                      ///< QString: name of the one member it was sent to, empty = everyone
    TextRole,                    ///< QString: text from a peer
    OwnRole,                     ///< bool: sent by us
    StateRole,                   ///< int, of MessageState
    StateTextRole,               ///< QString: who missed it and why
    RowKeyRole,                  ///< quint64: never reused, for caches
};

enum class MessageState { Received, Sent, Delivered, NotDelivered };

/// What the panel sees of the logic: the two modules are not linked, so this interface and the roles of the models
/// are all they share. Main thread only.
class ITextLogic
{
public:
    /// What was said; roles of TimelineRole. Owned by the logic, outlives the panel.
    virtual QAbstractItemModel *timeline() = 0;
    /// IHost::members(); outlives the panel.
    virtual QAbstractItemModel *members() = 0;
    /// Whether \a member takes part in the chat.
    virtual bool canSendTo(patchbay::MemberId member) const = 0;
    /// Sends \a text to one member or MemberId::Everyone. On an error nothing was sent and nothing is in the timeline;
    /// what goes wrong later is shown in the message's own row.
    virtual patchbay::Error sendText(patchbay::MemberId to, const QString &text) = 0;

protected:
    ~ITextLogic() = default;
};

} // namespace patchbay::text

Q_DECLARE_INTERFACE(patchbay::text::ITextLogic, "org.patchbay.text.ITextLogic/1")
