// SPDX-License-Identifier: MIT
#pragma once

#include "control/controlserver.h"

#include <QObject>

namespace patchbay::hub {

class Host;

/// Runs the commands that callers send over the control socket in this host. Main thread.
class CommandServer final : public QObject
{
    Q_OBJECT

public:
    explicit CommandServer(Host &host, QObject *parent = nullptr);

    /// Empty on success, else one sentence for people.
    QString listen(const QString &path) { return m_server.listen(path); }

private:
    void serve(control::ControlSession *session);

    Host &m_host;
    control::ControlServer m_server;
};

} // namespace patchbay::hub
