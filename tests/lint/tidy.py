#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""clang-tidy over what people run (apps, core, plugins), in parallel; other sources when they are named.

A file that passed is not looked at again until it, a header it includes, its compile command or .clang-tidy has
changed: ninja's record of includes says which headers."""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TIDY = "clang-tidy-14"
# Flags of g++ that clang does not know.
FOREIGN = re.compile(r"^(-fconcepts|-Wno-maybe-uninitialized|-mno-direct-extern-access)$")


def compile_commands(build):
    """Source file -> (output, arguments) of our own sources; generated ones are left out."""
    commands = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if build in source.parents or ROOT not in source.parents:
            continue
        arguments = [a for a in entry["command"].split() if not FOREIGN.match(a)]
        commands.setdefault(source, (entry.get("output", ""), " ".join(arguments)))
    return commands


def includes(build):
    """Output -> the files of this tree (and generated ones) it was compiled from, as ninja recorded them."""
    found, current = {}, None
    listing = subprocess.run(["ninja", "-C", str(build), "-t", "deps"], capture_output=True, text=True, check=True)
    for line in listing.stdout.splitlines():
        if line and not line.startswith(" "):
            current = found.setdefault(line.split(":")[0], [])
        elif line.strip() and current is not None:
            path = pathlib.Path(os.path.normpath(build / line.strip()))
            if ROOT in path.parents:
                current.append(path)
    return found


class Digests:
    def __init__(self):
        self._known = {}

    def of(self, path):
        if path not in self._known:
            self._known[path] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "absent"
        return self._known[path]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("files", nargs="*", type=pathlib.Path, help="these instead")
    options = parser.parse_args()
    if not shutil.which(TIDY):
        sys.exit(f"tidy: {TIDY} is not installed")
    build = options.build.resolve()

    commands = compile_commands(build)
    product = [ROOT / folder for folder in ("apps", "core", "plugins")]
    wanted = {(ROOT / f).resolve() for f in options.files} or {
        source for source in commands if any(folder in source.parents for folder in product)}
    unknown = wanted - set(commands)
    if unknown:
        sys.exit("tidy: not built here: " + ", ".join(str(u) for u in sorted(unknown)))

    stamps = build / "tidy"
    stamps.mkdir(exist_ok=True)
    digests, deps = Digests(), includes(build)
    rules = digests.of(ROOT / ".clang-tidy") + subprocess.run([TIDY, "--version"], capture_output=True, text=True).stdout

    def key(source):
        output, command = commands[source]
        parts = [rules, command, digests.of(source)]
        parts += [f"{p}={digests.of(p)}" for p in sorted(deps.get(output, []))]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    work = [(source, stamps / key(source)) for source in sorted(wanted)]
    todo = [(source, stamp) for source, stamp in work if not stamp.exists()]
    print(f"{len(work)} files, {len(work) - len(todo)} unchanged since they passed", flush=True)

    def look(job):
        source, stamp = job
        run = subprocess.run([TIDY, "-p", str(build), "--quiet", "--extra-arg=-Wno-unknown-warning-option", str(source)],
                             capture_output=True, text=True, cwd=ROOT)
        if run.returncode == 0 and commands[source][0] in deps:  # else ninja has not built it: its headers are unknown
            stamp.touch()
        return source, run

    bad = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for done, (source, run) in enumerate(pool.map(look, todo), 1):
            name = source.relative_to(ROOT)
            print(f"[{done}/{len(todo)}] {name}", flush=True)
            if run.returncode:
                bad.append(name)
                # Errors of clang itself go to standard error; the usual "N warnings generated" is left out.
                print(run.stdout, "".join(l for l in run.stderr.splitlines(True) if "error" in l), flush=True)
    for old in set(stamps.iterdir()) - {stamp for _, stamp in work}:
        if not options.files:
            old.unlink()
    if bad:
        print("clang-tidy found something in: " + ", ".join(str(b) for b in bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
