// SPDX-License-Identifier: MIT
#include "net/tlstransport.h"

#include "net/socketoptions.h"

#include <QMetaObject>

#include <cerrno>

#include <fcntl.h>
#include <sys/socket.h>

namespace patchbay::net {

namespace {

using Channel = security::TlsChannel;

/// What a link may keep allocated for its next block while nothing is unsent.
constexpr qsizetype kKeptCapacity = 512 * 1024;
/// A link that writes less than this in one go is a chat: it keeps nothing.
constexpr qsizetype kSmallBlock = 32 * 1024;
constexpr qint64 kStartUnsentTarget = 128 * 1024;

} // namespace

TlsTransport::TlsTransport(int descriptor, Side side, std::shared_ptr<const security::TlsContext> context,
                           security::TlsChannel::Judge judge, QObject *parent)
    : Transport(parent), m_descriptor(descriptor), m_local(localEndpoint(descriptor)), m_peer(peerEndpoint(descriptor)),
      m_channel(std::move(context), side, *this, std::move(judge)), m_readNotifier(descriptor, QSocketNotifier::Read),
      m_writeNotifier(descriptor, QSocketNotifier::Write)
{
    m_readNotifier.setEnabled(false);
    m_writeNotifier.setEnabled(false);
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    disableDelay(descriptor);
    setUnsentTarget(kStartUnsentTarget);
    connect(&m_readNotifier, &QSocketNotifier::activated, this, &TlsTransport::handleReadable);
    connect(&m_writeNotifier, &QSocketNotifier::activated, this, &TlsTransport::handleWritable);
}

TlsTransport::~TlsTransport()
{
    m_readNotifier.setEnabled(false);
    m_writeNotifier.setEnabled(false);
    closeDescriptor(m_descriptor);
}

void TlsTransport::start()
{
    if (m_started || m_ended)
        return;
    m_started = true;
    m_readNotifier.setEnabled(true);
    QMetaObject::invokeMethod(this, &TlsTransport::handleReadable, Qt::QueuedConnection);
}

// ---- bytes in -------------------------------------------------------------------------------------------------------

void TlsTransport::handleReadable()
{
    if (m_ended)
        return;
    if (m_secured) {
        if (!m_paused)
            Q_EMIT readable();
        return;
    }
    const bool knewHello = m_channel.isHelloComplete();
    const Channel::State state = m_channel.handshake();
    if (!knewHello && m_channel.isHelloComplete())
        Q_EMIT helloComplete();
    flush(); // an alert goes out too
    if (state == Channel::State::Failed) {
        end(m_channel.failureText());
    } else if (state == Channel::State::Open) {
        m_secured = true;
        QMetaObject::invokeMethod(this, &TlsTransport::handleReadable, Qt::QueuedConnection); // it may have more to say
        Q_EMIT secured();
    }
}

qint64 TlsTransport::read(char *data, qint64 max)
{
    const qint64 count = m_channel.read(data, max);
    if (count == max && !m_readPending) { // there may be more inside the channel, of which the system knows nothing
        m_readPending = true;
        QMetaObject::invokeMethod(
            this,
            [this] {
                m_readPending = false;
                if (!m_ended && !m_paused)
                    Q_EMIT readable();
            },
            Qt::QueuedConnection);
    }
    if (m_channel.state() == Channel::State::Failed || m_channel.state() == Channel::State::Ended)
        end(m_channel.state() == Channel::State::Failed ? m_channel.failureText() : m_systemError);
    return count;
}

qint64 TlsTransport::receive(char *data, qint64 max)
{
    for (;;) {
        const ssize_t count = ::recv(m_descriptor, data, size_t(max), 0);
        if (count > 0)
            return count;
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return kNothingNow;
        if (count < 0)
            m_systemError = qt_error_string(errno);
        return kEnded;
    }
}

// ---- bytes out ------------------------------------------------------------------------------------------------------

bool TlsTransport::write(const QByteArray &block)
{
    if (m_ended || m_finishing || !m_secured)
        return false;
    return m_channel.write(block.constData(), block.size());
}

void TlsTransport::send(const char *data, qint64 size)
{
    if (m_ended)
        return;
    if (m_sentOfUnsent > 0 && m_sentOfUnsent >= m_unsent.size() / 2) { // on a busy link it may never be empty
        m_unsent.remove(0, m_sentOfUnsent);
        m_sentOfUnsent = 0;
    }
    if (m_unsent.isEmpty() && size > kSmallBlock / 4 && m_unsent.capacity() < kKeptCapacity)
        m_unsent.reserve(kKeptCapacity);
    m_unsent.append(data, qsizetype(size));
}

void TlsTransport::flush()
{
    while (!m_ended && m_sentOfUnsent < m_unsent.size()) {
        const ssize_t count = ::send(m_descriptor, m_unsent.constData() + m_sentOfUnsent,
                                     size_t(m_unsent.size() - m_sentOfUnsent), MSG_NOSIGNAL);
        if (count > 0) {
            m_sentOfUnsent += count;
            continue;
        }
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            m_writeNotifier.setEnabled(true);
            return;
        }
        end(qt_error_string(errno));
        return;
    }
    m_writeNotifier.setEnabled(false);
    const bool wasSmall = m_unsent.size() < kSmallBlock;
    m_sentOfUnsent = 0;
    if (wasSmall || m_unsent.capacity() > 2 * kKeptCapacity)
        m_unsent = QByteArray();
    else
        m_unsent.resize(0);
}

void TlsTransport::handleWritable()
{
    flush();
    if (m_ended)
        return;
    if (m_finishing)
        shutDownWhenSent();
    Q_EMIT writable();
}

void TlsTransport::setUnsentTarget(qint64 bytes)
{
    if (!m_ended)
        net::setUnsentTarget(m_descriptor, bytes, &m_unsentTarget);
}

void TlsTransport::setReadingPaused(bool paused)
{
    if (m_paused == paused || m_ended)
        return;
    m_paused = paused;
    m_readNotifier.setEnabled(!paused);
    if (!paused) // bytes may wait inside the channel
        QMetaObject::invokeMethod(this, &TlsTransport::handleReadable, Qt::QueuedConnection);
}

// ---- the end --------------------------------------------------------------------------------------------------------

void TlsTransport::finish()
{
    if (m_finishing || m_ended)
        return;
    m_finishing = true;
    m_channel.finish();
    flush();
    shutDownWhenSent();
}

void TlsTransport::shutDownWhenSent()
{
    if (m_ended || m_shutDown || unsentBytes() > 0)
        return;
    m_shutDown = true;
    // Not close(): with unread input the system would answer RST, which can overtake our last frame.
    ::shutdown(m_descriptor, SHUT_WR);
}

void TlsTransport::abort()
{
    if (!m_ended)
        ::shutdown(m_descriptor, SHUT_RDWR);
    end({});
}

void TlsTransport::end(const QString &reason)
{
    if (m_ended)
        return;
    m_ended = true;
    m_readNotifier.setEnabled(false);
    m_writeNotifier.setEnabled(false);
    QMetaObject::invokeMethod(
        this, [this, reason] { Q_EMIT closed(reason); }, Qt::QueuedConnection);
}

} // namespace patchbay::net
