# SPDX-License-Identifier: MIT
"""Rows: what a member, or somebody before Hello, can do with frames."""

import ssl
import struct
import time
import zlib

import cbor
import client
import wire
from client import Code, Kind, Refused
from connection import MESSAGES, STREAMS, source
from hub import wait_until
from stage import attack

U64 = struct.Struct(">Q")
BROKEN = (Code.PROTOCOL, Code.MALFORMED)


class Cases:
    """One new member for each case: every one of them ends its link, and three such pace an address."""

    def __init__(self, stage, types=()):
        self.stage, self.types, self.number, self.slowest = stage, types, 0, 0.0
        self.problems = []

    def member(self):
        self.number += 1
        return self.stage.member(6 + self.number % 4, f"case {self.number}", self.types, source(1000 + self.number))

    def ends(self, name, data, code, member=None):
        member = member or self.member()
        try:
            start = time.monotonic()
            member.expect(data, code)
            self.slowest = max(self.slowest, time.monotonic() - start)
        except AssertionError as error:
            self.problems.append(f"{name}: {error}")
        finally:
            member.close()

    def harmless(self, name, data, kind=None, code=None):
        """The link stays; with a kind, that is the answer."""
        with self.member() as member:
            try:
                member.send(data)
                if kind:
                    got = member.wait(kind)
                    if code and cbor.decode(got.body)["code"] != code:
                        raise AssertionError(f"answered {cbor.decode(got.body)}")
                member.alive()
            except (AssertionError, Refused, TimeoutError, OSError) as error:
                self.problems.append(f"{name}: {error}")

    def done(self):
        self.stage.note(f"{self.number} cases, slowest refusal {self.slowest * 1000:.0f} ms")
        self.stage.check(not self.problems, "; ".join(self.problems))


def nested(depth, opening=b"\x81", end=b"\x00"):
    return b"\xa1\x61a" + opening * depth + end


# ---- before Hello ---------------------------------------------------------------------------------------------------

@attack("Frames", "frames before Hello, and Hellos that are none")
def before_hello(stage):
    good = client.hello("x", stage.hub.token)
    body = good[16:]
    cases = {f"{kind.name} first": wire.frame(kind, bytes(8)) for kind in Kind if kind not in (Kind.HELLO, Kind.BYE)}
    cases |= {
        "unknown kind, ignorable": wire.frame(99, flags=0x80),
        "Hello with a flag": wire.frame(Kind.HELLO, body, flags=1),
        "Hello with a type": wire.frame(Kind.HELLO, body, type=1),
        "Hello on a stream": wire.frame(Kind.HELLO, body, stream=1),
        "Hello to a member": wire.frame(Kind.HELLO, body, member=1),
        "Hello of 4097 bytes": wire.frame(Kind.HELLO, body + bytes(4097 - len(body))),
        "Hello of 4 GiB": wire.frame(Kind.HELLO, length=0xFFFFFFFF),
        "empty Hello": wire.frame(Kind.HELLO),
        "garbage": bytes(range(1, 60)),
        "TLS inside TLS": b"\x16\x03\x01\x02\x00",
        "wrong magic": client.hello("x", stage.hub.token, magic="patchbax"),
        "a hub": client.hello("x", stage.hub.token, hub=True),
        "version 2": client.hello("x", stage.hub.token, min=2, max=9),
        "version turned around": client.hello("x", stage.hub.token, min=9, max=0),
        "no name": wire.frame(Kind.HELLO, body.replace(b"dname", b"dnome")),
        "magic twice": wire.frame(Kind.HELLO, b"\xa9" + body[1:] + cbor.encode("magic") + cbor.encode("patchbay")),
        "a tag": wire.frame(Kind.HELLO, b"\xd9\xd9\xf7" + body),
        "bytes behind": wire.frame(Kind.HELLO, body + b"\x00"),
        "cut off": wire.frame(Kind.HELLO, body[:-1]),
        "bad UTF-8": wire.frame(Kind.HELLO, body.replace(b"dnameax", b"dnamea\xff")),
        "nested 4000 deep": wire.frame(Kind.HELLO, nested(4000)),
        "a map of 2^64 entries": wire.frame(Kind.HELLO, b"\xbb" + b"\xff" * 8),
        "a token of 33 bytes": client.hello("x", bytes(33)),
        "33 types": client.hello("x", stage.hub.token, [(f"org.x.t{i}/1", 0, 9) for i in range(33)]),
        "a type called ../1": client.hello("x", stage.hub.token, [("../1", 0, 9)]),
        "a type of 4 GiB": client.hello("x", stage.hub.token, [("org.x.t/1", 0, 1 << 32)]),
    }
    if b"dnameax" not in body:
        stage.check(False, "the case of bad UTF-8 is not what it says")
    problems, slowest = [], 0.0
    for number, (name, data) in enumerate(cases.items()):
        try:
            with client.Peer(stage.hub.port, stage.identities[8 + number % 4], source(2000 + number)) as peer:
                start = time.monotonic()
                peer.send(data)
                end = time.monotonic() + 2
                while time.monotonic() < end:
                    if peer.wait(Kind.HELLO, Kind.WELCOME, Kind.WAIT, Kind.MESSAGE).kind != Kind.HELLO:
                        problems.append(f"{name}: let in")
                        break
        except Refused:
            slowest = max(slowest, time.monotonic() - start)
        except (TimeoutError, AssertionError) as error:
            problems.append(f"{name}: {error}")
    stage.note(f"{len(cases)} cases, slowest refusal {slowest * 1000:.0f} ms")
    stage.check(not problems, "; ".join(problems))


# ---- sizes and numbers ----------------------------------------------------------------------------------------------

@attack("Frames", "length 0xFFFFFFFF and one over each limit")
def too_large(stage):
    cases = Cases(stage)
    for kind in Kind:
        cases.ends(f"{kind.name} of 4 GiB", wire.frame(kind, length=0xFFFFFFFF, type=1, stream=1, member=1),
                   (Code.TOO_LARGE, Code.PROTOCOL))
    for kind, limit in ((Kind.PING, 8), (Kind.ACCEPT, 65536), (Kind.OPEN, 65536), (Kind.DATA, 65536), (Kind.GRANT, 8),
                        (Kind.CREDIT, 8), (Kind.END, 0), (Kind.DONE, 0), (Kind.RESET, 65536), (Kind.BYE, 65536)):
        cases.ends(f"{kind.name} one over", wire.frame(kind, length=limit + 1), Code.TOO_LARGE)
    cases.done()


@attack("Frames", "deep, endless and wrong CBOR")
def bad_cbor(stage):
    cases = Cases(stage)
    bodies = {
        "nested 9 deep": nested(9), "nested 60,000 deep": nested(60000),
        "nested without end": b"\xa1\x61a" + b"\x9f" * 9000,
        "maps 60,000 deep": nested(20000, b"\xa1\x61a"), "a map of 2^64": b"\xbb" + b"\xff" * 8,
        "an array of 2^64": b"\xa1\x61a\x9b" + b"\xff" * 8, "text of 2^63": b"\xa1\x61a\x7b\x7f" + b"\xff" * 7,
        "5,000 items": b"\xa1\x61a" + cbor.encode([0] * 5000), "a number": b"\x00", "nothing": b"",
        "key twice": b"\xa2\x63seq\x01\x63seq\x02", "number as key": b"\xa1\x01\x01", "a tag": b"\xc1\xa0",
        "bytes behind": b"\xa0\x00", "a break alone": b"\xff", "reserved": b"\xa1\x61a\x1c",
        "bad UTF-8": b"\xa1\x61\xff\x00",
        "seq missing": cbor.encode({"add": []}), "seq negative": cbor.encode({"seq": -1, "add": []}),
        "257 types": cbor.encode({"seq": 1, "add": [[f"org.x.t{i}/1", 0, 9] for i in range(257)]}),
        "type of 2 MiB": cbor.encode({"seq": 1, "add": [["org.x.t/1", 0, 1 << 21]]}),
    }
    for name, body in bodies.items():
        cases.ends(name, wire.frame(Kind.ACCEPT, body), Code.MALFORMED)
    cases.ends("an offer nested 60,000 deep", wire.frame(Kind.OPEN, nested(60000), stream=1, type=1, member=1), BROKEN)
    cases.done()


@attack("Frames", "unknown kind, type and flag")
def unknown(stage):
    cases = Cases(stage)
    for kind in (0, 12, 15, 19, 31, 39, 255):
        cases.ends(f"kind {kind}", wire.frame(kind), Code.PROTOCOL)
        cases.harmless(f"kind {kind}, ignorable", wire.frame(kind, bytes(100), flags=0x80))
    cases.harmless("all flags on a ping", wire.frame(Kind.PING, bytes(8), flags=0x7F, type=9, stream=9, member=9))
    cases.ends("a message of type 65535", wire.frame(Kind.MESSAGE, b"x", type=65535, stream=1, member=wire.HUB),
               Code.PROTOCOL)
    cases.ends("a message of type 0", wire.frame(Kind.MESSAGE, b"x", stream=1, member=wire.HUB), Code.PROTOCOL)
    offer = cbor.encode({"size": -1, "header": b""})
    with cases.member() as member:
        member.send(wire.frame(Kind.OPEN, offer, type=65535, stream=1, member=wire.HUB))
        got = None
        try:
            got = member.wait(Kind.RESET)
        except Refused as refused:
            stage.check(refused.code == Code.PROTOCOL, f"a stream of an unknown type ended with {refused}")
        stage.note("a stream of an unknown type is " + ("reset" if got else "an error"))
    cases.done()


@attack("Frames", "a type withdrawn, or that its receiver does not accept")
def withdrawn(stage):
    receiver = stage.member(10, "receiver", [MESSAGES, STREAMS])
    sender = stage.member(11, "sender", source=source(3))
    message, stream = sender.types[MESSAGES[0]], sender.types[STREAMS[0]]
    receiver.send(wire.frame(Kind.ACCEPT, cbor.encode({"seq": 1, "remove": [MESSAGES[0], STREAMS[0]]})))
    receiver.wait(Kind.ACCEPTED)
    for i in range(50):
        sender.send(wire.frame(Kind.MESSAGE, b"x", type=message, stream=i + 1, member=receiver.member))
        got = cbor.decode(sender.wait(Kind.UNDELIVERABLE).body)
        stage.check(got["code"] == Code.NOT_ACCEPTED, f"told {got}")
        sender.send(wire.frame(Kind.OPEN, cbor.encode({"size": -1, "header": b""}), type=stream, stream=2 * i + 1,
                               member=receiver.member))
        got = sender.wait(Kind.RESET)
        stage.check(cbor.decode(got.body)["code"] == Code.NOT_ACCEPTED, f"reset {cbor.decode(got.body)}")
        sender.send(wire.frame(Kind.RESET, got.body, type=stream, stream=2 * i + 1, member=receiver.member))
    for i in range(50):  # towards the hub, which never had it
        sender.send(wire.frame(Kind.MESSAGE, b"x", type=message, stream=100 + i, member=wire.HUB))
        sender.wait(Kind.UNDELIVERABLE)
    sender.alive()
    receiver.alive()
    sender.close()
    receiver.close()
    stage.note("150 refused, both links stand")


# ---- floods ---------------------------------------------------------------------------------------------------------

def pour(stage, name, make, count, code, batch=200):
    """Sends so many frames and tells how it ended: with the code, or (code None) not at all.

    Being cut off because we do not read the answers fast enough is right in every case.
    """
    member = stage.member(0, name, source=source(3000 + zlib.crc32(name.encode()) % 900))
    sent, ended, start = 0, None, time.monotonic()
    try:
        while sent < count:
            member.sock.settimeout(20)
            member.send(b"".join(make(sent + i, member) for i in range(batch)))
            sent += batch
            member.drain()
        member.alive(10)
    except Refused as refused:
        ended = refused
    except (OSError, ssl.SSLError):  # it was cut while we wrote: what it said may be lost
        ended = Refused("cut")
    member.close()
    seconds = time.monotonic() - start
    how = "still linked" if ended is None else f"cut, {Code(ended.code).name}" if ended.code else str(ended)
    stage.note(f"{name}: {sent} in {seconds:.1f} s, {how}")
    if ended is not None and ended.code == Code.SLOW:
        return
    if code is None:
        stage.check(ended is None, f"{name}: ended with {ended}")
    else:
        stage.check(ended is not None and ended.code in (code, None), f"{name}: {how} instead of {code!r}")


@attack("Frames", "a million tiny frames")
def tiny_frames(stage):
    count = stage.count(60000, 1000000)
    pour(stage, "pings", lambda i, m: wire.frame(Kind.PING, bytes(8)), count, Code.GLITCHES)
    pour(stage, "pongs", lambda i, m: wire.frame(Kind.PONG, bytes(8)), count, Code.GLITCHES)
    pour(stage, "ignorable", lambda i, m: wire.frame(99, flags=0x80), count, Code.GLITCHES)
    pour(stage, "undeliverable", lambda i, m: wire.frame(Kind.UNDELIVERABLE, cbor.encode({"code": 5, "text": ""}),
                                                         stream=77, member=wire.HUB), count, Code.GLITCHES)
    with stage.member(1, "taker", [MESSAGES]) as taker:
        taker.drain()
    pour(stage, "empty messages to nobody",
         lambda i, m: wire.frame(Kind.MESSAGE, type=m.types[MESSAGES[0]], member=wire.EVERYONE), count, None)
    pour(stage, "empty messages to one who left",
         lambda i, m: wire.frame(Kind.MESSAGE, type=m.types[MESSAGES[0]], stream=i + 1, member=m.member + 999),
         count, None)


@attack("Frames", "streams opened and cancelled without end")
def stream_flood(stage):
    count = stage.count(10000, 100000)
    offer = cbor.encode({"size": -1, "header": b""})
    fault = cbor.encode({"code": 10, "text": ""})
    receiver = stage.member(1, "receiver", [STREAMS], source(7))
    stop = []

    def pair(i, member, to):
        kind = member.types[STREAMS[0]]
        return (wire.frame(Kind.OPEN, offer, type=kind, stream=2 * i + 1, member=to)
                + wire.frame(Kind.RESET, fault, type=kind, stream=2 * i + 1, member=to))

    def serve(i, member):
        if i % 200 == 0 and not stop:
            try:
                receiver.drain()
            except Refused as refused:
                stop.append(refused)
        return pair(i, member, receiver.member)

    pour(stage, "towards the hub", lambda i, m: pair(i, m, wire.HUB), count, None)
    pour(stage, "towards a member", serve, count, None)
    stage.note(f"the receiver, which answers nothing: {stop[0] if stop else 'still linked'}")
    with stage.member(2, "receiver two", [STREAMS], source(8)) as late:
        def opener(i, member):
            return wire.frame(Kind.OPEN, offer, type=member.types[STREAMS[0]], stream=2 * i + 1, member=late.member)
        pour(stage, "opened and left", opener, 400, Code.TOO_MANY, 400)
    receiver.close()


# ---- streams out of order -------------------------------------------------------------------------------------------

class Pipe:
    """A sender with an open stream to a receiver, both ours, through the hub."""

    serial = 0

    def __init__(self, stage, grant=1 << 18):
        Pipe.serial += 1
        base = 4000 + 2 * Pipe.serial
        self.receiver = stage.member(0 + 2 * (Pipe.serial % 3), f"to {Pipe.serial}", [STREAMS], source(base))
        self.sender = stage.member(1 + 2 * (Pipe.serial % 3), f"from {Pipe.serial}", (), source(base + 1))
        self.type = self.sender.types[STREAMS[0]]
        self.send(Kind.OPEN, cbor.encode({"size": -1, "header": b""}))
        self.offer = self.receiver.wait(Kind.OPEN)
        self.limit = 0
        if grant:
            self.answer(Kind.GRANT, U64.pack(grant))
            while self.limit == 0:
                self.limit = int.from_bytes(self.sender.wait(Kind.GRANT, Kind.CREDIT).body, "big")

    def frame(self, kind, body=b""):
        return wire.frame(kind, body, type=self.type, stream=1, member=self.receiver.member)

    def send(self, kind, body=b""):
        self.sender.send(self.frame(kind, body))

    def back(self, kind, body=b""):
        return wire.frame(kind, body, type=self.type, stream=self.offer.stream, member=self.offer.member)

    def answer(self, kind, body=b""):
        self.receiver.send(self.back(kind, body))

    def close(self):
        self.sender.close()
        self.receiver.close()


@attack("Frames", "credit and offsets out of range")
def credit(stage):
    cases = Cases(stage)
    for name, kind, value in (("grant of 2^64-1", Kind.GRANT, (1 << 64) - 1), ("grant of 2^63", Kind.GRANT, 1 << 63),
                              ("grant of 8 MiB + 1", Kind.GRANT, (8 << 20) + 1)):
        pipe = Pipe(stage, grant=0)
        cases.ends(name, pipe.back(kind, U64.pack(value)), Code.PROTOCOL, pipe.receiver)
        pipe.sender.alive()
        pipe.close()
    for name, value in (("credit of 2^64-1", (1 << 64) - 1), ("credit that goes back", 1),
                        ("credit of 9 MiB", 9 << 20)):
        pipe = Pipe(stage)
        cases.ends(name, pipe.back(Kind.CREDIT, U64.pack(value)), Code.PROTOCOL, pipe.receiver)
        pipe.sender.alive()
        pipe.close()
    pipe = Pipe(stage)
    data = pipe.frame(Kind.DATA, bytes(65536)) * (pipe.limit // 65536) + pipe.frame(Kind.DATA, b"x")
    cases.ends("one byte over the credit", data, Code.FLOW, pipe.sender)
    pipe.close()
    pipe = Pipe(stage)
    cases.ends("the sender gives itself credit", pipe.frame(Kind.CREDIT, U64.pack(1 << 20)), Code.PROTOCOL, pipe.sender)
    pipe.close()
    cases.number += 8
    cases.done()


@attack("Frames", "streams out of order: unasked, twice, never opened")
def stream_order(stage):
    cases = Cases(stage)
    for kind, body in ((Kind.DATA, b"x"), (Kind.END, b""), (Kind.DONE, b""), (Kind.GRANT, U64.pack(9)),
                       (Kind.CREDIT, U64.pack(9)), (Kind.RESET, cbor.encode({"code": 1, "text": ""}))):
        for number in (0, 1, 2, 0xFFFFFFFF):
            cases.ends(f"{kind.name} on stream {number}, never opened",
                       wire.frame(kind, body, type=1, stream=number, member=1), Code.PROTOCOL)
    offer = cbor.encode({"size": -1, "header": b""})
    for number in (0, 2, 0xFFFFFFFE):
        cases.ends(f"OPEN under {number}", wire.frame(Kind.OPEN, offer, type=1, stream=number, member=1), Code.PROTOCOL)
    for name, first, grant, code in (
            ("bytes before they were granted", [(Kind.DATA, b"x")], 0, Code.PROTOCOL),
            ("end before it was accepted", [(Kind.END, b"")], 0, Code.PROTOCOL),
            ("end twice", [(Kind.END, b""), (Kind.END, b"")], 1 << 18, Code.PROTOCOL),
            ("bytes after the end", [(Kind.END, b""), (Kind.DATA, b"x")], 1 << 18, Code.PROTOCOL),
            ("no bytes", [(Kind.DATA, b"")], 1 << 18, Code.PROTOCOL),
            ("the sender says done", [(Kind.DONE, b"")], 1 << 18, Code.PROTOCOL),
            ("the sender accepts", [(Kind.GRANT, U64.pack(9))], 0, Code.PROTOCOL),
            ("the number again", [(Kind.OPEN, offer)], 1 << 18, Code.PROTOCOL),
            ("a reset without a reason", [(Kind.RESET, b"\x00")], 1 << 18, Code.MALFORMED)):
        pipe = Pipe(stage, grant)
        cases.ends(name, b"".join(pipe.frame(*one) for one in first), code, pipe.sender)
        wait_until(f"{name}: the receiver hears of it", lambda pipe=pipe: pipe.receiver.wait(Kind.RESET))
        pipe.close()
    for name, kind, body in (("done before the end", Kind.DONE, b""), ("accepted twice", Kind.GRANT, U64.pack(1 << 19)),
                             ("the receiver sends bytes", Kind.DATA, b"x"), ("the receiver ends", Kind.END, b"")):
        pipe = Pipe(stage)
        cases.ends(name, pipe.back(kind, body), Code.PROTOCOL, pipe.receiver)
        pipe.sender.wait(Kind.RESET)
        pipe.close()
    cases.number += 13
    cases.done()


@attack("Frames", "member and stream numbers of somebody else")
def others_numbers(stage):
    cases = Cases(stage, [MESSAGES])
    pipe = Pipe(stage)
    with cases.member() as member:
        number = member.types[MESSAGES[0]]
        member.send(wire.frame(Kind.MESSAGE, b"x", type=number, stream=1, member=0x7FFFFFFF))
        got = cbor.decode(member.wait(Kind.UNDELIVERABLE).body)
        stage.check(got["code"] == Code.NO_SUCH_MEMBER, f"told {got}")
        for _ in range(20):  # as if the canary had written to us: it never did
            member.send(wire.frame(Kind.UNDELIVERABLE, cbor.encode({"code": 5, "text": "\x1b[31m"}), type=number,
                                   stream=1, member=pipe.sender.member))
        member.alive()
        cases.ends("a message to oneself", wire.frame(Kind.MESSAGE, b"x", type=number, stream=1, member=member.member),
                   Code.PROTOCOL, member)
    cases.ends("a message to member 0", wire.frame(Kind.MESSAGE, b"x", type=number, stream=1), Code.PROTOCOL)
    for kind, body in ((Kind.DATA, b"stolen"), (Kind.END, b""), (Kind.RESET, cbor.encode({"code": 1, "text": ""})),
                       (Kind.CREDIT, U64.pack(1 << 20))):
        cases.ends(f"{kind.name} on a stream of others",
                   wire.frame(kind, body, type=pipe.type, stream=pipe.offer.stream, member=pipe.sender.member),
                   Code.PROTOCOL)
    pipe.send(Kind.DATA, b"mine")  # untouched by all that
    got = pipe.receiver.wait(Kind.DATA)
    stage.check(got.body == b"mine", "the stream of others was touched")
    pipe.sender.alive()
    pipe.close()
    cases.done()


@attack("Frames", "a second Hello, and what only a hub says")
def wrong_role(stage):
    cases = Cases(stage)
    cases.ends("Hello again", client.hello("again", stage.hub.token), Code.PROTOCOL)
    bodies = {Kind.WELCOME: {"v": 1, "member": 1, "peer": bytes(32), "name": "hub"}, Kind.TYPES: {"types": []},
              Kind.ROSTER: {"here": [], "left": [2, 3], "complete": True}, Kind.WAIT: {"pairing": True},
              Kind.ACCEPTED: {"seq": 0, "refused": []}}
    for kind, body in bodies.items():
        cases.ends(kind.name, wire.frame(kind, cbor.encode(body)), Code.PROTOCOL)
    cases.ends("WRITABLE", wire.frame(Kind.WRITABLE, member=2), Code.PROTOCOL)
    cases.ends("PAIRING on a link that is ready", wire.frame(Kind.PAIRING, bytes(32)) * 300,
               (Code.PROTOCOL, Code.GLITCHES))
    cases.done()


@attack("Frames", "pairing frames out of state", admit="ask")
def pairing_state(stage):
    problems = []
    cases = {
        "message while waiting": (wire.frame(Kind.MESSAGE, b"x", type=1, member=1), BROKEN),
        "offer while waiting": (wire.frame(Kind.OPEN, cbor.encode({"size": 1, "header": b""}), type=1, stream=1,
                                           member=1), BROKEN),
        "Accept while waiting": (wire.frame(Kind.ACCEPT, cbor.encode({"seq": 1})), BROKEN),
        "Welcome while waiting": (wire.frame(Kind.WELCOME, cbor.encode({"v": 1})), BROKEN),
        "Hello while waiting": (client.hello("again"), BROKEN),
        "unknown while waiting": (wire.frame(99, flags=0x80), BROKEN),
        "pairing frame of 65 bytes": (wire.frame(Kind.PAIRING, bytes(65)), (Code.TOO_LARGE,)),
        "pairing frames out of turn": (wire.frame(Kind.PAIRING, bytes(32)) * 9, None),
        "garbage instead of a commitment": (wire.frame(Kind.PAIRING, bytes(64))
                                            + wire.frame(Kind.PAIRING, bytes(1)), None),
        "commitment not kept": (wire.frame(Kind.PAIRING, bytes(32)) + wire.frame(Kind.PAIRING, b"\x01" * 32), None),
    }
    asked = 0
    for number, (name, (data, codes)) in enumerate(cases.items()):
        # With a name that would paint the terminal, if anybody let it through.
        greeting = client.hello("\x1b[31m\u202eevil\n", pairing=name.startswith(("pairing", "garbage", "commitment")))
        with client.Peer(stage.hub.port, stage.identities[8 + number], source(5000 + number)) as peer:
            peer.send(greeting)
            try:
                peer.wait(Kind.WAIT)
                asked += 1
                peer.send(data)
                refused = peer.refusal()
                if codes and refused.code not in codes:
                    problems.append(f"{name}: ended with {refused}")
            except Refused as refused:
                problems.append(f"{name}: not even asked: {refused}")
            except (AssertionError, TimeoutError) as error:
                problems.append(f"{name}: {error}")
    stage.note(f"{len(cases)} cases, {asked} waited")
    left = stage.hub.command("peers", "waiting")
    stage.check(not left, f"questions are left: {left}")
    stage.check(not problems, "; ".join(problems))
