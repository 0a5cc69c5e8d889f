#!/usr/bin/env python3
"""What "state relative to the last one acknowledged" would save, measured on recorded traces.

    bench/delta.py [--plane] TRACE.csv ...

Every id of a trace is a member with one entity; it publishes at a rate, with a phase of its own, what lies between the
trace's rows, and is 20 ms away from the relay. One receiver hears all. A flush puts every state that is new into
SNAPSHOTs, in two encodings: that of proto/PROTOCOL.md, section 8.2, and the same with x, y, z as differences from the
newest state of the entity that the receiver is known to have, as Quake III does, seq as a difference of one byte, z
left out when it did not change, and one byte a SNAPSHOT that says which one it builds on. A state without such a
predecessor stands as it is. SNAPSHOTs are lost with 2 %. That one came, the relay knows one round trip of 80 ms after
it was sent ("each"), or with the next of 10 reports a second; acknowledgements and reports are lost with 2 %, too, and
the next one says all that the lost one did. With --plane a height that never changes is not sent at all, as a game on a
plane would have it: both encodings leave z out.

A room is flushed at a fixed rate, or by the default, "auto": what is new is sent at once, but not before 40 us for each
member in the room have passed since the flush before. That is what the self-clocked flush comes to where a datagram
costs the relay 4 us and a tenth of a processor is its share, as on the machine of bench/RESULTS.md.

Counted are UDP payload bytes, ENet's ten a datagram included, for each update sent; the last rows have all bytes of all
traces together, at 20 and 30 updates a second. The seed is fixed.
"""

import argparse
import bisect
import collections
import csv
import random

UPLINK, ROUND_TRIP, LOSS = 0.02, 0.08, 0.02
AUTO_S = 40e-6  # between flushes, for each member in the room
HEAD, ENET, MESSAGE_MAX = 1 + 2 + 4, 10, 1148  # type, number, time_us
Update = collections.namedtuple("Update", "arrival id origin seq place")


def varint(value):
    return max(1, (value.bit_length() + 6) // 7)


def zigzag(value):
    return varint(2 * value if value >= 0 else -2 * value - 1)


def load(path, is_plane):
    paths = collections.defaultdict(list)
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            place = tuple(float(row[axis]) for axis in "xyz")
            paths[int(row["id"])].append((float(row["t"]), place))
    for steps in paths.values() if is_plane else ():
        if len({z for _, (_, _, z) in steps}) == 1:
            steps[:] = [(time, (x, y, 0.0)) for time, (x, y, _) in steps]
    return paths


def walk(path, times):
    """Where a thing is at each time, in millimetres."""
    at = 0
    for time in times:
        while at + 1 < len(path) and path[at + 1][0] <= time:
            at += 1
        (t0, a), (t1, b) = path[at], path[min(at + 1, len(path) - 1)]
        part = (time - t0) / (t1 - t0) if t1 > t0 else 0
        yield tuple(round(1000 * (p + part * (q - p))) for p, q in zip(a, b))


def publish(paths, rate, luck):
    updates = []
    for thing, path in paths.items():
        first = path[0][0] + luck.random() / rate
        times = [first + n / rate for n in range(int((path[-1][0] - first) * rate) + 1)]
        for seq, (time, place) in enumerate(zip(times, walk(path, times))):
            updates.append(Update(time + UPLINK, thing, time, seq, place))
    return sorted(updates)


def sizes(update, member, now, base):
    """Bytes of the record, absolute and relative to `base`, an Update or None."""
    x, y, z = update.place
    shared = 1 + varint(member) + varint(int((now - update.origin) * 1e6))
    absolute = shared + 2 + zigzag(x) + zigzag(y) + (zigzag(z) if z else 0)
    if base is None or not 0 < update.seq - base.seq < 256:
        return absolute, absolute
    dx, dy, dz = (new - old for new, old in zip(update.place, base.place))
    relative = shared + 1 + zigzag(dx) + zigzag(dy) + (zigzag(dz) if dz else 0)
    return absolute, min(absolute, relative)


def datagrams(records, head):
    """UDP payload bytes of SNAPSHOTs that hold these records."""
    total, size = 0, MESSAGE_MAX
    for record in records:
        if size + record > MESSAGE_MAX:
            total, size = total + ENET + head, head
        total, size = total + record, size + record
    return total


def flush_times(paths, updates, flush):
    """When the room is flushed, until nothing is left in `updates`."""
    begins = sorted(path[0][0] for path in paths.values())
    ends = sorted(path[-1][0] for path in paths.values())
    now = 0
    while updates:
        yield now
        if flush != "auto":
            now += 1 / flush
        elif updates:
            members = bisect.bisect_right(begins, now) - bisect.bisect_left(ends, now)
            now = max(now + AUTO_S * members, updates[0].arrival)


def told_at(came, report_hz, luck, lost):
    """When a member says that it has what came; None: it is not heard, and says so later."""
    if not report_hz:
        return came if luck.random() >= LOSS else None
    report = int(came * report_hz) + 1
    while lost.setdefault(report, luck.random() < LOSS):
        report += 1
    return report / report_hz


def measure(paths, rate, flush, report_hz):
    """Bytes absolute and relative, and the number of updates."""
    luck = random.Random(1)
    begun = sorted(paths, key=lambda thing: paths[thing][0][0])
    member = {thing: n % 512 + 1 for n, thing in enumerate(begun)}
    updates = collections.deque(publish(paths, rate, luck))
    has, acknowledged, under_way, lost = {}, {}, collections.deque(), {}
    absolute = relative = count = 0
    for now in flush_times(paths, updates, flush):
        new = {}
        while updates and updates[0].arrival <= now:
            new[updates[0].id] = updates[0]
            updates.popleft()
        while under_way and under_way[0][0] <= now:
            acknowledged.update(under_way.popleft()[1])
        if not new:
            continue
        pairs = [sizes(new[thing], member[thing], now, acknowledged.get(thing)) for thing in sorted(new, key=member.get)]
        absolute += datagrams([pair[0] for pair in pairs], HEAD)
        relative += datagrams([pair[1] for pair in pairs], HEAD + 1)
        count += len(new)
        if luck.random() < LOSS:
            continue
        has.update(new)
        told = told_at(now + ROUND_TRIP / 2, report_hz, luck, lost)
        if told is not None:
            under_way.append((told + ROUND_TRIP / 2, has))
            has = {}
    return absolute, relative, count


def say(title, rate, flush, report_hz, absolute, relative, count):
    how = f"{report_hz} Hz" if report_hz else "each"
    pace = f"{flush} Hz" if isinstance(flush, int) else flush
    a, r = absolute / count, relative / count
    print(f"| {title} | {rate} | {pace} | {how} | {a:.2f} | {r:.2f} | {100 * (1 - r / a):.1f} % |")


def main():
    parser = argparse.ArgumentParser(description="What states relative to acknowledged ones would save.")
    parser.add_argument("--plane", action="store_true", help="leave out a height that never changes")
    parser.add_argument("trace", nargs="+", help="a CSV file with t, id, x, y, z: s and m")
    options = parser.parse_args()
    sums = collections.defaultdict(lambda: (0, 0, 0))
    print("| trace | updates | flushes | acknowledged | absolute | relative | saved |")
    print("| --- | --- | --- | --- | ---: | ---: | ---: |")
    for name in options.trace:
        paths = load(name, options.plane)
        title = name.rsplit("/", 1)[-1].removesuffix(".csv")
        for rate in (10, 20, 30):
            for flush in (rate, 60, "auto"):
                for report_hz in (0, 10):
                    result = measure(paths, rate, flush, report_hz)
                    say(title, f"{rate} Hz", flush, report_hz, *result)
                    if rate > 10:
                        case = ("as updates" if flush == rate else flush, report_hz)
                        sums[case] = tuple(map(sum, zip(sums[case], result)))
    for (flush, report_hz), result in sums.items():
        say("all together", "20, 30 Hz", flush, report_hz, *result)


if __name__ == "__main__":
    main()
