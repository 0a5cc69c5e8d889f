#!/usr/bin/env python3
"""bench/publish/summary.py on results that are made up.

    tests/summary.py

Called from the project's root. Prints a line "passed: ..." or "FAILED: ..." for each; exit status 1 when any failed.
"""
import importlib.util
import json
import os
import subprocess
import sys
import tempfile

PATH = "bench/publish/summary.py"
spec = importlib.util.spec_from_file_location("summary", PATH)
summary = importlib.util.module_from_spec(spec)
spec.loader.exec_module(summary)

has_failed = False


def verdict(is_good, sentence):
    global has_failed
    has_failed = has_failed or not is_good
    print(("passed: " if is_good else "FAILED: ") + sentence)


def row(labels, figure, values, is_valid=True):
    return {"labels": labels, "valid": is_valid, "figures": {figure: {"values": values}}}


def reached(aim, values, over=(1, 1, 1), valid=(True, True)):
    """The line's last two cells: with these values of ours, and of the row that they are divided by."""
    rows = [row(aim.labels, aim.figure, [value / aim.scale for value in values], valid[0])]
    if aim.over:
        rows.append(row(aim.over, aim.figure, list(over), valid[1]))
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, aim.result + ".json"), "w", encoding="utf-8") as file:
            json.dump({"rows": rows}, file)
        return summary.line(folder, aim).removesuffix(" |").split(" | ")[1:]


def table(folder):
    ended = subprocess.run([sys.executable, PATH, folder], capture_output=True, text=True, check=False)
    return ended.returncode, ended.stdout.splitlines()[2:]


def check_bounds():
    for aim in summary.AIMS:
        step = 0.01 if aim.sense == ">=" else -0.01
        good, bad = aim.bound + step * aim.bound, aim.bound - step * (aim.bound or 1)
        met = [reached(aim, values)[1] for values in ((good, good, bad), (good, bad, bad), (bad, bad, bad))]
        verdict(met == ["yes", "within the spread", "no"], f"{aim.words}: the median decides, and a repetition is said")


def check_ratio():
    aim = next(aim for aim in summary.AIMS if aim.over)
    found = reached(aim, (1, 2, 4), over=(20, 40, 20))[0]
    verdict(found.startswith("0.05 (0.05 to 0.2)"), "a ratio is the median of those of the repetitions")


def check_not_valid():
    ratio = next(aim for aim in summary.AIMS if aim.over and aim.sense == "<=")
    search = next(aim for aim in summary.AIMS if aim.sense == ">=")
    said = "yes, of rows that are not valid"
    verdict(reached(ratio, (0, 0, 0), valid=(False, True))[1] == said, "an aim says that its row is not valid")
    verdict(reached(ratio, (0, 0, 0), valid=(True, False))[1] == said, "or the row that it is divided by")
    verdict(reached(search, (9, 9, 9), valid=(False, True))[1] == "yes, at least", "a search carries what it found at least")
    verdict(reached(search, (9, 9, 9), valid=(True, False))[1] == said, "which is not so of the other one's search")


def check_missing():
    with tempfile.TemporaryDirectory() as folder:
        status, lines = table(folder)
    verdict(status == 0 and len(lines) == len(summary.AIMS) and all(line.endswith("| - | not measured |") for line in lines),
            "an aim whose result is not there was not measured")


check_bounds()
check_ratio()
check_not_valid()
check_missing()
sys.exit(has_failed)
