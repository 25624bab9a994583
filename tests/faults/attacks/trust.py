# SPDX-License-Identifier: MIT
"""Rows: keys, certificates, invites, and who is taken for whom."""

import base64
import hashlib
import secrets
import signal
import socket
import ssl
import subprocess
import threading
import time

import client
import forger
import keys
import wire
from client import Code, Kind, Peer, Refused, tls_context
from connection import source
from hub import Hub, wait_until
from stage import attack


def knock(stage, number, pair=None, greeting=None, context=None):
    """A stranger with that certificate: the refusal, or the first frame that should not have come."""
    start = time.monotonic()
    try:
        with Peer(stage.hub.port, pair, source(6000 + number), context=context) as peer:
            peer.send(greeting or client.hello("x", stage.hub.token))
            got = peer.wait(Kind.HELLO, Kind.WELCOME, Kind.WAIT)
            return f"it got {got.kind.name} of the hub"
    except Refused as refused:
        refused.seconds = time.monotonic() - start
        return refused
    except (ssl.SSLError, OSError) as error:
        return Refused(str(error), seconds=time.monotonic() - start)


def refuse_all(stage, attempts):
    problems, slowest = [], 0.0
    for number, (name, attempt) in enumerate(attempts.items()):
        got = attempt(number)
        if not isinstance(got, Refused):
            problems.append(f"{name}: {got}")
        elif got.seconds > 2:
            problems.append(f"{name}: noticed after {got.seconds:.1f} s")
        else:
            slowest = max(slowest, got.seconds)
    stage.note(f"{len(attempts)} kinds, slowest refusal {slowest * 1000:.0f} ms")
    stage.check(not problems, "; ".join(problems))


# ---- certificates ---------------------------------------------------------------------------------------------------

@attack("Trust", "certificates that are no Patchbay's")
def certificates(stage):
    forge = stage.forge
    good = forge.identity()
    authority = forge.identity(extra=("-addext", "basicConstraints=critical,CA:TRUE"))
    leaf = forge.signed(authority)
    own = stage.hub.profile / "identity.pem"
    pairs = {
        "none": None,
        "RSA 2048": forge.identity(("rsa:2048",)),
        "P-384": forge.identity(("ec", "-pkeyopt", "ec_paramgen_curve:P-384")),
        "secp256k1": forge.identity(("ec", "-pkeyopt", "ec_paramgen_curve:secp256k1")),
        "Ed25519": forge.identity(("ed25519",)),
        "P-256 with spelt out parameters": forge.explicit_parameters(),
        "a chain of two": forge.chain(leaf, authority),
        "the same twice": forge.chain(good, good),
        "a certificate of 6 KiB": forge.huge(6 << 10),
        "a certificate of 60 KiB": forge.huge(60 << 10),
        "a chain of 100": forge.chain(*[good] * 100),
        "an RSA leaf signed by P-256": forge.signed(authority, forge.identity(("rsa:2048",)).key),
        "the hub's own": keys.Pair(own, own),
    }
    attempts = {}
    for name, pair in pairs.items():
        attempts[name] = lambda number, pair=pair: knock(stage, number, pair)

    def foreign(_number):
        """Another's public key, without its private key."""
        start = time.monotonic()
        with client.dial(stage.hub.port, source(6900)) as sock:
            sock.setblocking(True)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, b"\x05" + bytes(15))
            _finished, data = forger.handshake_with_foreign_key(sock.fileno(), forge.identity(), stage.identities[0])
        return "it got a frame of the hub" if data else Refused("cut", seconds=time.monotonic() - start)
    attempts["another's public key"] = foreign
    refuse_all(stage, attempts)

    # By design the key is all that counts, so these are let in: what stands around the key is nobody's word.
    for name, pair in {"expired": forge.expired(), "signed by an authority": leaf,
                       "with a broken signature of itself": forge.bad_signature()}.items():
        try:
            with client.Member(stage.hub.port, pair, name, stage.hub.token, source="127.0.0.40"):
                stage.note(f"{name}: let in by its key")
        except Refused as refused:
            stage.note(f"{name}: refused, {refused}")
            stage.check(name != "expired", f"expired: {refused}")


@attack("Trust", "old TLS, no TLS, another protocol")
def old_tls(stage):
    versions = {"TLS 1.2": ssl.TLSVersion.TLSv1_2, "TLS 1.1": ssl.TLSVersion.TLSv1_1, "TLS 1.0": ssl.TLSVersion.TLSv1}
    good = stage.identities[8]
    attempts = {name: lambda number, version=version: knock(stage, number, context=tls_context(good, version=version))
                for name, version in versions.items()}
    attempts["ALPN h2"] = lambda number: knock(stage, number, context=tls_context(good, "h2"))
    attempts["ALPN patchbay/2"] = lambda number: knock(stage, number, context=tls_context(good, "patchbay/2"))
    attempts["no ALPN"] = lambda number: knock(stage, number, context=tls_context(good, None))

    def bare(data):
        def attempt(number):
            start = time.monotonic()
            with client.dial(stage.hub.port, source(6100 + number), timeout=3) as sock:
                try:
                    sock.sendall(data)
                    got = sock.recv(4096)
                except TimeoutError:
                    return "it waits"
                except OSError:
                    got = b""
            return f"it answered {got[:20]!r}" if got and got[0] != 0x15 else Refused("cut", seconds=time.monotonic() - start)
        return attempt
    attempts |= {"our frames without TLS": bare(client.hello("x", stage.hub.token)), "SSH": bare(b"SSH-2.0-x\r\n"),
                 "SSL 2": bare(b"\x80\x2e\x01\x03\x00\x00\x15\x00\x00\x00\x10"),
                 "a TLS alert": bare(b"\x15\x03\x03\x00\x02\x02\x28"),
                 "a record of 65535 bytes": bare(b"\x16\x03\x01\xff\xff" + bytes(64)),
                 "a ClientHello of 16 MiB": bare(b"\x16\x03\x01\x40\x00\x01\xff\xff\xff" + bytes(16380) )}
    refuse_all(stage, attempts)


@attack("Trust", "session resumption and early data")
def resumption(stage):
    context = tls_context(stage.identities[8])
    with client.dial(stage.hub.port, source(1)) as raw, context.wrap_socket(raw) as first:
        first.send(client.hello("x", stage.hub.token))
        first.recv(4096)
        session = first.session
    stage.check(session is None or not session.has_ticket, "it gave out a ticket")
    if session is not None:
        with client.dial(stage.hub.port, source(2)) as raw:
            with context.wrap_socket(raw, session=session) as second:
                second.send(client.hello("x", stage.hub.token))
                stage.check(not second.session_reused, "it resumed a session")
    pair = stage.identities[9]
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{stage.hub.port}", "-alpn", "patchbay/1", "-cert",
                           str(pair.cert), "-key", str(pair.key), "-tls1_3", "-reconnect"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, errors="replace", check=False, timeout=30)
    stage.check("Reused, " not in done.stdout, "openssl could reconnect to a session")
    stage.check("New, TLSv1.3" in done.stdout, f"openssl did not connect: {done.stderr[-200:]}")
    stage.check("Max Early Data: 0" in done.stdout or "Max Early Data" not in done.stdout, "it allows early data")
    stage.note("no ticket, no session, no early data")


class Wiretap(threading.Thread):
    """Passes one connection on and keeps what the client said."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.target, self.said = port, b""
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.start()

    def run(self):
        near, _ = self.server.accept()
        self.server.close()
        far = client.dial(self.target, source(3))
        far.settimeout(None)

        def pump(read, write, keep):
            try:
                while data := read.recv(65536):
                    if keep:
                        self.said += data
                    write.sendall(data)
                write.shutdown(socket.SHUT_WR)
            except OSError:
                pass
        back = threading.Thread(target=pump, args=(far, near, False), daemon=True)
        back.start()
        pump(near, far, True)
        back.join(5)
        near.close()
        far.close()


@attack("Trust", "a recorded handshake played again")
def replay(stage):
    tap = Wiretap(stage.hub.port)
    with client.Member(tap.port, stage.identities[8], "recorded", stage.hub.token) as member:
        member.alive()
    tap.join(5)
    stage.check(len(tap.said) > 500, "nothing was recorded")
    for number in range(4):
        start = time.monotonic()
        with client.dial(stage.hub.port, source(10 + number), timeout=3) as sock:
            got = b""
            try:
                sock.sendall(tap.said)
                while data := sock.recv(65536):
                    got += data
            except TimeoutError:
                stage.check(False, "a replay was not cut within 3 s")
            except OSError:
                pass
        stage.check(time.monotonic() - start < 2, "a replay was cut late")
    members = [one["name"] for one in stage.hub.command("members")]
    stage.check("recorded" not in members, "the replay is a member")
    stage.note(f"{len(tap.said)} bytes, four times, each cut")


# ---- who is taken for whom --------------------------------------------------------------------------------------------

def cli_connect(stage, where, profile, seconds=5.0):
    """`connect` for so long: exit code (None: it still ran) and what it wrote."""
    done = subprocess.Popen([stage.cli, "connect", where, "--profile", str(stage.folder / profile), "--name", profile],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL)
    try:
        text, _ = done.communicate(timeout=seconds)
        return done.returncode, text
    except subprocess.TimeoutExpired:
        done.send_signal(signal.SIGINT)
        text, _ = done.communicate(timeout=12)
        return None, text


@attack("Trust", "another key under a known address")
def changed_key(stage):
    code, text = cli_connect(stage, stage.hub.link, "friend", 2)
    stage.check(code is None and "127.0.0.1" in text, f"the first connection failed ({code}): {text}")
    other = stage.folder / "other"
    other.mkdir()
    first = Hub(stage.cli, other)
    port = first.port
    code, text = cli_connect(stage, first.link, "friend", 2)
    stage.check(code is None, f"the second hub: {code}, {text}")
    first.stop()
    third = stage.folder / "third"
    third.mkdir()
    impostor = Hub(stage.cli, third, port=port, admit="anyone")
    try:
        start = time.monotonic()
        code, text = cli_connect(stage, f"127.0.0.1:{port}", "friend")
        stage.check(code == 10, f"exit code {code} for another key under a known address: {text}")
        stage.check("key" in text.lower(), f"it does not say why: {text}")
        stage.note(f"exit code 10 after {time.monotonic() - start:.2f} s: \"{text.strip().splitlines()[-1][:120]}\"")
        stage.check("friend" not in [one["name"] for one in impostor.command("members")], "it is in")
    finally:
        impostor.stop()


class FakeHub(threading.Thread):
    """A TLS server with a key of its own; keeps whatever a client tells it."""

    def __init__(self, pair):
        super().__init__(daemon=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pair.cert, pair.key)
        self.context.set_alpn_protocols([client.ALPN])
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.heard, self.visits, self.errors = b"", 0, []
        self.start()

    def run(self):
        while True:
            try:
                raw, _ = self.server.accept()
            except OSError:
                return
            self.visits += 1
            raw.settimeout(3)
            try:
                with self.context.wrap_socket(raw, server_side=True) as link:
                    link.sendall(client.hello("hub", hub=True))
                    while data := link.recv(65536):
                        self.heard += data
            except (OSError, ssl.SSLError) as error:
                self.errors.append(str(error))

    def stop(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()


@attack("Trust", "an invite link, and somebody else answers")
def wrong_key_for_link(stage):
    token = secrets.token_bytes(16)
    fake = FakeHub(stage.identities[20])
    try:
        code, text = cli_connect(stage, keys.link(fake.port, secrets.token_bytes(32), token), "guest")
        stage.check(fake.visits > 0, "it never dialled")
        stage.check(code == 10, f"exit code {code}: {text}")
        stage.check(not fake.heard, f"it said {len(fake.heard)} bytes to the wrong hub")
        encoded = base64.urlsafe_b64encode(token).rstrip(b"=").decode()
        stage.check(encoded not in text and token.hex() not in text, "the token is in what it prints")
        # The proof that the fake one would have heard it: with the right key the client does speak.
        right = keys.link(fake.port, keys.peer_id(stage.identities[20].cert), token)
        code, text2 = cli_connect(stage, right, "guest2", 2)
        stage.check(token in fake.heard, f"the proof fails: with the right key it says nothing ({code}, {text2}, {fake.errors})")
    finally:
        fake.stop()
    stage.note(f"exit code 10, not one byte told: \"{text.strip().splitlines()[-1][:100]}\"")


# ---- invites --------------------------------------------------------------------------------------------------------

def told(stage, pair, token, number, name="guest"):
    """None when let in, else the refusal."""
    try:
        client.Member(stage.hub.port, pair, name, token, source=source(7000 + number)).close()
        return None
    except Refused as refused:
        return refused


@attack("Trust", "invites: by another key, expired, revoked, cut short")
def invites(stage):
    one, two = stage.identities[8], stage.identities[9]
    expiring = stage.hub.command("invite", "--for", "1m")[0] if stage.full else None
    issued = time.monotonic()
    single = stage.hub.command("invite", "--uses", "1")[0]
    token = keys.token_of(single["link"])
    stage.check(told(stage, one, token, 1) is None, "a good invite is refused")
    stage.check(told(stage, one, token, 2) is None, "its first user may not use it again")
    refused = told(stage, two, token, 3)
    stage.check(refused and refused.code in (Code.PERMISSION_DENIED, Code.REJECTED), f"used by another key: {refused}")
    stage.note(f"by another key: \"{refused}\"")
    doomed = stage.hub.command("invite", "--uses", "5")[0]
    stage.hub.command("invites", "revoke", doomed["id"])
    refused = told(stage, two, keys.token_of(doomed["link"]), 4)
    stage.check(refused is not None, "a revoked invite lets in")
    stage.note(f"revoked: \"{refused}\"")
    code, text = cli_connect(stage, doomed["link"], "late", 4)
    stage.check(code == 10, f"`connect` with it: exit code {code}, {text}")
    refused = told(stage, two, token[:8], 5)
    stage.check(refused is not None, "half a token lets in")
    if expiring:
        time.sleep(max(0.0, 61 - (time.monotonic() - issued)))
        refused = told(stage, two, keys.token_of(expiring["link"]), 6)
        stage.check(refused is not None, "an expired invite lets in")
        stage.note(f"expired: \"{refused}\"")
    else:
        stage.note("expired: only with --full, it takes a minute")


@attack("Trust", "guessing tokens")
def guessing(stage):
    count = stage.count(200, 1000)
    let_in, codes = 0, {}
    for i in range(count):
        refused = told(stage, stage.identities[8 + i % 12], secrets.token_bytes(16), i // 8, f"guess {i}")
        if refused is None:
            let_in += 1
        else:
            codes[refused.code] = codes.get(refused.code, 0) + 1
    stage.check(let_in == 0, f"{let_in} guesses let in")
    start = time.monotonic()
    tries = [told(stage, stage.identities[9], secrets.token_bytes(16), 9999) for _ in range(60)]
    turned = sum(1 for one in tries if one.code is None)
    stage.note(f"{count} from {count // 8 + 1} addresses, none let in; of 60 from one address in "
               f"{time.monotonic() - start:.1f} s {turned} were turned away at the door")
    stage.check(turned >= 40, f"one address could guess {60 - turned} times without being paced")


@attack("Trust", "pairing prompts without end", admit="ask")
def prompts(stage):
    number = stage.count(24, 100)
    waiting, refused, early = [], 0, []
    for i in range(number):
        pair = stage.forge.identity() if i >= 12 else stage.identities[8 + i]
        peer = Peer(stage.hub.port, pair, source(8000 + i))
        peer.send(client.hello("\x1b]0;evil\x07Bob\u202e", pairing=i % 3 == 2))
        start = time.monotonic()
        try:
            peer.wait(Kind.WAIT)
            waiting.append(peer)
        except Refused as error:
            refused += 1
            early.append(time.monotonic() - start)
            peer.close()
    time.sleep(0.3)
    still = []
    for peer in waiting:
        try:
            peer.drain()
            still.append(peer)
        except Refused:
            refused += 1
    listed = stage.hub.command("peers", "waiting")
    pairings = [one for one in listed if one["kind"] == "pairing"]
    stage.note(f"of {number}: {len(still)} wait, {len(listed)} questions, {len(pairings)} of them codes, {refused} "
               f"refused within {max(early, default=0) * 1000:.0f} ms")
    stage.check(len(still) <= 8 and len(listed) <= 8, f"{len(still)} wait, {len(listed)} questions")
    stage.check(len(pairings) <= 1, f"{len(pairings)} codes are shown at once")
    stage.check(all(ord(c) >= 32 and c != "\u202e" for one in listed for c in one["text"] + one["name"]),
                "control characters in a question")
    shown = stage.hub.error.read_bytes().count(b"Answer with")
    stage.check(shown <= 1, f"{shown} prompts at once on the terminal")
    for peer in waiting:
        peer.close()
    del still
    wait_until("the questions go with those who asked", lambda: not stage.hub.command("peers", "waiting"), 3)


@attack("Trust", "knocking and leaving without end", admit="ask")
def knock_and_leave(stage):
    count = stage.count(200, 2000)
    waited = refused = 0
    for i in range(count):
        try:
            with Peer(stage.hub.port, stage.identities[8], source(1)) as peer:
                peer.send(client.hello(f"Mallory {i}"))
                peer.wait(Kind.WAIT)
                waited += 1
        except Refused:
            refused += 1
    time.sleep(0.3)
    shown = stage.hub.error.read_bytes().count(b"Answer with")
    stage.note(f"of {count} knocks of one key {waited} were let wait and {refused} refused; the operator was asked {shown} times")
    stage.check(shown <= 10, f"one stranger asked the operator {shown} times within seconds")


def pair_up(stage, pair, number):
    """Pairs as client up to the six digits, with a commitment that is kept; the link, now waiting for the operator."""
    greeting = client.hello(f"Eve {number}", pairing=True)
    peer = Peer(stage.hub.port, pair, source(8500 + number))
    peer.send(greeting)
    theirs = peer.wait(Kind.HELLO)
    peer.wait(Kind.WAIT)
    nonce = secrets.token_bytes(32)
    hub_id = keys.peer_id(stage.hub.profile / "identity.pem")
    parts = [b"patchbay-commit-1", keys.peer_id(pair.cert), hub_id, hashlib.sha256(greeting[16:]).digest(),
             hashlib.sha256(theirs.body).digest(), nonce]
    peer.send(wire.frame(Kind.PAIRING, b"\x01" + hashlib.sha256(b"".join(parts)).digest()))
    peer.wait(Kind.PAIRING)
    peer.send(wire.frame(Kind.PAIRING, b"\x03" + nonce))
    return peer


@attack("Trust", "pairing codes: guessed, confirmed by one side, one after another", admit="ask")
def pairing_codes(stage):
    first = pair_up(stage, stage.identities[8], 0)
    shown = wait_until("the code is shown", lambda: [one for one in stage.hub.command("peers", "waiting") if one["code"]])
    stage.check(len(shown) == 1 and len(shown[0]["code"]) == 6, f"shown: {shown}")
    first.send(wire.frame(Kind.PAIRING, b"\x04"))  # as if our person had said yes: theirs has not
    try:
        got = first.wait(Kind.WELCOME, Kind.PAIRING, timeout=1)
        stage.check(False, f"it got {got.kind} without the operator's yes")
    except TimeoutError:
        pass
    second_refused = None
    try:
        second = pair_up(stage, stage.identities[9], 1)
        second_refused = second.refusal()
    except Refused as refused:
        second_refused = refused
    stage.check(second_refused.code == Code.TOO_MANY, f"a second code at the same time: {second_refused}")
    stage.hub.command("peers", "confirm", "000000" if shown[0]["code"] != "000000" else "000001", check=False)
    refused = first.refusal()
    stage.note(f"a wrong code of the operator ends it: \"{refused}\"")
    asked, last = 1, None
    for i in range(6):
        try:
            peer = pair_up(stage, stage.identities[8], 10 + i)
            asked += 1
            wait_until("it is asked", lambda: stage.hub.command("peers", "waiting"))
            peer.close()
            wait_until("it is gone", lambda: not stage.hub.command("peers", "waiting"))
        except Refused as error:
            last = error
    stage.note(f"one key got {asked} prompts, then: \"{last}\"")
    stage.check(asked <= 3, f"one key got {asked} prompts")
    log = stage.hub.log()
    stage.check(log.count(shown[0]["code"].encode()) == 0, "the code is in the log")
