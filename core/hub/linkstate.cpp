// SPDX-License-Identifier: MIT
#include "hub/linkstate.h"

#include <patchbay/command.h>

namespace patchbay::hub {

namespace {

int exitCodeFor(net::Reason reason, net::Mode mode)
{
    switch (reason) {
    case net::Reason::None:
        return ExitOk;
    case net::Reason::AddressInUse:
    case net::Reason::AddressNotOurs:
    case net::Reason::PermissionDenied:
        return ExitAddressInUse;
    case net::Reason::NotLoopback:
        return mode == net::Mode::Server ? ExitAddressInUse : ExitNoConnection;
    case net::Reason::HostNotFound:
    case net::Reason::Refused:
    case net::Reason::Unreachable:
    case net::Reason::Timeout:
    case net::Reason::NotPatchbay:
    case net::Reason::VersionMismatch:
    case net::Reason::ServerFull:
    case net::Reason::Lost:
    case net::Reason::ClosedByPeer:
    case net::Reason::Protocol:
    case net::Reason::SelfConnection:
    case net::Reason::NotEncrypted:
        return ExitNoConnection;
    case net::Reason::WrongKey:
    case net::Reason::KeyChanged:
    case net::Reason::NotTrusted:
        return ExitNotTrusted;
    }
    return ExitFailed;
}

bool isRetryable(net::Reason reason)
{
    return reason == net::Reason::Refused || reason == net::Reason::Unreachable || reason == net::Reason::Timeout
           || reason == net::Reason::Lost || reason == net::Reason::ClosedByPeer || reason == net::Reason::HostNotFound
           || reason == net::Reason::ServerFull;
}

LinkState::Mode toMode(net::Mode mode)
{
    switch (mode) {
    case net::Mode::Off:
        break;
    case net::Mode::Server:
        return LinkState::Mode::Server;
    case net::Mode::Client:
        return LinkState::Mode::Client;
    }
    return LinkState::Mode::Off;
}

LinkState::Phase toPhase(net::Phase phase)
{
    switch (phase) {
    case net::Phase::Stopped:
        break;
    case net::Phase::Listening:
        return LinkState::Phase::Listening;
    case net::Phase::Connecting:
        return LinkState::Phase::Connecting;
    case net::Phase::Greeting:
        return LinkState::Phase::Greeting;
    case net::Phase::Ready:
        return LinkState::Phase::Ready;
    case net::Phase::Waiting:
        return LinkState::Phase::Waiting;
    case net::Phase::Failed:
        return LinkState::Phase::Failed;
    }
    return LinkState::Phase::Stopped;
}

} // namespace

LinkState toLinkState(const net::LinkStatus &status)
{
    LinkState state;
    state.mode = toMode(status.mode);
    state.phase = toPhase(status.phase);
    state.exitCode = exitCodeFor(status.reason, status.mode);
    state.retryable = isRetryable(status.reason);
    state.text = status.text;
    state.localAddress = status.localAddress;
    state.localPort = status.localPort;
    state.peerAddress = status.peerAddress;
    state.peerPort = status.peerPort;
    state.retryInMs = status.retryInMs;
    state.isPlain = status.isPlain;
    return state;
}

} // namespace patchbay::hub
