#!/usr/bin/env python3
"""The aims of the relay beside what was measured: the first table of bench/RESULTS.md.

    bench/publish/summary.py FOLDER

FOLDER has the results that bench/publish/results.sh leaves. A figure is the median of its repetitions, with the smallest and
the largest; a ratio is taken in each repetition. An aim that some repetitions reach and the median misses is "within the
spread". An aim whose result is not there was not measured.
"""
import collections
import json
import os
import statistics
import sys

# `over`: the row that the figure is divided by. `unit`: what stands behind a value, which `scale` brings into it.
Aim = collections.namedtuple("Aim", "words result labels figure sense bound over unit scale", defaults=(None, "", 1))


def of(contender, **labels):
    return {"contender": contender, **labels}


CPU, P99, LOAD = "cpu_us_per_update", "delay_p99_us", "delivered_per_s"
AUTO, NAIVE, TICK = of("starling auto"), of("naive"), of("starling 60 Hz")
EVERY, FLOCK = of("every 200 Hz", step="result"), {"mode": "unsequenced"}
NEAR = of("starling auto", members=2000)
MS, TIMES = (" ms", 1e-3), (" times",)

AIMS = (
    Aim("16 members, 30 Hz: delay p50 at most the naive relay's", "small", AUTO, "delay_p50_us", "<=", 1, NAIVE, *TIMES),
    Aim("the same: delay p99 at most the naive relay's", "small", AUTO, P99, "<=", 1, NAIVE, *TIMES),
    Aim("64 members, 30 Hz: CPU per update at most 1/3 (0.333) of the naive relay's", "crowd", AUTO, CPU, "<=",
        1 / 3, NAIVE, *TIMES),
    Aim("the same: delay p99 at most 3 ms", "crowd", AUTO, P99, "<=", 3, None, *MS),
    Aim("the same: under 0.05 allocations per update", "crowd", AUTO, "allocations_per_update", "<", 0.05),
    Aim("the same: under 0.1 system calls per datagram", "crowd", AUTO, "syscalls_per_datagram", "<", 0.1),
    Aim("the same with `--tick 60`: CPU per update at most 1/18 (0.0556) of the naive relay's", "crowd", TICK, CPU, "<=",
        1 / 18, NAIVE, *TIMES),
    Aim("ten attackers beside the 64: their delay p99 at most 1.2 times that without", "hostile",
        of("starling auto +10 hostile"), "p99_ratio", "<=", 1.2, None, *TIMES),
    Aim("the same with `--tick 60`", "hostile", of("starling 60 Hz +10 hostile"), "p99_ratio", "<=", 1.2, None, *TIMES),
    Aim("256 members, 60 Hz: no loss", "large", AUTO, "loss", "<=", 0, None, " %", 100),
    Aim("the same: delay p99 at most 15 ms", "large", AUTO, P99, "<=", 15, None, *MS),
    Aim("the same: CPU per update at most 0.10 us", "large", AUTO, CPU, "<=", 0.1, None, " us"),
    Aim("the same at 120 flushes a second: CPU per update at most 1.35 times the raw fan-out's", "rhythm",
        of("starling 120 Hz"), CPU, "<=", 1.35, of("udp 120 Hz"), *TIMES),
    Aim("largest load of 256 members, none skipped: at least 5 times the naive relay's", "rate", EVERY, LOAD, ">=", 5,
        of("naive", step="result"), *TIMES),
    Aim("the same: at least 0.8 times the raw fan-out's", "rate", EVERY, LOAD, ">=", 0.8, of("udp 200 Hz", step="result"),
        *TIMES),
    Aim("most rooms of 16 at 30 Hz: at least 3 times the naive relay's updates", "rooms",
        of("starling auto 17.5 ms", step="result"), LOAD, ">=", 3, of("naive", step="result"), *TIMES),
    Aim("2,000 members, 10 Hz, each told of 7: age p99 at most 150 ms", "nearest", NEAR, "age_p99_us", "<=", 150, None, *MS),
    Aim("the same: age at most 500 ms", "nearest", NEAR, "age_max_us", "<=", 500, None, *MS),
    Aim("the same: at most 60 % of a core", "nearest", NEAR, "core_share", "<=", 60, None, " %", 100),
    Aim("1,000 members: at most 24 KiB of memory each", "memory", AUTO, "peak_bytes", "<=", 24, None, " KiB",
        1 / 1024 / 1000),
    Aim("a flock of 64: at most 14 B down per update", "flock", FLOCK, "down_bytes_per_update", "<=", 14, None, " B"),
    Aim("recorded football: the same", "football", FLOCK, "down_bytes_per_update", "<=", 14, None, " B"),
)


def row_of(folder, result, labels):
    with open(os.path.join(folder, result + ".json"), encoding="utf-8") as file:
        rows = json.load(file)["rows"]
    return next(row for row in rows if all(row["labels"].get(name) == value for name, value in labels.items()))


def short(value):
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def line(folder, aim):
    rows = [row_of(folder, aim.result, labels) for labels in (aim.labels, aim.over) if labels]
    values = [[value for value in row["figures"][aim.figure]["values"] if value is not None] for row in rows]
    found = [aim.scale * value for value in values[0]] if not aim.over else [a / b for a, b in zip(*values) if b > 0]
    reached = {"<": lambda x: x < aim.bound, "<=": lambda x: x <= aim.bound, ">=": lambda x: x >= aim.bound}[aim.sense]
    middle = statistics.median(found)
    met = "yes" if reached(middle) else "within the spread" if any(map(reached, found)) else "no"
    if not all(row["valid"] for row in rows):
        # A search that ended before the largest load has found one that is carried.
        met += ", at least" if aim.sense == ">=" and rows[1]["valid"] else ", of rows that are not valid"
    return f"| {aim.words} | {short(middle)} ({short(min(found))} to {short(max(found))}){aim.unit} | {met} |"


def main():
    lines = []
    for aim in AIMS:
        try:
            lines.append(line(sys.argv[1], aim))
        except (OSError, StopIteration, KeyError, statistics.StatisticsError):
            lines.append(f"| {aim.words} | - | not measured |")
    print("\n".join(["| aim | measured | reached |", "| --- | --- | --- |", *lines]))


if __name__ == "__main__":
    main()
