#!/usr/bin/env python3
"""Runs every vector of proto/vectors/*.json through wire.py, the reader written from PROTOCOL.md's text.

    tests/interop/vectors.py [FOLDER]

A valid vector gives exactly the stated fields, and writing them gives its bytes again; an invalid one is
rejected with exactly the stated reason. The last line counts them; the exit status is 1 when any failed.
"""

import json
import pathlib
import sys

import wire

FORMS = ("varint32", "varint53", "zigzag32", "u16", "text", "name")
WRITE_FORM = {
    "varint32": wire.varint,
    "varint53": wire.varint,
    "zigzag32": wire.zigzag,
    "u16": wire.u16,
    "text": lambda value: value.encode("utf-8"),
    "name": lambda value: value.encode("utf-8"),
}


def as_json(value):
    """What a vector says of `value`: blocks and payloads are strings of hex digits there."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return value


def same(a, b):
    """Equality in which True is not 1."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


def outcome(vector):
    """What the reader makes of a vector: its fields, their bytes when written again, the error."""
    kind, data = vector["type"], bytes.fromhex(vector["hex"])
    try:
        if kind in FORMS:
            value = wire.read_form(kind, data)
            return {"value": value}, WRITE_FORM[kind](value), None
        _, fields = wire.read(data, vector["to"], kind)
        return as_json(fields), wire.write(kind, fields), None
    except wire.WireError as error:
        return None, None, error.reason


def complaint(vector):
    """What is wrong with a vector's outcome, or None."""
    fields, again, error = outcome(vector)
    if ("fields" in vector) == ("error" in vector):
        return "it must have either fields or an error"
    if error != vector.get("error"):
        return f"expected {vector.get('error', vector.get('fields'))}, got {error or fields}"
    if error:
        return None
    if not same(fields, vector["fields"]):
        return f"expected {vector['fields']}, got {fields}"
    if again.hex() != vector["hex"]:
        return f"written again it is {again.hex()}, not {vector['hex']}"
    return None


def main():
    here = pathlib.Path(__file__).resolve().parent
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here.parent.parent / "proto" / "vectors"
    passed, failed, types = 0, 0, set()
    for path in sorted(folder.glob("*.json")):
        names = set()
        for vector in json.loads(path.read_text(encoding="utf-8")):
            wrong = complaint(vector) or ("its name stands twice" if vector["name"] in names else None)
            names.add(vector["name"])
            types.add((vector["type"], "error" in vector))
            if wrong:
                print(f"{path.name}: {vector['name']}: {wrong}")
                failed += 1
            else:
                passed += 1
    for kind in (*wire.TYPES, *FORMS):
        for invalid in (False, True):
            if (kind, invalid) not in types:
                print(f"{folder}: no {'invalid' if invalid else 'valid'} vector of {kind}")
                failed += 1
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
