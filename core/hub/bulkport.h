// SPDX-License-Identifier: MIT
#pragma once

#include "hub/streampump.h"
#include "net/netservice.h"

#include <QHash>

#include <memory>
#include <mutex>

namespace patchbay::hub {

/// Hands the bulk events of the I/O thread to the pump of their stream, past the main thread.
class BulkPort final : public net::IBulkHandler
{
public:
    /// Main thread, before the node can send bulk for \a key.
    void insert(protocol::StreamKey key, const std::shared_ptr<StreamPump> &pump);
    void remove(protocol::StreamKey key);

    void streamData(protocol::StreamKey key, const QByteArray &chunk) override;
    void streamEnded(protocol::StreamKey key) override;
    void streamSpace(protocol::StreamKey key, qsizetype bytes) override;

private:
    std::shared_ptr<StreamPump> find(protocol::StreamKey key) const;

    mutable std::mutex m_mutex;
    QHash<protocol::StreamKey, std::shared_ptr<StreamPump>> m_pumps;
};

} // namespace patchbay::hub
