#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What patchbay_add_plugin() refuses at configure time, that plugin.schema.json refuses the same, and the constants that
are made. No compiler is needed."""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

GOOD = {"id": "org.example.thing", "name": "Thing", "version": "1"}
TYPE = {"type": "org.example.thing.note", "version": 1, "mode": "message"}
COMMAND = {"verb": "do", "usage": "do", "description": "Does"}


def but(base, **changes):
    result = dict(base, **changes)
    return {key: value for key, value in result.items() if value is not None}


# name, metadata (a dictionary, or raw text), what the error must say; None = accepted
CASES = [
    ("smallest", GOOD, None),
    ("semicolons, brackets, escapes", but(GOOD, description="a; [b] \\ \"c\" ${d} @e@"), None),
    ("no JSON", "{", "this is not a JSON object"),
    ("a list", "[]", "this is not a JSON object"),
    ("no id", but(GOOD, id=None), '"id" is missing'),
    ("no name", but(GOOD, name=None), '"name" is missing'),
    ("empty version", but(GOOD, version=""), '"version" is empty'),
    ("id is a number", but(GOOD, id=5), '"id" must be a JSON STRING'),
    ("id is no reverse-DNS name", but(GOOD, id="thing"), "reverse-DNS"),
    ("id too long", but(GOOD, id="a." + "b" * 127), "reverse-DNS"),
    ("panelFor in logic", but(GOOD, panelFor="org.example.other"), "belongs to the metadata of a panel"),
    ("types are no list", but(GOOD, payloadTypes={}), "must be a JSON ARRAY"),
    ("type without mode", but(GOOD, payloadTypes=[but(TYPE, mode=None)]), "mode\" is missing"),
    ("unknown mode", but(GOOD, payloadTypes=[but(TYPE, mode="pigeon")]), "\"message\" or \"stream\""),
    ("version 0", but(GOOD, payloadTypes=[but(TYPE, version=0)]), "whole number from 1"),
    ("version 1.5", but(GOOD, payloadTypes=[but(TYPE, version=1.5)]), "whole number from 1"),
    ("maxBytes at the limit", but(GOOD, payloadTypes=[but(TYPE, maxBytes=1048576)]), None),
    ("maxBytes above", but(GOOD, payloadTypes=[but(TYPE, maxBytes=1048577)]), "from 1 to 1048576"),
    ("type twice", but(GOOD, payloadTypes=[TYPE, TYPE]), "stands there twice"),
    ("bad type name", but(GOOD, payloadTypes=[but(TYPE, type="note")]), "reverse-DNS"),
    ("command", but(GOOD, commands=[COMMAND]), None),
    ("command without usage", but(GOOD, commands=[but(COMMAND, usage=None)]), "usage\" is missing"),
    ("bad verb", but(GOOD, commands=[but(COMMAND, verb="Do it")]), "lower-case"),
    ("flag is text", but(GOOD, commands=[but(COMMAND, needsMember="yes")]), "must be true or false"),
    ("bad dependency", but(GOOD, dependencies=["x"]), "reverse-DNS"),
]

SCRIPT = """
cmake_minimum_required(VERSION 3.22)
set(PATCHBAY_API_MAJOR 7)
set(PATCHBAY_API_MINOR 3)
set(Qt6_VERSION 6.4.2)
include("{interfaces}/cmake/PatchbayMetadata.cmake")
_patchbay_prepare_metadata("{metadata}" LOGIC "{folder}/out.json" id)
_patchbay_write_types(my-thing "{folder}/out.json" "{folder}/mythingtypes.h")
"""

CONSTANTS = [
    'namespace MyThingTypes {', 'pluginId = QStringLiteral("org.example.thing")',
    'note = QStringLiteral("org.example.thing.note/1")', 'noteMaxBytes = 262144',
    'streamContentV1 = QStringLiteral("org.example.thing.stream-content/1")',
    'streamContentV2 = QStringLiteral("org.example.thing.stream-content/2")',
    'orgOtherX = QStringLiteral("org.other.x/1")', 'type_default = QStringLiteral("org.example.thing.default/1")',
]


# A schema cannot say these.
NOT_IN_SCHEMA = {"panelFor in logic", "type twice"}
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}


def fits(value, schema, root):
    """The part of JSON Schema that plugin.schema.json uses; an unknown keyword is an error."""
    for keyword, rule in schema.items():
        if keyword == "$ref":
            ok = fits(value, root["$defs"][rule.rsplit("/", 1)[1]], root)
        elif keyword == "type":
            ok = isinstance(value, TYPES[rule]) and (rule == "boolean" or not isinstance(value, bool))
        elif keyword == "required":
            ok = not isinstance(value, dict) or all(name in value for name in rule)
        elif keyword == "properties":
            ok = not isinstance(value, dict) or all(fits(value[n], s, root) for n, s in rule.items() if n in value)
        elif keyword == "patternProperties":
            ok = not isinstance(value, dict) or all(
                fits(v, s, root) for pattern, s in rule.items() for n, v in value.items() if re.search(pattern, n))
        elif keyword == "items":
            ok = not isinstance(value, list) or all(fits(entry, rule, root) for entry in value)
        elif keyword in ("maxItems", "maxLength"):
            ok = not isinstance(value, (str, list)) or len(value) <= rule
        elif keyword == "minLength":
            ok = not isinstance(value, str) or len(value) >= rule
        elif keyword == "pattern":
            ok = not isinstance(value, str) or re.search(rule, value)
        elif keyword == "enum":
            ok = value in rule
        elif keyword == "minimum":
            ok = not isinstance(value, int) or value >= rule
        elif keyword == "maximum":
            ok = not isinstance(value, int) or value <= rule
        elif keyword == "if":
            ok = not fits(value, rule, root) or fits(value, schema["then"], root)
        elif keyword in ("$schema", "$id", "$defs", "title", "description", "default", "then"):
            ok = True
        else:
            sys.exit(f"plugin.schema.json uses {keyword}, which this test does not know")
        if not ok:
            return False
    return True


def check_schema(interfaces):
    schema = json.loads(pathlib.Path(interfaces, "plugin.schema.json").read_text())
    wrong = []
    for name, metadata, expected in CASES:
        if isinstance(metadata, dict) and name not in NOT_IN_SCHEMA:
            if fits(metadata, schema, schema) != (expected is None):
                wrong.append(f"schema: {name}: {'refused' if expected is None else 'accepted'}")
    panel = but(GOOD, panelFor="org.example.thing")
    if not fits(panel, schema, schema) or fits(but(panel, commands=[COMMAND]), schema, schema):
        wrong.append("schema: panels are treated wrongly")
    for path in sorted(pathlib.Path(interfaces).parent.glob("plugins/*/*.json")):
        if not fits(json.loads(path.read_text()), schema, schema):
            wrong.append(f"schema: {path} does not fit")
    return wrong


def prepare(args, folder, metadata):
    file = pathlib.Path(folder, "plugin.json")
    file.write_text(metadata if isinstance(metadata, str) else json.dumps(metadata))
    script = pathlib.Path(folder, "script.cmake")
    # Only set_property(DIRECTORY) needs a project; in a script it is left out.
    script.write_text("function(set_property)\nendfunction()\n"
                      + SCRIPT.format(interfaces=args.interfaces, metadata=file, folder=folder))
    result = subprocess.run([args.cmake, "-P", str(script)], capture_output=True, text=True)
    return result.returncode, " ".join(result.stderr.split())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cmake", required=True)
    parser.add_argument("--interfaces", required=True)
    args = parser.parse_args()
    wrong = check_schema(args.interfaces)
    with tempfile.TemporaryDirectory(prefix="patchbay-metadata-") as folder:
        for name, metadata, expected in CASES:
            code, error = prepare(args, folder, metadata)
            if expected is None:
                if code != 0:
                    wrong.append(f"{name}: refused: {error}")
                    continue
                out = json.loads(pathlib.Path(folder, "out.json").read_text())
                if out != dict(metadata, api=7003, qt="6.4.2"):
                    wrong.append(f"{name}: became {out}")
            elif code == 0 or expected not in error:
                wrong.append(f"{name}: expected \"{expected}\", got {code}: {error}")

        content = but(GOOD, payloadTypes=[TYPE, but(TYPE, type="org.example.thing.stream-content", mode="stream"),
                                          but(TYPE, type="org.example.thing.stream-content", version=2, mode="stream"),
                                          but(TYPE, type="org.other.x"), but(TYPE, type="org.example.thing.default")])
        code, error = prepare(args, folder, content)
        header = pathlib.Path(folder, "mythingtypes.h").read_text() if code == 0 else error
        wrong += [f"constants: \"{line}\" is not in\n{header}" for line in CONSTANTS if line not in header]
        if "streamContentV1MaxBytes" in header:
            wrong.append("constants: a stream type got MaxBytes")
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{len(CASES)} files of metadata, {len(CONSTANTS)} constants")


main()
