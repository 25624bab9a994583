// SPDX-License-Identifier: MIT
#include "cli/stdiocontext.h"

#include <QDir>
#include <QSocketNotifier>

#include <cerrno>

#include <unistd.h>

namespace patchbay::cli {

namespace {

constexpr qsizetype kInputChunkBytes = 64 * 1024;

bool writeAll(int fd, const QByteArray &bytes)
{
    qsizetype at = 0;
    while (at < bytes.size()) {
        const ssize_t written = ::write(fd, bytes.constData() + at, size_t(bytes.size() - at));
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        at += written;
    }
    return true;
}

} // namespace

StandardStreams::StandardStreams(QObject *parent) : QObject(parent) { }

bool StandardStreams::writeOutput(const QByteArray &bytes)
{
    return writeAll(STDOUT_FILENO, bytes);
}

bool StandardStreams::writeError(const QByteArray &bytes)
{
    return writeAll(STDERR_FILENO, bytes);
}

bool StandardStreams::errorIsTerminal()
{
    return ::isatty(STDERR_FILENO) == 1;
}

bool StandardStreams::outputIsTerminal()
{
    return ::isatty(STDOUT_FILENO) == 1;
}

void StandardStreams::requestInput()
{
    if (!m_notifier) {
        m_notifier = new QSocketNotifier(STDIN_FILENO, QSocketNotifier::Read, this);
        connect(m_notifier, &QSocketNotifier::activated, this, &StandardStreams::read);
    }
    m_notifier->setEnabled(true);
}

void StandardStreams::read()
{
    m_notifier->setEnabled(false);
    QByteArray chunk(kInputChunkBytes, Qt::Uninitialized);
    const ssize_t count = ::read(STDIN_FILENO, chunk.data(), size_t(chunk.size()));
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) {
        m_notifier->setEnabled(true);
        return;
    }
    chunk.truncate(std::max<ssize_t>(0, count));
    Q_EMIT inputRead(chunk);
}

StdioContext::StdioContext(QString verb, QStringList arguments, bool json, QObject *parent)
    : QObject(parent), m_verb(std::move(verb)), m_arguments(std::move(arguments)), m_json(json)
{
    connect(&m_streams, &StandardStreams::inputRead, this, &StdioContext::inputRead);
}

QString StdioContext::workingDirectory() const
{
    return QDir::currentPath();
}

void StdioContext::writeOutput(const QByteArray &bytes)
{
    if (!StandardStreams::writeOutput(bytes))
        QMetaObject::invokeMethod(this, &StdioContext::outputClosed, Qt::QueuedConnection);
}

void StdioContext::finish(int exitCode)
{
    QMetaObject::invokeMethod(
        this, [this, exitCode] { Q_EMIT finished(exitCode); }, Qt::QueuedConnection);
}

} // namespace patchbay::cli
