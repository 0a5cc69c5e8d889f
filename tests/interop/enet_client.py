#!/usr/bin/env python3
"""A client on Debian's python3-enet and wire.py: nothing of the project's own code is linked in.

    tests/interop/enet_client.py --port N [--name NAME] [--hear NAME]... [--see NAME]... [--last]

It joins, publishes two entities with `echo`, listens, speaks, and leaves when it has seen what it must see:
of each member to `--hear`, the states and the events of an interop client, of each to `--see` its states.
Prints a line "passed: ..." or "FAILED: ..." for each thing it proves; exit status 1 when one failed.

What the interop clients agree on: entity 0 of a client at seq s is at (3s, -5s, 0), entity 7 at
(-s, 1500, -s - 1) with the client's name as payload. A client says "hello" once, reliably, when it knows all
that it is to hear, and "wave" unsequenced every 100 ms; then "done" when it has heard enough.
"""

import argparse
import sys
import time

import enet

import wire

HOST = b"127.0.0.1"
ROOM = "lobby"
PUBLISH_US = 20000
AGE_US = 3000  # how old its states are as they leave: their origin is sure to be in the room's past
QUESTIONS = 8
STATES_WANTED = 40
FLAGS = {
    wire.UNSEQUENCED: enet.PACKET_FLAG_UNSEQUENCED,
    wire.SEQUENCED: 0,
    wire.RELIABLE: enet.PACKET_FLAG_RELIABLE,
}
# The channels on which a member may be sent a type [6.3]; the control channel for those not named.
CHANNELS_OF = {"SNAPSHOT": (1,), "EVENT": (2, 3)}


def now_us():
    return time.monotonic_ns() // 1000


def position(index, seq):
    return (3 * seq, -5 * seq, 0) if index == 0 else (-seq, 1500, -seq - 1)


class Report:
    def __init__(self, who):
        self.who, self.failed = who, 0

    def prove(self, sentence, holds, seen=""):
        self.failed += not holds
        print(f"{'passed' if holds else 'FAILED'}: {self.who}: {sentence}" + ("" if holds else f" ({seen})"))


class Connection:
    """One ENet peer; gives what comes in, one at a time."""

    def __init__(self, port, data):
        self.host = enet.Host(None, 1, wire.CHANNELS, 0, 0)
        self.peer = self.host.connect(enet.Address(HOST, port), wire.CHANNELS, data)

    def take(self, wait_ms=5):
        """("connect"|"disconnect"|"receive", channel, bytes or ENet's data), or None."""
        event = self.host.service(wait_ms)
        if event.type == enet.EVENT_TYPE_CONNECT:
            return "connect", None, None
        if event.type == enet.EVENT_TYPE_DISCONNECT:
            return "disconnect", None, event.data
        if event.type == enet.EVENT_TYPE_RECEIVE:
            return "receive", event.channelID, bytes(event.packet.data)
        return None

    def send(self, channel, mode, message):
        self.peer.send(channel, enet.Packet(message, FLAGS[mode]))


class Entity:
    """The newest state that is known of an entity [9.3]."""

    def __init__(self):
        self.seq, self.record, self.applied, self.lost, self.rests = None, None, 0, 0, False

    def apply(self, record, is_keyframe):
        is_gone = self.seq is not None and self.record is None
        if self.seq is not None and not wire.newer(record["seq"], self.seq) and not (is_gone and is_keyframe):
            return False
        if self.seq is not None and not is_gone:
            self.lost += max(0, (record["seq"] - self.seq - 1) % 65536 - record["skipped"])
        self.seq, self.record, self.rests = record["seq"], record, False
        self.applied += 1
        return True

    def end(self, seq):
        if self.seq is None or not wire.newer(self.seq, seq):
            self.seq, self.record = seq, None


class Client:
    def __init__(self, options, report):
        self.report, self.hear, self.see = report, options.hear, options.see
        self.name, self.last = options.name, options.last
        self.connection = Connection(options.port, wire.CONNECT_DATA)
        self.is_connected = False
        self.welcome = self.welcome_at_us = self.settings = None
        self.members, self.left, self.entities = {}, {}, {}
        self.events, self.order, self.sent_origins = set(), [], {}
        self.echoes = self.clock_late = self.messages = 0
        self.bad, self.misplaced, self.wrong = [], [], []
        self.asked, self.answers, self.stray_answers, self.ask_at_us = set(), [], 0, 0
        self.seq, self.publish_at_us, self.wave_at_us = 65520, 0, 0
        self.has_greeted = self.has_finished = self.is_picture_whole = False
        self.number, self.lost_snapshots, self.gone, self.farewell = None, 0, [], None

    # Hearing

    def on_message(self, channel, data):
        self.messages += 1
        try:
            kind, fields = wire.read(data, "member")
        except wire.WireError as error:
            self.bad.append(f"{error.reason}: {data.hex()}")
            return
        if channel not in CHANNELS_OF.get(kind, (0,)):
            self.misplaced.append(f"{kind} on channel {channel}")
        if channel == wire.CONTROL and kind != "CLOCK":
            self.order.append(kind)
        if self.welcome or kind in ("WELCOME", "REFUSED"):
            getattr(self, "on_" + kind.lower())(fields)

    def on_welcome(self, fields):
        self.welcome, self.welcome_at_us, self.settings = fields, now_us(), fields["settings"]
        self.members[fields["member"]] = self.name

    def on_joined(self, fields):
        for entry in fields["entries"]:
            self.members[entry["member"]] = entry["name"]

    def on_left(self, fields):
        for entry in fields["entries"]:
            name = self.members.pop(entry["member"], None)
            if name:
                self.left[name] = entry["reason"]

    def on_gone(self, fields):
        for entry in fields["entries"]:
            self.gone.append((entry["member"], entry["index"], entry["seq"]))
            self.entities.setdefault((entry["member"], entry["index"]), Entity()).end(entry["seq"])

    def on_snapshot(self, fields):
        if self.number is not None and wire.newer(fields["number"], self.number):
            self.lost_snapshots += (fields["number"] - self.number) % 65536 - 1
        if self.number is None or wire.newer(fields["number"], self.number):
            self.number = fields["number"]
        self.on_records(fields, False)
        if len(self.answers) == QUESTIONS:
            offset, bound = self.clock()
            late_us = now_us() + offset - fields["time_us"]
            self.clock_late += not -bound - 1000 <= late_us <= 500000

    def on_keyframe(self, fields):
        self.is_picture_whole |= fields["last"]
        self.on_records(fields, True)
        for record in fields["records"]:
            entity = self.entities.get((record["member"], record["index"]))
            if entity and entity.record and entity.seq == record["seq"]:
                entity.rests = True

    def on_records(self, fields, is_keyframe):
        for record in fields["records"]:
            who = self.members.get(record["member"])
            if who is None:
                continue
            entity = self.entities.setdefault((record["member"], record["index"]), Entity())
            if entity.apply(record, is_keyframe):
                self.on_state(who, record, fields["time_us"] - record["age_us"])

    def on_state(self, who, record, origin_us):
        place = (record["x"], record["y"], record["z"])
        if who in (self.name, *self.hear):
            payload = who.encode() if record["index"] == 7 else b""
            if place != position(record["index"], record["seq"]) or record["payload"] != payload:
                self.wrong.append(f"{who}: {record}")
        if who == "lua" and place != (record["seq"], 1500, 0):  # PROTOCOL.md's client
            self.wrong.append(f"{who}: {record}")
        if who == self.name:
            self.echoes += 1
            if self.sent_origins.get(record["seq"]) != origin_us:
                self.wrong.append(f"origin {origin_us} of {record}, {self.sent_origins.get(record['seq'])} sent")

    def on_event(self, fields):
        self.events.add((fields["member"], fields["scope"], fields["data"]))

    def on_clock(self, fields):
        t1, t2, t3, t4 = fields["sent_us"], fields["received_us"], fields["answered_us"], now_us()
        if t1 not in self.asked or t3 < t2:
            self.stray_answers += 1
            return
        self.asked.remove(t1)
        self.answers.append(((t4 - t1) - (t3 - t2), ((t2 - t1) + (t3 - t4)) / 2))

    def on_settings(self, fields):
        self.settings = fields

    def on_refused(self, fields):
        self.farewell = fields

    on_goodbye = on_refused

    def clock(self):
        """What to add to the own clock to have the room's, and by how much that may be wrong, in us."""
        delay, offset = min(self.answers)
        return round(offset), delay // 2 + 1

    # Speaking

    def ask(self):
        self.ask_at_us = now_us() + 20000
        self.asked.add(now := now_us())
        question = {"sent_us": now, "received_us": 0, "answered_us": 0}
        self.connection.send(wire.CONTROL, wire.UNSEQUENCED, wire.write("CLOCK", question))

    def publish(self):
        self.publish_at_us = now_us() + PUBLISH_US
        self.seq = (self.seq + 1) % 65536
        time_us = now_us() + self.clock()[0]
        self.sent_origins[self.seq] = time_us - AGE_US
        records = []
        for index in (0, 7):
            x, y, z = position(index, self.seq)
            payload = self.name.encode() if index == 7 else b""
            records.append({"index": index, "seq": self.seq, "age_us": AGE_US, "x": x, "y": y, "z": z,
                            "payload": payload})
        message = wire.write("STATE", {"time_us": time_us, "records": records})
        self.connection.send(wire.STATE_CHANNEL, self.settings["up"], message)

    def say(self, data, scope=wire.TO_OTHERS, member=0, channel=wire.EVENT_CHANNEL):
        message = wire.write("EVENT", {"scope": scope, "member": member, "data": data})
        mode = wire.RELIABLE if channel == wire.EVENT_CHANNEL else wire.UNSEQUENCED
        self.connection.send(channel, mode, message)

    def greet(self):
        self.has_greeted = True
        self.say(b"hello")
        self.say(b"to all", wire.TO_ALL)
        self.say(b"to one", wire.TO_ONE, self.welcome["member"])

    # What happens, turn by turn

    def turn(self):
        came = self.connection.take()
        if came and came[0] == "connect":
            self.is_connected = True
            hello = {"room": ROOM, "name": self.name, "token": b"",
                     "settings": {**wire.DEFAULT_SETTINGS, "echo": True}}
            self.connection.send(wire.CONTROL, wire.RELIABLE, wire.write("HELLO", hello))
        elif came and came[0] == "disconnect":
            self.is_connected = False
        elif came:
            self.on_message(came[1], came[2])
        if not self.welcome or self.has_finished:
            return
        now = now_us()
        if len(self.answers) < QUESTIONS:
            if now >= self.ask_at_us:
                self.ask()
            return
        if now >= self.publish_at_us:
            self.publish()
        if now >= self.wave_at_us:
            self.wave_at_us = now + 100000
            self.say(b"wave", channel=wire.EVENT_FAST)
        if not self.has_greeted and set(self.hear) <= set(self.members.values()):
            self.greet()

    def wait(self, condition, seconds):
        """Goes on until the condition holds; whether it did in time."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                return False
            self.turn()
        return True

    def ids(self, name):
        return [member for member, its in self.members.items() if its == name]

    def states(self, name, index):
        return sum(self.entities[key].applied for member in self.ids(name)
                   for key in self.entities if key == (member, index))

    def heard(self, name, scope, data):
        return any((member, scope, data) in self.events for member in self.ids(name))

    def has_heard_enough(self):
        return (
            all(self.states(name, index) >= STATES_WANTED for name in self.hear for index in (0, 7))
            and all(self.heard(name, wire.TO_OTHERS, data) for name in self.hear for data in (b"hello", b"wave"))
            and all(self.states(name, 0) >= STATES_WANTED // 4 for name in self.see)
            and self.heard(self.name, wire.TO_ALL, b"to all")
            and self.heard(self.name, wire.TO_ONE, b"to one")
            and self.states(self.name, 0) >= STATES_WANTED
        )

    def all_are_done(self):
        return all(name in self.left or self.heard(name, wire.TO_OTHERS, b"done") for name in self.hear)


def prove_joining(client, report):
    whole = client.wait(lambda: client.is_picture_whole or client.farewell, 3)
    before = client.order[: client.order.index("KEYFRAME")] if whole and not client.farewell else []
    report.prove("WELCOME comes first, then JOINED if any, then KEYFRAMEs up to the last",
                 before[:1] == ["WELCOME"] and set(before[1:]) <= {"JOINED"}, f"{client.order} {client.farewell}")
    if not whole or client.farewell:
        return False
    peer = client.connection.peer
    client.wait(lambda: peer.packetThrottleDeceleration == 0, 1)
    throttle = (peer.packetThrottleInterval, peer.packetThrottleAcceleration, peer.packetThrottleDeceleration)
    report.prove("the relay sets ENet's throttle for a binding that cannot", throttle == (5000, 32, 0), f"{throttle}")
    return True


def prove_clock(client, report):
    answered = client.wait(lambda: len(client.answers) == QUESTIONS, 3)
    report.prove("CLOCK is answered with what was asked", answered and not client.stray_answers,
                 f"{len(client.answers)} answers, {client.stray_answers} stray")
    if not answered:
        return False
    offset, bound = client.clock()
    late_us = client.welcome_at_us + offset - client.welcome["clock_us"]
    report.prove("the room's clock by CLOCK agrees with WELCOME's", min(client.answers)[0] >= 0
                 and -bound - 1000 <= late_us <= 500000, f"WELCOME is {late_us} us late, error bound {bound} us")
    return True


def prove_hearing(client, report, seconds):
    client.wait(client.has_heard_enough, seconds)
    for name in client.hear:
        counts = [client.states(name, index) for index in (0, 7)]
        report.prove(f"hears {name}'s two entities", min(counts) >= STATES_WANTED, f"{counts} states")
        report.prove(f"hears {name}'s events, reliable and unsequenced",
                     all(client.heard(name, wire.TO_OTHERS, data) for data in (b"hello", b"wave")),
                     f"{sorted(client.events)} of {client.members}")
    for name in client.see:
        count = client.states(name, 0)
        report.prove(f"hears {name}'s states", count >= STATES_WANTED // 4, f"{count} of {client.members}")
    report.prove("an event to all and one to itself come back", client.heard(client.name, wire.TO_ALL, b"to all")
                 and client.heard(client.name, wire.TO_ONE, b"to one"), f"{sorted(client.events)}")
    report.prove("its own states come back by echo, past seq 65535", client.states(client.name, 0) >= STATES_WANTED
                 and client.seq < 65000, f"{client.states(client.name, 0)} at seq {client.seq}")
    report.prove("each state has the place, payload and origin that it was sent with", not client.wrong,
                 "; ".join(client.wrong[:3]))
    report.prove("each SNAPSHOT's time is that of the room's clock", client.clock_late == 0, f"{client.clock_late} not")


def prove_changes(client, report):
    wanted = {"up": 1, "down": 2, "echo": True, "interest": 2, "range": 256}
    client.connection.send(wire.CONTROL, wire.RELIABLE, wire.write("SETTINGS", {**wanted, "range": 4000}))
    report.prove("SETTINGS are answered with what is in force", client.wait(lambda: client.settings == wanted, 2),
                 f"{client.settings}")
    before = client.echoes
    report.prove("states go sequenced up and reliable down",
                 client.wait(lambda: client.echoes >= before + 20, 2), f"{client.echoes - before} echoes")
    client.has_finished = True
    mine = [client.entities[client.welcome["member"], index] for index in (0, 7)]
    report.prove("its newest states are confirmed by KEYFRAME when they rest",
                 client.wait(lambda: all(entity.rests and entity.seq == client.seq for entity in mine), 2),
                 f"{[(entity.seq, entity.rests) for entity in mine]}, seq {client.seq}")
    end = (client.welcome["member"], 7, client.seq)
    fields = {"entries": [dict(zip(("member", "index", "seq"), end))]}
    client.connection.send(wire.CONTROL, wire.RELIABLE, wire.write("GONE", fields))
    report.prove("GONE comes back by echo", client.wait(lambda: end in client.gone, 2), f"{client.gone}, not {end}")


def prove_parting(client, report):
    report.prove("the others have heard enough, too", client.wait(client.all_are_done, 5), f"{client.events}")
    if client.last:
        client.wait(lambda: set(client.hear) <= set(client.left), 5)
        report.prove("those who say LEAVE have LEFT with reason LEFT",
                     all(client.left.get(name) == 0 for name in client.hear), f"{client.left}")
    client.connection.send(wire.CONTROL, wire.RELIABLE, wire.write("LEAVE"))
    report.prove("the relay disconnects who says LEAVE", client.wait(lambda: not client.is_connected, 2))


def prove_versions(port, report):
    """A client of the next version is told so in words, one of another game is not spoken to."""
    for data, expected in ((wire.CONNECT_DATA + 1, 2), (0x12345678, None)):
        connection, said, parted, end = Connection(port, data), [], None, time.monotonic() + 2
        while parted is None and time.monotonic() < end:
            came = connection.take()
            if came and came[0] == "receive":
                said.append(wire.read(came[2], "member"))
            elif came and came[0] == "disconnect":
                parted = came[2]
        if expected is None:
            sentence, fine = "other connect data is not spoken to", not said
        else:
            sentence = "version 2 is refused in words that name both versions"
            fine = (len(said) == 1 and said[0][0] == "REFUSED" and said[0][1]["reason"] == expected
                    and "1" in said[0][1]["text"] and "2" in said[0][1]["text"])
        report.prove(sentence, fine and parted == wire.CONNECT_DATA, f"{said}, ENet's data {parted}")


def main():
    parser = argparse.ArgumentParser(description="An interop client of a Starling relay.")
    parser.add_argument("--port", type=int, required=True, help="the relay's UDP port on 127.0.0.1")
    parser.add_argument("--name", default="python", help="what to be called (default python)")
    parser.add_argument("--hear", action="append", default=[], help="an interop client that will be there")
    parser.add_argument("--see", action="append", default=[], help="another member that will be there")
    parser.add_argument("--last", action="store_true", help="wait for those to hear to leave")
    parser.add_argument("--seconds", type=float, default=8, help="how long to wait for the others (default 8)")
    options = parser.parse_args()
    report = Report(options.name)
    client = Client(options, report)
    if prove_joining(client, report) and prove_clock(client, report):
        prove_hearing(client, report, options.seconds)
        client.say(b"done")
        prove_changes(client, report)
        prove_parting(client, report)
        prove_versions(options.port, report)
        report.prove("every message decodes and is on its channel", not client.bad and not client.misplaced,
                     "; ".join(client.bad[:3] + client.misplaced[:3]))
        print(f"  note: {options.name} took {client.messages} messages, CLOCK's error bound {client.clock()[1]} us, "
              f"{sum(entity.lost for entity in client.entities.values())} states and {client.lost_snapshots} "
              "SNAPSHOTs lost")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    sys.exit(main())
