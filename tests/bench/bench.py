#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How fast, in how much memory, and beside what. Every figure of a table comes from the same run on the same machine,
the programs taking turns, so that only the ratios between rows should be compared with another run's."""

import argparse
import contextlib
import dataclasses
import datetime
import filecmp
import json
import os
import pathlib
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
MIB = 1 << 20
PATIENCE = 300  # seconds for any one step


class Failed(Exception):
    pass


class Process:
    """A child, with the peak of its resident memory as the kernel counts it (VmHWM)."""

    def __init__(self, *command, log):
        self.command = [str(c) for c in command]
        self._log = open(log, "w+b")
        self._process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=self._log,
                                         stderr=subprocess.STDOUT)
        self.peak_kib = 0
        self._watch = threading.Thread(target=self._sample, daemon=True)
        self._watch.start()

    def _sample(self):
        status = f"/proc/{self._process.pid}/status"
        while self._process.poll() is None:
            with contextlib.suppress(OSError), open(status) as lines:
                for line in lines:
                    if line.startswith("VmHWM:"):
                        self.peak_kib = max(self.peak_kib, int(line.split()[1]))
            time.sleep(0.02)

    def said(self):
        self._log.flush()
        return pathlib.Path(self._log.name).read_text(errors="replace")

    def done(self):
        """Waits for a good end."""
        try:
            code = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.stop()
            raise Failed(f"{' '.join(self.command)}: not done in {PATIENCE} s\n{self.said()}") from None
        self._watch.join()
        if code:
            raise Failed(f"{' '.join(self.command)}: exit code {code}\n{self.said()}")

    def stop(self):
        if self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
        self._watch.join()


def until(what, look):
    """The first true answer of look()."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        answer = look()
        if answer:
            return answer
        time.sleep(0.01)
    raise Failed(f"{what}: nothing in {PATIENCE} s")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@dataclasses.dataclass
class Row:
    name: str
    seconds: list = dataclasses.field(default_factory=list)
    peaks: dict = dataclasses.field(default_factory=dict)  # role -> [KiB]

    def add(self, seconds, **processes):
        self.seconds.append(seconds)
        for role, process in processes.items():
            self.peaks.setdefault(role, []).append(process.peak_kib)

    def rate(self, size):
        return size / statistics.median(self.seconds) / 1e9

    def spread(self, size):
        return f"{size / max(self.seconds) / 1e9:.2f} to {size / min(self.seconds) / 1e9:.2f}"

    def memory(self):
        return ", ".join(f"{role} {max(kib) / 1024:.1f}" for role, kib in self.peaks.items()) or "-"


class Bench:
    def __init__(self, cli, folder, size):
        self.cli, self.folder, self.size = cli, folder, size
        self.source = folder / "source.bin"
        self.inbox = folder / "inbox"
        self._count = 0

    def start(self, *command):
        self._count += 1
        return Process(*command, log=self.folder / f"{self._count}.log")

    def client(self, *arguments, profile):
        return self.start(self.cli, *arguments, "--profile", self.folder / profile)

    def fresh_inbox(self):
        shutil.rmtree(self.inbox, ignore_errors=True)
        self.inbox.mkdir()

    def compare(self):
        """Untimed: what arrived is what was sent."""
        found = list(self.inbox.iterdir())
        if len(found) != 1 or not filecmp.cmp(self.source, found[0], shallow=False):
            raise Failed(f"what arrived is not what was sent: {[f.name for f in found]}")
        found[0].unlink()

    def hub(self, stack, plain):
        """A hub, and the options that let a client join it."""
        options = ["--plain", self.folder / "token"] if plain else ["--uses", "10"]
        hub = self.client("serve", "--listen", "127.0.0.1", "--port", "0", "--name", "hub", "--json", *options,
                          profile="plain-hub" if plain else "hub")
        stack.callback(hub.stop)

        def said(key):
            for line in hub.said().splitlines():
                with contextlib.suppress(ValueError):
                    value = json.loads(line)
                    if isinstance(value, dict) and value.get(key):
                        return value[key]
            return None
        if plain:
            port = until("the hub says its port", lambda: said("port"))
            return hub, [*options, "--connect", f"127.0.0.1:{port}"]
        return hub, ["--connect", until("the hub prints an invite", lambda: said("link"))]

    def transfer(self, row, relayed, plain):
        """A file from a client to the hub itself, or through it to another client."""
        self.fresh_inbox()
        with contextlib.ExitStack() as stack:
            hub, join = self.hub(stack, plain)
            to = "receiver" if relayed else "hub"
            arguments = ["receive", "--once", "--dir", self.inbox]
            if relayed:
                arguments += [*join, "--name", to]
            profile = "plain-" if plain else ""
            receive = self.client(*arguments, profile=profile + to)
            stack.callback(receive.stop)
            until("the receiver waits", receive.said)
            begin = time.monotonic()
            send = self.client("send", self.source, "--to", to, *join, "--name", "sender", profile=profile + "sender")
            stack.callback(send.stop)
            send.done()
            seconds = time.monotonic() - begin
            receive.done()
            if relayed:
                row.add(seconds, sender=send, hub=hub, receiver=receive)
            else:
                row.add(seconds, sender=send, receiver=hub)
        self.compare()

    def direct(self, row):
        self.transfer(row, relayed=False, plain=False)

    def through_hub(self, row):
        self.transfer(row, relayed=True, plain=False)

    def plain_direct(self, row):
        self.transfer(row, relayed=False, plain=True)

    def plain_through_hub(self, row):
        self.transfer(row, relayed=True, plain=True)

    def sshd(self, stack):
        """A server of our own on a free port, with keys of this run; its options for scp."""
        folder = self.folder / "ssh"
        if not folder.exists():
            folder.mkdir(mode=0o700)
            for key in ("host", "user"):
                subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True)
            (folder / "user.pub").rename(folder / "authorized")
        port = free_port()
        (folder / "config").write_text(
            f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\n"
            "StrictModes no\nUsePAM no\nPermitRootLogin prohibit-password\nPidFile none\n"
            "Subsystem sftp internal-sftp\n")
        pathlib.Path("/run/sshd").mkdir(exist_ok=True)
        server = self.start("/usr/sbin/sshd", "-D", "-e", "-f", folder / "config")
        stack.callback(server.stop)
        until("sshd listens", lambda: "listening" in server.said())
        return ["-q", "-i", folder / "user", "-P", str(port), "-c", "aes128-gcm@openssh.com",
                "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]

    def scp(self, row):
        self.fresh_inbox()
        with contextlib.ExitStack() as stack:
            options = self.sshd(stack)
            begin = time.monotonic()
            send = self.start("scp", *options, self.source, f"127.0.0.1:{self.inbox}/out.bin")
            stack.callback(send.stop)
            send.done()
            row.add(time.monotonic() - begin, sender=send)
        self.compare()

    def socat(self, row):
        self.fresh_inbox()
        port = free_port()
        with contextlib.ExitStack() as stack:
            receive = self.start("socat", "-u", "-b", "262144", f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr",
                                 f"OPEN:{self.inbox}/out.bin,creat,trunc")
            stack.callback(receive.stop)
            begin = time.monotonic()
            send = self.start("socat", "-u", "-b", "262144", f"OPEN:{self.source},rdonly",
                              f"TCP:127.0.0.1:{port},retry=200,interval=0.01")
            stack.callback(send.stop)
            send.done()
            receive.done()
            row.add(time.monotonic() - begin, sender=send, receiver=receive)
        self.compare()

    def copy(self, row):
        self.fresh_inbox()
        begin = time.monotonic()
        copy = self.start("cp", "--reflink=never", self.source, self.inbox / "out.bin")
        copy.done()
        row.add(time.monotonic() - begin, cp=copy)
        self.compare()


def room(folder):
    return shutil.disk_usage(folder).free


def available_memory():
    with open("/proc/meminfo") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))


def processor():
    with contextlib.suppress(OSError), open("/proc/cpuinfo") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, default=2048, metavar="MIB", help="size of the file (default 2048)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each row; the median counts (default 3)")
    parser.add_argument("--dir", type=pathlib.Path, help="where the files lie (default: /dev/shm, a RAM disk)")
    parser.add_argument("--write", action="store_true", help="write tests/bench/RESULTS.md")
    options = parser.parse_args()

    shm = pathlib.Path("/dev/shm")
    base = options.dir or (shm if os.access(shm, os.W_OK) else pathlib.Path(tempfile.gettempdir()))
    place = "RAM disk" if base == shm else str(base)
    size = options.size * MIB
    possible = min(room(base), available_memory()) if base == shm else room(base)
    while size > 16 * MIB and possible < 2 * size + 512 * MIB:
        size //= 2
    if size < options.size * MIB:
        print(f"There is room for {size // MIB} MiB only on {base}; {options.size} were asked for.")

    with tempfile.TemporaryDirectory(prefix="patchbay-bench-", dir=base) as name:
        bench = Bench((options.bin / "patchbay-cli").resolve(), pathlib.Path(name), size)
        with open(bench.source, "wb") as f:
            for _ in range(0, size, MIB):
                f.write(os.urandom(MIB))
        rows = [  # who encrypts stands beside who encrypts
            (Row("patchbay-cli, client to hub, encrypted"), bench.direct),
            (Row("patchbay-cli, client to client through a hub, encrypted"), bench.through_hub),
            (Row("scp, aes128-gcm"), bench.scp),
            (Row("patchbay-cli, client to hub, plain mode"), bench.plain_direct),
            (Row("patchbay-cli, client to client through a hub, plain mode"), bench.plain_through_hub),
            (Row("socat, file to file"), bench.socat),
            (Row("cp, no network"), bench.copy),
        ]
        for run in range(options.runs + 1):  # the first one warms up: pages of the RAM disk, caches
            for row, measure in rows:
                measure(Row("warm-up") if run == 0 else row)
                if run:
                    print(f"  run {run}: {row.name}: {size / row.seconds[-1] / 1e9:.2f} GB/s", flush=True)

    socat = next(row for row, _ in rows if row.name.startswith("socat")).rate(size)
    scp = next(row for row, _ in rows if row.name.startswith("scp")).rate(size)
    lines = [f"One file of {size // MIB} MiB over loopback, {place} to {place}; median of {options.runs} runs, start of "
             "the sending", "process to its end, every copy compared afterwards.", "",
             "| program | GB/s | slowest to fastest | of scp | of socat | peak memory, MiB |", "|---|---|---|---|---|---|"]
    lines += [f"| {row.name} | {row.rate(size):.2f} | {row.spread(size)} | {row.rate(size) / scp:.2f} | {row.rate(size) / socat:.2f} | {row.memory()} |"
              for row, _ in rows]
    table = "\n".join(lines)
    print("\n" + table)
    if options.write:
        (HERE / "RESULTS.md").write_text(
            "# Benchmark\n\nWritten by `./dev bench --write`. Only the ratios within a table mean something on another "
            "machine.\n\n"
            f"{datetime.date.today()}, {processor()}, {os.cpu_count()} cores, Linux {platform.release()}\n\n"
            f"## Files\n\n{table}\n")
        print(f"\nwritten: {HERE / 'RESULTS.md'}")


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"bench: {failure}")
