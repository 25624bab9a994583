// SPDX-License-Identifier: MIT
#include "transfermodel.h"

#include "transfertext.h"

#include <algorithm>
#include <cmath>

namespace patchbay::file {

namespace {
constexpr qint64 kSampleMs = 500; // a rate over less than this jumps about
constexpr double kSmoothing = 0.4;
} // namespace

TransferModel::TransferModel(QObject *parent) : QAbstractTableModel(parent)
{
    m_clock.start();
}

quint64 TransferModel::add(Transfer transfer)
{
    dropFinished(kMaxFinished);
    transfer.id = ++m_lastId;
    const int row = int(m_transfers.size());
    beginInsertRows({}, row, row);
    m_transfers.push_back(std::move(transfer));
    endInsertRows();
    return m_lastId;
}

int TransferModel::rowOf(quint64 id) const
{
    const auto it = std::lower_bound(m_transfers.cbegin(), m_transfers.cend(), id,
                                     [](const Transfer &transfer, quint64 wanted) { return transfer.id < wanted; });
    return it == m_transfers.cend() || it->id != id ? -1 : int(it - m_transfers.cbegin());
}

const Transfer *TransferModel::find(quint64 id) const
{
    const int row = rowOf(id);
    return row < 0 ? nullptr : &m_transfers[size_t(row)];
}

void TransferModel::changed(int row)
{
    Q_EMIT dataChanged(index(row, 0), index(row, TransferColumnCount - 1));
}

void TransferModel::setState(quint64 id, TransferState state, const QString &reason)
{
    const int row = rowOf(id);
    if (row < 0)
        return;
    Transfer &transfer = m_transfers[size_t(row)];
    transfer.state = state;
    transfer.reason = reason;
    if (state == TransferState::Active && transfer.startedMs < 0) {
        transfer.startedMs = m_clock.elapsed();
        m_samples.insert(id, {transfer.startedMs, 0});
    }
    changed(row);
}

void TransferModel::setBytes(quint64 id, qint64 bytes)
{
    const int row = rowOf(id);
    if (row < 0)
        return;
    Transfer &transfer = m_transfers[size_t(row)];
    transfer.bytes = std::clamp<qint64>(bytes, 0, transfer.size);
    Sample &sample = m_samples[id];
    const qint64 now = m_clock.elapsed();
    if (now - sample.atMs >= kSampleMs) {
        const double fresh = double(transfer.bytes - sample.bytes) * 1000.0 / double(now - sample.atMs);
        transfer.rate = transfer.rate > 0 ? transfer.rate * (1 - kSmoothing) + fresh * kSmoothing : fresh;
        sample = {now, transfer.bytes};
    }
    changed(row);
}

void TransferModel::setPath(quint64 id, const QString &path)
{
    if (const int row = rowOf(id); row >= 0) {
        m_transfers[size_t(row)].path = path;
        changed(row);
    }
}

void TransferModel::end(quint64 id, TransferState state, const Error &error, bool isLocalFault, const QByteArray &hash)
{
    const int row = rowOf(id);
    if (row < 0)
        return;
    Transfer &transfer = m_transfers[size_t(row)];
    transfer.endedMs = m_clock.elapsed();
    if (transfer.startedMs < 0)
        transfer.startedMs = transfer.endedMs;
    transfer.state = state;
    transfer.error = error;
    transfer.isLocalFault = isLocalFault;
    transfer.hash = hash;
    transfer.rate = 0;
    if (state == TransferState::Done) {
        transfer.bytes = transfer.size;
        if (const qint64 took = elapsedMs(transfer); took > 0)
            transfer.rate = double(transfer.size) * 1000.0 / double(took);
    } else {
        transfer.reason = error.message;
    }
    m_samples.remove(id);
    changed(row);
}

qint64 TransferModel::elapsedMs(const Transfer &transfer) const
{
    if (transfer.startedMs < 0)
        return 0;
    return (transfer.endedMs < 0 ? m_clock.elapsed() : transfer.endedMs) - transfer.startedMs;
}

qint64 TransferModel::secondsLeft(const Transfer &transfer)
{
    if (transfer.state != TransferState::Active || transfer.rate < 1)
        return -1;
    return qint64(std::llround(double(transfer.size - transfer.bytes) / transfer.rate));
}

void TransferModel::clearFinished()
{
    dropFinished(0);
}

void TransferModel::dropFinished(size_t keep)
{
    size_t finished = size_t(std::count_if(m_transfers.cbegin(), m_transfers.cend(),
                                           [](const Transfer &transfer) { return hasEnded(transfer.state); }));
    for (int row = 0; finished > keep && row < int(m_transfers.size());) {
        if (!hasEnded(m_transfers[size_t(row)].state)) {
            ++row;
            continue;
        }
        beginRemoveRows({}, row, row);
        m_transfers.erase(m_transfers.begin() + row);
        endRemoveRows();
        --finished;
    }
}

int TransferModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_transfers.size());
}

int TransferModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(TransferColumnCount);
}

QString TransferModel::text(const Transfer &transfer, int column) const
{
    switch (column) {
    case NameColumn:
        return transfer.name;
    case PeerColumn:
        return transfer.direction == Direction::Outgoing ? tr("to %1").arg(transfer.peerName)
                                                         : tr("from %1").arg(transfer.peerName);
    case SizeColumn:
        return sizeText(transfer.size);
    case ProgressColumn: {
        if (transfer.state != TransferState::Active)
            return transfer.state == TransferState::Done && transfer.rate > 0 ? rateText(transfer.rate) : QString();
        if (transfer.rate <= 0)
            return {};
        const qint64 left = secondsLeft(transfer);
        return left < 0 ? rateText(transfer.rate) : tr("%1, %2 left").arg(rateText(transfer.rate), durationText(left));
    }
    case StateColumn: {
        const QString state = stateText(transfer.state, transfer.direction);
        return transfer.reason.isEmpty() ? state : tr("%1: %2").arg(state, transfer.reason);
    }
    default:
        return {};
    }
}

QVariant TransferModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const Transfer &transfer = m_transfers[size_t(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return text(transfer, index.column());
    case Qt::AccessibleTextRole:
        if (index.column() == ProgressColumn && transfer.size > 0)
            return tr("%1 percent").arg(transfer.bytes * 100 / transfer.size);
        return text(transfer, index.column());
    case Qt::TextAlignmentRole:
        return index.column() == SizeColumn ? int(Qt::AlignRight | Qt::AlignVCenter)
                                            : int(Qt::AlignLeft | Qt::AlignVCenter);
    case TransferIdRole:
        return transfer.id;
    case DirectionRole:
        return int(transfer.direction);
    case StateRole:
        return int(transfer.state);
    case FileNameRole:
        return transfer.name;
    case PeerNameRole:
        return transfer.peerName;
    case SizeRole:
        return transfer.size;
    case BytesRole:
        return transfer.bytes;
    case RateRole:
        return transfer.rate;
    case SecondsLeftRole:
        return secondsLeft(transfer);
    case PathRole:
        return transfer.path;
    case ReasonRole:
        return transfer.reason;
    default:
        return {};
    }
}

QVariant TransferModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case NameColumn:
        return tr("File");
    case PeerColumn:
        return tr("Member");
    case SizeColumn:
        return tr("Size");
    case ProgressColumn:
        return tr("Progress");
    case StateColumn:
        return tr("State");
    default:
        return {};
    }
}

} // namespace patchbay::file
