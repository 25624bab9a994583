// SPDX-License-Identifier: MIT
#include "hub/bulkport.h"

namespace patchbay::hub {

void BulkPort::insert(protocol::StreamKey key, const std::shared_ptr<StreamPump> &pump)
{
    const std::lock_guard lock(m_mutex);
    m_pumps.insert(key, pump);
}

void BulkPort::remove(protocol::StreamKey key)
{
    const std::lock_guard lock(m_mutex);
    m_pumps.remove(key);
}

std::shared_ptr<StreamPump> BulkPort::find(protocol::StreamKey key) const
{
    const std::lock_guard lock(m_mutex);
    return m_pumps.value(key);
}

void BulkPort::streamData(protocol::StreamKey key, const QByteArray &chunk)
{
    if (const auto pump = find(key))
        pump->addData(chunk);
}

void BulkPort::streamEnded(protocol::StreamKey key)
{
    if (const auto pump = find(key))
        pump->addEnd();
}

void BulkPort::streamSpace(protocol::StreamKey key, qsizetype bytes)
{
    if (const auto pump = find(key))
        pump->addSpace(bytes);
}

} // namespace patchbay::hub
