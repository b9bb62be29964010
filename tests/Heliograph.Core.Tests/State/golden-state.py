# SPDX-License-Identifier: Apache-2.0
"""Regenerates golden-state.json from the definitions alone: python3 golden-state.py > golden-state.json

The log that a sequencer writes for a list of submissions, with every root after every entry and the last head. Shares
nothing with the C# code; takes the log's id from ../Log/golden-log.json.
"""
import hashlib
import json
import pathlib
import struct


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def message(number, value):
    return varint(number << 3 | 2) + varint(len(value)) + value


def field(number, value):
    value = value.encode() if isinstance(value, str) else value
    if not value:
        return b""
    return varint(number << 3) + varint(value) if isinstance(value, int) else message(number, value)


def sha(data):
    return hashlib.sha256(data).digest()


def node(leaves, depth=0):
    if not leaves:
        return bytes(32)
    if len(leaves) == 1:
        return sha(b"\x00" + leaves[0][0] + leaves[0][1])
    sides = [[leaf for leaf in leaves if leaf[0][depth // 8] >> (7 - depth % 8) & 1 == side] for side in (0, 1)]
    return sha(b"\x01" + node(sides[0], depth + 1) + node(sides[1], depth + 1))


def root(records):
    return node([(sha(key), sha(value)) for key, value in records.items()])


def digest(*fields):
    """What a request id stands for: fields with their length in front, -1 for an absent one."""
    data = b""
    for value in fields:
        value = value.encode() if isinstance(value, str) else value
        data += struct.pack(">i", -1 if value is None else len(value)) + (value or b"")
    return sha(data)


def record_key(key, label):
    return b"\x01" + key.encode() + b"\x00" + label.encode()


def setting(value, content_type="", tags=(), description="", marks=0):
    tags = b"".join(message(3, field(1, name) + field(2, text)) for name, text in tags)
    return field(1, value) + field(2, content_type) + tags + field(5, description) + field(6, marks)


def stamp_key(record_key_):
    return b"\x07" + record_key_[1:]


def stamp(sequence, seconds):
    return field(1, 1) + field(2, sequence) + field(3, START + 1000 * seconds)


LOG_ID = bytes.fromhex(json.loads((pathlib.Path(__file__).parent / "../Log/golden-log.json").read_text())["trust_root"]["log_id"])
START = 1767323045000  # 2026-01-02T03:04:05Z
log, namespaces, previous = [], {}, bytes(32)


def commit(seconds, namespace, actor, request, text, request_digest, number, body, records):
    """records: what the namespace holds afterwards; None if it is gone."""
    global previous
    sequence = len(log) + 1
    entry = (field(1, LOG_ID) + field(2, 1) + field(3, sequence) + message(4, previous) + field(5, START + 1000 * seconds) + field(6, request)
             + field(7, request_digest) + field(8, actor) + field(9, text) + field(10, namespace) + message(number, body))
    previous = sha(b"\x02" + entry)
    if records is None:
        del namespaces[namespace]
    else:
        namespaces[namespace] = (sequence, records)
    directory = {}
    for name, (last, content) in namespaces.items():
        size = sum(len(key) + len(value) for key, value in content.items())
        directory[name.encode()] = field(1, name) + field(2, 1) + field(3, last) + message(4, root(content)) + field(5, len(content)) + field(6, size)
    log.append({"sequence": sequence, "bytes": entry.hex(), "hash": previous.hex(), "state_root": root(records).hex() if records is not None else None,
                "directory_root": root(directory).hex()})


def change(key, label, put):
    return message(1, field(1, key) + field(2, label) + (message(3, put) if put is not None else b""))


for name, what in (("heliograph.realm", "Roles, trust root and feature level of this realm."), ("heliograph.credentials", "What proves callers to the origin; never served.")):
    commit(0, name, "heliograph", f"heliograph:bootstrap:{name}", "", digest("create", name, "heliograph", "", what), 17, field(1, what), {})

commit(1, "shop", "ann", "r1", "", digest("create", "shop", "ann", "", "The shop"), 17, field(1, "The shop"), {})

one, two = setting("1"), setting("2", "text/plain", [("owner", "basket"), ("tier", "1")])
first = {record_key("a", ""): one, record_key("b", "dev"): two}
commit(2, "shop", "ann", "r2", "first",
       digest("change", "shop", "ann", "first", None, record_key("a", ""), one, "absent", record_key("b", "dev"), two, None, record_key("zz", ""), None, None),
       16, change("a", "", one) + change("b", "dev", two), first)  # zz is not there: deleting it changes nothing and is left out

ten = setting("10")
commit(3, "shop", "bob", "r3", "",
       digest("change", "shop", "bob", "", "1.4", record_key("a", ""), ten, sha(one).hex(), record_key("b", "dev"), None, "exists"),
       16, change("a", "", ten) + change("b", "dev", None), {record_key("a", ""): ten})

commit(4, "shop", "bob", "r4", "back", digest("rollback", "shop", "bob", "back", "1.4", None), 16, change("a", "", one) + change("b", "dev", two) + field(2, 4), first)
commit(5, "shop", "ann", "r5", "", digest("alter", "shop", "ann", "", "True", None), 18, field(1, 1) + field(2, "The shop"), first)
commit(6, "shop", "ann", "r6", "", digest("delete", "shop", "ann", ""), 19, b"", None)
commit(7, "shop", "ann", "r7", "", digest("create", "shop", "ann", "", ""), 17, b"", {})

# from here on with stamps, and with a named snapshot
none = setting("", description="why", marks=1)
plain = {record_key("x", ""): none}
commit(8, "shop", "ann", "r8", "", digest("change", "shop", "ann", "", None, record_key("x", ""), none, None), 16, change("x", "", none), plain)
stamped = {**plain, stamp_key(record_key("x", "")): stamp(11, 9)}
commit(9, "shop", "ann", "r9", "", digest("alter", "shop", "ann", "", None, None, "stamped"), 18, field(3, 1), stamped)
more = {**stamped, record_key("y", ""): one, stamp_key(record_key("y", "")): stamp(12, 10)}
commit(10, "shop", "ann", "r10", "", digest("change", "shop", "ann", "", None, record_key("y", ""), one, None), 16, change("y", "", one), more)
definition, content = b"{}", root({record_key("y", ""): one})
commit(11, "shop", "ann", "r11", "", digest("create-snapshot", "shop", "ann", "", "release", definition, content.hex()), 24,
       field(1, "release") + field(2, definition) + field(3, 1) + field(4, 2) + field(5, content) + field(6, 3600),
       {**more, b"\x05release": field(1, definition) + field(2, 1) + field(3, 13) + field(4, 1) + field(5, 2) + field(6, content) + field(7, START + 11_000) + field(8, 3600) + field(10, 13)})
archived = {**more, b"\x05release": field(1, definition) + field(2, 1) + field(3, 13) + field(4, 1) + field(5, 2) + field(6, content) + field(7, START + 11_000) + field(8, 3600)
            + field(9, START + 12_000) + field(10, 14)}
commit(12, "shop", "ann", "r12", "", digest("alter-snapshot", "shop", "ann", "", "release", "True", None), 25, field(1, "release") + field(2, 1), archived)

# pinned to what 1.14 held, released with what stood before, and pinned once more where no setting changes
y = record_key("y", "")
bad = {**archived, y: ten, stamp_key(y): stamp(15, 13)}
commit(13, "shop", "ann", "r13", "", digest("change", "shop", "ann", "", None, y, ten, None), 16, change("y", "", ten), bad)
pin = field(1, 1) + field(2, 14) + field(3, 1) + field(4, 15)
commit(14, "shop", "carl", "r14", "bad prices", digest("pin", "shop", "carl", "bad prices", "1.14", None), 16, change("y", "", one) + field(2, 14) + message(3, pin),
       {**archived, stamp_key(y): stamp(16, 14), b"\x08": pin + field(5, "carl") + field(6, "bad prices") + field(7, START + 14_000)})
commit(15, "shop", "carl", "r15", "", digest("unpin", "shop", "carl", "", "True", None), 16, change("y", "", ten) + field(2, 15) + message(3, b""), {**bad, stamp_key(y): stamp(17, 15)})
pin = field(1, 1) + field(2, 17) + field(3, 1) + field(4, 17)
commit(16, "shop", "carl", "r16", "hold", digest("pin", "shop", "carl", "hold", "1.17", "1.17"), 16, field(2, 17) + message(3, pin),
       {**bad, stamp_key(y): stamp(17, 15), b"\x08": pin + field(5, "carl") + field(6, "hold") + field(7, START + 16_000)})

head = (field(1, LOG_ID) + field(2, 1) + field(3, len(log)) + field(4, previous) + field(5, bytes.fromhex(log[-1]["directory_root"]))
        + field(6, START + 16_000) + field(7, START + 16_000 + 600_000) + field(8, 10) + field(10, 1))

print(json.dumps({"comment": "Written by golden-state.py.", "start_ms": START, "entries": log, "head": head.hex()}, indent=2))
