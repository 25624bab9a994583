// SPDX-License-Identifier: MIT
#include "hub/remotecommand.h"

#include "control/controlclient.h"
#include "hub/profile.h"

namespace patchbay::hub {

RemoteCommand::RemoteCommand(QObject *parent) : QObject(parent), m_client(std::make_unique<control::ControlClient>())
{
    connect(m_client.get(), &control::ControlClient::output, this, &RemoteCommand::output);
    connect(m_client.get(), &control::ControlClient::errorOutput, this, &RemoteCommand::errorOutput);
    connect(m_client.get(), &control::ControlClient::inputWanted, this, &RemoteCommand::inputWanted);
    connect(m_client.get(), &control::ControlClient::finished, this, &RemoteCommand::finished);
}

RemoteCommand::~RemoteCommand() = default;

bool RemoteCommand::connectToHost(const QString &profileDirectory)
{
    return m_client->connectTo(Profile::controlSocketPath(profileDirectory));
}

void RemoteCommand::run(const Request &request)
{
    m_client->run({request.verb, request.arguments, request.workingDirectory, request.connectTo, request.json,
                   request.errorIsTerminal, request.outputIsTerminal});
}

void RemoteCommand::sendInput(const QByteArray &chunk)
{
    m_client->sendInput(chunk);
}

void RemoteCommand::cancel()
{
    m_client->cancel();
}

} // namespace patchbay::hub
