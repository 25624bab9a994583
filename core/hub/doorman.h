// SPDX-License-Identifier: MIT
#pragma once

#include "hub/question.h"
#include "net/netservice.h"
#include "security/invitelink.h"
#include "security/knocklimiter.h"
#include "security/pairing.h"
#include "security/pairinglimiter.h"

#include <QObject>
#include <QTimer>

#include <map>
#include <memory>

namespace patchbay::hub {

class Trust;

/// Stands between those who wait at the door and the person who decides: knocks at our hub, and pairings on either
/// side. Nothing of theirs reaches a plugin meanwhile; the engine sees to that. Main thread.
class Doorman final : public QObject
{
    Q_OBJECT

public:
    Doorman(net::NetService &net, Trust &trust, QObject *parent = nullptr);
    ~Doorman() override;

    /// Client mode: how the hub was dialled, to be pinned when the pairing is done.
    void setDialled(const QList<security::InviteAddress> &addresses) { m_dialled = addresses; }

    QList<Question> questions() const;
    /// False: there is no such question here (any more).
    bool answer(quint64 id, bool yes);

    void handle(const protocol::KnockWaiting &event);
    void handle(const protocol::PairingWaiting &event);
    void handle(const protocol::PairingFrame &event);
    void handle(const protocol::ConnectionReady &event);
    void handle(const protocol::ConnectionClosing &event);
    void handleLinkLost();

Q_SIGNALS:
    void questionsChanged();
    /// Client mode: the hub has not decided yet. For the state line.
    void waiting(const QString &text);
    void logged(const QString &line);

private:
    struct Visit
    {
        Question question;
        bool isOurHub = false; ///< client mode
        bool asked = false;    ///< the question is shown
        bool admitted = false;
        std::unique_ptr<security::Pairing> pairing;
    };
    using Connection = protocol::ConnectionId;

    void ask(Visit &visit);
    void startPairing(Connection id, Visit &visit, security::PairingRole role, const QByteArray &ownHello,
                      const QByteArray &theirHello);
    void proceed(Connection id, const QByteArray &reply);
    void admit(Connection id, bool verified);
    void refuse(Connection id, protocol::Code code, const QString &text);
    void send(Connection id, const QByteArray &bytes);
    void drop(Connection id);
    static qint64 now();

    net::NetService &m_net;
    Trust &m_trust;
    security::PairingLimiter m_limiter;
    security::KnockLimiter m_knocks;
    std::map<Connection, Visit> m_visits;
    QList<security::InviteAddress> m_dialled;
    quint64 m_lastQuestion = 0;
};

} // namespace patchbay::hub
