#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A client that stops reading in the middle of a transfer must not grow the hub.

Three processes on loopback and a frozen one: "frozen" accepts a file and is then stopped by SIGSTOP, so that its socket
is never read again; meanwhile "alice" sends 1 GiB to "bob" through the same hub. The hub's resident memory is read
before and after. Exit code 0: it grew by less than 8 MiB, and every byte of the other transfer arrived.
"""

import argparse
import filecmp
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

LIMIT_KIB = 8 * 1024


def rss_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise RuntimeError(f"no VmRSS for {pid}")


def wait_for(what, condition, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise RuntimeError(f"{what}: not within {seconds} s")


class Run:
    def __init__(self, cli, folder, size):
        self.cli, self.folder, self.size = cli, folder, size
        self.processes = []

    def start(self, name, *args, output=subprocess.PIPE):
        process = subprocess.Popen([self.cli, *args, "--profile", str(self.folder / name), "--name", name],
                                   stdout=output, stderr=subprocess.DEVNULL)
        self.processes.append(process)
        return process

    def stop(self):
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()

    def members(self):
        done = subprocess.run([self.cli, "members", "--json", "--profile", str(self.folder / "hub")],
                              capture_output=True, text=True, check=False)
        return [json.loads(line)["name"] for line in done.stdout.splitlines()]

    def measure(self):
        hub = self.start("hub", "serve", "--listen", "127.0.0.1", "--port", "0", "--uses", "10", "--json")
        hub.stdout.readline()  # where it listens
        at = ["--connect", json.loads(hub.stdout.readline())["link"]]
        big = self.folder / "big.bin"
        with open(big, "wb") as file:
            for _ in range(self.size >> 20):
                file.write(os.urandom(1 << 20))
        frozen = self.start("frozen", "receive", "--once", "--dir", str(self.folder / "in-frozen"), *at)
        bob = self.start("bob", "receive", "--once", "--dir", str(self.folder / "in-bob"), *at)
        wait_for("two receivers", lambda: {"frozen", "bob"} <= set(self.members()))

        # Warm up: the hub's pools and caches are not what is measured.
        before_any = rss_kib(hub.pid)
        self.start("victim", "send", str(big), "--to", "frozen", *at)
        wait_for("bytes at the frozen receiver",
                 lambda: sum(f.stat().st_size for f in (self.folder / "in-frozen").rglob("*") if f.is_file()) > 1 << 20)
        frozen.send_signal(signal.SIGSTOP)
        time.sleep(2)  # what the hub may hold for it is there now
        before = rss_kib(hub.pid)
        started = time.monotonic()
        alice = self.start("alice", "send", str(big), "--to", "bob", *at)
        peak = before
        while alice.poll() is None:
            peak = max(peak, rss_kib(hub.pid))
            time.sleep(0.02)
        seconds = time.monotonic() - started
        if alice.returncode != 0 or bob.wait(30) != 0:
            raise RuntimeError("the transfer beside the frozen client failed")
        landed = bob.stdout.read().decode().strip()
        if not filecmp.cmp(big, landed, shallow=False):
            raise RuntimeError("the transfer beside the frozen client arrived damaged")
        if not {"bob", "hub"} & set(self.members()):
            raise RuntimeError("the hub does not answer any more")
        grown = peak - before
        print(f"hub RSS: {before_any} KiB idle, {before} KiB with a frozen receiver, peak {peak} KiB while "
              f"{self.size >> 20} MiB passed beside it in {seconds:.1f} s: grew by {grown} KiB "
              f"(limit {LIMIT_KIB}); from idle by {peak - before_any} KiB")
        return grown < LIMIT_KIB and peak - before_any < LIMIT_KIB + 4 * 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cli", required=True, help="patchbay-cli")
    parser.add_argument("--mib", type=int, default=1024)
    options = parser.parse_args()
    base = "/dev/shm" if shutil.disk_usage("/dev/shm").free > 3 * (options.mib << 20) else None
    folder = pathlib.Path(tempfile.mkdtemp(prefix="patchbay-faults-", dir=base))
    run = Run(options.cli, folder, options.mib << 20)
    try:
        return 0 if run.measure() else 1
    finally:
        run.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
