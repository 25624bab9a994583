// SPDX-License-Identifier: MIT
#include "hub/doorman.h"

#include "base/plaintext.h"
#include "hub/trust.h"
#include "security/peerid.h"
#include "security/randombytes.h"

#include <QDateTime>

namespace patchbay::hub {

using namespace protocol;
using security::Pairing;
using security::PairingLimiter;

namespace {

/// Ids of knocks and pairings are even, those of permission questions odd (Router), so that an answer finds its kind.
constexpr quint64 kIdStep = 2;

/// Of ADDRESS:PORT; of an IPv6 address its first 64 bits, for one person has all the rest.
QByteArray addressOf(const QString &origin)
{
    const QString address = origin.left(origin.lastIndexOf(u':'));
    return (address.startsWith(u'[') ? address.section(u':', 0, 3) : address).toUtf8();
}

} // namespace

Doorman::Doorman(net::NetService &net, Trust &trust, QObject *parent) : QObject(parent), m_net(net), m_trust(trust) { }

Doorman::~Doorman() = default;

qint64 Doorman::now()
{
    return QDateTime::currentMSecsSinceEpoch();
}

QList<Question> Doorman::questions() const
{
    QList<Question> list;
    for (const auto &[id, visit] : m_visits) {
        if (visit.asked)
            list.append(visit.question);
    }
    return list;
}

// ---- somebody waits -----------------------------------------------------------------------------------------------

void Doorman::handle(const KnockWaiting &event)
{
    const Knock &knock = event.knock;
    Visit &visit = m_visits[knock.id];
    visit.question.id = m_lastQuestion += kIdStep;
    visit.question.name = base::singleLine(knock.name, 64);
    visit.question.peerId = knock.peerId;
    visit.question.address = knock.origin;
    if (knock.wantsPairing) {
        startPairing(knock.id, visit, security::PairingRole::B, knock.ownHelloHash, knock.helloHash);
        return;
    }
    if (!m_knocks.mayAsk(addressOf(knock.origin), knock.peerId, now())) {
        m_visits.erase(knock.id);
        refuse(knock.id, Code::TooMany, tr("You asked too often. Try again in ten minutes."));
        return;
    }
    visit.question.kind = Question::Kind::Knock;
    visit.question.text = tr("%1 (key %2) at %3 wants to come in. Nobody has verified who that is.")
                              .arg(visit.question.name, security::shortPeerId(knock.peerId), visit.question.address);
    ask(visit);
}

void Doorman::handle(const PairingWaiting &event)
{
    Visit &visit = m_visits[event.id];
    visit.isOurHub = true;
    visit.question.id = m_lastQuestion += kIdStep;
    visit.question.name = base::singleLine(event.hubName, 64);
    visit.question.peerId = event.hubPeerId;
    visit.question.address = m_dialled.isEmpty() ? QString() : m_dialled.first().toString();
    if (!event.canPair) {
        Q_EMIT waiting(tr("%1 has to let you in. Waiting.").arg(visit.question.name));
        return;
    }
    Q_EMIT waiting(tr("%1 is not known here. Compare the six digits on both screens.").arg(visit.question.name));
    startPairing(event.id, visit, security::PairingRole::A, event.ownHelloHash, event.helloHash);
}

void Doorman::startPairing(Connection id, Visit &visit, security::PairingRole role, const QByteArray &ownHello,
                           const QByteArray &theirHello)
{
    visit.question.kind = Question::Kind::Pairing;
    const QString address = QString::fromUtf8(addressOf(visit.question.address));
    const PairingLimiter::Decision decision = m_limiter.begin(address, visit.question.peerId, now());
    if (decision.answer != PairingLimiter::Answer::Begin) {
        const QString text = decision.answer == PairingLimiter::Answer::Busy
                                 ? tr("Another pairing is going on. Try again in a minute.")
                                 : decision.sentence;
        refuse(id, Code::TooMany, text);
        return;
    }
    visit.pairing = std::make_unique<Pairing>(role, m_trust.peerId(), visit.question.peerId, ownHello, theirHello,
                                              security::systemRandom()(Pairing::kNonceBytes));
    proceed(id, visit.pairing->start());
}

void Doorman::ask(Visit &visit)
{
    visit.asked = true;
    // Never the six digits.
    Q_EMIT logged(visit.pairing ? tr("%1 wants to pair.").arg(visit.question.name) : visit.question.text);
    Q_EMIT questionsChanged();
}

// ---- the pairing goes on ------------------------------------------------------------------------------------------

void Doorman::handle(const PairingFrame &event)
{
    const auto found = m_visits.find(event.id);
    if (found == m_visits.end() || !found->second.pairing)
        return;
    proceed(event.id, found->second.pairing->handle(event.bytes));
}

void Doorman::proceed(Connection id, const QByteArray &reply)
{
    Visit &visit = m_visits.at(id);
    if (!reply.isEmpty())
        send(id, reply);
    switch (visit.pairing->state()) {
    case Pairing::State::Exchanging:
        return;
    case Pairing::State::Comparing:
        if (visit.asked)
            return;
        visit.question.code = visit.pairing->code();
        visit.question.text = tr("%1 shows six digits too. Are they %2 %3?")
                                  .arg(visit.question.name, visit.question.code.left(3), visit.question.code.mid(3));
        ask(visit);
        return;
    case Pairing::State::Done: {
        m_limiter.end(PairingLimiter::Outcome::Paired, now());
        visit.pairing.reset();
        const Question question = visit.question;
        if (visit.isOurHub) {
            m_trust.pinHub(question.peerId, question.name, m_dialled, security::VerifiedBy::Code);
        } else {
            const Error error = m_trust.edit(question.peerId, [&question](security::KnownPeer &peer) {
                peer.label = question.name;
                peer.how = security::VerifiedBy::Code;
                peer.verifiedAt = now();
                peer.lastSeen = now();
                peer.lastAddress = question.address;
                peer.mayEnter = true;
            });
            if (error.isError())
                return refuse(id, Code::Failed, error.message);
        }
        admit(id, true);
        return;
    }
    case Pairing::State::Failed:
        refuse(id, Code::Rejected, visit.pairing->failureText());
        return;
    }
}

bool Doorman::answer(quint64 id, bool yes)
{
    for (auto &entry : m_visits) {
        const Connection connection = entry.first;
        Visit &visit = entry.second;
        if (!visit.asked || visit.question.id != id)
            continue;
        if (visit.pairing) {
            if (yes && !visit.question.answered) {
                visit.question.answered = true;
                proceed(connection, visit.pairing->confirm());
                Q_EMIT questionsChanged();
            } else if (!yes) {
                proceed(connection, visit.pairing->reject());
            }
        } else if (yes) {
            const Question question = visit.question;
            const Error error = m_trust.edit(question.peerId, [&question](security::KnownPeer &peer) {
                peer.label = question.name;
                peer.how = security::VerifiedBy::Operator;
                peer.verifiedAt = now();
                peer.lastSeen = now();
                peer.lastAddress = question.address;
                peer.mayEnter = true;
            });
            if (error.isError())
                refuse(connection, Code::Failed, error.message);
            else
                admit(connection, true);
        } else {
            refuse(connection, Code::Rejected, tr("The operator of the hub did not let you in."));
        }
        return true;
    }
    return false;
}

// ---- to the engine ------------------------------------------------------------------------------------------------

void Doorman::admit(Connection id, bool verified)
{
    m_visits.at(id).admitted = true;
    drop(id);
    m_net.post([id, verified](Node &node, base::TimePoint at) { node.admitConnection(id, verified, at); });
}

void Doorman::refuse(Connection id, Code code, const QString &text)
{
    Q_EMIT logged(text);
    drop(id);
    m_net.post([id, code, text](Node &node, base::TimePoint at) {
        node.closeConnection(id, {code, text, Party::Local}, at);
    });
}

void Doorman::send(Connection id, const QByteArray &bytes)
{
    m_net.post([id, bytes](Node &node, base::TimePoint at) { node.sendPairing(id, bytes, at); });
}

void Doorman::drop(Connection id)
{
    const auto found = m_visits.find(id);
    if (found == m_visits.end())
        return;
    Visit &visit = found->second;
    if (visit.pairing)
        m_limiter.end(PairingLimiter::Outcome::Failed, now());
    else if (visit.asked && !visit.admitted) // refused, or gone before anybody had answered
        m_knocks.failed(addressOf(visit.question.address), visit.question.peerId, now());
    m_visits.erase(found);
    Q_EMIT questionsChanged();
}

void Doorman::handle(const ConnectionReady &event)
{
    drop(event.id);
}

void Doorman::handle(const ConnectionClosing &event)
{
    drop(event.id);
}

void Doorman::handleLinkLost()
{
    while (!m_visits.empty())
        drop(m_visits.begin()->first);
}

} // namespace patchbay::hub
