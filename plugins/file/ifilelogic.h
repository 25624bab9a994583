// SPDX-License-Identifier: MIT
#pragma once

#include <patchbay/types.h>

#include <QObject>

QT_BEGIN_NAMESPACE
class QAbstractItemModel;
QT_END_NAMESPACE

namespace patchbay::file {

enum class Direction { Outgoing, Incoming };

enum class TransferState {
    Queued,    ///< outgoing: others go first
    Waiting,   ///< outgoing: offered, the other side has not answered
    Offered,   ///< incoming: we have not answered
    Active,    ///< bytes are moving
    Done,      ///< whole, verified and on the receiver's disk
    Declined,  ///< the receiving side did not want it
    Cancelled, ///< one side stopped it
    Failed,
};

inline bool hasEnded(TransferState state)
{
    return state >= TransferState::Done;
}

/// Columns and roles of the transfers. Every role is there on every column.
enum TransferColumn : int { NameColumn, PeerColumn, SizeColumn, ProgressColumn, StateColumn, TransferColumnCount };
enum TransferRole : int {
    TransferIdRole = Qt::UserRole + 1, ///< quint64, never reused
    DirectionRole,                     ///< int, of Direction
    StateRole,                         ///< int, of TransferState
    FileNameRole,                      ///< QString: safe name; of an incoming file it is text from a peer
    PeerNameRole,                      ///< QString: text from a peer
    SizeRole,                          ///< qint64, bytes
    BytesRole,                         ///< qint64, bytes moved so far
    RateRole,                          ///< double, bytes per second, 0 = not known yet
    SecondsLeftRole,                   ///< qint64, -1 = not known
    PathRole,                          ///< QString: the file here, once there is one
    ReasonRole,                        ///< QString: why it did not work, or a note; may be text from a peer
};

/// What the panel sees of the logic: the two modules are not linked, so this interface and the roles of the models
/// are all they share. Main thread only.
class IFileLogic
{
public:
    /// One row for each transfer, oldest first; columns and roles above. Outlives the panel.
    virtual QAbstractItemModel *transfers() = 0;
    /// IHost::members(); outlives the panel.
    virtual QAbstractItemModel *members() = 0;
    virtual bool canSendTo(patchbay::MemberId member) const = 0;

    /// Queues one file. On an error nothing was queued; what goes wrong later is shown in the row.
    virtual patchbay::Error sendFile(patchbay::MemberId to, const QString &path) = 0;
    /// Stops a transfer of either direction in any state. Unknown and finished ids are ignored.
    virtual void cancelTransfer(quint64 transfer) = 0;
    /// Answers an offer. On an error the offer still waits.
    virtual patchbay::Error acceptOffer(quint64 transfer) = 0;
    virtual void declineOffer(quint64 transfer) = 0;
    /// Takes finished transfers out of the list.
    virtual void clearFinished() = 0;

    /// Where received files land.
    virtual QString inboxFolder() const = 0;
    virtual void setInboxFolder(const QString &folder) = 0;
    /// Bytes free there; -1 = unknown.
    virtual qint64 inboxFreeBytes() const = 0;
    /// Whether every file that is offered is taken. Off unless the user says so.
    virtual bool acceptsWithoutAsking() const = 0;
    virtual void setAcceptsWithoutAsking(bool accept) = 0;

protected:
    ~IFileLogic() = default;
};

} // namespace patchbay::file

Q_DECLARE_INTERFACE(patchbay::file::IFileLogic, "org.patchbay.file.IFileLogic/1")
