// SPDX-License-Identifier: MIT
#pragma once

#include "hub/peermodel.h"

#include <patchbay/host.h>

#include <QSettings>

#include <memory>

namespace patchbay::hub {

class Router;
struct RoutedPlugin;

/// IHost for one plugin: checks who may do what, then hands on to the router. Turns inert by retire().
class PluginHost final : public IHost
{
public:
    PluginHost(Router &router, RoutedPlugin &plugin);
    virtual ~PluginHost();

    void retire();
    void revive(); ///< the plugin is switched on again

    quint32 apiVersion() const override;
    QAbstractItemModel *members() const override;
    bool accepts(MemberId member, const QString &type) const override;
    Error sendMessage(MemberId to, const QString &type, const QByteArray &body, MessageId *id) override;
    Error openStream(MemberId to, const QString &type, const QByteArray &header, qint64 size, IByteSource *source,
                     StreamId *id) override;
    Error acceptStream(StreamId stream, IByteSink *sink) override;
    Error rejectStream(StreamId stream, const Error &reason) override;
    void cancelStream(StreamId stream, const Error &reason) override;
    void wake(StreamId stream) override;
    qint64 streamProgress(StreamId stream) const override;
    QSettings *settings() override;
    QString dataDirectory() const override;
    void report(const Error &error) override;
    void log(const QString &line) override;
    void notify(const QString &title, const QString &text) override;
    QByteArray ownPeerId() const override;
    QString ownName() const override;

private:
    Error stopped() const;

    Router &m_router;
    RoutedPlugin &m_plugin;
    std::unique_ptr<AcceptingPeersModel> m_members;
    std::unique_ptr<QSettings> m_settings;
    bool m_retired = false;
};

} // namespace patchbay::hub
