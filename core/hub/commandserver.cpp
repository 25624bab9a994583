// SPDX-License-Identifier: MIT
#include "hub/commandserver.h"

#include "hub/commandlauncher.h"
#include "hub/host.h"

#include <patchbay/command.h>

#include <QPointer>

namespace patchbay::hub {

namespace {

/// A run whose standard streams are at the other end of the control socket. Deletes itself in finish().
class RemoteContext final : public QObject, public ICommandContext
{
public:
    RemoteContext(Host &host, control::ControlSession *session)
        : QObject(session), m_session(session), m_launcher(new CommandLauncher(host, this, this))
    {
        connect(session, &control::ControlSession::input, m_launcher, &CommandLauncher::input);
        connect(session, &control::ControlSession::cancelled, m_launcher, &CommandLauncher::cancel);
    }

    void launch() { m_launcher->launch(); }

    QString verb() const override { return m_session->request().verb; }
    QStringList arguments() const override { return m_session->request().arguments; }
    QString workingDirectory() const override { return m_session->request().workingDirectory; }
    bool json() const override { return m_session->request().json; }
    bool errorIsTerminal() const override { return m_session->request().errorIsTerminal; }
    bool outputIsTerminal() const override { return m_session->request().outputIsTerminal; }
    void writeOutput(const QByteArray &bytes) override { m_session->writeOutput(bytes); }
    void writeError(const QByteArray &bytes) override { m_session->writeError(bytes); }
    void requestInput() override { m_session->requestInput(); }

    void finish(int exitCode) override
    {
        m_launcher->forget();
        m_session->finish(exitCode);
        deleteLater();
    }

private:
    control::ControlSession *m_session; ///< our parent
    CommandLauncher *m_launcher;        ///< our child
};

} // namespace

CommandServer::CommandServer(Host &host, QObject *parent) : QObject(parent), m_host(host)
{
    connect(&m_server, &control::ControlServer::requested, this, &CommandServer::serve);
}

void CommandServer::serve(control::ControlSession *session)
{
    const QString wanted = session->request().connectTo;
    const LinkState &link = m_host.linkState();
    const QString here = QStringLiteral("%1:%2").arg(link.peerAddress).arg(link.peerPort);
    if (!wanted.isEmpty() && wanted != here && wanted != m_host.linkTarget()) {
        session->writeError(tr("A Patchbay is running with this profile already, and its link is: %1 Leave out the "
                               "address to use it, or give another profile with --profile.\n")
                                .arg(link.text)
                                .toUtf8());
        session->finish(ExitFailed);
        return;
    }
    auto *context = new RemoteContext(m_host, session);
    context->launch();
}

} // namespace patchbay::hub
