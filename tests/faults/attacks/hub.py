# SPDX-License-Identifier: MIT
"""The hub under attack: one `patchbay-cli serve` with a profile of its own, and what can be measured of it."""

import json
import os
import pathlib
import resource
import re
import select
import signal
import subprocess
import time

import keys

SECRET = re.compile(rb"#[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}|PRIVATE KEY")
CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xe2\x80[\xa8-\xae]")


class Hub:
    def __init__(self, cli, folder, *, admit="known", port=0, files=None, plugins=True):
        self.cli = cli
        self.folder = pathlib.Path(folder)
        self.profile = self.folder / "hub"
        self.error = self.folder / "hub.err"
        def limit():
            if files:
                resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
        with open(self.error, "ab") as error:
            self.process = subprocess.Popen(
                [cli, "serve", "--listen", "127.0.0.1", "--port", str(port), "--uses", "1000", "--admit", admit,
                 "--profile", str(self.profile), "--name", "hub"],
                bufsize=0, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=error,
                preexec_fn=limit)
        self.pid = self.process.pid
        try:
            self.port = int(self._line().rsplit(":", 1)[1])
            self.link = self._line()
            self.token = keys.token_of(self.link)
        except BaseException:
            self.stop()
            raise

    def _line(self):
        if not select.select([self.process.stdout], [], [], 15)[0]:
            raise RuntimeError("the hub says nothing")
        line = self.process.stdout.readline().decode().strip()
        if not line:
            raise RuntimeError(f"the hub ended: {self.log().decode(errors='replace')}")
        return line

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()

    def alive(self):
        return self.process.poll() is None

    def command(self, *args, check=True):
        """A command in the running hub; with --json, a list of objects."""
        done = subprocess.run([self.cli, *args, "--json", "--profile", str(self.profile)], capture_output=True,
                              text=True, check=False, timeout=20, stdin=subprocess.DEVNULL)
        if check and done.returncode != 0:
            raise RuntimeError(f"{args[0]}: {done.returncode}, {done.stderr.strip()}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    # ---- what is measured ----

    def rss_kib(self):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise RuntimeError("no VmRSS")

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def log(self):
        """All that it wrote for people: standard error, and log files where there are some."""
        text = self.error.read_bytes()
        for file in sorted(self.profile.rglob("*.log")):
            text += file.read_bytes()
        return text

    def log_faults(self):
        """What must not stand there."""
        text = self.log()
        faults = []
        if CONTROL.search(text):
            faults.append("control characters in the log")
        if SECRET.search(text) or self.token.hex().encode() in text or self.link.encode() in text:
            faults.append("a secret in the log")
        return faults


def wait_until(what, condition, seconds=2.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"{what}: not within {seconds:g} s")
