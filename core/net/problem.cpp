// SPDX-License-Identifier: MIT
#include "net/problem.h"

#include "base/plaintext.h"

#include <QCoreApplication>

namespace patchbay::net {

namespace {

using protocol::Code;
using protocol::Fault;

QString tr(const char *text)
{
    return QCoreApplication::translate("patchbay::net", text);
}

/// ": what the other side said", when it said something.
QString quoted(const Fault &fault)
{
    if (fault.text.isEmpty())
        return QStringLiteral(".");
    const QString text = base::singleLine(fault.text);
    return QStringLiteral(": ") + text + (text.endsWith(QLatin1Char('.')) ? QString() : QStringLiteral("."));
}

Problem lostProblem(Greeted greeted, const QString &where)
{
    if (greeted == Greeted::Yes)
        return {Reason::Lost, tr("The link to %1 was lost.").arg(where)};
    return {Reason::Lost,
            tr("%1 closed the connection before it said hello. Check that a Patchbay hub listens there.").arg(where)};
}

} // namespace

QString place(const QString &host, quint16 port)
{
    return tr("%1 port %2").arg(base::singleLine(host, 255)).arg(port);
}

Problem listenProblem(QAbstractSocket::SocketError error, const QString &systemText, const QString &address,
                      quint16 port)
{
    const QString where = place(address, port);
    switch (error) {
    case QAbstractSocket::AddressInUseError:
        return {Reason::AddressInUse,
                tr("%1 is in use by another program. Choose another port, or stop that program.").arg(where)};
    case QAbstractSocket::SocketAddressNotAvailableError:
        return {Reason::AddressNotOurs,
                tr("%1 is not an address of this machine. Choose one of its own, for example 127.0.0.1.").arg(address)};
    case QAbstractSocket::SocketAccessError:
        return {Reason::PermissionDenied,
                tr("The system does not allow this program to listen on %1. Choose a port above 1023.").arg(where)};
    default:
        return {Reason::AddressNotOurs,
                tr("Listening on %1 is not possible: %2. Choose another address or port.").arg(where, systemText)};
    }
}

Problem badBindAddress(const QString &address)
{
    return {Reason::AddressNotOurs,
            tr("\"%1\" is not an IP address. To listen, give an address of this machine, for example 127.0.0.1.")
                .arg(base::singleLine(address, 255))};
}

Problem notLoopbackToBind(const QString &address)
{
    return {
        Reason::NotLoopback,
        tr("Listening on %1 is refused: in plain mode nothing is encrypted, so links must stay inside this machine. "
           "Use 127.0.0.1 or ::1, or leave plain mode.")
            .arg(base::singleLine(address, 255))};
}

Problem dialProblem(QAbstractSocket::SocketError error, const QString &systemText, const QString &host, quint16 port)
{
    const QString where = place(host, port);
    switch (error) {
    case QAbstractSocket::ConnectionRefusedError:
        return {Reason::Refused, tr("Nothing listens on %1. Check the port, and that the hub is running.").arg(where)};
    case QAbstractSocket::HostNotFoundError:
        return {
            Reason::HostNotFound,
            tr("No host named \"%1\" is known. Check the spelling and the network.").arg(base::singleLine(host, 255))};
    case QAbstractSocket::SocketTimeoutError:
        return {Reason::Timeout,
                tr("%1 does not answer. Check the address, and that no firewall is in between.").arg(where)};
    case QAbstractSocket::SocketAccessError:
        return {Reason::PermissionDenied,
                tr("The system does not allow a connection to %1. Check the firewall.").arg(where)};
    case QAbstractSocket::NetworkError:
    case QAbstractSocket::SocketAddressNotAvailableError:
    case QAbstractSocket::UnsupportedSocketOperationError:
        return {Reason::Unreachable, tr("%1 cannot be reached. Check the address and the network.").arg(where)};
    case QAbstractSocket::RemoteHostClosedError:
        return lostProblem(Greeted::No, where);
    default:
        return {Reason::Unreachable,
                tr("Connecting to %1 is not possible: %2. Check the address and the network.").arg(where, systemText)};
    }
}

Problem notLoopbackToDial(const QString &host, const QString &address)
{
    const QString shownHost = base::singleLine(host, 255);
    const QString shown = shownHost == address ? address : tr("%1 (%2)").arg(shownHost, address);
    return {
        Reason::NotLoopback,
        tr("Connecting to %1 is refused: in plain mode nothing is encrypted, so links must stay inside this machine. "
           "Use 127.0.0.1, ::1 or localhost, or leave plain mode.")
            .arg(shown)};
}

Problem badPort()
{
    return {Reason::Refused, tr("Port 0 cannot be dialled. Give the port that the hub printed.")};
}

Problem handshakeProblem(security::TlsChannel::Failure failure, const QString &why, const QString &host, quint16 port)
{
    using Failure = security::TlsChannel::Failure;
    const QString where = place(host, port);
    switch (failure) {
    case Failure::NotTls:
        return {
            Reason::NotPatchbay,
            tr("%1 is not a Patchbay hub, or one in plain mode: it does not speak TLS. Check the port.").arg(where)};
    case Failure::WrongTls:
        return {Reason::NotPatchbay, tr("%1 is not a Patchbay hub: %2. Check the port.").arg(where, why)};
    case Failure::OwnKey:
        return {Reason::SelfConnection, tr("%1: %2").arg(where, why)};
    case Failure::Certificate:
        return {Reason::NotTrusted, tr("%1: %2").arg(where, why)};
    case Failure::Refused:
        return {Reason::NotTrusted, tr("%1 refused the encrypted link: %2.").arg(where, why)};
    case Failure::None:
    case Failure::Broken:
        break;
    }
    return lostProblem(Greeted::No, where);
}

Problem linkProblem(const Fault &fault, Greeted greeted, const QString &host, quint16 port)
{
    const QString where = place(host, port);
    switch (fault.code) {
    case Code::None:
    case Code::TransportLost:
        return lostProblem(greeted, where);
    case Code::Timeout:
        if (greeted == Greeted::Yes)
            return {Reason::Lost, tr("The link to %1 was lost: nothing came from it for too long.").arg(where)};
        return {Reason::Timeout, tr("%1 accepted the connection but did not answer. Check that a Patchbay hub "
                                    "listens there, and that it is not overloaded.")
                                     .arg(where)};
    case Code::NotPatchbay:
        if (fault.text.isEmpty())
            return {Reason::NotPatchbay, tr("%1 is not a Patchbay hub. Check the port.").arg(where)};
        return {Reason::NotPatchbay,
                tr("%1 is not a Patchbay hub. %2 Check the port.").arg(where, base::singleLine(fault.text))};
    case Code::VersionMismatch:
        return {Reason::VersionMismatch,
                tr("The hub at %1 speaks another version of the protocol. Update the older of the two programs.")
                    .arg(where)};
    case Code::ServerFull:
        return {Reason::ServerFull,
                tr("The hub at %1 is full. Try again later, or ask its operator for more places.").arg(where)};
    case Code::SelfConnection:
        return {Reason::SelfConnection,
                tr("%1 is this host itself. Give the address of another host, or use another profile.").arg(where)};
    case Code::Replaced:
        return {Reason::ClosedByPeer,
                tr("The hub at %1 closed this link because the same profile connected to it again from elsewhere. "
                   "Use one host per profile, then connect again.")
                    .arg(where)};
    case Code::PermissionDenied:
    case Code::Rejected:
        return {Reason::NotTrusted, tr("The hub at %1 closed this link%2").arg(where, quoted(fault))};
    case Code::GoingAway:
        return {Reason::ClosedByPeer, tr("The hub at %1 stopped.").arg(where)};
    default:
        break;
    }
    // Either side may have found the fault: a Bye that came carries no word on whose it was.
    return {Reason::Protocol,
            tr("The link to %1 was closed after an error in the protocol%2").arg(where, quoted(fault))};
}

bool isFinal(const Fault &fault)
{
    return fault.code == Code::VersionMismatch || fault.code == Code::SelfConnection || fault.code == Code::Replaced
           || fault.code == Code::PermissionDenied || fault.code == Code::Rejected;
}

bool isFinal(Reason reason)
{
    return reason == Reason::NotLoopback || reason == Reason::VersionMismatch || reason == Reason::SelfConnection
           || reason == Reason::WrongKey || reason == Reason::KeyChanged || reason == Reason::NotTrusted;
}

} // namespace patchbay::net
