#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Attacks a hub in every way of SECURITY.md that a stranger or a member could, on loopback, one row after another.

In every row two well-behaved members keep exchanging messages through the same hub. Exit code 0: every row met every
assertion (README.md lists them).
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.dont_write_bytecode = True

import keys  # noqa: E402
import stage  # noqa: E402
import connection  # noqa: E402,F401  the rows
import frames  # noqa: E402,F401
import trust  # noqa: E402,F401

NICE = 5  # the attackers stand for other machines: they shall not take the processor of the canary
IDENTITIES = 24
NOT_TESTED = ("Not tested here: jumps of the clock (they take the right to set it; the time is passed into the code "
              "that reads it, and its own tests let it jump), and the lines of the hub's log, of which `serve` shows only "
              "the state of the link and its questions.")


def machine():
    memory = next(int(line.split()[1]) >> 20 for line in pathlib.Path("/proc/meminfo").read_text().splitlines()
                  if line.startswith("MemTotal"))
    return f"{os.cpu_count()} cores, {memory} GiB RAM, {platform.system()}"


def table(results):
    lines = ["| row | verdict | s | canary p99 / max ms | hub grew KiB | fresh client s | noted |",
             "|---|---|---|---|---|---|---|"]
    for one in results:
        verdict = "**failed**: " + "; ".join(one["failed"]) if one["failed"] else "held"
        lines.append("| {} | {} | {} | {} / {} | {} | {} | {} |".format(
            one["row"], verdict.replace("|", "/"), one.get("seconds", "-"), one.get("p99 ms", "-"),
            one.get("max ms", "-"), one.get("rss KiB", "-"), one.get("fresh s", "-"), "; ".join(one["notes"])))
    return "\n".join(lines)


def write_results(path, results, options):
    """Replaces the section "Attacks" and leaves the others alone."""
    path = pathlib.Path(path)
    text = path.read_text() if path.exists() else "# Figures of the fault tests\n"
    begin = text.find("\n## Attacks\n")
    end = text.find("\n## ", begin + 1) if begin >= 0 else -1
    before, after = (text, "") if begin < 0 else (text[:begin + 1], text[end + 1:] if end >= 0 else "")
    kind = "--full" if options.full else "--quick"
    section = (f"## Attacks\n\n{datetime.date.today()}, {machine()}; `tests/faults/attacks/attack.py --cli "
               f"patchbay-cli {kind}`; {sum(1 for one in results if not one['failed'])} of {len(results)} rows held, "
               f"in {sum(one['whole seconds'] for one in results):.0f} s. Held means: p99 of the canary's round trip at "
               f"most {stage.MAX_P99_MS:g} ms, the hub grew by at most {stage.MAX_GROWTH_KIB >> 10} MiB, a fresh client "
               f"was in within {stage.MAX_FRESH_S:g} s, the hub alive, its log clean, and what the row itself asks for.\n\n"
               f"{table(results)}\n\n{NOT_TESTED}\n")
    if before and not before.endswith("\n\n"):
        before += "\n"
    path.write_text(before + section + ("\n" + after if after else ""))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cli", required=True, help="patchbay-cli")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="small numbers, under 3 minutes (the default)")
    size.add_argument("--full", action="store_true", help="the real numbers")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="rows whose name contains this")
    parser.add_argument("--list", action="store_true", help="print the names of the rows and end")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--results", metavar="RESULTS.md", help="write the table there")
    options = parser.parse_args()
    rows = [one for one in stage.ALL if not options.only or any(word in one.name for word in options.only)]
    if options.list:
        print("\n".join(f"{one.name}: {one.title}" for one in rows))
        return 0
    stage.own_files()
    os.nice(NICE)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="patchbay-attacks-"))
    results = []
    started = time.monotonic()
    try:
        forge = keys.Forge(folder / "keys")
        identities = [forge.identity() for _ in range(IDENTITIES)]
        for one in rows:
            result = stage.Stage(os.path.abspath(options.cli), identities, forge, options.full).run(one)
            results.append(result)
            print(f"{'FAIL' if result['failed'] else 'ok':4} {one.group:10} {one.name:28} "
                  f"{result['whole seconds']:6.1f} s  p99 {result.get('p99 ms', '-')} ms  rss "
                  f"{result.get('rss KiB', '-')} KiB  fresh {result.get('fresh s', '-')} s  "
                  f"{'; '.join(result['notes'])}", flush=True)
            for text in result["failed"]:
                print(f"     {text}", flush=True)
            for line in result.get("log", []):
                print(f"       | {line}", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    failed = [one for one in results if one["failed"]]
    print(f"{len(results) - len(failed)} of {len(results)} rows held, {time.monotonic() - started:.0f} s")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=1))
    if options.results:
        write_results(options.results, results, options)
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main())
