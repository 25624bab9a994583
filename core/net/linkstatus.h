// SPDX-License-Identifier: MIT
#pragma once

#include <QList>
#include <QMetaType>
#include <QString>

namespace patchbay::net {

enum class Mode { Off, Server, Client };

enum class Phase {
    Stopped,    ///< nothing is open, and nobody asked for it
    Listening,  ///< server mode works
    Connecting, ///< client mode: TCP and TLS on their way
    Greeting,   ///< client mode: Hello sent, no Welcome yet
    Ready,      ///< client mode works
    Waiting,    ///< client mode: lost or failed, next try at retryInMs
    Failed,     ///< gave up; text says why and what to do
};

/// Why a link failed, for exit codes and for tests.
enum class Reason {
    None,
    AddressInUse,     ///< the port is taken
    AddressNotOurs,   ///< the bind address is not of this machine, or not readable
    PermissionDenied, ///< a port below 1024, a firewall
    NotLoopback,      ///< plain mode stays inside this machine
    HostNotFound,
    Refused,
    Unreachable,
    Timeout,     ///< it accepted the connection and did not say Hello, or never answered at all
    NotPatchbay, ///< it speaks something else
    VersionMismatch,
    ServerFull,
    Lost,         ///< the connection broke
    ClosedByPeer, ///< the other side said Bye
    Protocol,     ///< the other side broke the protocol
    SelfConnection,
    NotEncrypted, ///< the other side speaks no TLS as Patchbay does: another program, or plain mode
    WrongKey,     ///< the hub's key is not the one of the invite link
    KeyChanged,   ///< the hub's key is not the one that is known
    NotTrusted,   ///< the hub does not let us in, or pairing was refused
};

/// One TCP connection, for display.
struct ConnectionInfo
{
    quint64 id = 0;
    QString localAddress;
    quint16 localPort = 0;
    QString peerAddress;
    quint16 peerPort = 0;
    quint32 member = 0; ///< 0 = has not passed Hello yet
    QString name;
};

struct Traffic
{
    quint64 bytesIn = 0;
    quint64 bytesOut = 0;
};

struct LinkStatus
{
    Mode mode = Mode::Off;
    Phase phase = Phase::Stopped;
    Reason reason = Reason::None;
    QString text;         ///< one sentence for people, e.g. "127.0.0.1 port 7229 is in use by another program"
    QString localAddress; ///< server: where it listens
    quint16 localPort = 0;
    QString peerAddress; ///< client: the hub
    quint16 peerPort = 0;
    int retryInMs = 0;    ///< Phase::Waiting
    bool isPlain = false; ///< nothing is encrypted
    QList<ConnectionInfo> connections;
};

} // namespace patchbay::net

Q_DECLARE_METATYPE(patchbay::net::LinkStatus)
