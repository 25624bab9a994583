// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QtEndian>
#include <QtGlobal>

namespace patchbay::protocol {

/// Kinds of frames (PROTOCOL.md 2.2). Numbers are for ever.
enum class Kind : quint8 {
    Hello = 1,
    Welcome = 2,
    Bye = 3,
    Ping = 4,
    Pong = 5,
    Accept = 6,
    Accepted = 7,
    TypeTable = 8,
    Roster = 9,
    Wait = 10,
    Pairing = 11,
    Message = 16,
    Undeliverable = 17,
    Writable = 18,
    StreamOpen = 32,
    StreamAccept = 33,
    StreamData = 34,
    StreamCredit = 35,
    StreamEnd = 36,
    StreamDone = 37,
    StreamReset = 38,
};

enum Flag : quint8 {
    kToEveryone = 0x01, ///< Message from the hub: it was sent to everyone
    kIgnorable = 0x80,  ///< a receiver that does not know the kind skips the frame
};

inline constexpr qsizetype kHeaderBytes = 16;

/// The 16 bytes in front of every payload, big-endian (PROTOCOL.md 2.1).
struct FrameHeader
{
    quint32 length = 0;
    Kind kind = Kind::Hello;
    quint8 flags = 0;
    quint16 type = 0;
    quint32 stream = 0;
    quint32 member = 0;
};

inline void writeHeader(const FrameHeader &header, char *to)
{
    qToBigEndian(header.length, to);
    to[4] = char(header.kind);
    to[5] = char(header.flags);
    qToBigEndian(header.type, to + 6);
    qToBigEndian(header.stream, to + 8);
    qToBigEndian(header.member, to + 12);
}

inline FrameHeader readHeader(const char *from)
{
    FrameHeader header;
    header.length = qFromBigEndian<quint32>(from);
    header.kind = Kind(quint8(from[4]));
    header.flags = quint8(from[5]);
    header.type = qFromBigEndian<quint16>(from + 6);
    header.stream = qFromBigEndian<quint32>(from + 8);
    header.member = qFromBigEndian<quint32>(from + 12);
    return header;
}

/// A whole frame; header.length is filled in from \a payload.
QByteArray encodeFrame(FrameHeader header, QByteArrayView payload = {});

} // namespace patchbay::protocol
