// SPDX-License-Identifier: MIT
#include "protocol/limitstable.h"

#include "protocol/limits.h"

#include <QCoreApplication>
#include <QStringList>

namespace patchbay::protocol {

using namespace limits;

namespace {

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::protocol::Limits", source);
}

QString size(qint64 bytes)
{
    constexpr qint64 kKibi = 1024;
    if (bytes >= kKibi * kKibi && bytes % (kKibi * kKibi) == 0)
        return QStringLiteral("%1 MiB").arg(bytes / (kKibi * kKibi));
    if (bytes >= kKibi && bytes % kKibi == 0)
        return QStringLiteral("%1 KiB").arg(bytes / kKibi);
    return QStringLiteral("%1 B").arg(bytes);
}

QString count(qint64 number)
{
    return QString::number(number);
}

QString time(base::Duration duration)
{
    return QStringLiteral("%1 s").arg(std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

QString several(const QStringList &values)
{
    return values.join(QStringLiteral(" / "));
}

} // namespace

QList<LimitRow> limitsTable()
{
    return {
        {tr("Hello"), size(kHelloBytes), tr("not read; the link ends")},
        {tr("connection opened → Hello and Welcome done"), time(kHelloDeadline), tr("the link ends")},
        {tr("waiting for somebody to decide"), time(kWaitDeadline), tr("the link ends")},
        {tr("links waiting for somebody to decide"), count(kWaitingLinks), tr("one more is refused: too many")},
        {tr("token in Hello"), size(kTokenBytes), tr("the link ends: malformed")},
        {tr("pairing frame; frames each way"), several({size(kPairingBytes), count(kPairingFrames)}),
         tr("the link ends: frame too large; protocol error")},
        {tr("ready members"), tr("%1 unless set, at most %2").arg(count(kDefaultMembers), count(kMembersPerHub)),
         tr("refused: the hub is full")},
        {tr("peers whose number is remembered"), count(kKnownPeers), tr("those who left get a new number")},
        {tr("control frame / message / message of a type that says so / stream chunk"),
         several({size(kControlBytes), size(kMessageBytes), size(kLargeMessageBytes), size(kChunkBytes)}),
         tr("the link ends before anything is allocated: frame too large")},
        {tr("header of a stream"), size(kStreamHeaderBytes), tr("the link ends: malformed")},
        {tr("CBOR depth / items / string"), several({count(kCborDepth), count(kCborItems), size(kCborStringBytes)}),
         tr("the link ends: malformed")},
        {tr("display name"), size(kNameBytes), tr("cut")},
        {tr("name of a payload type"), size(kTypeNameBytes), tr("the link ends: malformed")},
        {tr("text of a reason"), tr("%1 characters").arg(count(kFaultTextChars)), tr("cut")},
        {tr("payload types in Hello / per member / per hub"),
         several({count(kTypesInHello), count(kTypesPerMember), count(kTypesPerHub)}),
         tr("the link ends: malformed; the type is refused: too many")},
        {tr("small oddities"), tr("bucket of %1, %2/s").arg(count(kGlitchBucket), count(kGlitchesPerSecond)),
         tr("the link ends: too many glitches")},
        {tr("silence → ping / dead"), several({time(kPingIdle), time(kDeadPeer)}), tr("the link ends: timeout")},
        {tr("bytes queued and none taken"), time(kSlowReader), tr("the link ends: slow reader")},
        {tr("messages queued for a member"), tr("%1 or %2 frames").arg(size(kSendQueueBytes), count(kSendQueueFrames)),
         tr("the sender is told and has to wait")},
        {tr("answers queued for a member / caused by others"),
         several({size(kControlQueueBytes), size(kPushedControlBytes)}),
         tr("the link ends: slow reader; refused to the others")},
        {tr("memory per member / all"), several({size(kMemberMemoryBytes), size(kAllMemoryBytes)}),
         tr("the largest is not read; after %1 it is dropped").arg(time(kOverMemory))},
        {tr("streams open by one member / towards one member"),
         several({count(kStreamsPerMember), count(kStreamsTowardsMember)}), tr("one more is refused: too many")},
        {tr("streams a hub has open with a client"), count(kStreamsOnLink), tr("the link ends: too many")},
        {tr("window of a stream: first / largest"), several({size(kInitialWindow), size(kMaxWindow)}),
         tr("the link ends: more bytes than granted")},
        {tr("stream bytes in the hub towards one member"), size(kRelayWindow), tr("senders wait for credit")},
        {tr("queue of one stream of this host"), size(kStreamQueueBytes), tr("the sender waits")},
    };
}

} // namespace patchbay::protocol
