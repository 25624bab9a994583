// SPDX-License-Identifier: MIT
#pragma once

#include "control/controlframe.h"

#include <QLocalServer>
#include <QObject>

QT_BEGIN_NAMESPACE
class QLocalSocket;
QT_END_NAMESPACE

namespace patchbay::control {

/// One command of one caller, in the host that runs it. Deletes itself after finish() or when the caller is gone and
/// cancelled() was answered with finish().
class ControlSession final : public QObject
{
    Q_OBJECT

public:
    ControlSession(QLocalSocket *socket, QObject *parent);

    const Request &request() const { return m_request; }
    void writeOutput(const QByteArray &bytes);
    void writeError(const QByteArray &bytes);
    void requestInput();
    /// Sends the exit code. The object deletes itself when it has left.
    void finish(int exitCode);

Q_SIGNALS:
    void requested();
    void input(const QByteArray &chunk);
    void cancelled();

private:
    void read();
    void send(const QCborMap &map);
    void sendBytes(const QString &kind, const QByteArray &bytes);
    void abandon();

    QLocalSocket *m_socket;
    FrameReader m_reader;
    Request m_request;
    bool m_started = false;
    bool m_gone = false;
    bool m_finished = false;
};

/// Accepts callers of the same user. Main thread.
class ControlServer final : public QObject
{
    Q_OBJECT

public:
    explicit ControlServer(QObject *parent = nullptr);
    ~ControlServer() override;

    /// \a path: Profile::controlSocketPath(). The caller holds the profile's lock, so a socket file that is there
    /// already is a left-over and is removed. Empty on success, else one sentence for people.
    QString listen(const QString &path);
    int sessionCount() const;

Q_SIGNALS:
    /// A caller asks for a command; \a session lives until its finish().
    void requested(patchbay::control::ControlSession *session);

private:
    void accept();

    QLocalServer m_server;
};

} // namespace patchbay::control
