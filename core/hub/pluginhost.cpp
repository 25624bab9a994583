// SPDX-License-Identifier: MIT
#include "hub/pluginhost.h"

#include "hub/router.h"

#include <patchbay/version.h>

namespace patchbay::hub {

PluginHost::PluginHost(Router &router, RoutedPlugin &plugin)
    : m_router(router), m_plugin(plugin),
      m_members(std::make_unique<AcceptingPeersModel>(&router.peers(), plugin.typeNames))
{ }

PluginHost::~PluginHost() = default;

void PluginHost::retire()
{
    m_retired = true;
    m_settings.reset();
}

void PluginHost::revive()
{
    m_retired = false;
}

Error PluginHost::stopped() const
{
    return {ErrorCode::PluginStopped, Router::tr("%1 was switched off.").arg(m_plugin.spec.name)};
}

quint32 PluginHost::apiVersion() const
{
    return PATCHBAY_API_VERSION;
}

QAbstractItemModel *PluginHost::members() const
{
    return m_members.get();
}

bool PluginHost::accepts(MemberId id, const QString &type) const
{
    const Member *member = m_retired ? nullptr : m_router.peers().find(id);
    return member && member->types.contains(type);
}

Error PluginHost::sendMessage(MemberId to, const QString &type, const QByteArray &body, MessageId *id)
{
    return m_retired ? stopped() : m_router.sendMessage(m_plugin, to, type, body, id);
}

Error PluginHost::openStream(MemberId to, const QString &type, const QByteArray &header, qint64 size,
                             IByteSource *source, StreamId *id)
{
    return m_retired ? stopped() : m_router.openStream(m_plugin, to, type, header, size, source, id);
}

Error PluginHost::acceptStream(StreamId stream, IByteSink *sink)
{
    if (!sink)
        return {ErrorCode::InvalidArgument, Router::tr("A stream needs a sink.")};
    return m_retired ? stopped() : m_router.streams().accept(m_plugin, stream, sink);
}

Error PluginHost::rejectStream(StreamId stream, const Error &reason)
{
    return m_retired ? stopped() : m_router.streams().reject(m_plugin, stream, reason);
}

void PluginHost::cancelStream(StreamId stream, const Error &reason)
{
    if (!m_retired)
        m_router.streams().cancel(m_plugin, stream, reason);
}

void PluginHost::wake(StreamId stream)
{
    m_router.streams().wake(stream); // any thread, so not guarded by m_retired; unknown ids are ignored
}

qint64 PluginHost::streamProgress(StreamId stream) const
{
    return m_retired ? 0 : m_router.streams().progress(stream);
}

QSettings *PluginHost::settings()
{
    if (!m_settings)
        m_settings = m_router.services().settings(m_plugin.spec.id);
    return m_settings.get();
}

QString PluginHost::dataDirectory() const
{
    return m_retired ? QString() : m_router.services().dataDirectory(m_plugin.spec.id);
}

void PluginHost::report(const Error &error)
{
    if (!m_retired)
        m_router.services().report(m_plugin.spec.id, error);
}

void PluginHost::log(const QString &line)
{
    if (!m_retired)
        m_router.services().log(m_plugin.spec.id, line);
}

void PluginHost::notify(const QString &title, const QString &text)
{
    if (!m_retired)
        m_router.services().notify(m_plugin.spec.id, title, text);
}

QByteArray PluginHost::ownPeerId() const
{
    return m_router.services().ownPeerId;
}

QString PluginHost::ownName() const
{
    return m_router.services().ownName();
}

} // namespace patchbay::hub
