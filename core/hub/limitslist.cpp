// SPDX-License-Identifier: MIT
#include "hub/limitslist.h"

#include "hub/permissiongate.h"
#include "net/doorway.h"
#include "plugins/guardedcall.h"
#include "protocol/limitstable.h"
#include "security/invitebook.h"
#include "security/pairinglimiter.h"
#include "security/truststore.h"

#include <QCoreApplication>

namespace patchbay::hub {

namespace {

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::hub::Limits", source);
}

QString seconds(base::Duration time)
{
    return tr("%1 s").arg(std::chrono::duration<double>(time).count());
}

} // namespace

QList<Limit> allLimits()
{
    const net::DoorwayLimits door;
    QList<Limit> list;
    const auto add = [&list](const QString &name, const QString &value, const QString &consequence) {
        list.append({name, value, consequence});
    };
    add(tr("from connection to hello"), seconds(door.deadline),
        tr("cut; its address is paced for %1").arg(seconds(door.pacedForTimeout)));
    add(tr("handshakes at once, per address"), QString::number(door.perAddress),
        tr("a silent one makes room, or the new one waits"));
    add(tr("handshakes at once, in all"), QString::number(door.all),
        tr("a silent one makes room, or the new one waits"));
    add(tr("connections waiting for a handshake, per address"), QString::number(door.parkedPerAddress),
        tr("closed at once"));
    add(tr("connections waiting for a handshake, in all"), QString::number(door.parked), tr("closed at once"));
    add(tr("failed handshakes of an address"), tr("%1 in %2").arg(door.failures).arg(seconds(door.failureWindow)),
        tr("one handshake every %1 for %2, doubling up to %3")
            .arg(seconds(door.pace), seconds(door.pacedFor), seconds(door.longestPaced)));
    add(tr("protocol errors of an address"),
        tr("%1 in %2").arg(door.protocolErrors).arg(seconds(door.protocolErrorWindow)),
        tr("one handshake every %1 for %2").arg(seconds(door.pace), seconds(door.pacedFor)));
    add(tr("failed pairings of an address or key"),
        tr("%1 in %2 min").arg(security::PairingLimiter::kMaxFailures).arg(security::PairingLimiter::kWindow / 60000),
        tr("refused for %1 min, doubling").arg(security::PairingLimiter::kFirstBlock / 60000));
    add(tr("known peers"), QString::number(security::kMaxKnownPeers), tr("no more can be added"));
    add(tr("open invites"), QString::number(security::kMaxInvites), tr("no more can be issued"));
    for (const protocol::LimitRow &row : protocol::limitsTable())
        add(row.name, row.value, row.whenExceeded);
    add(tr("messages held until somebody allows them, per member and plugin"),
        QString::number(PermissionGate::kHeldEvents), tr("refused"));
    add(tr("questions open at once"), QString::number(PermissionGate::kQuestions), tr("refused without asking"));
    add(tr("call of a plugin on the main thread"), seconds(plugins::GuardedCall::slowCall),
        tr("named in the log; from %1 on, at the third time, the plugin is stopped")
            .arg(seconds(plugins::GuardedCall::blockingCall)));
    return list;
}

} // namespace patchbay::hub
