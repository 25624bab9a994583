# SPDX-License-Identifier: MIT
"""A member of a hub in a few lines, that can be told to misbehave."""

import collections
import select
import socket
import ssl
import time

import cbor
import wire
from wire import Code, Frame, Kind

ALPN = "patchbay/1"


class Refused(Exception):
    """The hub ended the link; code is that of its Bye, None without one."""

    def __init__(self, text, code=None, seconds=0.0):
        super().__init__(f"{text} ({code})" if code else text)
        self.code = code
        self.seconds = seconds


def tls_context(pair=None, alpn=ALPN, version=ssl.TLSVersion.TLSv1_3):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if version < ssl.TLSVersion.TLSv1_3:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = version
    else:
        context.minimum_version = version
    if alpn:
        context.set_alpn_protocols([alpn])
    if pair:
        context.load_cert_chain(pair.cert, pair.key)
    return context


def dial(port, source="127.0.0.1", timeout=5.0):
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.settimeout(timeout)
    sock.bind((source, 0))
    sock.connect(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def hello(name, token=b"", types=(), pairing=False, **changes):
    body = {"magic": "patchbay", "min": 1, "max": 1, "hub": False, "peer": bytes(32), "name": name,
            "agent": "attack", "types": [list(one) for one in types]}
    if token:
        body["token"] = token
    if pairing:
        body["pairing"] = True
    body.update(changes)
    return wire.frame(Kind.HELLO, cbor.encode(body))


class Peer:
    """A TLS link to a hub, before Hello."""

    def __init__(self, port, pair=None, source="127.0.0.1", timeout=5.0, context=None):
        self.started = time.monotonic()
        self.buffer = bytearray()
        self.member = 0
        self.types = {}
        self.seen = collections.Counter()
        raw = dial(port, source, timeout)
        try:
            self.sock = (context or tls_context(pair)).wrap_socket(raw)
        except (OSError, ssl.SSLError) as error:
            raw.close()
            raise Refused(f"no TLS: {error}", seconds=time.monotonic() - self.started) from error

    def send(self, data):
        self.sock.sendall(data)

    def receive(self, timeout=2.0):
        """The next frame. Refused: the hub hung up; TimeoutError: nothing came."""
        end = time.monotonic() + timeout
        while True:
            got = wire.split(self.buffer)
            if got:
                return got
            self.sock.settimeout(max(0.001, end - time.monotonic()))
            try:
                data = self.sock.recv(65536)
            except (TimeoutError, socket.timeout) as error:
                raise TimeoutError("no frame came") from error
            except (OSError, ssl.SSLError) as error:
                raise Refused(f"cut: {error}", seconds=time.monotonic() - self.started) from error
            if not data:
                raise Refused("closed", seconds=time.monotonic() - self.started)
            self.buffer += data

    def wait(self, *kinds, timeout=2.0):
        """The next frame of one of these kinds; a Bye is a refusal unless it is asked for."""
        end = time.monotonic() + timeout
        while True:
            got = self.receive(max(0.001, end - time.monotonic()))
            if got.kind in kinds:
                return got
            if got.kind == Kind.PING:
                self.send(wire.frame(Kind.PONG, got.body))
            elif got.kind == Kind.TYPES:
                self.note_types(got)
            elif got.kind == Kind.BYE:
                fault = cbor.decode(got.body)
                raise Refused(fault["text"], Code(fault["code"]) if fault["code"] in set(Code) else fault["code"],
                              time.monotonic() - self.started)

    def drain(self):
        """Reads what is there and counts it, without waiting. Refused: the hub hung up."""
        while self.sock.pending() or select.select([self.sock], [], [], 0)[0]:
            try:
                data = self.sock.recv(65536)
            except (OSError, ssl.SSLError) as error:
                raise Refused(f"cut: {error}") from error
            if not data:
                raise Refused("closed")
            self.buffer += data
            while True:
                got = wire.split(self.buffer)
                if not got:
                    break
                self.seen[got.kind] += 1
                if got.kind == Kind.BYE:
                    fault = cbor.decode(got.body)
                    raise Refused(fault["text"], fault["code"])

    def note_types(self, got):
        for number, (name, _mode, _max) in cbor.decode(got.body)["types"]:
            self.types[name] = number

    def refusal(self, timeout=2.0):
        """How the hub ends the link; an assertion if it does not in time."""
        try:
            end = time.monotonic() + timeout
            while time.monotonic() < end:
                self.wait(timeout=max(0.001, end - time.monotonic()))
        except Refused as refused:
            return refused
        except TimeoutError:
            pass
        raise AssertionError(f"not refused within {timeout:g} s")

    def close(self):
        try:
            self.sock.close()
        except OSError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Member(Peer):
    """A peer that was let in."""

    def __init__(self, port, pair, name, token=b"", types=(), source="127.0.0.1", timeout=5.0):
        super().__init__(port, pair, source, timeout)
        try:
            self.send(hello(name, token, types))
            self.member = cbor.decode(self.wait(Kind.WELCOME, timeout=timeout).body)["member"]
            while not cbor.decode(self.wait(Kind.ROSTER, timeout=timeout).body)["complete"]:
                pass
        except BaseException:
            self.close()
            raise

    def expect(self, data, code=None, timeout=2.0):
        """Sends something bad and returns the refusal."""
        try:
            self.send(data)
        except (OSError, ssl.SSLError):
            pass  # cut off while we were still sending: what it said is to be read
        refused = self.refusal(timeout)
        if code is not None and refused.code not in (code if isinstance(code, tuple) else (code,)):
            raise AssertionError(f"ended with {refused}, not {code!r}")
        return refused

    def alive(self, timeout=2.0):
        """A ping goes through: the hub still takes our word."""
        self.send(wire.frame(Kind.PING, b"attacker"))
        self.wait(Kind.PONG, timeout=timeout)


def join(port, pair, name, token=b"", types=(), source="127.0.0.1", patience=2.0):
    """A normal client that dials again when it is turned away; how many seconds until it was in, and the member."""
    start = time.monotonic()
    while True:
        left = patience - (time.monotonic() - start)
        try:
            member = Member(port, pair, name, token, types, source, timeout=max(0.05, left))
            return time.monotonic() - start, member
        except (Refused, OSError) as error:
            if time.monotonic() - start > patience:
                raise AssertionError(f"no normal client within {patience:g} s: {error}") from error
            time.sleep(0.1)


__all__ = ["Code", "Frame", "Kind", "Member", "Peer", "Refused", "dial", "hello", "join", "tls_context"]
