// SPDX-License-Identifier: MIT
#pragma once

#include "filesource.h"
#include "transfermodel.h"

#include <patchbay/host.h>

#include <QObject>

#include <deque>
#include <map>
#include <memory>

namespace patchbay::file {

/// Everything outgoing: a queue, and at most kMaxActive streams to a member at a time. Main thread.
class FileSender final : public QObject
{
    Q_OBJECT

public:
    static constexpr int kMaxActive = 4; ///< more at once is not faster, and each holds a worker at the other side

    FileSender(TransferModel &transfers, QObject *parent);

    void activate(IHost &host) { m_host = &host; }
    void deactivate();

    /// Queues \a path; finished() comes once for \a transfer, never from within this call.
    Error send(MemberId to, const QString &path, quint64 *transfer);
    /// True when it was ours.
    bool cancel(quint64 transfer);
    void memberLeft(MemberId member);
    /// True when it was ours.
    bool streamFinished(StreamId stream, const Error &result);
    /// Brings the rows up to date.
    void poll();
    bool isBusy() const { return !m_active.empty(); }

Q_SIGNALS:
    void started();
    void finished(quint64 transfer);

private:
    struct Queued
    {
        quint64 transfer = 0;
        MemberId member = MemberId::None;
        QString path;
    };
    struct Active
    {
        quint64 transfer = 0;
        MemberId member = MemberId::None;
        std::unique_ptr<FileSource> source;
    };

    void startLater();
    void startQueued();
    void start(const Queued &queued);
    void end(quint64 transfer, TransferState state, const Error &error, bool isLocalFault, const QByteArray &hash = {});

    TransferModel &m_transfers;
    IHost *m_host = nullptr;
    std::deque<Queued> m_queue;
    std::map<StreamId, Active> m_active;
};

} // namespace patchbay::file
