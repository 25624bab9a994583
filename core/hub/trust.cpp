// SPDX-License-Identifier: MIT
#include "hub/trust.h"

#include "security/hubpins.h"
#include "security/peerid.h"
#include "security/trustfile.h"

#include <QDateTime>
#include <QPointer>

namespace patchbay::hub {

namespace {

Error failed(const security::Problem &problem)
{
    const bool denied = problem.code == security::ProblemCode::Insecure;
    return {denied ? ErrorCode::PermissionDenied : ErrorCode::Failed, problem.text};
}

qint64 now()
{
    return QDateTime::currentMSecsSinceEpoch();
}

} // namespace

base::Result<std::unique_ptr<Trust>, Error> Trust::open(const QString &directory, bool temporary)
{
    auto identity = temporary ? security::Identity::temporary() : security::Identity::open(directory);
    if (!identity)
        return failed(identity.error());
    std::unique_ptr<Trust> trust(new Trust(std::move(identity).value()));
    if (!temporary) {
        trust->m_directory = directory;
        const auto age = trust->m_identity.isNew() ? security::ProfileAge::New : security::ProfileAge::Existing;
        auto loaded = security::loadTrust(directory, age);
        if (!loaded)
            return failed(loaded.error());
        trust->m_store = loaded.value().store;
        trust->m_warning = loaded.value().warning;
    }
    auto tls = security::TlsContext::create(trust->m_identity.certificate().toDer(), trust->m_identity.key().toDer());
    if (!tls)
        return Error{ErrorCode::Failed, tls.error()};
    trust->m_tls = tls.value();
    trust->m_doorkeeper = std::make_shared<security::Doorkeeper>(trust->m_store, security::Policy::Ask);
    trust->m_saver.setMaxThreadCount(1);
    trust->m_model.setPeers(trust->m_store.list());
    return trust;
}

Trust::~Trust()
{
    drainDoor();
    m_saver.waitForDone();
}

void Trust::save()
{
    if (m_directory.isEmpty())
        return;
    m_saver.start([self = QPointer<Trust>(this), directory = m_directory, store = m_store] {
        const auto problem = security::saveTrust(directory, store);
        // The destructor waits for us, so the object is there.
        if (problem && self)
            QMetaObject::invokeMethod(
                self, [self, text = problem->text] { Q_EMIT self->saveFailed(text); }, Qt::QueuedConnection);
    });
}

void Trust::refresh(const QByteArray &peerId)
{
    m_model.setPeers(m_store.list());
    save();
    Q_EMIT peerChanged(peerId);
}

// ---- who may enter ------------------------------------------------------------------------------------------------

void Trust::drainDoor()
{
    const QList<security::DoorChange> changes = m_doorkeeper->drain();
    if (changes.isEmpty())
        return;
    const auto problem = security::applyDoorChanges(m_store, changes);
    m_store.invites() = m_doorkeeper->invites();
    m_model.setPeers(m_store.list());
    save();
    for (const security::DoorChange &change : changes)
        Q_EMIT peerChanged(change.peerId);
    if (problem)
        Q_EMIT saveFailed(problem->text);
}

base::Result<security::InviteBook::Issued, Error> Trust::issueInvite(int uses, qint64 lifetimeMs)
{
    auto issued = m_doorkeeper->issueInvite(uses, lifetimeMs, now());
    if (!issued)
        return Error{ErrorCode::UsageError, issued.error().text};
    m_store.invites() = m_doorkeeper->invites();
    save();
    return issued.value();
}

Error Trust::revokeInvite(const QByteArray &id)
{
    if (!m_doorkeeper->revokeInvite(id))
        return {ErrorCode::InvalidArgument, tr("There is no such invite.")};
    m_store.invites() = m_doorkeeper->invites();
    save();
    return {};
}

// ---- which hub is meant -------------------------------------------------------------------------------------------

std::function<net::HubVerdict(const QByteArray &, const net::DialTarget &)>
Trust::hubJudge(const QByteArray &keyId) const
{
    return [pins = security::HubPins(m_store), keyId](const QByteArray &peerId, const net::DialTarget &target) {
        const QString address = security::InviteAddress{target.host.toLower(), target.port}.toString();
        const security::HubJudgement judgement = pins.judge(keyId, address, peerId);
        net::HubVerdict verdict;
        verdict.refusal = judgement.sentence;
        switch (judgement.trust) {
        case security::HubTrust::Trusted:
            verdict.trusted = true;
            break;
        case security::HubTrust::Unknown:
            verdict.trusted = true;
            verdict.needsPairing = true;
            break;
        case security::HubTrust::KeyChanged:
            verdict.reason = net::Reason::KeyChanged;
            break;
        case security::HubTrust::WrongKey:
            verdict.reason = net::Reason::WrongKey;
            break;
        }
        return verdict;
    };
}

void Trust::pinHub(const QByteArray &peerId, const QString &name, const QList<security::InviteAddress> &addresses,
                   security::VerifiedBy how)
{
    security::KnownPeer peer = m_store.find(peerId).value_or(security::KnownPeer{});
    const security::TrustStore before = m_store;
    peer.peerId = peerId;
    peer.isHub = true;
    peer.lastSeen = now();
    if (!name.isEmpty())
        peer.label = name;
    if (peer.how == security::VerifiedBy::Unverified) {
        peer.how = how;
        peer.verifiedAt = now();
    }
    if (!addresses.isEmpty())
        peer.lastAddress = addresses.first().toString();
    std::optional<security::Problem> problem = m_store.put(peer);
    for (const security::InviteAddress &address : addresses) {
        if (!problem)
            problem = m_store.pinHub(address.toString(), peerId);
    }
    if (problem) {
        m_store = before;
        Q_EMIT saveFailed(problem->text);
        return;
    }
    m_doorkeeper->setPeer(peer);
    refresh(peerId);
}

// ---- peers --------------------------------------------------------------------------------------------------------

Error Trust::findPeer(const QString &text, QByteArray *peerId) const
{
    QList<QByteArray> byLabel;
    QList<QByteArray> byKey;
    QString key = text.toLower();
    key.remove(u' ').remove(u'-');
    const auto exact = security::parsePeerId(text);
    for (const security::KnownPeer &peer : m_store.list()) {
        if (exact && *exact == peer.peerId) {
            *peerId = peer.peerId;
            return {};
        }
        QString shown = security::formatPeerId(peer.peerId).toLower();
        shown.remove(u' ').remove(u'-');
        if (peer.label.compare(text, Qt::CaseInsensitive) == 0)
            byLabel.append(peer.peerId);
        else if (key.size() >= 4 && (shown.startsWith(key) || QString::fromLatin1(peer.peerId.toHex()).startsWith(key)))
            byKey.append(peer.peerId);
    }
    const QList<QByteArray> &found = byLabel.isEmpty() ? byKey : byLabel;
    if (found.size() == 1) {
        *peerId = found.first();
        return {};
    }
    if (exact) { // a key nobody has introduced yet, to be banned for example
        *peerId = *exact;
        return {};
    }
    if (found.isEmpty())
        return {ErrorCode::NoSuchMember,
                tr("Nobody is known as \"%1\". `patchbay-cli peers` lists those who are.").arg(text)};
    return {ErrorCode::InvalidArgument,
            tr("\"%1\" fits %n peers. Give more of the key.", nullptr, int(found.size())).arg(text)};
}

bool Trust::isVerified(const QByteArray &peerId) const
{
    const auto peer = m_store.find(peerId);
    return peer && peer->how != security::VerifiedBy::Unverified;
}

Error Trust::edit(const QByteArray &peerId, const std::function<void(security::KnownPeer &)> &change)
{
    drainDoor(); // what happened at the door first, or it would be undone
    security::KnownPeer peer = m_store.find(peerId).value_or(security::KnownPeer{});
    peer.peerId = peerId;
    change(peer);
    if (const auto problem = m_store.put(peer))
        return failed(*problem);
    m_doorkeeper->setPeer(peer);
    refresh(peerId);
    return {};
}

Error Trust::forget(const QByteArray &peerId)
{
    drainDoor();
    if (!m_store.forget(peerId))
        return {ErrorCode::NoSuchMember, tr("That peer is not known.")};
    m_doorkeeper->forgetPeer(peerId);
    refresh(peerId);
    return {};
}

security::Permission Trust::permission(const QByteArray &peerId, const QByteArray &hubId, const QString &pluginId) const
{
    const auto own = m_store.find(peerId);
    const auto hub = hubId.isEmpty() ? std::nullopt : m_store.find(hubId);
    return security::effectivePermission(own ? own->permissions : security::Permissions{},
                                         hub ? hub->memberPermissions : security::Permissions{}, pluginId,
                                         hubId.isEmpty() ? security::Reach::Direct : security::Reach::ThroughHub);
}

} // namespace patchbay::hub
