#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds the plugin of interfaces/README.md against an installed SDK, loads it and runs its unit test."""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile


def blocks(text):
    """Fenced blocks whose line before begins with `file name`."""
    for match in re.finditer(r"^`([\w.]+)`[^\n]*\n```\w+\n(.*?)^```$", text, re.M | re.S):
        yield match.group(1), match.group(2)


def run(*command, **more):
    result = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            **more)
    if result.returncode != 0:
        sys.exit(f"{' '.join(str(part) for part in command)} ended with {result.returncode}:\n{result.stdout}")
    return result.stdout


def main():
    parser = argparse.ArgumentParser()
    for option in ("readme", "build", "cmake", "compiler", "loader"):
        parser.add_argument("--" + option, required=True)
    parser.add_argument("--flags", default="")
    args = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="patchbay-sdk-") as folder:
        source = pathlib.Path(folder, "source")
        source.mkdir()
        files = dict(blocks(pathlib.Path(args.readme).read_text()))
        for name, content in files.items():
            (source / name).write_text(content)
        if len(files) != 9:
            sys.exit(f"interfaces/README.md should hold nine files, it holds {sorted(files)}")

        prefix = pathlib.Path(folder, "prefix")
        run(args.cmake, "--install", args.build, "--prefix", prefix, "--component", "sdk")
        build = pathlib.Path(folder, "build")
        flags = f"-Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Werror {args.flags}"
        run(args.cmake, "-S", source, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}",
            f"-DCMAKE_CXX_COMPILER={args.compiler}", "-DCMAKE_CXX_STANDARD=17", f"-DCMAKE_CXX_FLAGS={flags}")
        run(args.cmake, "--build", build, "-j2")
        run(build / "tst_poke", env=dict(os.environ, QT_QPA_PLATFORM="offscreen"))
        output = run(args.loader, build / "lib/patchbay/plugins", env=dict(os.environ, QT_QPA_PLATFORM="offscreen"))
        for line in ("org.example.poke active", "org.example.poke.panel resolved"):
            if line not in output:
                sys.exit(f"the plugin manager did not say \"{line}\" but:\n{output}")
        print(output)


main()
