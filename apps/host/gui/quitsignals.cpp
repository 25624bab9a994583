// SPDX-License-Identifier: MIT
#include "gui/quitsignals.h"

#include <QSocketNotifier>

#include <atomic>
#include <cerrno>
#include <csignal>

#include <sys/eventfd.h>
#include <unistd.h>

namespace patchbay::gui {

namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

/// A signal handler has no other way to find its descriptor.
std::atomic<int> handlerFd = -1;

void handle(int)
{
    const int error = errno;
    const eventfd_t one = 1;
    (void)!::write(handlerFd, &one, sizeof one);
    errno = error;
}

void setHandlers(void (*handler)(int), int flags)
{
    struct sigaction action = {};
    action.sa_handler = handler;
    action.sa_flags = flags;
    for (const int signal : kSignals)
        ::sigaction(signal, &action, nullptr);
}

} // namespace

QuitSignals::QuitSignals(QObject *parent) : QObject(parent), m_fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
    if (m_fd < 0)
        return;
    handlerFd = m_fd;
    auto *notifier = new QSocketNotifier(m_fd, QSocketNotifier::Read, this);
    connect(notifier, &QSocketNotifier::activated, this, [this] {
        eventfd_t count = 0;
        if (::eventfd_read(m_fd, &count) == 0)
            Q_EMIT quitWanted();
    });
    // The second one ends the process at once, as people expect of Ctrl-C pressed twice.
    setHandlers(handle, SA_RESTART | int(SA_RESETHAND));
}

QuitSignals::~QuitSignals()
{
    if (m_fd < 0)
        return;
    setHandlers(SIG_DFL, 0);
    handlerFd = -1;
    ::close(m_fd);
}

} // namespace patchbay::gui
