// SPDX-License-Identifier: MIT
#include "filesender.h"

#include "filetypes.h"
#include "memberinfo.h"
#include "safename.h"

#include <patchbay/commandtools.h>

#include <algorithm>
#include <vector>

namespace patchbay::file {

FileSender::FileSender(TransferModel &transfers, QObject *parent) : QObject(parent), m_transfers(transfers) { }

void FileSender::deactivate()
{
    for (const Queued &queued : std::exchange(m_queue, {}))
        end(queued.transfer, TransferState::Cancelled,
            {ErrorCode::PluginStopped, tr("File transfer was switched off.")}, false);
    m_host = nullptr;
}

Error FileSender::send(MemberId to, const QString &path, quint64 *transfer)
{
    if (!m_host)
        return {ErrorCode::PluginStopped, tr("File transfer is switched off.")};
    FileSource source;
    if (const Error error = source.open(path); error.isError())
        return error;
    const ContentHeader header = source.header();
    const SafeName name = safeName(header.name);
    if (name.isHostile())
        return {ErrorCode::IoFailed, tr("%1 cannot be sent: %2. Rename it first.").arg(escaped(path), name.problem)};
    if (!m_host->accepts(to, FileTypes::content))
        return {ErrorCode::NotAccepted, tr("The member is not here any more, or takes no files.")};

    const MemberInfo member = memberInfo(m_host->members(), to);
    Transfer row;
    row.direction = Direction::Outgoing;
    row.name = escaped(QString::fromUtf8(header.name));
    row.member = to;
    row.peerName = member.name;
    row.peerId = member.peerId;
    row.size = header.size;
    row.path = path;
    *transfer = m_transfers.add(row);
    m_queue.push_back({*transfer, to, path});
    startLater();
    return {};
}

void FileSender::startLater()
{
    QMetaObject::invokeMethod(this, &FileSender::startQueued, Qt::QueuedConnection);
}

void FileSender::startQueued()
{
    const auto activeTo = [this](MemberId member) {
        return std::count_if(m_active.cbegin(), m_active.cend(),
                             [&](const auto &entry) { return entry.second.member == member; });
    };
    for (size_t i = 0; i < m_queue.size();) {
        if (activeTo(m_queue[i].member) >= kMaxActive) {
            ++i;
            continue;
        }
        const Queued queued = m_queue[i];
        m_queue.erase(m_queue.begin() + std::ptrdiff_t(i));
        start(queued);
    }
}

void FileSender::start(const Queued &queued)
{
    if (!m_host)
        return;
    Active active{queued.transfer, queued.member, std::make_unique<FileSource>()};
    if (const Error error = active.source->open(queued.path); error.isError())
        return end(queued.transfer, TransferState::Failed, error, true);
    const ContentHeader header = active.source->header();
    StreamId stream = StreamId::None;
    const Error error = m_host->openStream(queued.member, FileTypes::content, encodeHeader(header),
                                           streamSize(header.size), active.source.get(), &stream);
    if (error.isError())
        return end(queued.transfer, TransferState::Failed, error, false);
    m_active.emplace(stream, std::move(active));
    m_transfers.setState(queued.transfer, TransferState::Waiting);
    Q_EMIT started();
}

bool FileSender::cancel(quint64 transfer)
{
    const Error reason{ErrorCode::Cancelled, tr("The sender cancelled.")};
    const auto queued = std::find_if(m_queue.begin(), m_queue.end(),
                                     [&](const Queued &waiting) { return waiting.transfer == transfer; });
    if (queued != m_queue.end()) {
        m_queue.erase(queued);
        end(transfer, TransferState::Cancelled, reason, false);
        return true;
    }
    const auto active = std::find_if(m_active.cbegin(), m_active.cend(),
                                     [&](const auto &entry) { return entry.second.transfer == transfer; });
    if (active == m_active.cend())
        return false;
    if (m_host)
        m_host->cancelStream(active->first, reason);
    return true;
}

void FileSender::memberLeft(MemberId member)
{
    std::vector<Queued> gone;
    const auto isGone = [&](const Queued &queued) { return queued.member == member; };
    std::copy_if(m_queue.cbegin(), m_queue.cend(), std::back_inserter(gone), isGone);
    m_queue.erase(std::remove_if(m_queue.begin(), m_queue.end(), isGone), m_queue.end());
    for (const Queued &queued : gone)
        end(queued.transfer, TransferState::Failed, {ErrorCode::NoSuchMember, tr("The member has left.")}, false);
}

bool FileSender::streamFinished(StreamId stream, const Error &result)
{
    const auto it = m_active.find(stream);
    if (it == m_active.end())
        return false;
    const Active active = std::move(it->second);
    m_active.erase(it);
    Error error = result;
    TransferState state = TransferState::Failed;
    bool isLocalFault = false;
    if (!result.isError()) {
        state = TransferState::Done;
    } else if (active.source->hasFailed()) {
        error = {ErrorCode::IoFailed, active.source->errorText()};
        isLocalFault = true;
    } else if (result.code == ErrorCode::Rejected || result.code == ErrorCode::PermissionDenied) {
        state = TransferState::Declined;
    } else if (result.code == ErrorCode::Cancelled) {
        state = TransferState::Cancelled;
    }
    error.message = escaped(error.message);
    const ContentHash hash = active.source->hash();
    end(active.transfer, state, error, isLocalFault, QByteArray(hash.data(), qsizetype(hash.size())));
    startLater();
    return true;
}

void FileSender::end(quint64 transfer, TransferState state, const Error &error, bool isLocalFault,
                     const QByteArray &hash)
{
    m_transfers.end(transfer, state, error, isLocalFault, hash);
    Q_EMIT finished(transfer);
}

void FileSender::poll()
{
    for (const auto &[stream, active] : m_active) {
        if (!active.source->hasStarted())
            continue;
        const Transfer *row = m_transfers.find(active.transfer);
        if (row && row->state == TransferState::Waiting)
            m_transfers.setState(active.transfer, TransferState::Active);
        m_transfers.setBytes(active.transfer, m_host ? m_host->streamProgress(stream) : 0);
    }
}

} // namespace patchbay::file
