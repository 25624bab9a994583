// SPDX-License-Identifier: MIT
#include "hub/hostprivate.h"

#include "base/plaintext.h"
#include "net/localaddresses.h"

#include <QDateTime>

namespace patchbay::hub {

namespace {

/// Who answers for a name and port that a person typed.
std::optional<security::InviteAddress> parseAddress(const QString &text, quint16 defaultPort)
{
    QString host = text.trimmed();
    quint16 port = defaultPort;
    const bool bracketed = host.startsWith(u'[');
    const qsizetype colon = bracketed ? host.indexOf(QStringLiteral("]:")) : host.lastIndexOf(u':');
    const bool bareV6 = !bracketed && host.count(u':') > 1;
    if (colon >= 0 && !bareV6) {
        bool ok = false;
        port = host.mid(bracketed ? colon + 2 : colon + 1).toUShort(&ok);
        if (!ok || port == 0)
            return std::nullopt;
        host = host.left(bracketed ? colon + 1 : colon);
    }
    if (bracketed) {
        if (!host.endsWith(u']'))
            return std::nullopt;
        host = host.mid(1, host.size() - 2);
    }
    if (host.isEmpty())
        return std::nullopt;
    return security::InviteAddress{host.toLower(), port};
}

std::optional<security::Permission> parsePermission(const QString &word)
{
    for (const security::Permission permission : {security::Permission::Default, security::Permission::Yes,
                                                  security::Permission::Ask, security::Permission::No}) {
        if (permissionWord(permission) == word)
            return permission;
    }
    return std::nullopt;
}

} // namespace

// ---- what the parts need of each other ----------------------------------------------------------------------------

net::Admit Host::Private::admit() const
{
    return [door = trust->doorkeeper()](const protocol::Knock &knock) {
        const security::Verdict verdict =
            door->judge({knock.peerId, knock.name, knock.token, knock.origin, QDateTime::currentMSecsSinceEpoch()});
        protocol::Admission admission;
        admission.verified = verdict.verified;
        switch (verdict.kind) {
        case security::Verdict::Kind::Admit:
            admission.answer = protocol::Admission::Answer::Admit;
            break;
        case security::Verdict::Kind::Ask:
            admission.answer = protocol::Admission::Answer::Ask;
            break;
        case security::Verdict::Kind::Refuse:
            admission.answer = protocol::Admission::Answer::Refuse;
            admission.reason = {protocol::Code::PermissionDenied, verdict.sentence, protocol::Party::Local};
            break;
        }
        return admission;
    };
}

security::Permission Host::Private::permission(const Member &member, const QString &pluginId) const
{
    if (isPlain()) // everybody here could read a file of ours
        return security::Permission::Yes;
    QByteArray hub;
    if (member.isVouched) {
        for (const Member &other : peers.members()) {
            if (other.isHub)
                hub = other.peerId;
        }
    }
    return trust->permission(member.peerId, hub, pluginId);
}

void Host::connectTrust()
{
    const QString self = QStringLiteral("host");
    d->doorman = std::make_unique<Doorman>(*d->net, *d->trust);
    if (!d->trust->warning().isEmpty()) {
        Q_EMIT logged(self, d->trust->warning());
        Q_EMIT reported({}, {ErrorCode::Failed, d->trust->warning()});
    }
    connect(d->trust.get(), &Trust::saveFailed, this, [this, self](const QString &text) {
        Q_EMIT logged(self, text);
        Q_EMIT reported({}, {ErrorCode::IoFailed, text});
    });
    connect(d->trust.get(), &Trust::peerChanged, this, [this](const QByteArray &peerId) {
        d->router->refreshMember(peerId);
        d->router->gate().recheck();
    });
    connect(d->router.get(), &Router::doorEvent, this, [this](const protocol::NodeEvent &event) {
        if (const auto *knock = std::get_if<protocol::KnockWaiting>(&event))
            d->doorman->handle(*knock);
        else if (const auto *pairing = std::get_if<protocol::PairingWaiting>(&event))
            d->doorman->handle(*pairing);
        else if (const auto *frame = std::get_if<protocol::PairingFrame>(&event))
            d->doorman->handle(*frame);
        else if (const auto *closing = std::get_if<protocol::ConnectionClosing>(&event))
            d->doorman->handle(*closing);
        else if (const auto *ready = std::get_if<protocol::ConnectionReady>(&event)) {
            d->doorman->handle(*ready);
            d->trust->drainDoor();
        }
    });
    connect(d->router.get(), &Router::linked, this, [this](const QByteArray &hub, const QString &hubName) {
        if (d->link.mode == LinkState::Mode::Client && !d->isPlain() && (d->dialledByLink || d->trust->isVerified(hub)))
            d->trust->pinHub(hub, hubName, d->dialled, security::VerifiedBy::Invite);
    });
    connect(d->router.get(), &Router::logged, this, [this, self](const QString &line) { Q_EMIT logged(self, line); });
    connect(d->doorman.get(), &Doorman::logged, this, [this, self](const QString &line) { Q_EMIT logged(self, line); });
    connect(d->doorman.get(), &Doorman::questionsChanged, this, &Host::questionsChanged);
    connect(&d->router->gate(), &PermissionGate::questionsChanged, this, &Host::questionsChanged);
    connect(d->doorman.get(), &Doorman::waiting, this, [this](const QString &text) {
        d->link.text = text;
        Q_EMIT linkStateChanged();
    });
}

// ---- who we are, whom we let in -----------------------------------------------------------------------------------

QString Host::keyText() const
{
    return security::formatPeerId(d->trust->peerId());
}

QString Host::keyText(const QByteArray &peerId)
{
    return security::formatPeerId(peerId);
}

QString Host::shortKeyText(const QByteArray &peerId)
{
    return security::shortPeerId(peerId);
}

AdmissionPolicy Host::admission() const
{
    switch (d->trust->doorkeeper()->policy()) {
    case security::Policy::Known:
        break;
    case security::Policy::Ask:
        return AdmissionPolicy::Ask;
    case security::Policy::Anyone:
        return AdmissionPolicy::Anyone;
    }
    return AdmissionPolicy::Known;
}

void Host::setAdmission(AdmissionPolicy policy)
{
    switch (policy) {
    case AdmissionPolicy::Known:
        d->trust->doorkeeper()->setPolicy(security::Policy::Known);
        break;
    case AdmissionPolicy::Ask:
        d->trust->doorkeeper()->setPolicy(security::Policy::Ask);
        break;
    case AdmissionPolicy::Anyone:
        d->trust->doorkeeper()->setPolicy(security::Policy::Anyone);
        break;
    }
}

Error Host::createInvite(int uses, qint64 lifetimeMs, const QStringList &addresses, Invite *invite)
{
    if (d->link.mode != LinkState::Mode::Server || !d->link.isUp())
        return {ErrorCode::NotConnected, tr("Only a hub can invite. Host here first, or start `patchbay-cli serve`.")};
    if (d->isPlain())
        return {ErrorCode::PermissionDenied,
                tr("In plain mode there are no invites: whoever can read the token file may come in.")};
    security::InviteLink link;
    const QStringList wanted = addresses.isEmpty() ? net::reachableAddresses(d->link.localAddress) : addresses;
    for (const QString &text : wanted) {
        const auto address = parseAddress(text, d->link.localPort);
        if (!address)
            return {ErrorCode::UsageError,
                    tr("\"%1\" is not an address. Give HOST or HOST:PORT.").arg(base::singleLine(text, 255))};
        if (link.addresses.size() < security::kMaxInviteAddresses)
            link.addresses.append(*address);
    }
    const auto issued = d->trust->issueInvite(uses, lifetimeMs);
    if (!issued)
        return issued.error();
    link.keyId = d->trust->peerId().left(security::kInviteKeyIdBytes);
    link.token = issued.value().token;
    invite->id = issued.value().id;
    invite->link = link.toString();
    invite->expiresAt = QDateTime::currentMSecsSinceEpoch() + lifetimeMs;
    invite->uses = uses;
    if (!invite->link.isEmpty())
        return {};
    (void)d->trust->revokeInvite(invite->id);
    return {ErrorCode::UsageError, tr("No link can be made of these addresses.")};
}

QList<Invite> Host::invites() const
{
    QList<Invite> list;
    const security::InviteBook book = d->trust->doorkeeper()->invites();
    for (const security::Invite &invite : book.list())
        list.append({invite.id, {}, invite.expiresAt, invite.uses, int(invite.redeemedBy.size()), invite.revoked});
    return list;
}

Error Host::revokeInvite(const QByteArray &id)
{
    return d->trust->revokeInvite(id);
}

QList<QPair<QString, QString>> Host::ownAddresses()
{
    QList<QPair<QString, QString>> list;
    const QList<net::LocalAddress> found = net::localAddresses();
    for (const net::LocalAddress &one : found)
        list.append({one.address, one.interfaceName});
    return list;
}

// ---- joining ------------------------------------------------------------------------------------------------------

Error Host::startClient(const QString &target, bool reconnect)
{
    const QString text = target.trimmed();
    if (!text.startsWith(QStringLiteral("patchbay:"), Qt::CaseInsensitive)) {
        const auto address = parseAddress(text, kDefaultPort);
        if (!address)
            return {ErrorCode::UsageError,
                    tr("\"%1\" is neither an invite link nor HOST:PORT.").arg(base::singleLine(text, 255))};
        dial({{address->host, address->port}}, {}, {}, reconnect);
        return {};
    }
    if (d->isPlain())
        return {ErrorCode::UsageError, tr("An invite link is for an encrypted link. Leave out plain mode.")};
    const auto link = security::parseInviteLink(text);
    if (!link)
        return {ErrorCode::UsageError, link.error().text};
    QList<QPair<QString, quint16>> targets;
    for (const security::InviteAddress &address : link.value().addresses)
        targets.append({address.host, address.port});
    dial(targets, link.value().keyId, link.value().token, reconnect);
    return {};
}

// ---- questions ----------------------------------------------------------------------------------------------------

QList<Question> Host::questions() const
{
    return d->doorman->questions() + d->router->gate().questions();
}

Error Host::answer(quint64 questionId, bool yes)
{
    if (d->doorman->answer(questionId, yes) || d->router->gate().answer(questionId, yes))
        return {};
    return {ErrorCode::InvalidArgument, tr("That question is no longer open.")};
}

// ---- peers --------------------------------------------------------------------------------------------------------

QAbstractItemModel *Host::knownPeers()
{
    return d->trust->model();
}

Error Host::findPeer(const QString &text, QByteArray *peerId) const
{
    const Error error = d->trust->findPeer(text, peerId);
    if (!error.isError())
        return error;
    // Somebody who is here may be meant though nothing is kept of them yet.
    MemberId member = MemberId::None;
    if (findMember(text, &member).isError())
        return error;
    *peerId = d->peers.find(member)->peerId;
    return {};
}

Error Host::setPermission(const QByteArray &peerId, const QString &pluginId, const QString &word, bool ofMembers)
{
    const auto permission = parsePermission(word);
    if (!permission)
        return {ErrorCode::UsageError, tr("A permission is yes, ask, no or default, not \"%1\".").arg(word)};
    return d->trust->edit(peerId, [&](security::KnownPeer &peer) {
        security::Permissions &all = ofMembers ? peer.memberPermissions : peer.permissions;
        if (*permission == security::Permission::Default)
            all.remove(pluginId);
        else
            all.insert(pluginId, *permission);
    });
}

void Host::endLinkOf(const QByteArray &peerId)
{
    for (const Member &member : d->peers.members()) {
        if (member.peerId != peerId || member.isSelf)
            continue;
        if (d->link.mode == LinkState::Mode::Server)
            (void)kick(member.id);
        else if (member.isHub)
            stopLink();
        return;
    }
}

Error Host::setBanned(const QByteArray &peerId, bool banned)
{
    const Error error = d->trust->edit(peerId, [banned](security::KnownPeer &peer) { peer.banned = banned; });
    if (!error.isError() && banned)
        endLinkOf(peerId);
    return error;
}

Error Host::setMuted(const QByteArray &peerId, bool muted)
{
    const Error error = d->trust->edit(peerId, [muted](security::KnownPeer &peer) { peer.muted = muted; });
    if (error.isError())
        return error;
    for (const Member &member : d->peers.members()) {
        if (member.peerId == peerId)
            d->router->setMuted(member.id, muted);
    }
    return {};
}

Error Host::forgetPeer(const QByteArray &peerId)
{
    const Error error = d->trust->forget(peerId);
    if (!error.isError())
        endLinkOf(peerId);
    return error;
}

Error Host::kick(MemberId member)
{
    if (d->link.mode != LinkState::Mode::Server)
        return {ErrorCode::PermissionDenied, tr("Only the hub can do that.")};
    const Member *known = d->peers.find(member);
    if (!known || known->isSelf)
        return {ErrorCode::NoSuchMember, tr("That member is not here.")};
    d->router->kick(member, tr("The operator of the hub ended this link."));
    return {};
}

} // namespace patchbay::hub
