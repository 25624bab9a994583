// SPDX-License-Identifier: MIT
#pragma once

#include "ifilelogic.h"

#include <QAbstractTableModel>
#include <QElapsedTimer>

#include <deque>

namespace patchbay::file {

struct Transfer
{
    quint64 id = 0; ///< set by the model
    Direction direction = Direction::Outgoing;
    TransferState state = TransferState::Queued;
    QString name;
    MemberId member = MemberId::None;
    QString peerName;
    QByteArray peerId;
    qint64 size = 0;
    qint64 bytes = 0;
    double rate = 0;
    QString path;
    QString reason;
    Error error;               ///< how it ended
    bool isLocalFault = false; ///< the trouble was the file here
    qint64 startedMs = -1;     ///< by the model's clock
    qint64 endedMs = -1;
    QByteArray hash; ///< of a finished one
};

/// The transfers of this run of the host. Bounded: the oldest finished ones are dropped.
class TransferModel final : public QAbstractTableModel
{
    Q_OBJECT

public:
    static constexpr size_t kMaxFinished = 1000;

    explicit TransferModel(QObject *parent = nullptr);

    quint64 add(Transfer transfer);
    const Transfer *find(quint64 id) const;
    void setState(quint64 id, TransferState state, const QString &reason = {});
    /// Bytes so far; works out the rate.
    void setBytes(quint64 id, qint64 bytes);
    void setPath(quint64 id, const QString &path);
    void end(quint64 id, TransferState state, const Error &error, bool isLocalFault, const QByteArray &hash = {});
    void clearFinished();
    /// Milliseconds from the first byte to the end or to now.
    qint64 elapsedMs(const Transfer &transfer) const;
    static qint64 secondsLeft(const Transfer &transfer);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Sample
    {
        qint64 atMs = 0;
        qint64 bytes = 0;
    };

    int rowOf(quint64 id) const;
    void changed(int row);
    void dropFinished(size_t keep);
    QString text(const Transfer &transfer, int column) const;

    std::deque<Transfer> m_transfers; ///< ids rise
    QHash<quint64, Sample> m_samples;
    QElapsedTimer m_clock;
    quint64 m_lastId = 0;
};

} // namespace patchbay::file
