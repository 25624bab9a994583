// SPDX-License-Identifier: MIT
#pragma once

#include "hub/memberids.h"
#include "hub/peermodel.h"
#include "hub/permissiongate.h"
#include "hub/plugincaller.h"
#include "hub/routedplugin.h"
#include "hub/streamrouter.h"
#include "net/netservice.h"
#include "plugins/pluginmanager.h"

#include <patchbay/types.h>

#include <QObject>
#include <QSettings>

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace patchbay::hub {

/// The one place that knows both the protocol and the plugins: events of the node go to the plugin whose type they
/// carry, calls of the plugins become commands for the node. Main thread.
class Router final : public QObject, public plugins::IPluginRuntime
{
    Q_OBJECT

public:
    /// What a PluginHost needs of the application around it: settings, data, log, the user.
    struct Services
    {
        std::function<std::unique_ptr<QSettings>(const QString &pluginId)> settings;
        std::function<QString(const QString &pluginId)> dataDirectory;
        std::function<void(const QString &pluginId, const Error &)> report;
        std::function<void(const QString &pluginId, const QString &)> log;
        std::function<void(const QString &pluginId, const QString &, const QString &)> notify;
        std::function<QString()> ownName;
        QByteArray ownPeerId;
        PermissionGate::Rule permission; ///< Yes, Ask or No for a member and a plugin
        std::function<bool(const QByteArray &peerId)> isVerified;
        std::function<bool(const QByteArray &peerId)> isMuted; ///< by the operator, at our hub
    };

    Router(net::NetService &net, BulkPort &bulk, PluginCaller &caller, PeerModel &peers, Services services,
           QObject *parent = nullptr);
    ~Router() override;

    /// Types of all routed plugins, for the Hello of the next link.
    QList<protocol::TypeInfo> acceptedTypes() const;
    bool isLinked() const { return m_linked; }
    const MemberIds &memberIds() const { return m_ids; }
    StreamRouter &streams() { return m_streams; }
    const Services &services() const { return m_services; }
    PeerModel &peers() { return m_peers; }
    PermissionGate &gate() { return m_gate; }
    /// What is known of this peer changed.
    void refreshMember(const QByteArray &peerId);
    /// Server mode: the operator's measures.
    void setMuted(MemberId member, bool muted);
    void kick(MemberId member, const QString &reason);

    // ---- plugins::IPluginRuntime ----
    IHost *createHost(const plugins::PluginSpec &spec) override;
    void startRouting(const plugins::PluginSpec &spec, QObject *plugin) override;
    void stopRouting(const QString &id, std::function<void()> stopped) override;
    void retireHost(const QString &id) override;

    // ---- for PluginHost ----
    Error sendMessage(RoutedPlugin &plugin, MemberId to, const QString &type, const QByteArray &body, MessageId *id);
    Error openStream(RoutedPlugin &plugin, MemberId to, const QString &type, const QByteArray &header, qint64 size,
                     IByteSource *source, StreamId *id);

public Q_SLOTS:
    void handleEvents(const QList<patchbay::protocol::NodeEvent> &events);
    /// The link is gone for good or until it is dialled again: everything that hung on it ends with \a reason.
    void handleLinkLost(const patchbay::Error &reason);

Q_SIGNALS:
    void linked(const QByteArray &hubPeerId, const QString &hubName);
    void pluginStuck(const QString &pluginId, const QString &reason);
    void logged(const QString &line);
    /// Events about those who wait at the door: for Doorman.
    void doorEvent(const patchbay::protocol::NodeEvent &event);

private:
    struct SentMessage
    {
        quint64 token = 0;
        QString pluginId;
    };

    void handle(const protocol::NodeReady &event);
    void handle(const protocol::MemberJoined &event);
    void handle(const protocol::MemberChanged &event);
    void handle(const protocol::MemberLeft &event);
    void handle(const protocol::MessageReceived &event);
    void handle(const protocol::MessageUndeliverable &event);
    void handle(const protocol::MemberWritable &event);
    void handle(const protocol::StreamOffered &event);
    void handle(const protocol::StreamAccepted &) { }
    void handle(const protocol::StreamClosed &event);
    void handle(const protocol::TypeRefused &event);
    void handle(const protocol::ConnectionReady &event) { Q_EMIT doorEvent(event); }
    void handle(const protocol::ConnectionClosing &event) { Q_EMIT doorEvent(event); }
    void handle(const protocol::KnockWaiting &event) { Q_EMIT doorEvent(event); }
    void handle(const protocol::PairingWaiting &event) { Q_EMIT doorEvent(event); }
    void handle(const protocol::PairingFrame &event) { Q_EMIT doorEvent(event); }
    // Bulk never comes this way: BulkPort takes it on the I/O thread.
    void handle(const protocol::StreamData &) { }
    void handle(const protocol::StreamEnded &) { }
    void handle(const protocol::StreamSpace &) { }

    bool mayPass(const RoutedPlugin &plugin, MemberId from, const protocol::NodeEvent &event);
    void deliver(const protocol::MessageReceived &event);
    void deliver(const protocol::StreamOffered &event);
    void refuse(const protocol::StreamOffered &event, protocol::Code code, const QString &text);
    RoutedPlugin *pluginForType(const QString &type);
    RoutedPlugin *pluginById(const QString &id);
    void updateMember(const protocol::MemberInfo &info);
    void tellMembers(RoutedPlugin &plugin);
    void tellMember(RoutedPlugin &plugin, MemberId id);
    void streamFinished(const QString &pluginId, MemberId member);
    void undeliverable(quint64 token, MemberId member, const Error &reason);
    Error checkTarget(const RoutedPlugin &plugin, MemberId to, const QString &type, PayloadMode mode) const;

    net::NetService &m_net;
    PluginCaller &m_caller;
    PeerModel &m_peers;
    Services m_services;
    StreamRouter m_streams;
    PermissionGate m_gate;
    MemberIds m_ids;
    bool m_linked = false;
    bool m_isHub = false;                      ///< this host is the hub, so every other member's link is ours
    std::map<QString, RoutedPlugin> m_plugins; ///< by id
    QHash<QString, QString> m_typeOwner;       ///< type name → plugin id, while routed
    std::map<QString, std::function<void()>> m_stopping;
    quint64 m_lastToken = 0;
    std::vector<SentMessage> m_sent; ///< ring: who sent the last messages
    std::shared_ptr<std::atomic<qint64>> m_postedBytes = std::make_shared<std::atomic<qint64>>(0);
    QSet<QString> m_throttled; ///< plugins that were told QueueFull because of m_postedBytes
};

} // namespace patchbay::hub
