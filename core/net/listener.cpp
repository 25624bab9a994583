// SPDX-License-Identifier: MIT
#include "net/listener.h"

#include "net/address.h"
#include "net/descriptors.h"
#include "net/socketoptions.h"

#include <QNetworkProxy>

namespace patchbay::net {

namespace {

constexpr std::chrono::milliseconds kDescriptorRetry{500};
constexpr int kBacklog = 512;

} // namespace

class Listener::Server final : public QTcpServer
{
public:
    explicit Server(Listener *owner) : m_owner(owner)
    {
        setProxy(QNetworkProxy::NoProxy);
        setListenBacklogSize(kBacklog);
    }

protected:
    void incomingConnection(qintptr descriptor) override { m_owner->handleDescriptor(descriptor); }

private:
    Listener *m_owner;
};

Listener::Listener(QObject *parent) : QObject(parent), m_server(std::make_unique<Server>(this))
{
    m_resumeTimer.setSingleShot(true);
    connect(&m_resumeTimer, &QTimer::timeout, this, &Listener::handleResumeTimer);
    connect(m_server.get(), &QTcpServer::acceptError, this, [this] { // Qt has paused by itself
        m_outOfDescriptors = true;
        m_resumeTimer.start(kDescriptorRetry);
    });
}

Listener::~Listener() = default;

std::optional<Problem> Listener::listen(const QString &address, quint16 port, Reach reach)
{
    m_reach = reach;
    const QHostAddress bindAddress = address == QLatin1Char('*') ? QHostAddress(QHostAddress::Any)
                                                                 : unmapped(QHostAddress(withoutBrackets(address)));
    if (bindAddress.isNull())
        return badBindAddress(address);
    if (reach == Reach::Loopback && !isLoopback(bindAddress))
        return notLoopbackToBind(address);
    if (!m_server->listen(bindAddress, port))
        return listenProblem(m_server->serverError(), m_server->errorString(), withoutBrackets(address), port);
    return std::nullopt;
}

void Listener::close()
{
    m_resumeTimer.stop();
    m_server->close();
}

Endpoint Listener::local() const
{
    return {m_server->serverAddress(), m_server->serverPort()};
}

void Listener::pause(std::chrono::milliseconds wait)
{
    m_server->pauseAccepting();
    if (!m_resumeTimer.isActive())
        m_resumeTimer.start(wait);
}

void Listener::resume()
{
    if (m_outOfDescriptors || !m_server->isListening())
        return;
    m_resumeTimer.stop();
    m_server->resumeAccepting();
}

void Listener::handleResumeTimer()
{
    if (m_outOfDescriptors && !hasSpareDescriptor()) {
        m_resumeTimer.start(kDescriptorRetry);
        return;
    }
    m_outOfDescriptors = false;
    resume();
}

void Listener::handleDescriptor(qintptr descriptor)
{
    if (isInDescriptorReserve(int(descriptor))) {
        closeDescriptor(descriptor);
        m_outOfDescriptors = true;
        m_server->pauseAccepting();
        m_resumeTimer.start(kDescriptorRetry);
        Q_EMIT turnedAway(tr("A connection was turned away: the limit of open files is nearly reached."));
        return;
    }
    const QHostAddress peer = peerEndpoint(int(descriptor)).address;
    if (peer.isNull()) { // it was gone before we looked
        closeDescriptor(descriptor);
        return;
    }
    if (m_reach == Reach::Loopback && !isLoopback(peer)) {
        closeDescriptor(descriptor);
        Q_EMIT turnedAway(
            tr("A connection from %1 was turned away: it comes from another machine.").arg(displayAddress(peer)));
        return;
    }
    Q_EMIT accepted(int(descriptor), peer);
}

} // namespace patchbay::net
