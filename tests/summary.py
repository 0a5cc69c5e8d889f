#!/usr/bin/env python3
"""bench/summary.py on results that are made up: each aim at its bound, then one beyond it.

    tests/summary.py

Called from the project's root. Prints a line "passed: ..." or "FAILED: ..." for each; exit status 1 when any failed.
"""
import copy
import json
import os
import subprocess
import sys
import tempfile

REPETITIONS = 3
CPU = "cpu_us_per_update"

# Everything at its bound: result, labels, figures. A figure is the same in each repetition.
CROWD, LARGE, HOSTILE = "crowd-sixtyfour", "large-quarter", "hostile-ten"
ROWS = (
    (CROWD, {"contender": "starling auto"}, {CPU: 1, "delay_p99_us": 3000, "allocations_per_update": 0.049,
                                             "syscalls_per_datagram": 0.099}),
    (CROWD, {"contender": "starling 60 Hz"}, {CPU: 0.1666, "allocations_per_update": 0.049,
                                              "syscalls_per_datagram": 0.099}),
    (CROWD, {"contender": "naive"}, {CPU: 3}),
    (CROWD, {"contender": "udp 60 Hz"}, {CPU: 0.15}),
    ("large-ours", {"contender": "starling auto"}, {CPU: 0.1, "delay_p99_us": 15000, "loss": 0}),
    (LARGE, {"contender": "starling 120 Hz"}, {CPU: 0.134}),
    (LARGE, {"contender": "udp 120 Hz"}, {CPU: 0.1}),
    ("capacity-rate", {"contender": "every 200 Hz", "step": "result"}, {"delivered_per_s": 5e6}),
    ("capacity-rate", {"contender": "naive", "step": "result"}, {"delivered_per_s": 1e6}),
    ("capacity-rate", {"contender": "udp 200 Hz", "step": "result"}, {"delivered_per_s": 6.25e6}),
    ("small-sixteen", {"contender": "starling auto"}, {"delay_p50_us": 90, "delay_p99_us": 180}),
    ("small-sixteen", {"contender": "naive"}, {"delay_p50_us": 90, "delay_p99_us": 180}),
    ("growth-nearest", {"contender": "starling auto", "members": 1000}, {"core_share": 1}),
    ("growth-nearest", {"contender": "starling auto", "members": 2000},
     {"age_p99_us": 150000, "age_max_us": 500000, "core_share": 0.6}),
    ("growth-delayed", {"contender": "starling auto 24 ms", "members": 2000},
     {"age_p99_us": 150000, "age_max_us": 500000, "core_share": 0.6}),
    ("capacity-rooms", {"contender": "starling auto 17.5 ms", "step": "result"}, {"delivered_per_s": 3e5, "rooms": 210}),
    ("capacity-rooms", {"contender": "naive", "step": "result"}, {"delivered_per_s": 1e5, "rooms": 70}),
    ("bytes-flock", {"mode": "unsequenced"}, {"down_bytes_per_update": 14}),
    ("bytes-football", {"mode": "unsequenced"}, {"down_bytes_per_update": 14}),
    ("memory-thousand", {"contender": "starling auto"}, {"peak_bytes": 24 * 1024 * 1000}),
    (HOSTILE, {"contender": "starling auto +10 hostile"}, {"p99_ratio": 1.2}),
    (HOSTILE, {"contender": "starling 60 Hz +10 hostile"}, {"p99_ratio": 1.2}),
)

# What is just not enough any more: the row, its figure, and the aim that is missed, by its place in the table.
BEYOND = (
    (2, CPU, 2.9, (0, 1)),
    (0, "delay_p99_us", 3001, (0,)),
    (1, CPU, 0.17, (1,)),
    (4, CPU, 0.101, (2,)),
    (4, "delay_p99_us", 15001, (2,)),
    (4, "loss", 0.0001, (2,)),
    (5, CPU, 0.136, (3,)),
    (8, "delivered_per_s", 1.1e6, (4,)),
    (9, "delivered_per_s", 6.5e6, (4,)),
    (10, "delay_p50_us", 91, (5,)),
    (10, "delay_p99_us", 181, (5,)),
    (13, "age_p99_us", 150001, (6,)),
    (13, "age_max_us", 500001, (6,)),
    (13, "core_share", 0.61, (6,)),
    (14, "age_p99_us", 150001, (7,)),
    (14, "age_max_us", 500001, (7,)),
    (14, "core_share", 0.61, (7,)),
    (16, "delivered_per_s", 1.1e5, (8,)),
    (17, "down_bytes_per_update", 14.1, (9,)),
    (18, "down_bytes_per_update", 14.1, (10,)),
    (0, "allocations_per_update", 0.05, (11,)),
    (1, "syscalls_per_datagram", 0.1, (11,)),
    (19, "peak_bytes", 25 * 1024 * 1000, (12,)),
    (20, "p99_ratio", 1.21, (13,)),
    (21, "p99_ratio", 1.21, (13,)),
)
AIMS = 14

has_failed = False


def verdict(is_good, sentence):
    global has_failed
    has_failed = has_failed or not is_good
    print(("passed: " if is_good else "FAILED: ") + sentence)


def documents(rows, invalid=None):
    found = {}
    for i, (name, labels, figures) in enumerate(rows):
        made = {key: {"unit": "1", "median": value, "min": value, "max": value, "values": [value] * REPETITIONS}
                for key, value in figures.items()}
        found.setdefault(name, {"rows": []})["rows"].append(
            {"labels": labels, "valid": i != invalid, "reasons": [], "notes": [], "figures": made})
    return found


def run(found):
    """The status, and the rows of the table."""
    with tempfile.TemporaryDirectory() as folder:
        for name, document in found.items():
            with open(os.path.join(folder, name + ".json"), "w", encoding="utf-8") as file:
                file.write(document if isinstance(document, str) else json.dumps(document))
        ended = subprocess.run([sys.executable, "bench/summary.py", folder], capture_output=True, text=True, check=False)
    lines = [line.split(" | ") for line in ended.stdout.splitlines() if line.startswith("| ")]
    return ended, [(line[0], line[1], line[2].removesuffix(" |")) for line in lines[2:]]


def reached(found):
    return [met for _, _, met in run(found)[1]]


def check_bounds():
    verdict(reached(documents(ROWS)) == ["yes"] * AIMS, "what is at its bound is reached")
    for place, figure, value, aims in BEYOND:
        rows = copy.deepcopy(ROWS)
        rows[place][2][figure] = value
        expected = ["no" if i in aims else "yes" for i in range(AIMS)]
        verdict(reached(documents(rows)) == expected, f"{rows[place][0]}: {figure} of {value} is not enough")


def check_pairs():
    """By repetitions 1/20, 1/20 and 1/5; the ratio of the medians would be 1/5."""
    found = documents(ROWS)
    ours, naive = found[CROWD]["rows"][1]["figures"][CPU], found[CROWD]["rows"][2]["figures"][CPU]
    ours["values"], naive["values"] = [1, 2, 4], [20, 40, 20]
    table = run(found)[1]
    verdict(table[1][1].startswith("1/20 (1/5 to 1/20)") and table[1][2] == "yes",
            "a ratio is the median of those of the repetitions")

    found = documents(ROWS)
    ours, naive = (row["figures"]["delay_p50_us"] for row in found["small-sixteen"]["rows"])
    ours["values"], naive["values"] = [80, 90, 95], [85, 90, 90]
    verdict(run(found)[1][5][1].startswith("0.09 ms and 0.09 ms (above in 1 of 3 repetitions); "),
            "of two delays it is said in how many repetitions the first was above the second")


def check_not_valid():
    met = reached(documents(ROWS, invalid=2))
    verdict(met[:2] == ["yes, by rows that are not valid"] * 2 and met.count("yes") == AIMS - 2,
            "an aim says so when one of its rows is not valid")
    for note, said in (("bench", "yes, and ours is no maximum"), ("out of time", "yes, and ours is no maximum"),
                       ("relay gone", "yes, by rows that are not valid")):
        for place, aim in ((7, 4), (15, 8)):
            found = documents(ROWS, invalid=place)
            ours = next(row for row in found[ROWS[place][0]]["rows"] if not row["valid"])
            ours["notes"] = [note]
            met = reached(found)
            verdict(met[aim] == said and met.count("yes") == AIMS - 1,
                    f"{ROWS[place][0]}: what ours carries at least is enough where the search ended with \"{note}\": {said}")
    found = documents(ROWS, invalid=9)
    found["capacity-rate"]["rows"][2]["notes"] = ["out of time"]
    verdict(reached(found)[4] == "yes, by rows that are not valid",
            "what another carries at least is not what it carries")
    met = reached(documents(ROWS, invalid=12))
    verdict(met == ["yes"] * AIMS, "a row that no aim is held against does not matter")


def check_missing():
    found = documents(ROWS)
    del found["bytes-football"]
    ended, table = run(found)
    verdict(ended.returncode == 0 and len(table) == AIMS - 1 and "bytes-football.json" in ended.stderr,
            "an aim whose result is not there is left out, with a sentence")
    del found["growth-nearest"]["rows"][1]
    verdict(len(run(found)[1]) == AIMS - 2, "an aim whose row is not there is left out")
    del found["memory-thousand"]["rows"][0]["figures"]["peak_bytes"]
    verdict(len(run(found)[1]) == AIMS - 3, "an aim whose figure is not there is left out")
    found = documents(ROWS)
    found["capacity-rate"]["rows"][0]["figures"]["delivered_per_s"].update(median=None, min=None, max=None, values=[])
    found["capacity-rooms"]["rows"][0]["figures"]["rooms"].update(median=None, values=[])
    found["capacity-rooms"]["rows"][0]["figures"]["delivered_per_s"].update(median=None, values=[])
    ended, table = run(found)
    verdict(ended.returncode == 0 and len(table) == AIMS and table[4][1:] == ("- times; - times (-, 1 and 6.25 million updates a "
            "second)", "no") and table[8][1:] == ("- times (- and 70 rooms)", "no"),
            "an aim is missed where a search was over before it found anything")
    ended, table = run({})
    verdict(ended.returncode == 1 and ended.stdout == "" and "no results" in ended.stderr,
            "a folder without results has failed, with a sentence")
    ended, table = run({**documents(ROWS), "large-ours": '{"rows": ['})
    verdict(ended.returncode == 1 and not table and ended.stderr.count("\n") == 1 and "large-ours.json" in ended.stderr,
            "a result that is cut off has failed, with one sentence")


def check_use():
    for words, status, said in ((["--help"], 0, "usage: "), ([], 2, "FOLDER"), (["one", "two"], 2, "two")):
        ended = subprocess.run([sys.executable, "bench/summary.py", *words], capture_output=True, text=True, check=False)
        verdict(ended.returncode == status and said in ended.stdout + ended.stderr,
                f"{' '.join(words) or 'no argument'}: status {status}, and what to do")


check_bounds()
check_pairs()
check_not_valid()
check_missing()
check_use()
sys.exit(has_failed)
