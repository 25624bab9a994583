#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Two well-behaved members in a process of their own: one sends to the other through the hub, every 10 ms.

Arguments: port, name, then certificate, key and token (hex) of both. Prints "ready"; at each line on standard input
the round trips since the last one, as JSON. Ends with standard input.
"""

import json
import select
import sys
import time

import client
import keys
import wire
from client import Kind

PERIOD = 0.010
TYPE = ("org.patchbay.canary/1", 0, 1024)


def answer_ping(member, got):
    if got.kind == Kind.PING:
        member.send(wire.frame(Kind.PONG, got.body))


def main():
    port = int(sys.argv[1])
    cert1, key1, token1, cert2, key2, token2 = sys.argv[2:8]
    one = client.Member(port, keys.Pair(cert1, key1), "canary one", bytes.fromhex(token1), [TYPE])
    two = client.Member(port, keys.Pair(cert2, key2), "canary two", bytes.fromhex(token2), [TYPE])
    number = two.types[TYPE[0]]
    print("ready", flush=True)
    trips, count, broken = [], 0, ""
    while True:
        readable, _, _ = select.select([sys.stdin], [], [], PERIOD)
        if readable:
            if not sys.stdin.readline():
                return
            print(json.dumps({"trips": trips, "broken": broken}), flush=True)
            trips = []
        if broken:
            continue
        count += 1
        start = time.monotonic()
        try:
            one.send(wire.frame(Kind.MESSAGE, count.to_bytes(8, "big"), type=number, member=two.member))
            while True:
                got = two.receive(10)
                answer_ping(two, got)
                if got.kind == Kind.MESSAGE and got.body == count.to_bytes(8, "big"):
                    break
            trips.append((time.monotonic() - start) * 1000)
            while one.sock.pending() or select.select([one.sock], [], [], 0)[0]:
                answer_ping(one, one.receive(1))
        except Exception as error:  # told to who asks; the canary does not die of it
            broken = f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    main()
