"""The Starling protocol's messages, read and written in plain Python.

Written from the text of proto/PROTOCOL.md alone; the numbers in brackets are its sections. Nothing here is
needed beyond Python 3.

    read(data, to)          a message's (type, fields), or WireError with the reason of section 5
    write(type, fields)     the message's bytes
    read_form(form, data)   one value of a form of section 3.1, the bytes being the whole input

A type is its name ("HELLO"), fields are a dict as in section 13: numbers for enumerations, str for texts,
bytes for blocks and payloads.
"""

import functools
import pathlib

# Limits [4]
DATAGRAM_MAX = 1200
SEAL_SIZE = 24
ENET_MTU = DATAGRAM_MAX - SEAL_SIZE
MESSAGE_MAX = ENET_MTU - 28
CHANNELS = 4
NAME_MAX = 32
TEXT_MAX = 200
TOKEN_MAX = 256
TICKET_MAX = 32
EVENT_MAX = 1024
PAYLOAD_MAX = 64
INDEX_MAX = 4095
NEAREST_MAX = 4095
RADIUS_MAX = 2147483647
FILL_MAX = 128
GRAIN_MAX = 1000000
U32_MAX = MEMBER_MAX = 4294967295

CONNECT_DATA = 0x53544C01  # [6.1]
CONTROL, STATE_CHANNEL, EVENT_CHANNEL, EVENT_FAST = range(CHANNELS)  # [6.2]
UNSEQUENCED, SEQUENCED, RELIABLE = range(3)
INTEREST_ALL, INTEREST_RADIUS, INTEREST_NEAREST = range(3)  # [7.2]
TO_ALL, TO_OTHERS, TO_ONE = range(3)  # [7.5]
DEFAULT_SETTINGS = {"up": 0, "down": 0, "echo": False, "interest": 0, "range": 0}

# Each message's type and who may be sent it [6.3]
TYPES = {
    "HELLO": (1, ("relay",)),
    "WELCOME": (2, ("member",)),
    "REFUSED": (3, ("member",)),
    "SETTINGS": (4, ("relay", "member")),
    "JOINED": (5, ("member",)),
    "LEFT": (6, ("member",)),
    "STATE": (7, ("relay",)),
    "SNAPSHOT": (8, ("member",)),
    "KEYFRAME": (9, ("member",)),
    "GONE": (10, ("relay", "member")),
    "EVENT": (11, ("relay", "member")),
    "CLOCK": (12, ("relay", "member")),
    "LEAVE": (13, ("relay",)),
    "GOODBYE": (14, ("member",)),
    "REPORT": (15, ("relay",)),
}
NAMES = {value: name for name, (value, _) in TYPES.items()}
RECORD_TYPES = ("STATE", "SNAPSHOT", "KEYFRAME")

# A record's flags [8.2]
HAS_MEMBER, HAS_INDEX, HAS_SKIPPED, HAS_Z, HAS_PAYLOAD = (1 << bit for bit in range(5))
FILL = 0x20  # alone: no record, but fill [8.3]
RECORD_RESERVED = 0xE0


class WireError(Exception):
    """Bytes that are not a message; `reason` is one of section 5."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


def check(fine, reason):
    if not fine:
        raise WireError(reason)


def newer(a, b):
    """Whether the serial number a is newer than b [3.2]."""
    return 1 <= (a - b) % 65536 <= 32767


def is_printable(text):
    """Whether none of a text's code points is a control or turns its direction [3.1]."""
    return not any(
        point <= 0x1F or 0x7F <= point <= 0x9F or point in (0x61C, 0x200E, 0x200F)
        or 0x2028 <= point <= 0x202E or 0x2066 <= point <= 0x2069
        for point in map(ord, text)
    )


@functools.lru_cache(maxsize=None)
def code_points(name):
    """A set of section 16: the ranges below the paragraph that begins with its name."""
    text = (pathlib.Path(__file__).resolve().parents[2] / "proto" / "PROTOCOL.md").read_text(encoding="utf-8")
    paragraph = text.partition("## 16. ")[2].partition(f"**{name}:**")[2]
    bounds = [word.split("-") for word in paragraph.split("\n\n")[1].split()]
    return {point for ends in bounds for point in range(int(ends[0], 16), int(ends[-1], 16) + 1)}


def is_name(text):
    """Whether a text of at least one code point is a name [3.1]."""
    hidden, marks, pictographs = map(code_points, ("Hidden", "Marks", "Pictographs"))
    points = list(map(ord, text))
    for before, point, after in zip([None, *points], points, [*points[1:], None]):
        if point in hidden or point & 0xFFFE == 0xFFFE:
            if point == 0x200D:
                skins = range(0x1F3FB, 0x1F3FF + 1)
                joins = after in pictographs and (before in pictographs or before == 0xFE0F or before in skins)
            elif point == 0xFE0F:
                keycap = before is not None and chr(before) in "0123456789#*" and after == 0x20E3
                joins = before in pictographs or keycap
            else:
                joins = False
            if not joins:
                return False
        elif point in marks and before in (None, 0x20):
            return False
        elif point == 0x20 and (before in (None, 0x20) or after is None):
            return False
    return bool(points)


class Reader:
    """Takes the forms of section 3.1 off the front of some bytes."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def left(self):
        return len(self.data) - self.at

    def bytes(self, size):
        check(size <= self.left(), "SHORT")
        self.at += size
        return self.data[self.at - size : self.at]

    def u8(self, most=255):
        value = self.bytes(1)[0]
        check(value <= most, "RANGE")
        return value

    def u16(self):
        return int.from_bytes(self.bytes(2), "little")

    def varint(self, bits):
        value, last_shift = 0, (bits - 1) // 7 * 7
        for shift in range(0, last_shift + 1, 7):
            byte = self.bytes(1)[0]
            value |= (byte & 0x7F) << shift
            check(value < 1 << bits, "RANGE")
            if byte < 0x80:
                check(byte != 0 or shift == 0, "NOT_CANONICAL")
                return value
        raise WireError("RANGE")

    def varint32(self, least=0, most=U32_MAX):
        value = self.varint(32)
        check(least <= value <= most, "RANGE")
        return value

    def varint53(self):
        return self.varint(53)

    def zigzag32(self):
        folded = self.varint(32)
        return -(folded + 1) // 2 if folded & 1 else folded // 2

    def block(self, least, most):
        return bytes(self.bytes(self.varint32(least, most)))

    def text(self, least, most):
        return as_text(self.block(least, most))

    def name(self):
        return as_name(self.block(1, NAME_MAX))


def as_text(data):
    try:
        text = bytes(data).decode("utf-8")
    except UnicodeDecodeError:
        raise WireError("TEXT") from None
    check(is_printable(text), "TEXT")
    return text


def as_name(data):
    text = as_text(data)
    check(is_name(text), "TEXT")
    return text


def read_form(form, data):
    reader = Reader(data)
    if form in ("text", "name"):
        return as_text(data) if form == "text" else as_name(data)
    value = getattr(reader, form)()
    check(reader.left() == 0, "TRAILING")
    return value


# Reading messages


def read(data, to, expected=None):
    """Reads a message to a "relay" or a "member"; `expected` is the only type wanted, if there is one."""
    check(len(data) <= MESSAGE_MAX, "TOO_LONG")
    reader = Reader(data)
    name = NAMES.get(reader.u8())
    check(name is not None and to in TYPES[name][1] and expected in (None, name), "TYPE")
    fields = READ[name](reader, name, to)
    check(reader.left() == 0, "TRAILING")
    if name == "EVENT" and to == "relay" and fields["scope"] != TO_ONE:
        check(fields["member"] == 0, "RANGE")
    return name, fields


def read_flagged_settings(reader, reserved):
    up, down, flags = reader.u8(2), reader.u8(2), reader.u8()
    check(flags & reserved == 0, "RESERVED")
    interest = reader.u8(2)
    least, most = ((0, 0), (1, RADIUS_MAX), (1, NEAREST_MAX))[interest]
    span = reader.varint32(least, most)
    return {"up": up, "down": down, "echo": flags & 1 == 1, "interest": interest, "range": span}, flags & 2 == 2


def read_settings(reader, *_):
    return read_flagged_settings(reader, 0xFE)[0]


def read_hello(reader, *_):
    hello = {"room": reader.name(), "name": reader.name(), "token": reader.block(0, TOKEN_MAX)}
    hello["settings"], resume = read_flagged_settings(reader, 0xFC)
    if resume:
        hello["ticket"] = reader.block(0, TICKET_MAX)
    return hello


def read_welcome(reader, *_):
    welcome = {"member": reader.varint32(1, MEMBER_MAX), "clock_us": reader.varint53()}
    welcome["settings"], resume = read_flagged_settings(reader, 0xFC)
    welcome |= {
        "grain_um": reader.varint32(1, GRAIN_MAX),
        "flush_us": reader.varint32(),
        "member_limit": reader.varint32(1),
        "entity_limit": reader.varint32(1, INDEX_MAX + 1),
        "payload_limit": reader.varint32(0, PAYLOAD_MAX),
        "message_rate": reader.varint32(1),
    }
    if resume:
        welcome |= {"grace_ms": reader.varint32(), "ticket": reader.block(1, TICKET_MAX)}
    return welcome


def read_reason(reader, *_):
    return {"reason": reader.u8(), "text": reader.text(0, TEXT_MAX)}


def read_list(reader, name, _):
    check(reader.left() > 0, "EMPTY")
    entries = []
    while reader.left() > 0:
        entry = {"member": reader.varint32(1, MEMBER_MAX)}
        if name == "JOINED":
            entry["name"] = reader.text(1, NAME_MAX)
        elif name == "LEFT":
            entry["reason"] = reader.u8()
        else:
            entry["index"] = reader.varint32(0, INDEX_MAX)
            entry["seq"] = reader.u16()
        entries.append(entry)
    return {"entries": entries}


def read_event(reader, *_):
    return {"scope": reader.u8(2), "member": reader.varint32(), "data": reader.block(0, EVENT_MAX)}


def read_clock(reader, *_):
    return {field: reader.varint53() for field in ("sent_us", "received_us", "answered_us")}


def read_report(reader, *_):
    report = {"number": reader.u16()}
    report.update((field, reader.varint53()) for field in ("count", "bytes", "received_us"))
    return report


def read_nothing(*_):
    return {}


def read_records(reader, name, _):
    fields = {}
    if name == "SNAPSHOT":
        fields["number"] = reader.u16()
    elif name == "KEYFRAME":
        last = reader.u8()
        check(last <= 1, "RESERVED")
        fields["last"] = last == 1
    fields["time_us"] = reader.varint53()
    check(reader.left() > 0 or name == "KEYFRAME", "EMPTY")
    records, before = [], None
    while reader.left() > 0 and not (name == "SNAPSHOT" and records and reader.data[reader.at] == FILL):
        before = read_record(reader, name, fields["time_us"], before)
        records.append(before)
    if name == "STATE":
        for record in records:
            del record["member"], record["skipped"]
    fields["records"] = records
    if reader.left() > 0:
        fields["fill"] = read_fill(reader)
    return fields


def read_fill(reader):
    """How many bytes the fill has, its first among them [8.3]."""
    size = reader.left()
    check(size <= FILL_MAX, "RANGE")
    check(not any(reader.bytes(size)[1:]), "RESERVED")
    return size


def read_record(reader, name, time_us, before):
    """The next record; `before` is the one before it in the message, or None [8.2]."""
    is_state = name == "STATE"
    flags = reader.u8()
    check(flags & RECORD_RESERVED == 0, "RESERVED")
    check(not (is_state and flags & (HAS_MEMBER | HAS_SKIPPED)), "RESERVED")
    check(is_state or before or flags & HAS_MEMBER, "NOT_CANONICAL")
    record = {"member": before["member"] if before else None}
    if flags & HAS_MEMBER:
        record["member"] = reader.varint32(1, MEMBER_MAX)
        check(not before or record["member"] != before["member"], "NOT_CANONICAL")
    record["index"] = 0 if not before or flags & HAS_MEMBER else before["index"] + 1
    if flags & HAS_INDEX:
        implied, record["index"] = record["index"], reader.varint32()
        check(record["index"] != implied, "NOT_CANONICAL")
    check(record["index"] <= INDEX_MAX, "RANGE")
    record["skipped"] = 0
    if flags & HAS_SKIPPED:
        record["skipped"] = reader.varint32()
        check(record["skipped"] != 0, "NOT_CANONICAL")
        check(record["skipped"] <= 65535, "RANGE")
    record["seq"] = reader.u16()
    record["age_us"] = reader.varint53()
    check(record["age_us"] <= time_us or (is_state and time_us == 0), "RANGE")
    record["x"], record["y"], record["z"] = reader.zigzag32(), reader.zigzag32(), 0
    if flags & HAS_Z:
        record["z"] = reader.zigzag32()
        check(record["z"] != 0, "NOT_CANONICAL")
    record["payload"] = b""
    if flags & HAS_PAYLOAD:
        size = reader.u8()
        check(size != 0, "NOT_CANONICAL")
        check(size <= PAYLOAD_MAX, "RANGE")
        record["payload"] = bytes(reader.bytes(size))
    return record


READ = {
    "HELLO": read_hello,
    "WELCOME": read_welcome,
    "REFUSED": read_reason,
    "GOODBYE": read_reason,
    "SETTINGS": read_settings,
    "JOINED": read_list,
    "LEFT": read_list,
    "GONE": read_list,
    "EVENT": read_event,
    "CLOCK": read_clock,
    "LEAVE": read_nothing,
    "REPORT": read_report,
    "STATE": read_records,
    "SNAPSHOT": read_records,
    "KEYFRAME": read_records,
}


# Writing messages


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def zigzag(value):
    return varint(2 * value if value >= 0 else -2 * value - 1)


def u16(value):
    return value.to_bytes(2, "little")


def block(data):
    return varint(len(data)) + data


def text(value):
    return block(value.encode("utf-8"))


def write(name, fields=None):
    """The bytes of a message whose fields are within their ranges; whether they are is not checked."""
    return bytes([TYPES[name][0]]) + WRITE[name](fields or {}, name)


def write_settings(f, _=None, resume=False):
    flags = int(f["echo"]) | 2 * int(resume)
    return bytes([f["up"], f["down"], flags, f["interest"]]) + varint(f["range"])


def write_hello(f, *_):
    resume = "ticket" in f
    start = text(f["room"]) + text(f["name"]) + block(f["token"]) + write_settings(f["settings"], resume=resume)
    return start + (block(f["ticket"]) if resume else b"")


def write_welcome(f, *_):
    limits = ("grain_um", "flush_us", "member_limit", "entity_limit", "payload_limit", "message_rate")
    resume = "ticket" in f
    return (
        varint(f["member"])
        + varint(f["clock_us"])
        + write_settings(f["settings"], resume=resume)
        + b"".join(varint(f[limit]) for limit in limits)
        + (varint(f["grace_ms"]) + block(f["ticket"]) if resume else b"")
    )


def write_reason(f, *_):
    return bytes([f["reason"]]) + text(f["text"])


def write_list(f, name):
    out = b""
    for entry in f["entries"]:
        out += varint(entry["member"])
        if name == "JOINED":
            out += text(entry["name"])
        elif name == "LEFT":
            out += bytes([entry["reason"]])
        else:
            out += varint(entry["index"]) + u16(entry["seq"])
    return out


def write_event(f, *_):
    return bytes([f["scope"]]) + varint(f["member"]) + block(f["data"])


def write_clock(f, *_):
    return varint(f["sent_us"]) + varint(f["received_us"]) + varint(f["answered_us"])


def write_report(f, *_):
    return u16(f["number"]) + varint(f["count"]) + varint(f["bytes"]) + varint(f["received_us"])


def write_nothing(*_):
    return b""


def write_records(f, name):
    out, member, implied = varint(f["time_us"]), None, 0
    if name == "SNAPSHOT":
        out = u16(f["number"]) + out
    elif name == "KEYFRAME":
        out = bytes([int(f["last"])]) + out
    for record in f["records"]:
        out += write_record(record, member, implied)
        member, implied = record.get("member"), record["index"] + 1
    if "fill" in f:
        out += bytes([FILL]) + bytes(f["fill"] - 1)
    return out


def write_record(record, member_before, implied):
    flags, head, tail = 0, b"", b""
    member, skipped, payload = record.get("member"), record.get("skipped", 0), record["payload"]
    if member != member_before:
        flags |= HAS_MEMBER
        head += varint(member)
        implied = 0
    if record["index"] != implied:
        flags |= HAS_INDEX
        head += varint(record["index"])
    if skipped:
        flags |= HAS_SKIPPED
        head += varint(skipped)
    if record["z"]:
        flags |= HAS_Z
        tail += zigzag(record["z"])
    if payload:
        flags |= HAS_PAYLOAD
        tail += bytes([len(payload)]) + payload
    middle = u16(record["seq"]) + varint(record["age_us"]) + zigzag(record["x"]) + zigzag(record["y"])
    return bytes([flags]) + head + middle + tail


WRITE = {
    "HELLO": write_hello,
    "WELCOME": write_welcome,
    "REFUSED": write_reason,
    "GOODBYE": write_reason,
    "SETTINGS": write_settings,
    "JOINED": write_list,
    "LEFT": write_list,
    "GONE": write_list,
    "EVENT": write_event,
    "CLOCK": write_clock,
    "LEAVE": write_nothing,
    "REPORT": write_report,
    "STATE": write_records,
    "SNAPSHOT": write_records,
    "KEYFRAME": write_records,
}
