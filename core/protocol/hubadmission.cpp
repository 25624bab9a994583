// SPDX-License-Identifier: MIT
// Who gets in, who waits, who is silenced and who is sent away (PROTOCOL.md 3.2, 3.3, 3.6, 5.6).
#include "protocol/hubnode.h"

#include <QCoreApplication>

namespace patchbay::protocol {

using namespace limits;

namespace {

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::protocol::HubNode", source);
}

/// In a time that does not tell how much of it was right.
bool isSameToken(const QByteArray &a, const QByteArray &b)
{
    if (a.size() != b.size())
        return false;
    quint8 difference = 0;
    for (qsizetype i = 0; i < a.size(); ++i)
        difference |= quint8(a[i]) ^ quint8(b[i]);
    return difference == 0;
}

} // namespace

/// Whether it may ask at all.
Fault HubNode::checkHello(const Session &session, const Hello &hello, const QByteArray &peerId) const
{
    if (hello.versionMin > kProtocolVersion || hello.versionMax < kProtocolVersion)
        return {Code::VersionMismatch,
                tr("This hub speaks protocol version %1, %2 speaks %3 to %4. Update the older one.")
                    .arg(kProtocolVersion)
                    .arg(hello.name)
                    .arg(hello.versionMin)
                    .arg(hello.versionMax),
                Party::Remote};
    if (peerId == m_config.peerId)
        return {Code::SelfConnection, tr("That address leads back to this Patchbay itself."), Party::Remote};
    if (hello.isHub)
        return {Code::ProtocolError, tr("Two hubs cannot be linked: one side has to join as a client."), Party::Remote};
    if (session.provenPeerId().isEmpty() && !m_config.plainToken.isEmpty()
        && !isSameToken(hello.token, m_config.plainToken))
        return {Code::PermissionDenied, tr("Without encryption this hub takes only who has its token."), Party::Remote};
    return {};
}

Fault HubNode::checkRoom(const QByteArray &peerId)
{
    if (m_roster.findPeer(peerId) || int(m_roster.members().size()) - 1 < m_config.maxMembers)
        return {};
    return {Code::ServerFull, tr("The hub has %1 members and takes no more.").arg(m_config.maxMembers), Party::Local};
}

void HubNode::helloReceived(Session &session, const Hello &hello)
{
    const QByteArray peerId = session.provenPeerId().isEmpty() ? hello.peerId : session.provenPeerId();
    if (const Fault fault = checkHello(session, hello, peerId); fault.isFault())
        return session.close(fault);
    const Knock knock{session.id(),           peerId,       hello.name, hello.token, session.helloHash(),
                      session.ownHelloHash(), hello.pairing};
    Admission admission{Admission::Answer::Admit, {}, false};
    if (m_config.admit)
        admission = m_config.admit(knock);
    if (admission.answer == Admission::Answer::Refuse) {
        if (!admission.reason.isFault())
            admission.reason = {Code::PermissionDenied, tr("This hub does not let you in."), Party::Local};
        return session.close(admission.reason);
    }
    if (hello.pairing && !m_config.canPair)
        return session.close(
            {Code::PermissionDenied, tr("This hub does not pair: nobody is there to compare codes."), Party::Local});
    if (const Fault fault = checkRoom(peerId); fault.isFault())
        return session.close(fault);
    if (admission.answer == Admission::Answer::Ask || hello.pairing)
        letWait(session, hello, knock);
    else
        admit(session, hello, peerId, admission.verified);
}

void HubNode::letWait(Session &session, const Hello &hello, const Knock &knock)
{
    // One peer is one question, however often it comes.
    for (const auto &[id, waiting] : m_waiting) {
        if (waiting.peerId != knock.peerId)
            continue;
        findSession(id)->close({Code::Replaced, tr("The same peer came back on a newer connection."), Party::Remote});
        break; // it is out of m_waiting now
    }
    if (m_waiting.size() >= size_t(kWaitingLinks))
        return session.close({Code::TooMany,
                              tr("%1 others wait for an answer already. Try again later.").arg(kWaitingLinks),
                              Party::Local});
    m_waiting.emplace(session.id(), Waiting{hello, knock.peerId});
    session.beginWait(m_config.canPair);
    session.sendControl({0, Kind::Wait, 0, 0, 0, 0}, encode(WaitBody{m_config.canPair}));
    emitEvent(KnockWaiting{knock});
}

void HubNode::admitConnection(ConnectionId id, bool verified, base::TimePoint now)
{
    setNow(now);
    const auto found = m_waiting.find(id);
    if (found == m_waiting.end())
        return;
    const Waiting waiting = found->second;
    m_waiting.erase(found);
    Session &session = *findSession(id);
    if (const Fault fault = checkRoom(waiting.peerId); fault.isFault())
        return session.close(fault);
    admit(session, waiting.hello, waiting.peerId, verified);
    checkMemory();
}

void HubNode::admit(Session &session, const Hello &hello, const QByteArray &peerId, bool verified)
{
    Roster::Member *before = m_roster.findPeer(peerId);
    const bool isNew = before == nullptr;
    if (before) {
        // The newer link wins: the older one may be half open, and must not block a return.
        Session *old = findSession(before->link);
        before->link = session.id();
        const QList<quint16> types = before->types;
        for (const quint16 type : types)
            m_roster.withdraw(*before, type);
        if (old)
            old->close({Code::Replaced, tr("The same peer came back on a newer connection."), Party::Remote});
    }
    Roster::Member &member = m_roster.join(peerId, hello.name, session.id());
    member.verified = verified;
    member.muted = isMuted(member.number);
    const auto refused = acceptFor(member, hello.types); // tells the others of new types before they see the member
    session.setReady(member.number);
    // Before anything is sent: a roster that overflows the queue of the new link ends it, and the member with it.
    emitEvent(ConnectionReady{session.id(), member.number, peerId, hello.name});
    announceMember(member, isNew);

    const QList<QByteArray> types = m_types.pages();
    for (const QByteArray &page : types)
        session.sendControl({0, Kind::TypeTable, 0, 0, 0, 0}, page);
    session.sendControl({0, Kind::Welcome, 0, 0, 0, 0},
                        encode(Welcome{kProtocolVersion, session.member(), m_config.peerId, m_config.name}));
    const QList<QByteArray> roster = m_roster.pages();
    for (const QByteArray &page : roster)
        session.sendControl({0, Kind::Roster, 0, 0, 0, 0}, page);
    if (!refused.isEmpty())
        session.sendControl({0, Kind::Accepted, 0, 0, 0, 0}, encode(AcceptedBody{0, refused}));
    if (session.isClosing())
        return;
    RosterBody body;
    body.present.append(Roster::entry(member));
    broadcastControl(Kind::Roster, encode(body), session.id());
}

// ---- the operator -----------------------------------------------------------------------------------------------

void HubNode::setMuted(MemberNumber number, bool muted, base::TimePoint now)
{
    setNow(now);
    if (!muted)
        m_muted.erase(number);
    Roster::Member *member = m_roster.find(number);
    if (!member || number == kHubMember || member->muted == muted)
        return;
    member->muted = muted;
    RosterBody body;
    body.present.append(Roster::entry(*member));
    const MemberInfo changed = info(*member);
    emitEvent(MemberChanged{changed});
    if (muted) {
        m_muted.insert(number);
        if (Session *session = sessionOf(number))
            session->resetIncomingStreams(mutedFault());
    }
    broadcastControl(Kind::Roster, encode(body));
    checkMemory();
}

Fault HubNode::mutedFault()
{
    return {Code::PermissionDenied, tr("You were muted by the operator of the hub."), Party::Local};
}

void HubNode::kick(MemberNumber number, const Fault &reason, base::TimePoint now)
{
    setNow(now);
    Session *session = number == kHubMember ? nullptr : sessionOf(number);
    if (!session)
        return;
    Fault told = reason;
    if (!told.isFault())
        told = {Code::Rejected, tr("The operator of the hub ended the connection."), Party::Local};
    session->close(told);
}

} // namespace patchbay::protocol
