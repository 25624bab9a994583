// SPDX-License-Identifier: MIT
#include "hub/router.h"

#include "hub/convert.h"
#include "hub/pluginhost.h"

#include <QPointer>

namespace patchbay::hub {

namespace {

constexpr size_t kRememberedMessages = 65536; // how far back an undeliverable answer still finds its sender
constexpr qsizetype kMaxStreamHeader = 32 * 1024;
// Messages handed over to the I/O thread and not yet taken by it: beyond this a plugin is sending in a loop faster than
// the link, and is told so instead of filling the memory.
constexpr qint64 kMaxPostedBytes = 8 * 1024 * 1024;

} // namespace

Router::Router(net::NetService &net, BulkPort &bulk, PluginCaller &caller, PeerModel &peers, Services services,
               QObject *parent)
    : QObject(parent), m_net(net), m_caller(caller), m_peers(peers), m_services(std::move(services)),
      m_streams(net, bulk, caller), m_gate(m_services.permission), m_sent(kRememberedMessages)
{
    connect(&m_gate, &PermissionGate::logged, this, &Router::logged);
    connect(&m_gate, &PermissionGate::released, this, [this](const QList<protocol::NodeEvent> &events) {
        for (const protocol::NodeEvent &event : events) {
            if (const auto *message = std::get_if<protocol::MessageReceived>(&event))
                deliver(*message);
            else if (const auto *offer = std::get_if<protocol::StreamOffered>(&event))
                deliver(*offer);
        }
    });
    connect(&m_gate, &PermissionGate::refused, this, [this](const QList<protocol::NodeEvent> &events) {
        for (const protocol::NodeEvent &event : events) {
            if (const auto *offer = std::get_if<protocol::StreamOffered>(&event))
                refuse(*offer, protocol::Code::PermissionDenied, tr("It is not allowed there."));
        }
    });
    connect(&m_streams, &StreamRouter::finished, this, &Router::streamFinished);
    connect(&m_streams, &StreamRouter::stuck, this, [this](const QString &id) {
        Q_EMIT pluginStuck(id, tr("A stream's read or write did not return within 5 s of being cancelled."));
    });
    connect(&m_net, &net::NetService::nodeEvents, this, &Router::handleEvents);
}

Router::~Router() = default;

QList<protocol::TypeInfo> Router::acceptedTypes() const
{
    QList<protocol::TypeInfo> types;
    for (const auto &[id, plugin] : m_plugins) {
        if (!plugin.object)
            continue;
        for (const plugins::PayloadType &type : plugin.spec.payloadTypes)
            types.append(toTypeInfo(type));
    }
    return types;
}

// ---- plugins::IPluginRuntime ------------------------------------------------------------------------------

IHost *Router::createHost(const plugins::PluginSpec &spec)
{
    RoutedPlugin &plugin = m_plugins[spec.id];
    plugin.spec = spec;
    plugin.typeNames.clear();
    for (const plugins::PayloadType &type : spec.payloadTypes)
        plugin.typeNames.append(type.name());
    // One object for every activation: a call of a plugin that misbehaved may still come late, from any thread.
    if (plugin.host)
        plugin.host->revive();
    else
        plugin.host = std::make_unique<PluginHost>(*this, plugin);
    return plugin.host.get();
}

void Router::startRouting(const plugins::PluginSpec &spec, QObject *object)
{
    RoutedPlugin *plugin = pluginById(spec.id);
    if (!plugin)
        return;
    plugin->object = object;
    plugin->messages = qobject_cast<IMessageHandler *>(object);
    plugin->streams = qobject_cast<IStreamHandler *>(object);
    plugin->deliveries = qobject_cast<IDeliveryObserver *>(object);
    plugin->memberObserver = qobject_cast<IMemberObserver *>(object);
    QList<protocol::TypeInfo> types;
    for (const plugins::PayloadType &type : spec.payloadTypes) {
        m_typeOwner.insert(type.name(), spec.id);
        types.append(toTypeInfo(type));
    }
    if (!types.isEmpty())
        m_net.post([types](protocol::Node &node, base::TimePoint now) { node.acceptTypes(types, now); });
    tellMembers(*plugin);
}

void Router::stopRouting(const QString &id, std::function<void()> stopped)
{
    RoutedPlugin *plugin = pluginById(id);
    if (!plugin || !plugin->object) {
        stopped();
        return;
    }
    for (const QString &type : std::as_const(plugin->typeNames))
        m_typeOwner.remove(type);
    const QStringList names = plugin->typeNames;
    if (!names.isEmpty())
        m_net.post([names](protocol::Node &node, base::TimePoint now) { node.withdrawTypes(names, now); });
    m_streams.endAll(*plugin, Error{ErrorCode::PluginStopped, tr("%1 was switched off.").arg(plugin->spec.name)});
    m_stopping.insert_or_assign(id, std::move(stopped));
    streamFinished(id, MemberId::None);
}

void Router::streamFinished(const QString &pluginId, MemberId member)
{
    RoutedPlugin *plugin = pluginById(pluginId);
    if (!plugin)
        return;
    tellMember(*plugin, member);
    const auto stopping = m_stopping.find(pluginId);
    if (stopping == m_stopping.end() || m_streams.count(*plugin) > 0)
        return;
    const std::function<void()> stopped = std::move(stopping->second);
    m_stopping.erase(stopping);
    plugin->object = nullptr;
    plugin->messages = nullptr;
    plugin->streams = nullptr;
    plugin->deliveries = nullptr;
    plugin->memberObserver = nullptr;
    plugin->toldMembers.clear();
    stopped();
}

void Router::retireHost(const QString &id)
{
    if (RoutedPlugin *plugin = pluginById(id); plugin && plugin->host)
        plugin->host->retire();
}

// ---- calls of the plugins -----------------------------------------------------------------------------------

Error Router::checkTarget(const RoutedPlugin &plugin, MemberId to, const QString &type, PayloadMode mode) const
{
    const plugins::PayloadType *payload = plugin.findType(type);
    if (!payload)
        return {ErrorCode::InvalidArgument, tr("%1 is not a payload type of %2.").arg(type, plugin.spec.name)};
    if (payload->mode != mode)
        return {ErrorCode::ModeMismatch, mode == PayloadMode::Message
                                             ? tr("%1 is a stream type; it cannot carry a message.").arg(type)
                                             : tr("%1 is a message type; it cannot carry a stream.").arg(type)};
    if (!plugin.object)
        return {ErrorCode::PluginStopped, tr("%1 is switched off.").arg(plugin.spec.name)};
    if (!m_linked)
        return {ErrorCode::NotConnected, tr("There is no link. Host here, or join a hub.")};
    if (to == MemberId::Everyone)
        return {};
    const Member *member = m_peers.find(to);
    if (!member)
        return {ErrorCode::NoSuchMember, tr("The member is not here any more.")};
    if (member->isSelf)
        return {ErrorCode::InvalidArgument, tr("A member cannot send to itself.")};
    if (!member->types.contains(type))
        return {ErrorCode::NotAccepted,
                tr("%1 does not accept %2: the plugin is missing or switched off there.").arg(member->name, type)};
    return {};
}

Error Router::sendMessage(RoutedPlugin &plugin, MemberId to, const QString &type, const QByteArray &body, MessageId *id)
{
    if (const Error error = checkTarget(plugin, to, type, PayloadMode::Message); error.isError())
        return error;
    const qsizetype most = plugin.findType(type)->maxBytes;
    if (body.size() > most)
        return {ErrorCode::TooLarge,
                tr("The message has %1 bytes; %2 allows %3.").arg(body.size()).arg(type).arg(most)};
    if (m_postedBytes->load(std::memory_order_relaxed) + body.size() > kMaxPostedBytes) {
        m_throttled.insert(plugin.spec.id);
        return {ErrorCode::QueueFull, tr("More is being sent than the link takes. Wait until there is room again.")};
    }

    const quint64 token = ++m_lastToken;
    m_sent[token % kRememberedMessages] = {token, plugin.spec.id};
    if (id)
        *id = MessageId(token);

    // Lives in the command: when that is destroyed, run or not, its bytes no longer wait.
    struct Posted
    {
        std::shared_ptr<std::atomic<qint64>> total;
        qint64 bytes = 0;
        QPointer<Router> router;
        quint64 token = 0;
        MemberId to = MemberId::None;
        protocol::Fault fault{protocol::Code::NotConnected, {}, protocol::Party::Local};

        ~Posted()
        {
            const bool drained = total->fetch_sub(bytes) - bytes == 0;
            Router *target = router.data();
            if (!target)
                return;
            if (fault.isFault() || drained) {
                QMetaObject::invokeMethod(
                    target,
                    [target, token = token, to = to, fault = fault, drained] {
                        if (fault.isFault())
                            target->undeliverable(token, to, toError(fault));
                        if (drained)
                            target->handle(protocol::MemberWritable{protocol::kEveryone});
                    },
                    Qt::QueuedConnection);
            }
        }
    };
    const auto posted = std::make_shared<Posted>();
    posted->total = m_postedBytes;
    posted->bytes = body.size() + 1;
    posted->router = this;
    posted->token = token;
    posted->to = to;
    posted->fault.text = tr("The link was lost before the message was sent.");
    m_postedBytes->fetch_add(posted->bytes);
    const protocol::MemberNumber number = m_ids.numberOf(to);
    m_net.post([posted, number, type, body, token](protocol::Node &node, base::TimePoint now) {
        posted->fault = node.sendMessage(number, type, body, token, now);
    });
    return {};
}

Error Router::openStream(RoutedPlugin &plugin, MemberId to, const QString &type, const QByteArray &header, qint64 size,
                         IByteSource *source, StreamId *id)
{
    if (to == MemberId::Everyone)
        return {ErrorCode::InvalidArgument, tr("A stream goes to one member.")};
    if (!source || !id)
        return {ErrorCode::InvalidArgument, tr("A stream needs a source, and a place for its id.")};
    if (size < -1)
        return {ErrorCode::InvalidArgument, tr("The size of a stream is -1 (unknown) or more.")};
    if (!plugin.streams)
        return {ErrorCode::InvalidArgument, tr("%1 does not implement IStreamHandler.").arg(plugin.spec.name)};
    if (header.size() > kMaxStreamHeader)
        return {ErrorCode::TooLarge, tr("The header of a stream may have %1 bytes.").arg(kMaxStreamHeader)};
    if (const Error error = checkTarget(plugin, to, type, PayloadMode::Stream); error.isError())
        return error;
    if (m_stopping.count(plugin.spec.id) > 0)
        return {ErrorCode::PluginStopped, tr("%1 is being switched off.").arg(plugin.spec.name)};
    return m_streams.open(plugin, to, m_ids.numberOf(to), type, header, size, source, id);
}

// ---- events of the node -------------------------------------------------------------------------------------

void Router::handleEvents(const QList<protocol::NodeEvent> &events)
{
    for (const protocol::NodeEvent &event : events)
        std::visit([this](const auto &e) { handle(e); }, event);
}

RoutedPlugin *Router::pluginForType(const QString &type)
{
    const auto owner = m_typeOwner.constFind(type);
    return owner == m_typeOwner.cend() ? nullptr : pluginById(*owner);
}

RoutedPlugin *Router::pluginById(const QString &id)
{
    const auto it = m_plugins.find(id);
    return it == m_plugins.end() ? nullptr : &it->second;
}

void Router::handle(const protocol::NodeReady &event)
{
    handleLinkLost({ErrorCode::NotConnected, tr("The link was lost.")});
    m_linked = true;
    m_isHub = event.self == protocol::kHubMember;
    m_ids.enterHub(event.hubPeerId);
    const QString name = m_services.ownName();
    updateMember({event.self, m_services.ownPeerId, name, true, {}});
    Q_EMIT linked(event.hubPeerId, event.hubName);
}

void Router::handle(const protocol::MemberJoined &event)
{
    updateMember(event.member);
}

void Router::handle(const protocol::MemberChanged &event)
{
    updateMember(event.member);
}

void Router::updateMember(const protocol::MemberInfo &info)
{
    Member member;
    member.id = m_ids.assign(info.number, info.peerId);
    member.peerId = info.peerId;
    member.name = info.name;
    member.isHub = info.isHub();
    member.isSelf = info.isSelf || info.peerId == m_services.ownPeerId;
    member.types = info.types;
    member.isVouched = !m_isHub && !member.isHub && !member.isSelf;
    member.isVerified = member.isSelf || (m_services.isVerified && m_services.isVerified(info.peerId));
    member.isMuted = info.muted;
    m_peers.add(member);
    if (m_isHub && !info.muted && m_services.isMuted && m_services.isMuted(info.peerId))
        setMuted(member.id, true);
    for (auto &[id, plugin] : m_plugins)
        tellMember(plugin, member.id);
}

void Router::refreshMember(const QByteArray &peerId)
{
    for (const Member &known : m_peers.members()) {
        if (known.peerId != peerId)
            continue;
        Member member = known;
        member.isVerified = member.isSelf || (m_services.isVerified && m_services.isVerified(peerId));
        m_peers.add(member);
        return;
    }
}

void Router::setMuted(MemberId id, bool muted)
{
    const Member *known = m_peers.find(id);
    if (!known)
        return;
    Member member = *known;
    member.isMuted = muted;
    m_peers.add(member);
    const protocol::MemberNumber number = m_ids.numberOf(id);
    m_net.post([number, muted](protocol::Node &node, base::TimePoint now) { node.setMuted(number, muted, now); });
}

void Router::kick(MemberId member, const QString &reason)
{
    const protocol::Fault fault{protocol::Code::Rejected, reason, protocol::Party::Local};
    m_net.post([number = m_ids.numberOf(member), fault](protocol::Node &node, base::TimePoint now) {
        node.kick(number, fault, now);
    });
}

void Router::handle(const protocol::MemberLeft &event)
{
    const MemberId member = m_ids.idOf(event.number);
    m_gate.memberLeft(member);
    m_peers.remove(member);
    for (auto &[id, plugin] : m_plugins)
        tellMember(plugin, member);
}

void Router::tellMembers(RoutedPlugin &plugin)
{
    const QSet<quint64> told = plugin.toldMembers;
    for (const quint64 id : told)
        tellMember(plugin, MemberId(id));
    std::vector<MemberId> present;
    for (const Member &member : m_peers.members())
        present.push_back(member.id);
    for (const MemberId id : present)
        tellMember(plugin, id);
}

/// Brings what the plugin was told of one member in line with the model. A member whose streams have not finished yet
/// is reported as gone when they have: memberLeft() promises that.
void Router::tellMember(RoutedPlugin &plugin, MemberId id)
{
    if (!plugin.object || !plugin.memberObserver)
        return;
    const Member *member = m_peers.find(id);
    const bool isHere = member && !member->isSelf && acceptsAny(*member, plugin.typeNames);
    const bool wasTold = plugin.toldMembers.contains(quint64(id));
    if (isHere && !wasTold) {
        plugin.toldMembers.insert(quint64(id));
        m_caller.call(plugin.spec.id, QStringLiteral("memberJoined"), [&] { plugin.memberObserver->memberJoined(id); });
    } else if (!isHere && wasTold && m_streams.count(plugin, id) == 0) {
        plugin.toldMembers.remove(quint64(id));
        m_caller.call(plugin.spec.id, QStringLiteral("memberLeft"), [&] { plugin.memberObserver->memberLeft(id); });
    }
}

/// The one gate between a peer's frames and a plugin.
bool Router::mayPass(const RoutedPlugin &plugin, MemberId from, const protocol::NodeEvent &event)
{
    const Member *member = m_peers.find(from);
    if (!member)
        return false;
    const PermissionGate::Plugin target{plugin.spec.id, plugin.spec.name, plugin.spec.asksItself};
    switch (m_gate.check(*member, target, event)) {
    case PermissionGate::Pass::Yes:
        return true;
    case PermissionGate::Pass::Held:
        return false;
    case PermissionGate::Pass::No:
        break;
    }
    if (const auto *offer = std::get_if<protocol::StreamOffered>(&event))
        refuse(*offer, protocol::Code::PermissionDenied, tr("%1 is not allowed there.").arg(plugin.spec.name));
    else
        Q_EMIT logged(
            tr("A message from %1 for %2 was refused: it is not allowed here.").arg(member->name, plugin.spec.name));
    return false;
}

void Router::handle(const protocol::MessageReceived &event)
{
    RoutedPlugin *plugin = pluginForType(event.type);
    if (plugin && plugin->messages && mayPass(*plugin, m_ids.idOf(event.from), event))
        deliver(event);
}

void Router::deliver(const protocol::MessageReceived &event)
{
    RoutedPlugin *plugin = pluginForType(event.type);
    const MemberId from = m_ids.idOf(event.from);
    if (!plugin || !plugin->messages || from == MemberId::None)
        return; // withdrawn while it was on its way through the queues of this host
    const MessageIn message{from, event.type, event.body, event.toEveryone};
    m_caller.call(plugin->spec.id, QStringLiteral("messageReceived"),
                  [&] { plugin->messages->messageReceived(message); });
}

void Router::handle(const protocol::MessageUndeliverable &event)
{
    undeliverable(event.token, m_ids.idOf(event.member), toError(event.reason));
}

void Router::undeliverable(quint64 token, MemberId member, const Error &reason)
{
    const SentMessage &sent = m_sent[token % kRememberedMessages];
    if (sent.token != token)
        return;
    RoutedPlugin *plugin = pluginById(sent.pluginId);
    if (!plugin || !plugin->object)
        return;
    if (!plugin->deliveries) {
        m_services.report(sent.pluginId, reason); // never silently lost
        return;
    }
    m_caller.call(plugin->spec.id, QStringLiteral("undeliverable"),
                  [&] { plugin->deliveries->undeliverable(MessageId(token), member, reason); });
}

void Router::handle(const protocol::MemberWritable &event)
{
    const bool own = event.member == protocol::kEveryone; // our own queue to the I/O thread, not a member's
    const QSet<QString> throttled = own ? std::exchange(m_throttled, {}) : QSet<QString>();
    const MemberId member = own ? MemberId::Everyone : m_ids.idOf(event.member);
    for (auto &entry : m_plugins) {
        RoutedPlugin &plugin = entry.second;
        if (!plugin.deliveries || (own && !throttled.contains(entry.first)))
            continue;
        m_caller.call(entry.first, QStringLiteral("writable"), [&] { plugin.deliveries->writable(member); });
    }
}

void Router::handle(const protocol::StreamOffered &event)
{
    RoutedPlugin *plugin = pluginForType(event.type);
    const MemberId from = m_ids.idOf(event.from);
    if (!plugin || !plugin->streams || from == MemberId::None)
        refuse(event, protocol::Code::NotAccepted, tr("The plugin for %1 was switched off.").arg(event.type));
    else if (mayPass(*plugin, from, event))
        m_streams.offered(*plugin, from, event);
}

void Router::deliver(const protocol::StreamOffered &event)
{
    RoutedPlugin *plugin = pluginForType(event.type);
    const MemberId from = m_ids.idOf(event.from);
    if (!plugin || !plugin->streams || from == MemberId::None)
        refuse(event, protocol::Code::NotAccepted, tr("The plugin for %1 was switched off.").arg(event.type));
    else
        m_streams.offered(*plugin, from, event);
}

void Router::refuse(const protocol::StreamOffered &event, protocol::Code code, const QString &text)
{
    const protocol::Fault fault{code, text, protocol::Party::Local};
    m_net.post(
        [key = event.key, fault](protocol::Node &node, base::TimePoint now) { node.resetStream(key, fault, now); });
}

void Router::handle(const protocol::StreamClosed &event)
{
    m_gate.streamClosed(event.key);
    m_streams.closed(event);
}

void Router::handle(const protocol::TypeRefused &event)
{
    const auto owner = m_typeOwner.constFind(event.type);
    m_services.report(
        owner == m_typeOwner.cend() ? QString() : *owner,
        {ErrorCode::NotAccepted, tr("The hub refused the payload type %1: %2").arg(event.type, event.reason.text)});
}

void Router::handleLinkLost(const Error &reason)
{
    m_linked = false;
    m_streams.linkEnded(reason);
    m_gate.clear();
    m_peers.clear();
    for (auto &[id, plugin] : m_plugins)
        tellMembers(plugin);
}

} // namespace patchbay::hub
