# SPDX-License-Identifier: MIT
"""One row of the table: a hub, a canary, an attack, and the assertions that every attack has to meet."""

import gc
import json
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

import client
from hub import Hub

MAX_P99_MS = 100.0
MAX_GROWTH_KIB = 32 * 1024
MAX_FRESH_S = 2.0
LEAST_TRIPS = 100   # or a percentile means nothing


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else float("nan")


class Canary:
    def __init__(self, hub, pairs, name="canary.py"):
        script = pathlib.Path(__file__).with_name(name)
        words = [str(hub.port)]
        for pair in pairs:
            words += [str(pair.cert), str(pair.key), hub.token.hex()]
        self.process = subprocess.Popen([sys.executable, "-B", str(script), *words], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline().strip() != "ready":
            self.stop()
            raise RuntimeError("the canary did not get in")

    def take(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        got = json.loads(self.process.stdout.readline())
        return got["trips"], got["broken"]

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(12)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Stage:
    """What an attack gets: hub, keys, sizes, and note() for a figure of its own."""

    def __init__(self, cli, identities, forge, full):
        self.cli = cli
        self.identities = identities  # good key pairs, used again and again
        self.forge = forge
        self.full = full
        self.notes = []
        self.hub = None
        self.folder = None

    def count(self, quick, full):
        return full if self.full else quick

    def note(self, text):
        self.notes.append(text)

    def check(self, condition, text):
        if not condition:
            raise AssertionError(text)

    def member(self, index=0, name="attacker", types=(), source="127.0.0.9", **more):
        """An attacker that was let in."""
        return client.Member(self.hub.port, self.identities[8 + index], name, self.hub.token, types, source, **more)

    def run(self, attack):
        """A dictionary of figures; "failed" lists what was not met."""
        result = {"row": attack.title, "group": attack.group, "failed": [], "notes": self.notes}
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="patchbay-attack-"))
        canary = None
        started = time.monotonic()
        try:
            self.hub = Hub(self.cli, self.folder, **attack.hub)
            canary = Canary(self.hub, self.identities[:2])
            time.sleep(0.3)
            canary.take()
            before, cpu = self.hub.rss_kib(), self.hub.cpu_seconds()
            began = time.monotonic()
            try:
                attack.run(self)
            except Exception as caught:  # every assertion of the row is still made
                result["failed"].append(f"{type(caught).__name__}: {caught}")
            gc.collect()  # the attack ends here, with all its sockets
            result["seconds"] = round(time.monotonic() - began, 2)
            self._measure(result, canary, before, cpu, began)
        except Exception as caught:
            result["failed"].append(f"{type(caught).__name__}: {caught}")
        finally:
            if canary:
                canary.stop()
            if self.hub:
                self.hub.stop()
                result["log lines"] = len(self.hub.log().splitlines())
                if result["failed"]:
                    result["log"] = self.hub.log().decode(errors="replace").splitlines()[-40:]
            shutil.rmtree(self.folder, ignore_errors=True)
        result["whole seconds"] = round(time.monotonic() - started, 2)
        return result

    def _measure(self, result, canary, before, cpu, began):
        failed = result["failed"]
        if not self.hub.alive():
            failed.append("the hub is dead")
            return
        result["rss KiB"] = self.hub.rss_kib() - before
        result["cpu s"] = round(self.hub.cpu_seconds() - cpu, 2)
        try:
            result["fresh s"], fresh = client.join(self.hub.port, self.identities[2], "fresh", self.hub.token,
                                                   patience=MAX_FRESH_S)
            result["fresh s"] = round(result["fresh s"], 3)
            fresh.close()
        except AssertionError as error:
            failed.append(str(error))
        left = LEAST_TRIPS * 0.012 - (time.monotonic() - began)
        if left > 0:
            time.sleep(left)
        trips, broken = canary.take()
        result["trips"] = len(trips)
        result["p99 ms"] = round(percentile(trips, 0.99), 1)
        result["max ms"] = round(max(trips, default=float("nan")), 1)
        if broken:
            failed.append(f"the canary lost its link: {broken}")
        elif not result["p99 ms"] <= MAX_P99_MS:
            failed.append(f"p99 of the canary {result['p99 ms']} ms, over {MAX_P99_MS:g}")
        if result["rss KiB"] > MAX_GROWTH_KIB:
            failed.append(f"the hub grew by {result['rss KiB']} KiB")
        failed += self.hub.log_faults()


def own_files():
    """This process opens thousands of sockets."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Attack:
    def __init__(self, run, title, group, hub):
        self.run, self.title, self.group, self.hub = run, title, group, hub
        self.name = run.__name__


ALL = []


def attack(group, title, **hub):
    """Makes a function a row; the options are the hub's."""
    def add(run):
        ALL.append(Attack(run, title, group, hub))
        return run
    return add
