// SPDX-License-Identifier: MIT
#pragma once

#include "filesink.h"
#include "transfermodel.h"

#include <patchbay/host.h>
#include <patchbay/payload.h>

#include <QObject>

#include <map>
#include <memory>
#include <vector>

namespace patchbay::file {

/// Everything incoming: offers, who accepts them, and the files on their way to the inbox. Main thread.
class FileReceiver final : public QObject
{
    Q_OBJECT

public:
    static constexpr int kMaxOffersPerMember = 16; ///< waiting for an answer; more is a flood, not an offer
    static constexpr int kMaxOffers = 64;

    FileReceiver(TransferModel &transfers, QObject *parent);

    void activate(IHost &host);
    void deactivate();

    QString inboxFolder() const;
    void setInboxFolder(const QString &folder);
    bool acceptsWithoutAsking() const;
    void setAcceptsWithoutAsking(bool accept);

    /// Until removeAcceptor(\a owner): offers are accepted into \a folder, those that wait already included; at most
    /// \a count files (-1 = any number; one that fails does not count). The newest acceptor goes first.
    void addAcceptor(QObject *owner, const QString &folder, int count);
    void removeAcceptor(QObject *owner);
    /// Who took \a transfer; null = the user or the setting.
    QObject *acceptorOf(quint64 transfer) const;

    void streamOffered(const StreamOffer &offer);
    Error acceptOffer(quint64 transfer);
    void declineOffer(quint64 transfer);
    bool cancel(quint64 transfer);
    bool streamFinished(StreamId stream, const Error &result);
    void poll();
    /// A file is on its way.
    bool isBusy() const;

Q_SIGNALS:
    /// Bytes may come now.
    void started(quint64 transfer);
    /// It landed, or not; the row says which.
    void finished(quint64 transfer);

private:
    struct Incoming
    {
        quint64 transfer = 0;
        MemberId member = MemberId::None;
        ContentHeader header;
        QString name;
        std::unique_ptr<FileSink> sink; ///< null until accepted
        QObject *acceptor = nullptr;
    };
    struct Acceptor
    {
        QObject *owner = nullptr;
        QString folder;
        int left = -1;
    };

    void decline(const StreamOffer &offer, const QString &why);
    Error accept(StreamId stream, Incoming &incoming, const QString &folder);
    bool acceptByItself(StreamId stream, Incoming &incoming);
    void acceptWaiting();
    Error checkRoom(const Incoming &incoming, const QString &folder) const;
    std::map<StreamId, Incoming>::iterator find(quint64 transfer);

    TransferModel &m_transfers;
    IHost *m_host = nullptr;
    std::map<StreamId, Incoming> m_incoming;
    std::vector<Acceptor> m_acceptors;
    const mode_t m_mode;
};

} // namespace patchbay::file
