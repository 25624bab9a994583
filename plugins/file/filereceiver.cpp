// SPDX-License-Identifier: MIT
#include "filereceiver.h"

#include "memberinfo.h"
#include "safename.h"
#include "transfertext.h"

#include <QDir>
#include <QFile>
#include <QSettings>
#include <QStandardPaths>

#include <algorithm>

namespace patchbay::file {

namespace {

const QString &inboxKey()
{
    static const QString key = QStringLiteral("inboxFolder");
    return key;
}

const QString &acceptKey()
{
    static const QString key = QStringLiteral("acceptWithoutAsking");
    return key;
}

/// What a newly made file of this user may have. The call umask() would change it for every thread while asking.
mode_t landingMode()
{
    QFile status(QStringLiteral("/proc/self/status"));
    if (status.open(QIODevice::ReadOnly)) {
        const QList<QByteArray> lines = status.readAll().split('\n');
        for (const QByteArray &line : lines) {
            if (!line.startsWith("Umask:"))
                continue;
            bool isNumber = false;
            const uint mask = line.mid(6).trimmed().toUInt(&isNumber, 8);
            if (isNumber)
                return 0644 & ~mode_t(mask);
        }
    }
    return 0600;
}

} // namespace

FileReceiver::FileReceiver(TransferModel &transfers, QObject *parent)
    : QObject(parent), m_transfers(transfers), m_mode(landingMode())
{ }

void FileReceiver::activate(IHost &host)
{
    m_host = &host;
}

void FileReceiver::deactivate()
{
    m_acceptors.clear();
    for (auto &[stream, incoming] : m_incoming)
        incoming.acceptor = nullptr;
    m_host = nullptr;
}

// ---- settings ---------------------------------------------------------------------------------------------

QString FileReceiver::inboxFolder() const
{
    const QSettings *settings = m_host ? m_host->settings() : nullptr;
    const QString chosen = settings ? settings->value(inboxKey()).toString() : QString();
    if (!chosen.isEmpty() && QDir::isAbsolutePath(chosen))
        return chosen;
    QString downloads = QStandardPaths::writableLocation(QStandardPaths::DownloadLocation);
    if (downloads.isEmpty())
        downloads = QDir::homePath();
    return downloads + QStringLiteral("/Patchbay");
}

void FileReceiver::setInboxFolder(const QString &folder)
{
    if (QSettings *settings = m_host ? m_host->settings() : nullptr)
        settings->setValue(inboxKey(), QDir(folder).absolutePath());
}

bool FileReceiver::acceptsWithoutAsking() const
{
    const QSettings *settings = m_host ? m_host->settings() : nullptr;
    return settings && settings->value(acceptKey(), false).toBool();
}

void FileReceiver::setAcceptsWithoutAsking(bool accept)
{
    QSettings *settings = m_host ? m_host->settings() : nullptr;
    if (!settings)
        return;
    settings->setValue(acceptKey(), accept);
    acceptWaiting();
}

// ---- who accepts --------------------------------------------------------------------------------------------

void FileReceiver::addAcceptor(QObject *owner, const QString &folder, int count)
{
    m_acceptors.push_back({owner, folder, count});
    acceptWaiting();
}

void FileReceiver::removeAcceptor(QObject *owner)
{
    m_acceptors.erase(std::remove_if(m_acceptors.begin(), m_acceptors.end(),
                                     [owner](const Acceptor &acceptor) { return acceptor.owner == owner; }),
                      m_acceptors.end());
    for (auto &[stream, incoming] : m_incoming) {
        if (incoming.acceptor == owner)
            incoming.acceptor = nullptr;
    }
}

QObject *FileReceiver::acceptorOf(quint64 transfer) const
{
    for (const auto &[stream, incoming] : m_incoming) {
        if (incoming.transfer == transfer)
            return incoming.acceptor;
    }
    return nullptr;
}

bool FileReceiver::acceptByItself(StreamId stream, Incoming &incoming)
{
    const auto acceptor = std::find_if(m_acceptors.rbegin(), m_acceptors.rend(),
                                       [](const Acceptor &candidate) { return candidate.left != 0; });
    if (acceptor == m_acceptors.rend() && !acceptsWithoutAsking())
        return false;
    QString folder = inboxFolder();
    if (acceptor != m_acceptors.rend()) {
        folder = acceptor->folder;
        incoming.acceptor = acceptor->owner;
        if (acceptor->left > 0)
            --acceptor->left;
    }
    if (const Error error = accept(stream, incoming, folder); error.isError()) {
        m_host->report(error);
        m_transfers.setState(incoming.transfer, TransferState::Offered, error.message);
        m_host->rejectStream(stream, {ErrorCode::Rejected, tr("The receiver cannot store the file.")});
    }
    return true;
}

void FileReceiver::acceptWaiting()
{
    for (auto &[stream, incoming] : m_incoming) {
        const Transfer *row = m_transfers.find(incoming.transfer);
        if (!incoming.sink && row && row->state == TransferState::Offered && row->reason.isEmpty())
            acceptByItself(stream, incoming);
    }
}

// ---- offers -------------------------------------------------------------------------------------------------

void FileReceiver::decline(const StreamOffer &offer, const QString &why)
{
    m_host->log(tr("Declined a file from %1: %2.").arg(memberInfo(m_host->members(), offer.from).name, why));
    m_host->rejectStream(offer.stream, {ErrorCode::Rejected, tr("Declined: %1.").arg(why)});
}

void FileReceiver::streamOffered(const StreamOffer &offer)
{
    if (!m_host)
        return;
    const HeaderResult parsed = decodeHeader(offer.header);
    if (!parsed.header)
        return decline(offer, parsed.problem);
    const SafeName name = safeName(parsed.header->name);
    if (name.isHostile())
        return decline(offer, name.problem);
    if (offer.size >= 0 && offer.size != streamSize(parsed.header->size))
        return decline(offer, tr("the offer contradicts itself about the size"));
    const auto waits = [](const auto &entry) { return !entry.second.sink; };
    const auto all = std::count_if(m_incoming.cbegin(), m_incoming.cend(), waits);
    const auto ofMember = std::count_if(m_incoming.cbegin(), m_incoming.cend(), [&](const auto &entry) {
        return waits(entry) && entry.second.member == offer.from;
    });
    if (all >= kMaxOffers || ofMember >= kMaxOffersPerMember)
        return decline(offer, tr("too many offers wait for an answer already"));

    const MemberInfo sender = memberInfo(m_host->members(), offer.from);
    Transfer row;
    row.direction = Direction::Incoming;
    row.state = TransferState::Offered;
    row.name = name.name;
    row.member = offer.from;
    row.peerName = sender.name;
    row.peerId = sender.peerId;
    row.size = parsed.header->size;
    const quint64 transfer = m_transfers.add(row);
    Incoming &incoming = m_incoming[offer.stream];
    incoming.transfer = transfer;
    incoming.member = offer.from;
    incoming.header = *parsed.header;
    incoming.name = name.name;
    if (!acceptByItself(offer.stream, incoming)) {
        m_host->log(tr("%1 offers a file of %2; it waits for an answer.").arg(sender.name, sizeText(row.size)));
        m_host->notify(tr("File offered"),
                       tr("%1 wants to send %2 (%3).").arg(sender.name, row.name, sizeText(row.size)));
    }
}

Error FileReceiver::checkRoom(const Incoming &incoming, const QString &folder) const
{
    const qint64 free = InboxFile::freeBytes(folder);
    if (free < 0)
        return {};
    qint64 promised = 0; // to the transfers that are under way
    for (const auto &[stream, other] : m_incoming) {
        const Transfer *row = other.sink ? m_transfers.find(other.transfer) : nullptr;
        if (row)
            promised += std::max<qint64>(0, row->size - row->bytes);
    }
    if (incoming.header.size <= free - promised)
        return {};
    return {ErrorCode::IoFailed,
            tr("There is no room for %1 in %2: it has %3, and %4 are free. Make room or choose another folder.")
                .arg(incoming.name, folder, sizeText(incoming.header.size),
                     sizeText(std::max<qint64>(0, free - promised)))};
}

Error FileReceiver::accept(StreamId stream, Incoming &incoming, const QString &folder)
{
    if (const Error error = checkRoom(incoming, folder); error.isError())
        return error;
    auto sink = std::make_unique<FileSink>(incoming.header, incoming.name, m_mode);
    if (const Error error = sink->open(folder); error.isError())
        return error;
    if (const Error error = m_host->acceptStream(stream, sink.get()); error.isError())
        return error;
    incoming.sink = std::move(sink);
    const bool isMapped = incoming.name.toUtf8() != incoming.header.name;
    m_transfers.setState(incoming.transfer, TransferState::Active,
                         isMapped ? tr("characters of its name were replaced") : QString());
    Q_EMIT started(incoming.transfer);
    return {};
}

std::map<StreamId, FileReceiver::Incoming>::iterator FileReceiver::find(quint64 transfer)
{
    return std::find_if(m_incoming.begin(), m_incoming.end(),
                        [&](const auto &entry) { return entry.second.transfer == transfer; });
}

Error FileReceiver::acceptOffer(quint64 transfer)
{
    const auto it = find(transfer);
    if (!m_host || it == m_incoming.end() || it->second.sink)
        return {ErrorCode::Cancelled, tr("The offer is gone: the sender took it back.")};
    return accept(it->first, it->second, inboxFolder());
}

void FileReceiver::declineOffer(quint64 transfer)
{
    const auto it = find(transfer);
    if (m_host && it != m_incoming.end() && !it->second.sink)
        m_host->rejectStream(it->first, {ErrorCode::Rejected, tr("The receiver declined.")});
}

bool FileReceiver::cancel(quint64 transfer)
{
    const auto it = find(transfer);
    if (it == m_incoming.end())
        return false;
    if (!it->second.sink)
        declineOffer(transfer);
    else if (m_host)
        m_host->cancelStream(it->first, {ErrorCode::Cancelled, tr("The receiver cancelled.")});
    return true;
}

bool FileReceiver::streamFinished(StreamId stream, const Error &result)
{
    const auto it = m_incoming.find(stream);
    if (it == m_incoming.end())
        return false;
    Incoming &incoming = it->second;
    const quint64 transfer = incoming.transfer;
    const QString path = incoming.sink ? incoming.sink->landedPath() : QString();
    Error error = result;
    bool isLocalFault = false;
    TransferState state = TransferState::Failed;
    QByteArray hash;
    if (!path.isEmpty()) {
        // Whole, verified and on the disk, whatever became of the link after that.
        error = {};
        state = TransferState::Done;
        hash = QByteArray(incoming.sink->hash().data(), kHashBytes);
        m_transfers.setPath(transfer, path);
    } else if (incoming.sink && !incoming.sink->errorText().isEmpty()) {
        error = {ErrorCode::IoFailed, incoming.sink->errorText()};
        isLocalFault = true;
    } else if (result.code == ErrorCode::Rejected || result.code == ErrorCode::PermissionDenied) {
        state = TransferState::Declined;
        if (const Transfer *row = m_transfers.find(transfer); !incoming.sink && row && !row->reason.isEmpty()) {
            error.message = row->reason; // what the person here needs to know, not what the sender was told
            state = TransferState::Failed;
            isLocalFault = true;
        }
    } else if (result.code == ErrorCode::Cancelled) {
        state = TransferState::Cancelled;
    } else if (!result.isError()) {
        error = {ErrorCode::Failed, tr("The stream ended without a file.")};
    }
    error.message = escaped(error.message);
    if (incoming.sink)
        incoming.sink->discard();
    m_transfers.end(transfer, state, error, isLocalFault, hash);
    if (state == TransferState::Done && m_host && !incoming.acceptor) {
        if (const Transfer *row = m_transfers.find(transfer))
            m_host->notify(tr("File received"), tr("%1 from %2.").arg(row->name, row->peerName));
    }
    const auto acceptor = std::find_if(m_acceptors.begin(), m_acceptors.end(), [&](const Acceptor &candidate) {
        return candidate.owner && candidate.owner == incoming.acceptor;
    });
    const bool again = state != TransferState::Done && acceptor != m_acceptors.end() && acceptor->left >= 0;
    if (again)
        ++acceptor->left;
    Q_EMIT finished(transfer); // acceptorOf() still answers
    m_incoming.erase(stream);
    if (again && m_host)
        acceptWaiting();
    return true;
}

void FileReceiver::poll()
{
    for (const auto &[stream, incoming] : m_incoming) {
        if (incoming.sink && m_host)
            m_transfers.setBytes(incoming.transfer, m_host->streamProgress(stream));
    }
}

bool FileReceiver::isBusy() const
{
    return std::any_of(m_incoming.cbegin(), m_incoming.cend(),
                       [](const auto &entry) { return entry.second.sink != nullptr; });
}

} // namespace patchbay::file
