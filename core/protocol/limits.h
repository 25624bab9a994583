// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"

#include <QtGlobal>

/// Every limit of the protocol with its reason (PROTOCOL.md 9). A limit is checked before anything is allocated.
namespace patchbay::protocol::limits {

using namespace std::chrono_literals;

inline constexpr quint32 kHelloBytes = 4 * 1024;           ///< the only frame a stranger may make us read
inline constexpr quint32 kControlBytes = 64 * 1024;        ///< pages of the roster fit, nothing needs more
inline constexpr quint32 kMessageBytes = 256 * 1024;       ///< a message is held whole in memory, several times
inline constexpr quint32 kLargeMessageBytes = 1024 * 1024; ///< for types that ask for it in their metadata
inline constexpr quint32 kChunkBytes = 64 * 1024;          ///< a chat message waits for one chunk at most
inline constexpr qsizetype kStreamHeaderBytes = 32 * 1024;
inline constexpr int kCborDepth = 8;
inline constexpr int kCborItems = 4096;
inline constexpr qsizetype kCborStringBytes = 64 * 1024;
inline constexpr qsizetype kNameBytes = 64;
inline constexpr qsizetype kTypeNameBytes = 128;
inline constexpr qsizetype kFaultTextChars = 512;
inline constexpr int kTypesInHello = 32;
inline constexpr int kTypesPerMember = 256;
inline constexpr int kTypesPerHub = 16384;
inline constexpr int kMembersPerHub = 10000; ///< the hub itself not counted
inline constexpr int kDefaultMembers = 64;   ///< what NodeConfig::maxMembers is unless set
inline constexpr int kKnownPeers = 65536;    ///< those who left are forgotten beyond that
inline constexpr base::Duration kHelloDeadline = 10s;
inline constexpr base::Duration kWaitDeadline = 120s; ///< two people find each other and compare six digits
inline constexpr int kWaitingLinks = 8; ///< in a hub: more questions than that nobody answers, and strangers ask them
inline constexpr qsizetype kTokenBytes = 32;   ///< 128 bits of an invite, with room for better ones
inline constexpr qsizetype kPairingBytes = 64; ///< a SHA-256 or a nonce, with room
inline constexpr int kPairingFrames = 8;       ///< each way: a commitment protocol needs three
inline constexpr base::Duration kPingIdle = 20s;
inline constexpr base::Duration kDeadPeer = 60s;
inline constexpr base::Duration kSlowReader = 30s;
inline constexpr int kGlitchBucket = 100;
inline constexpr int kGlitchesPerSecond = 10;
inline constexpr qsizetype kSendQueueBytes = 2 * 1024 * 1024;
inline constexpr int kSendQueueFrames = 2000;
inline constexpr qsizetype kControlQueueBytes = 8 * 1024 * 1024; ///< answers nobody reads
inline constexpr qsizetype kPushedControlBytes = 1024 * 1024;    ///< of these, what other members may cause
inline constexpr qsizetype kMemberMemoryBytes = 8 * 1024 * 1024; ///< queues above full together, and a frame that comes
inline constexpr qsizetype kAllMemoryBytes = 256 * 1024 * 1024;  ///< a small machine survives all of them at once
inline constexpr base::Duration kOverMemory = 10s;               ///< over one of these two for so long: dropped
inline constexpr int kStreamsPerMember = 32;                     ///< opened by one member
inline constexpr int kStreamsTowardsMember = 64; ///< open towards one member, so that each has its kRelayReserve
inline constexpr int kStreamsOnLink = 1024;      ///< what a hub may keep open with a client: no honest one comes near
inline constexpr qint64 kInitialWindow = 256 * 1024;
inline constexpr qint64 kMaxWindow = 8 * 1024 * 1024;
inline constexpr qint64 kRelayWindow = 4 * 1024 * 1024; ///< bytes in the hub towards one receiver, all its streams
inline constexpr qint64 kRelayReserve =
    16 * 1024; ///< of these, what each stream has for itself: stalled senders starve nobody
inline constexpr qsizetype kStreamQueueBytes = 1024 * 1024;

} // namespace patchbay::protocol::limits
