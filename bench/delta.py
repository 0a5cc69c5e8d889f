#!/usr/bin/env python3
"""What "state relative to the last one acknowledged" would save, measured on recorded traces.

    bench/delta.py TRACE.csv ...

Every id of a trace is a member with one entity; it publishes at a rate, with a phase of its own, what lies between the
trace's rows, and is 20 ms away from the relay. One receiver hears all. A flush puts every state that is new into
SNAPSHOTs, in two encodings: that of proto/PROTOCOL.md, section 8.2, and the same with x, y, z as differences from the
newest state of the entity that the receiver is known to have, as Quake III does, seq as a difference of one byte, z
left out when it did not change, and one byte a SNAPSHOT that says which one it builds on. A state without such a
predecessor stands as it is. SNAPSHOTs are lost with 2 %; that one came, the relay knows one round trip of 80 ms after
it was sent ("each"), or with the next of 10 reports a second.

Counted are UDP payload bytes, ENet's ten a datagram included, for each update sent. The seed is fixed.
"""

import collections
import csv
import random
import sys

UPLINK, ROUND_TRIP, LOSS = 0.02, 0.08, 0.02
HEAD, ENET, MESSAGE_MAX = 1 + 2 + 4, 10, 1148  # type, number, time_us
Update = collections.namedtuple("Update", "arrival id origin seq place")


def varint(value):
    return max(1, (value.bit_length() + 6) // 7)


def zigzag(value):
    return varint(2 * value if value >= 0 else -2 * value - 1)


def load(path):
    paths = collections.defaultdict(list)
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            place = tuple(float(row[axis]) for axis in "xyz")
            paths[int(row["id"])].append((float(row["t"]), place))
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


def measure(paths, rate, flush, report_hz):
    luck = random.Random(1)
    begun = sorted(paths, key=lambda thing: paths[thing][0][0])
    member = {thing: n % 512 + 1 for n, thing in enumerate(begun)}
    updates = collections.deque(publish(paths, rate, luck))
    has, acknowledged, under_way = {}, {}, collections.deque()
    absolute = relative = count = n = 0
    while updates:
        now, n, new = n / flush, n + 1, {}
        while updates and updates[0].arrival <= now:
            new[updates[0].id] = updates[0]
            updates.popleft()
        while under_way and under_way[0][0] <= now:
            acknowledged = under_way.popleft()[1]
        if not new:
            continue
        pairs = [sizes(new[thing], member[thing], now, acknowledged.get(thing)) for thing in sorted(new, key=member.get)]
        absolute += datagrams([pair[0] for pair in pairs], HEAD)
        relative += datagrams([pair[1] for pair in pairs], HEAD + 1)
        count += len(new)
        if luck.random() >= LOSS:
            has = {**has, **new}
            came = now + ROUND_TRIP / 2
            told = (int(came * report_hz) + 1) / report_hz if report_hz else came
            under_way.append((told + ROUND_TRIP / 2, has))
    return absolute / count, relative / count


def main(names):
    if not names:
        sys.exit("usage: bench/delta.py TRACE.csv ...")
    print("| trace | updates | flushes | acknowledged | absolute | relative | saved |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name in names:
        paths = load(name)
        for rate in (10, 20, 30):
            for flush in (rate, 60):
                for report_hz in (0, 10):
                    a, r = measure(paths, rate, flush, report_hz)
                    how = "10 Hz" if report_hz else "each"
                    title = name.rsplit("/", 1)[-1].removesuffix(".csv")
                    print(f"| {title} | {rate} Hz | {flush} Hz | {how} | {a:.2f} | {r:.2f} | {100 * (1 - r / a):.1f} % |")


if __name__ == "__main__":
    main(sys.argv[1:])
