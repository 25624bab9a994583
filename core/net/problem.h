// SPDX-License-Identifier: MIT
#pragma once

#include "net/linkstatus.h"
#include "protocol/nodeevent.h"
#include "security/tlschannel.h"

#include <QAbstractSocket>
#include <QString>

namespace patchbay::net {

/// Why something failed, for programs, and a sentence for people: which address, what happened, what to do.
struct Problem
{
    Reason reason = Reason::None;
    QString text;
};

/// "127.0.0.1 port 7229"
QString place(const QString &host, quint16 port);

/// listen() failed with \a error.
Problem listenProblem(QAbstractSocket::SocketError error, const QString &systemText, const QString &address,
                      quint16 port);
/// The bind address is not a literal address.
Problem badBindAddress(const QString &address);
Problem notLoopbackToBind(const QString &address);

/// A dial failed with \a error.
Problem dialProblem(QAbstractSocket::SocketError error, const QString &systemText, const QString &host, quint16 port);
Problem notLoopbackToDial(const QString &host, const QString &address);
Problem badPort();
/// The encrypted link could not be made; \a why is a sentence or the words of the TLS library.
Problem handshakeProblem(security::TlsChannel::Failure failure, const QString &why, const QString &host, quint16 port);

enum class Greeted { No, Yes };

/// The link to the hub at \a host ended with \a fault, before or after it had welcomed us.
Problem linkProblem(const protocol::Fault &fault, Greeted greeted, const QString &host, quint16 port);

/// Whether dialling again cannot help.
bool isFinal(const protocol::Fault &fault);
bool isFinal(Reason reason);

} // namespace patchbay::net
