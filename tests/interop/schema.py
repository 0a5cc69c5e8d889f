#!/usr/bin/env python3
"""Results against bench/result.schema.json, by python3-jsonschema.

    tests/interop/schema.py SCHEMA RESULT.json ...

Each result must be valid, and must not be any more once something is broken in it. Prints a line
"passed: ..." or "FAILED: ..." for each; exit status 1 when any failed, 77 without the module.
"""
import copy
import json
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(77)

failed = False


def verdict(is_good, sentence):
    global failed
    failed = failed or not is_good
    print(("passed: " if is_good else "FAILED: ") + sentence)


def breaches(document):
    """(sentence, broken copy) of everything that the schema has to refuse."""

    def broken(sentence, change):
        other = copy.deepcopy(document)
        change(other)
        return sentence, other

    def first_figure(other):
        return next(iter(other["rows"][0]["figures"].values()))

    yield broken("of another version", lambda d: d.update(version=2))
    yield broken("without its arguments", lambda d: d.pop("arguments"))
    yield broken("of another command", lambda d: d.update(command="iperf"))
    yield broken("with a field that nobody knows", lambda d: d.update(extra=1))
    yield broken("with a row without labels", lambda d: d["rows"][0].update(labels={}))
    yield broken("with a text for a value", lambda d: first_figure(d).update(values=["1"]))
    yield broken("with a row that is not valid for no reason",
                 lambda d: d["rows"][0].update(valid=False, reasons=[]))
    if document["simulated"]:
        yield broken("simulated, yet of a machine", lambda d: d.update(started="2026-01-01T00:00:00Z"))
    else:
        yield broken("measured, and no machine", lambda d: d.pop("machine"))


with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)

for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as file:
        result = json.load(file)
    errors = [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(result)]
    verdict(not errors, f"{result['command']}'s result fits the schema" + "".join("; " + e for e in errors[:5]))
    names = [json.dumps(row["labels"]) for row in result["rows"]]
    verdict(names and len(names) == len(set(names)), f"{result['command']}'s rows have labels of their own")
    let_by = [sentence for sentence, other in breaches(result) if validator.is_valid(other)]
    verdict(not let_by, f"{result['command']}'s result, broken, does not fit" + "".join(": " + s for s in let_by))

sys.exit(failed)
