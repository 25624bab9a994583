// SPDX-License-Identifier: MIT
#pragma once

#include "plugins/pluginspec.h"

#include <patchbay/payload.h>

#include <QObject>
#include <QSet>
#include <QStringList>

#include <deque>
#include <memory>

namespace patchbay::hub {

class PluginHost;

/// A plugin as the router sees it: what it accepts, which abilities it has, who it knows of.
struct RoutedPlugin
{
    plugins::PluginSpec spec;
    QStringList typeNames;
    std::unique_ptr<PluginHost> host;
    QObject *object = nullptr; ///< null while it is not routed to
    IMessageHandler *messages = nullptr;
    IStreamHandler *streams = nullptr;
    IDeliveryObserver *deliveries = nullptr;
    IMemberObserver *memberObserver = nullptr;
    QSet<quint64> toldMembers; ///< MemberIds it was told of and not yet told the end of

    const plugins::PayloadType *findType(const QString &name) const
    {
        for (const plugins::PayloadType &type : spec.payloadTypes) {
            if (type.name() == name)
                return &type;
        }
        return nullptr;
    }
};

} // namespace patchbay::hub
