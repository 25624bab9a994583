// SPDX-License-Identifier: MIT
#pragma once

#include <patchbay/command.h>

#include <QObject>
#include <QTimer>

namespace patchbay::hub {

class Host;

/// Brings one command to the point where it can run: built-in or a plugin's, link up, somebody there who accepts what
/// it sends. Then starts it. Every way out ends in context->finish(). Main thread.
class CommandLauncher final : public QObject
{
    Q_OBJECT

public:
    /// \a context is kept until its finish(); \a host outlives this object.
    CommandLauncher(Host &host, ICommandContext *context, QObject *parent = nullptr);

    /// May finish the context before it returns.
    void launch();
    void cancel();
    void input(const QByteArray &chunk);
    /// The context was finished; nothing is called any more.
    void forget() { m_context = nullptr; }

private:
    void proceed();
    void refuse(const QString &sentence, int exitCode);

    Host &m_host;
    ICommandContext *m_context;
    QTimer m_patience;
    bool m_started = false;
    bool m_needsMember = false;
};

} // namespace patchbay::hub
