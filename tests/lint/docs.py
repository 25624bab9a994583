#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the documentation names must exist: every relative link, every `path/in/the/tree` and every `file.h` in all
Markdown files, and every `Class::function` and `function()` in the pages of the top folder."""

import os
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
if ROOT.is_file():
    ROOT = ROOT.parents[2]
CODE = {".h", ".in", ".cpp", ".py", ".sh", ".txt", ".cmake", ".json", ".md", ".cddl", ".png", ".supp", ".svg"}
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
QUOTED = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
PATH = re.compile(r"^\.?[\w*-]+[\w.*-]*(/[\w.*+-]+)*/?$")
NAME = re.compile(r"^(?:\w+::)*~?(\w+)\(\)$|^(?:\w+::)+(\w+)$")


def tree():
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [f for f in folders if f not in (".git", "build")]
        for name in files:
            yield pathlib.Path(folder, name)


def fences_removed(text):
    """The same lines, those inside ``` blocks blank: examples are for people who write new files."""
    lines, inside = [], False
    for line in text.splitlines():
        fence = line.lstrip().startswith("```")
        lines.append("" if fence or inside else line)
        inside ^= fence
    return lines


def main():
    files = list(tree())
    names = {f.name for f in files}
    top = {f.relative_to(ROOT).parts[0] for f in files}
    pages = [f for f in files if f.suffix == ".md"]
    words = set()
    for f in files:
        if f.suffix in {".h", ".cpp", ".py", ".sh", ".cmake", ".txt"} or f.name == "dev":
            words.update(re.findall(r"\w+", f.read_text(errors="replace")))

    checked, wrong = 0, []
    for page in pages:
        for number, line in enumerate(fences_removed(page.read_text()), 1):
            claims = []
            for target in LINK.findall(line):
                if "://" not in target and not target.startswith("mailto:"):
                    claims.append((target, (page.parent / target).exists()))
            for quoted in QUOTED.findall(line):
                first = quoted.split("/")[0]
                if PATH.match(quoted) and "/" in quoted and first in top:
                    claims.append((quoted, any(ROOT.glob(quoted.rstrip("/")))))
                elif PATH.match(quoted) and "/" not in quoted and pathlib.Path(quoted).suffix in CODE \
                        and "*" not in quoted and page.parent == ROOT:
                    claims.append((quoted, quoted in names))
                elif page.parent == ROOT and NAME.match(quoted):
                    claims.append((quoted, all(w in words for w in re.findall(r"\w+", quoted))))
            checked += len(claims)
            wrong += [f"{page.relative_to(ROOT)}:{number}: there is no {what}" for what, there in claims if not there]
    print("\n".join(wrong))
    print(f"{len(pages)} pages, {checked} names, {len(wrong)} wrong")
    return 1 if wrong or not pages or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
