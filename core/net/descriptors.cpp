// SPDX-License-Identifier: MIT
#include "net/descriptors.h"

#include <QtGlobal>

#ifdef Q_OS_UNIX
#include <cerrno>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#endif

namespace patchbay::net {

#ifdef Q_OS_UNIX

namespace {

constexpr rlim_t kWanted = 65'536;

int currentLimit()
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1024;
    return int(qMin<rlim_t>(limit.rlim_cur, 1 << 30));
}

} // namespace

void raiseDescriptorLimit()
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    const rlim_t wanted = qMin(limit.rlim_max, kWanted);
    if (limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = wanted;
    setrlimit(RLIMIT_NOFILE, &limit); // where it is refused we work with what there is
}

bool isInDescriptorReserve(int descriptor)
{
    const int limit = currentLimit();
    return descriptor >= limit - descriptorReserve(limit);
}

bool hasSpareDescriptor()
{
    const int lowestFree = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
    if (lowestFree < 0)
        return errno != EMFILE; // standard input is closed: no way to ask
    ::close(lowestFree);
    return !isInDescriptorReserve(lowestFree);
}

#else

void raiseDescriptorLimit() { }

bool isInDescriptorReserve(int)
{
    return false;
}

bool hasSpareDescriptor()
{
    return true;
}

#endif

int descriptorReserve(int limit)
{
    return qMax(8, limit / 8);
}

} // namespace patchbay::net
