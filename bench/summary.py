#!/usr/bin/env python3
"""What the relay was made to reach, and how far the results in a folder get there.

    bench/summary.py FOLDER

Prints the first table of bench/RESULTS.md, from the results that bench/results.sh leaves in FOLDER. An aim whose results
are not there is left out. A figure is its median; a ratio of two contenders, which take turns, is the median of the ratios
of each repetition, as `starling-bench compare` has it, with the smallest and largest behind it. Of searches, which take
turns too and come to one load each, it is the ratio of what is delivered there.

Where a check of the bench's own failed for a row that an aim is held against, the aim is marked so, whether met or not.
What the bench came to its own limit beside, or to the end of its time, carries at least what was found: where that is
enough for an aim it is reached, and it is said to be no maximum.
Where a search was over before it found anything, the row has no figure, and the aim is missed.
"""

import argparse
import collections
import json
import math
import os
import statistics
import sys

# `at_least`: a row of which more would be as good.
Aim = collections.namedtuple("Aim", "aim figure is_met rows at_least", defaults=(None,))

# What ended a search that found no maximum, by its result's note.
UNENDED = {"bench", "machine", "out of bouts", "out of time"}


class Missing(Exception):
    """A result, a row or a figure that is not there."""


class Row:
    """One row of a result."""

    def __init__(self, row):
        self.is_valid = row["valid"]
        self.is_no_maximum = not UNENDED.isdisjoint(row["notes"])
        self.figures = row["figures"]

    def median(self, name):
        """NaN where there is none, which is no aim's figure."""
        median = self._figure(name)["median"]
        return math.nan if median is None else median

    def values(self, name):
        return self._figure(name)["values"]

    def _figure(self, name):
        if name not in self.figures:
            raise Missing(name)
        return self.figures[name]


class Results:
    """The results of one folder; each is read once."""

    def __init__(self, folder):
        self.folder = folder
        self.documents = {}

    def row(self, name, **labels):
        """The one row of result `name` with these labels."""
        for row in self._document(name)["rows"]:
            if all(row["labels"].get(label) == value for label, value in labels.items()):
                return Row(row)
        raise Missing(f"{name}: {labels}")

    def _document(self, name):
        if name not in self.documents:
            path = os.path.join(self.folder, name + ".json")
            if not os.path.exists(path):
                raise Missing(path)
            with open(path, encoding="utf-8") as file:
                try:
                    self.documents[name] = json.load(file)
                except ValueError as error:
                    sys.exit(f"bench/summary.py: {path} is no JSON ({error}); remove it and measure it again")
        return self.documents[name]


def short(value):
    """Three digits that count."""
    if math.isnan(value):
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def ms(us):
    return f"{short(us / 1000)} ms"


def percent(share):
    return f"{short(100 * share)} %"


def cpu_ratios(row, other):
    """Of the CPU time for an update, in each repetition."""
    pairs = zip(row.values("cpu_us_per_update"), other.values("cpu_us_per_update"))
    found = [a / b for a, b in pairs if b > 0]
    if not found:
        raise Missing("a CPU time above 0")
    return found


def spread(values, form=short):
    """The median, the smallest and the largest."""
    return f"{form(statistics.median(values))} ({form(min(values))} to {form(max(values))})"


def part(value):
    return f"1/{short(value)}"


def crowd_default(results):
    ours = results.row("crowd-sixtyfour", contender="starling auto")
    naive = results.row("crowd-sixtyfour", contender="naive")
    times = cpu_ratios(naive, ours)
    p99 = ours.median("delay_p99_us")
    return Aim("64 members, 30 updates a second of each, as it is by default: at most 1/3 of the naive relay's CPU time for "
               "an update, and a delay of at most 3 ms at p99",
               f"{spread(times, part)}; {ms(p99)}", statistics.median(times) >= 3 and p99 <= 3000, (ours, naive))


def crowd_tick(results):
    ours = results.row("crowd-sixtyfour", contender="starling 60 Hz")
    naive = results.row("crowd-sixtyfour", contender="naive")
    raw = results.row("crowd-sixtyfour", contender="udp 60 Hz")
    times = cpu_ratios(naive, ours)
    floor = cpu_ratios(naive, raw)
    return Aim("The same with `--tick 60`: at most 1/18 of the naive relay's",
               f"{spread(times, part)}; the raw fan-out at that rhythm {spread(floor, part)}",
               statistics.median(times) >= 18, (ours, naive))


def beside(row, other, name):
    """Two delays, and in how many repetitions the first was above the second: half of them is chance."""
    pairs = list(zip(row.values(name), other.values(name)))
    above = sum(a > b for a, b in pairs)
    return f"{ms(row.median(name))} and {ms(other.median(name))} (above in {above} of {len(pairs)} repetitions)"


def large(results):
    ours = results.row("large-ours", contender="starling auto")
    loss, p99, cpu = ours.median("loss"), ours.median("delay_p99_us"), ours.median("cpu_us_per_update")
    return Aim("256 members at 60: no loss, at most 15 ms at p99, and at most 0.10 us of CPU time for an update",
               f"{percent(loss)}; {ms(p99)}; {short(cpu)} us", loss == 0 and p99 <= 15000 and cpu <= 0.10, (ours,))


def large_raw(results):
    ours = results.row("large-quarter", contender="starling 120 Hz")
    raw = results.row("large-quarter", contender="udp 120 Hz")
    times = cpu_ratios(ours, raw)
    return Aim("The same at a raw UDP fan-out's rhythm: at most 1.35 times the CPU time of that", spread(times),
               statistics.median(times) <= 1.35, (ours, raw))


def largest_load(results):
    names = ("every 200 Hz", "naive", "udp 200 Hz")
    ours, naive, raw = (results.row("capacity-rate", contender=name, step="result") for name in names)
    carried = [row.median("delivered_per_s") for row in (ours, naive, raw)]
    return Aim("The largest load of 256 members within 10 ms at p99 and 0.1 % lost, none of it skipped: at least 5 times the "
               "naive relay's, and 0.8 times the raw fan-out's",
               f"{short(carried[0] / carried[1])} times; {short(carried[0] / carried[2])} times "
               f"({short(carried[0] / 1e6)}, {short(carried[1] / 1e6)} and {short(carried[2] / 1e6)} million updates a "
               "second)", carried[0] >= 5 * carried[1] and carried[0] >= 0.8 * carried[2], (naive, raw), ours)


def small(results):
    ours = results.row("small-sixteen", contender="starling auto")
    naive = results.row("small-sixteen", contender="naive")
    names = ("delay_p50_us", "delay_p99_us")
    return Aim("16 members at 30: a delay of no more than the naive relay's, at p50 and at p99",
               "; ".join(beside(ours, naive, name) for name in names),
               all(ours.median(name) <= naive.median(name) for name in names), (ours, naive))


def in_sight(row, aim):
    p99, oldest, share = (row.median(name) for name in ("age_p99_us", "age_max_us", "core_share"))
    return Aim(aim, f"{ms(p99)}; {ms(oldest)}; {percent(share)}", p99 <= 150000 and oldest <= 500000 and share <= 0.6, (row,))


def nearest(results):
    return in_sight(results.row("growth-nearest", contender="starling auto", members=2000),
                    "2,000 members in one room at 10, each told of the seven nearest: what is in sight at most 150 ms old at "
                    "p99 and 500 ms at worst, with at most 60 % of a processor")


def nearest_delayed(results):
    return in_sight(results.row("growth-delayed", members=2000), "The same with `--max-delay 24`")


def rooms(results):
    ours, naive = (results.row("capacity-rooms", contender=name, step="result") for name in ("starling auto 17.5 ms", "naive"))
    carried = [row.median("delivered_per_s") for row in (ours, naive)]
    return Aim("Rooms of 16 at 30, within 20 ms at p99 and nothing lost: at least 3 times the updates of the naive relay",
               f"{short(carried[0] / carried[1])} times ({short(ours.median('rooms'))} and {short(naive.median('rooms'))} rooms)",
               carried[0] >= 3 * carried[1], (naive,), ours)


def flock_bytes(results):
    ours = results.row("bytes-flock", mode="unsequenced")
    down = ours.median("down_bytes_per_update")
    return Aim("A flock of 64: at most 14 bytes of UDP payload for a delivered update", short(down), down <= 14, (ours,))


def football_bytes(results):
    ours = results.row("bytes-football", mode="unsequenced")
    down = ours.median("down_bytes_per_update")
    return Aim("A recorded passage of football: the same", short(down), down <= 14, (ours,))


def allocations(results):
    rows = [results.row("crowd-sixtyfour", contender=f"starling {tick}") for tick in ("auto", "60 Hz")]
    most = max(row.median("allocations_per_update") for row in rows)
    calls = max(row.median("syscalls_per_datagram") for row in rows)
    return Aim("64 members: less than 0.05 allocations for an update, and 0.1 system calls for a datagram",
               f"{short(most)}; {short(calls)}", most < 0.05 and calls < 0.1, rows)


def memory(results):
    ours = results.row("memory-thousand", contender="starling auto")
    each = ours.median("peak_bytes") / 1000
    return Aim("1,000 members: at most 24 KiB of memory for each, all told", f"{short(each / 1024)} KiB",
               each <= 24 * 1024, (ours,))


def hostile(results):
    rows = [results.row("hostile-ten", contender=f"starling {tick} +10 hostile") for tick in ("auto", "60 Hz")]
    times = [row.median("p99_ratio") for row in rows]
    return Aim("Ten hostile members beside a crowd of 64: a delay of at most 1.2 times that of the crowd alone, at p99",
               f"{short(times[0])} times; with `--tick 60` {short(times[1])}", max(times) <= 1.2, rows)


AIMS = (crowd_default, crowd_tick, large, large_raw, largest_load, small, nearest, nearest_delayed, rooms, flock_bytes, football_bytes,
        allocations, memory, hostile)


def line(aim):
    met = "yes" if aim.is_met else "no"
    rows, ours = aim.rows, aim.at_least
    if ours and not ours.is_valid and ours.is_no_maximum:
        met += ", and ours is no maximum"
    elif ours:
        rows += (ours,)
    if not all(row.is_valid for row in rows):
        met += ", by rows that are not valid"
    return f"| {aim.aim} | {aim.figure} | {met} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", metavar="FOLDER", help="with the results that bench/results.sh leaves")
    folder = parser.parse_args().folder
    results = Results(folder)
    lines = []
    for find in AIMS:
        try:
            lines.append(line(find(results)))
        except Missing as missing:
            print(f"bench/summary.py: {missing.args[0]} is not there: an aim is left out", file=sys.stderr)
    if not lines:
        print(f"bench/summary.py: no results in {folder!r}; give the folder that bench/results.sh leaves them in",
              file=sys.stderr)
        return 1
    print("| aim | measured | reached |\n| --- | --- | --- |")
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
