# SPDX-License-Identifier: MIT
"""Rows: what somebody can do to a hub with connections alone."""

import selectors
import shutil
import socket
import ssl
import struct
import subprocess
import time

import cbor
import client
import keys
import wire
from client import Code, Kind, Refused
from hub import wait_until
from stage import attack

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close() sends RST
DEADLINE = (9.0, 11.0)           # 10 s from accept to Hello, and a loaded machine
AT_ONCE = 2.0
MESSAGES = ("org.patchbay.attack.message/1", 0, 262144)
STREAMS = ("org.patchbay.attack.stream/1", 1, 0)


def source(number):
    """Some address of loopback for each attacker."""
    return f"127.{1 + number // 62500 % 200}.{1 + number // 250 % 250}.{2 + number % 250}"


def client_hello():
    """The first flight of a real TLS client, as bytes."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    link = client.tls_context().wrap_bio(incoming, outgoing)
    try:
        link.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


class Crowd:
    """Many connections at once, each sending a little now and then; notes when each was cut."""

    def __init__(self, port):
        self.port = port
        self.selector = selectors.DefaultSelector()
        self.born, self.cut = {}, {}

    def add(self, address, first=b""):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.bind((address, 0))
        sock.settimeout(2)
        try:
            sock.connect(("127.0.0.1", self.port))
            if first:
                sock.send(first)
        except OSError:
            sock.close()
            return
        sock.setblocking(False)
        self.born[sock] = time.monotonic()
        self.selector.register(sock, selectors.EVENT_READ)

    def _end(self, sock):
        self.cut[sock] = time.monotonic() - self.born.pop(sock)
        self.selector.unregister(sock)
        sock.close()

    def watch(self, seconds, drip=b"", period=1.0):
        end, next_drip = time.monotonic() + seconds, time.monotonic() + period
        while self.born and time.monotonic() < end:
            for key, _ in self.selector.select(min(0.02, max(0.0, end - time.monotonic()))):
                try:
                    if not key.fileobj.recv(65536):
                        self._end(key.fileobj)
                except BlockingIOError:
                    pass
                except OSError:
                    self._end(key.fileobj)
            if drip and time.monotonic() >= next_drip:
                next_drip += period
                for sock in list(self.born):
                    try:
                        sock.send(drip)
                    except OSError:
                        self._end(sock)

    def close(self):
        for sock in list(self.born):
            self._end(sock)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
        self.selector.close()


# ---- come and go ----------------------------------------------------------------------------------------------------

def come_and_go(stage, behave):
    number = stage.count(1500, 10000)
    for i in range(number):
        try:
            with client.dial(stage.hub.port, source(i % 16)) as sock:
                behave(sock)
        except OSError:
            pass  # turned away while it spoke
    seconds, member = client.join(stage.hub.port, stage.identities[3], "neighbour", stage.hub.token, source=source(0))
    member.close()
    stage.note(f"{number} of them; a client from the same address in after {seconds:.2f} s")


@attack("Connection", "connect and close")
def connect_close(stage):
    come_and_go(stage, lambda sock: None)


@attack("Connection", "connect and reset")
def connect_reset(stage):
    come_and_go(stage, lambda sock: sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET))


@attack("Connection", "connect and speak HTTP")
def connect_http(stage):
    def speak(sock):
        sock.sendall(b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n")
        sock.settimeout(AT_ONCE)
        stage.check(not sock.recv(64), "it answered")
    come_and_go(stage, speak)


# ---- slow ones ------------------------------------------------------------------------------------------------------

def slow_bytes(stage, number, address):
    with Crowd(stage.hub.port) as crowd:
        for i in range(number):
            crowd.add(address(i), b"\x16")
            crowd.watch(0.0001)
        crowd.watch(DEADLINE[1] + 1, b"\x03")
        late = len(crowd.born)
        times = sorted(crowd.cut.values())
    stage.check(late == 0, f"{late} of {number} were never cut")
    at_once = sum(1 for one in times if one <= AT_ONCE)
    at_deadline = sum(1 for one in times if DEADLINE[0] <= one <= DEADLINE[1])
    stage.note(f"of {number}: {at_once} cut at once, {at_deadline} at {times[-1]:.1f} s")
    odd = [round(one, 1) for one in times if AT_ONCE < one < DEADLINE[0] or one > DEADLINE[1]]
    stage.check(not odd, f"cut neither at once nor at the deadline: {odd[:10]}")
    stage.check(at_deadline <= 32, f"{at_deadline} were let stand for 10 s")


@attack("Connection", "one byte a second, from many addresses")
def slow_many(stage):
    slow_bytes(stage, stage.count(150, 500), source)


@attack("Connection", "one byte a second, from the canary's own address")
def slow_same(stage):
    slow_bytes(stage, stage.count(60, 500), lambda i: "127.0.0.1")


@attack("Connection", "TLS and then silence, a link half open")
def half_open(stage):
    peers = [client.Peer(stage.hub.port, stage.identities[8 + i], source(i)) for i in range(4)]
    first = stage.member(7)
    again = stage.member(7)  # comes back while its old link is there: not blocked by it
    refused = first.refusal()
    stage.check(refused.code == Code.REPLACED, f"the older link ended with {refused}")
    again.alive()
    again.close()
    for peer in peers:
        refused = peer.refusal(DEADLINE[1] + 1 - (time.monotonic() - peer.started))
        stage.check(DEADLINE[0] <= refused.seconds <= DEADLINE[1], f"cut at {refused.seconds:.1f} s")
        peer.close()
    stage.note(f"cut at {refused.seconds:.1f} s")


# ---- floods ---------------------------------------------------------------------------------------------------------

def flood(stage, address, first=b""):
    seconds, number = stage.count(3, 15), 0
    end = time.monotonic() + seconds
    with Crowd(stage.hub.port) as crowd:
        while time.monotonic() < end:
            crowd.add(address(number), first)
            number += 1
            if number % 8 == 0:
                crowd.watch(0.1 if len(crowd.born) > 2000 else 0.0005)
        held, used = len(crowd.born), stage.hub.descriptors()
        try:  # no promise, a figure: the doorway is full of others
            waited, newcomer = client.join(stage.hub.port, stage.identities[4], "newcomer", stage.hub.token,
                                           source="127.0.0.77")
            newcomer.close()
            during = f"in after {waited:.2f} s"
        except AssertionError:
            during = "not in within 2 s"
    stage.note(f"a newcomer meanwhile: {during}")
    stage.note(f"{number} in {seconds} s, {held} still stood at the end, hub used {used} descriptors")
    stage.check(used < 32 + 96 + 60, f"the hub holds {used} descriptors")


@attack("Connection", "flood from one address, silent")
def flood_one(stage):
    flood(stage, lambda i: "127.0.0.2")


@attack("Connection", "flood from many addresses, silent")
def flood_many(stage):
    flood(stage, source)


@attack("Connection", "flood from one address, each with a ClientHello")
def flood_hello_one(stage):
    flood(stage, lambda i: "127.0.0.2", client_hello())


@attack("Connection", "flood from many addresses, each with a ClientHello")
def flood_hello_many(stage):
    flood(stage, source, client_hello())


@attack("Connection", "no file descriptors left (ulimit -n 64)", files=64)
def few_files(stage):
    first = client_hello()
    with Crowd(stage.hub.port) as crowd:
        for i in range(300):
            crowd.add(source(i), first)
            crowd.watch(0.0001)
        crowd.watch(1)
        used = stage.hub.descriptors()
        stage.check(used >= 50, f"only {used} descriptors are in use")
        seconds, before = 3.0, stage.hub.cpu_seconds()
        started = time.monotonic()
        crowd.watch(seconds)
        percent = 100 * (stage.hub.cpu_seconds() - before) / (time.monotonic() - started)
        for i in range(300):  # and the system's queue is full when it ends
            crowd.add(source(1000 + i), first)
    stage.note(f"{used} descriptors in use, {percent:.1f} % CPU meanwhile, 95 messages a second of the canary included")
    stage.check(percent < 5, f"{percent:.1f} % CPU at the limit")


# ---- members that do not play along ---------------------------------------------------------------------------------

@attack("Connection", "a member that never reads while others send to it")
def never_reads(stage):
    deaf = stage.member(0, "deaf", [MESSAGES])
    deaf.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sender = stage.member(1, "sender", source="127.0.0.8")
    number = sender.types[MESSAGES[0]]
    body = bytes(65536)
    end = time.monotonic() + stage.count(4, 40)
    counter = 0
    while time.monotonic() < end:
        counter += 1
        sender.sock.settimeout(5)
        sender.send(wire.frame(Kind.MESSAGE, body, type=number, stream=counter, member=deaf.member))
        sender.drain()
        time.sleep(0.004)
    refused = sender.seen[Kind.UNDELIVERABLE]
    stage.check(refused > 0, "the sender was never told")
    stage.note(f"{counter >> 4} MiB sent, {refused} of {counter} messages refused to the sender")
    if stage.full:
        wait_until("the deaf one is gone", lambda: "deaf" not in [one["name"] for one in
                                                                  stage.hub.command("members")], 10)
    sender.close()
    deaf.close()


@attack("Connection", "a peer faster than the plugin reads")
def too_fast(stage):
    member = stage.member(0, "fast")
    number = member.types.get("org.patchbay.text.message/1")
    stage.check(number, "the hub has no text plugin; build patchbay-text")
    count = stage.count(20000, 200000)
    text = cbor.encode({"id": bytes(16), "text": "x" * 200, "sentAt": 0})
    one = b"".join(wire.frame(Kind.MESSAGE, text, type=number, stream=i + 1, member=wire.HUB) for i in range(100))
    sent, ended = 0, "still linked"
    try:
        for _ in range(count // 100):
            member.sock.settimeout(20)
            member.send(one)
            member.drain()
            sent += 100
        time.sleep(1)
        member.drain()
    except (Refused, OSError) as error:
        ended = str(error)
    stage.note(f"{sent} chat messages in one go, {member.seen[Kind.UNDELIVERABLE]} undeliverable; {ended}")
    member.close()


@attack("Connection", "dialling oneself, and a copy of the profile")
def dial_oneself(stage):
    pem = stage.hub.profile / "identity.pem"
    peer = None
    try:
        peer = client.Peer(stage.hub.port, keys.Pair(pem, pem))
        refused = peer.refusal()
    except Refused as caught:
        refused = caught
    stage.note(f"own key: {refused}")
    copy = stage.folder / "copy"
    copy.mkdir(mode=0o700)
    for name in ("identity.pem", "identity.id", "trust"):
        shutil.copy2(stage.hub.profile / name, copy / name)
    done = subprocess.run([stage.cli, "connect", f"127.0.0.1:{stage.hub.port}", "--profile", str(copy)],
                          capture_output=True, text=True, check=False, timeout=5, stdin=subprocess.DEVNULL)
    said = done.stderr.strip().splitlines()[-1]
    stage.note(f"a copy of the profile: exit code {done.returncode}, \"{said[:120]}\"")
    stage.check(done.returncode in (4, 10), f"exit code {done.returncode}: {said}")
    stage.check("itself" in said, f"it does not say why: {said}")


def reset_now(member):
    """RST, under TLS and all."""
    member.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    socket.socket(fileno=member.sock.detach()).close()


@attack("Connection", "FIN and RST in the middle of a frame and of a stream")
def cut_in_the_middle(stage):
    receiver = stage.member(0, "receiver", [STREAMS])
    number = stage.count(60, 600)
    resets = 0
    for i in range(number):
        sender = stage.member(1 + i % 4, "sender", source=source(i))
        kind = sender.types[STREAMS[0]]
        if i % 2:
            sender.send(wire.frame(Kind.OPEN, cbor.encode({"size": 1 << 20, "header": b""}), type=kind, stream=1,
                                   member=receiver.member))
            offer = receiver.wait(Kind.OPEN)
            receiver.send(wire.frame(Kind.GRANT, (1 << 18).to_bytes(8, "big"), type=kind, stream=offer.stream,
                                     member=offer.member))
            limit = 0
            while limit == 0:
                limit = int.from_bytes(sender.wait(Kind.GRANT, Kind.CREDIT).body, "big")
            sender.send(wire.frame(Kind.DATA, bytes(1000), type=kind, stream=1, member=receiver.member))
            sender.send(wire.frame(Kind.DATA, bytes(100), length=1000, type=kind, stream=1, member=receiver.member))
        else:
            sender.send(wire.frame(Kind.MESSAGE, bytes(10), length=1000, type=1, member=wire.HUB))
        if i % 4 < 2:
            sender.close()
        else:
            reset_now(sender)
        if i % 2:
            got = receiver.wait(Kind.RESET)
            resets += 1
            receiver.send(wire.frame(Kind.RESET, got.body, type=kind, stream=got.stream, member=got.member))
    receiver.alive()
    receiver.close()
    stage.note(f"{number} of them, {resets} streams reset at the receiver")
