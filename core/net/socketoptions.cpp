// SPDX-License-Identifier: MIT
#include "net/socketoptions.h"

#include "net/address.h"

#include <bit>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace patchbay::net {

namespace {

// Below this the kernel would wake us for every packet; above it a chat line waits noticeably behind bulk.
constexpr qint64 kMinUnsentInKernel = 16 * 1024;
constexpr qint64 kMaxUnsentInKernel = 128 * 1024;

Endpoint toEndpoint(const sockaddr_storage &storage)
{
    Endpoint endpoint;
    const auto *address = reinterpret_cast<const sockaddr *>(&storage);
    if (storage.ss_family == AF_INET) {
        endpoint.address = QHostAddress(address);
        endpoint.port = ntohs(reinterpret_cast<const sockaddr_in *>(&storage)->sin_port);
    } else if (storage.ss_family == AF_INET6) {
        endpoint.address = unmapped(QHostAddress(address));
        endpoint.port = ntohs(reinterpret_cast<const sockaddr_in6 *>(&storage)->sin6_port);
    }
    return endpoint;
}

} // namespace

void disableDelay(int descriptor)
{
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void setUnsentTarget(int descriptor, qint64 wanted, qint64 *current)
{
    const auto target = qint64(std::bit_floor(quint64(qBound(kMinUnsentInKernel, wanted, kMaxUnsentInKernel))));
    if (target == *current)
        return;
    *current = target;
#ifdef TCP_NOTSENT_LOWAT
    const int value = int(target);
    setsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &value, sizeof value);
#endif
}

Endpoint localEndpoint(int descriptor)
{
    sockaddr_storage storage = {};
    socklen_t size = sizeof storage;
    if (getsockname(descriptor, reinterpret_cast<sockaddr *>(&storage), &size) != 0)
        return {};
    return toEndpoint(storage);
}

Endpoint peerEndpoint(int descriptor)
{
    sockaddr_storage storage = {};
    socklen_t size = sizeof storage;
    if (getpeername(descriptor, reinterpret_cast<sockaddr *>(&storage), &size) != 0)
        return {};
    return toEndpoint(storage);
}

void closeDescriptor(qintptr descriptor)
{
    ::close(int(descriptor));
}

} // namespace patchbay::net
