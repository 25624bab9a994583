# SPDX-License-Identifier: MIT
"""As much CBOR (RFC 8949) as the bodies of frames need: integers, text, bytes, arrays, maps, booleans."""

import struct


def _head(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    for tag, size, form in ((24, 1 << 8, ">B"), (25, 1 << 16, ">H"), (26, 1 << 32, ">I"), (27, 1 << 64, ">Q")):
        if number < size:
            return bytes([major << 5 | tag]) + struct.pack(form, number)
    raise ValueError(number)


def encode(value):
    if value is True or value is False:
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(encode(one) for one in value)
    if isinstance(value, dict):
        return _head(5, len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items())
    raise TypeError(type(value))


def decode(data):
    value, at = _decode(data, 0)
    if at != len(data):
        raise ValueError("bytes behind the end")
    return value


def _decode(data, at):
    major, number = data[at] >> 5, data[at] & 31
    at += 1
    if major == 7:
        return {20: False, 21: True, 22: None}[number], at
    if number >= 24:
        size = {24: 1, 25: 2, 26: 4, 27: 8}[number]
        number, at = int.from_bytes(data[at:at + size], "big"), at + size
    if major == 0:
        return number, at
    if major == 1:
        return -1 - number, at
    if major == 2:
        return data[at:at + number], at + number
    if major == 3:
        return data[at:at + number].decode(), at + number
    items = []
    for _ in range(number * (2 if major == 5 else 1)):
        item, at = _decode(data, at)
        items.append(item)
    return (dict(zip(items[::2], items[1::2])) if major == 5 else items), at
