// SPDX-License-Identifier: MIT
#include "cli/interrupts.h"

#include <QSocketNotifier>

#include <csignal>

#include <sys/signalfd.h>
#include <unistd.h>

namespace patchbay::cli {

Interrupts::Interrupts(QObject *parent) : QObject(parent)
{
    std::signal(SIGPIPE, SIG_IGN); // a closed pipe is an error of write(), not the end of the process
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    m_fd = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (m_fd < 0)
        return;
    auto *notifier = new QSocketNotifier(m_fd, QSocketNotifier::Read, this);
    connect(notifier, &QSocketNotifier::activated, this, [this] {
        signalfd_siginfo info = {};
        while (::read(m_fd, &info, sizeof info) == ssize_t(sizeof info))
            Q_EMIT interrupted();
    });
}

Interrupts::~Interrupts()
{
    if (m_fd >= 0)
        ::close(m_fd);
}

} // namespace patchbay::cli
