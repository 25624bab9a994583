# SPDX-License-Identifier: MIT
"""Frames of the Patchbay protocol (core/protocol/PROTOCOL.md 2), good and bad ones."""

import collections
import enum
import struct

HEADER = struct.Struct(">IBBHII")
EVERYONE = 0xFFFFFFFF
HUB = 1


class Kind(enum.IntEnum):
    HELLO = 1
    WELCOME = 2
    BYE = 3
    PING = 4
    PONG = 5
    ACCEPT = 6
    ACCEPTED = 7
    TYPES = 8
    ROSTER = 9
    WAIT = 10
    PAIRING = 11
    MESSAGE = 16
    UNDELIVERABLE = 17
    WRITABLE = 18
    OPEN = 32
    GRANT = 33
    DATA = 34
    CREDIT = 35
    END = 36
    DONE = 37
    RESET = 38


class Code(enum.IntEnum):
    NO_SUCH_MEMBER = 4
    NOT_ACCEPTED = 5
    QUEUE_FULL = 7
    TOO_MANY = 8
    REJECTED = 9
    PROTOCOL = 12
    PERMISSION_DENIED = 16
    GOING_AWAY = 64
    MALFORMED = 65
    TOO_LARGE = 66
    VERSION = 67
    GLITCHES = 70
    REPLACED = 71
    SELF = 72
    SLOW = 73
    FLOW = 74


Frame = collections.namedtuple("Frame", "kind flags type stream member body")


def frame(kind, body=b"", *, flags=0, type=0, stream=0, member=0, length=None):
    """Any frame, with a false length too."""
    return HEADER.pack(len(body) if length is None else length, kind, flags, type, stream, member) + body


def split(data):
    """The first whole frame of a bytearray, taken out of it; None if there is none yet."""
    if len(data) < HEADER.size:
        return None
    length, kind, flags, type_, stream, member = HEADER.unpack_from(data)
    if len(data) < HEADER.size + length:
        return None
    body = bytes(data[HEADER.size:HEADER.size + length])
    del data[:HEADER.size + length]
    return Frame(kind, flags, type_, stream, member, body)
