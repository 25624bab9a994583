// SPDX-License-Identifier: MIT
#include "net/memorytransport.h"

#include <cstring>

namespace patchbay::net {

std::pair<std::unique_ptr<MemoryTransport>, std::unique_ptr<MemoryTransport>> MemoryTransport::makePair(qint64 capacity)
{
    std::unique_ptr<MemoryTransport> a(new MemoryTransport(capacity));
    std::unique_ptr<MemoryTransport> b(new MemoryTransport(capacity));
    a->m_other = b.get();
    b->m_other = a.get();
    a->m_local = b->m_peer = {QHostAddress(QHostAddress::LocalHost), 1};
    b->m_local = a->m_peer = {QHostAddress(QHostAddress::LocalHost), 2};
    return {std::move(a), std::move(b)};
}

MemoryTransport::MemoryTransport(qint64 capacity) : m_capacity(capacity) { }

MemoryTransport::~MemoryTransport()
{
    if (m_other) {
        m_other->m_other = nullptr;
        m_other->end(QStringLiteral("the other end is gone"));
    }
}

void MemoryTransport::emitLater(void (Transport::*signal)())
{
    QMetaObject::invokeMethod(
        this,
        [this, signal] {
            Q_EMIT(this->*signal)
            ();
        },
        Qt::QueuedConnection);
}

qint64 MemoryTransport::read(char *data, qint64 max)
{
    const qsizetype count = qMin<qint64>(max, m_received.size());
    if (count > 0) {
        memcpy(data, m_received.constData(), size_t(count));
        m_received.remove(0, count);
        if (m_other)
            m_other->deliver();
    }
    if (!m_received.isEmpty())
        emitLater(&Transport::readable);
    return count;
}

bool MemoryTransport::write(const QByteArray &block)
{
    if (m_ended || m_finished || !m_other)
        return false;
    m_unsent.append(block);
    return true;
}

void MemoryTransport::flush()
{
    deliver();
}

void MemoryTransport::deliver()
{
    if (!m_other)
        return;
    const qsizetype count = qMin<qint64>(m_unsent.size(), m_capacity - m_other->m_received.size());
    if (count > 0) {
        m_other->m_received.append(m_unsent.first(count));
        m_unsent.remove(0, count);
        m_other->emitLater(&Transport::readable);
        emitLater(&Transport::writable);
    }
    if (m_finished && m_unsent.isEmpty())
        m_other->end({});
}

void MemoryTransport::finish()
{
    m_finished = true;
    deliver();
}

void MemoryTransport::abort()
{
    m_unsent.clear();
    if (m_other)
        m_other->end(QStringLiteral("the other end aborted"));
    end({});
}

void MemoryTransport::end(const QString &reason)
{
    if (m_ended)
        return;
    m_ended = true;
    QMetaObject::invokeMethod(
        this, [this, reason] { Q_EMIT closed(reason); }, Qt::QueuedConnection);
}

} // namespace patchbay::net
