# SPDX-License-Identifier: Apache-2.0
"""Regenerates golden-snapshot-files.json from docs/reference/snapshot-files.md alone: python3 golden-snapshot-files.py > golden-snapshot-files.json

Shares nothing with the C# code: protobuf is encoded by hand, the Merkle tree built by plain recursion. The heads' signature
is 64 bytes of 5a, their log id zero: the files carry them as they are.
"""
import hashlib
import json
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
    """A field with a value other than its default; nothing for a default."""
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


def key(text):
    return b"\x01" + text.encode() + b"\x00"


# ---- what is kept: shop.prod at 1.1, then at 1.2; no other namespace, so the proof is empty ----
NAME = "shop.prod"


def attested(sequence, records):
    state = (field(1, NAME) + field(2, 1) + field(3, sequence) + field(4, root(records)) + field(5, len(records))
             + field(6, sum(len(k) + len(v) for k, v in records.items())))
    head = (message(1, bytes(32)) + field(2, 1) + field(3, sequence) + field(4, sha(struct.pack("<q", sequence)))
            + field(5, root({NAME.encode(): state})) + field(6, 1_700_000_000_000) + field(7, 1_700_000_600_000) + field(8, 10) + field(10, 1))
    return message(1, head) + field(2, "test-1") + field(3, b"\x5a" * 64), state, b""


first = {key("a"): b"one", key("b"): b"2"}
second = {key("a"): b"one", key("c"): b"3"}


# ---- the files ----
def snapshot(sequence, records):
    head, state, proof = attested(sequence, records)
    index, keys, values = b"", b"", b""
    for k in sorted(records):
        index += struct.pack(">IIII", len(keys), len(k), len(values), len(records[k]))
        keys, values = keys + k, values + records[k]
    body = head + state + proof + index + keys + values
    file = b"HELIOSNP" + struct.pack(">IIQIIIIQQ", 1, 0, 56 + len(body) + 32, len(head), len(state), len(proof), len(records), len(keys), len(values)) + body
    return file + sha(file)


def record_stream(before, after):
    stream = b""
    for k in sorted(set(before) | set(after)):
        if before.get(k) == after.get(k):
            continue
        stream += bytes([1 if k in after else 2]) + varint(len(k)) + k
        stream += varint(len(after[k])) + after[k] if k in after else b""
    return stream


def delta(base, sequence, records, stream, previous):
    head, state, proof = attested(sequence, records)
    record = struct.pack(">IIQIIII", 32 + len(head) + len(state) + len(proof) + len(stream) + 32, 1, base, len(head), len(state), len(proof), len(stream)) + head + state + proof + stream
    return record + sha(previous + record)


def floor(sequence, head_sequence, state_root, removed_at_ms):
    file = b"HELIOFLR" + struct.pack(">IIQIQ", 1, 1, sequence, 1, head_sequence) + state_root + struct.pack(">Q", removed_at_ms)
    return file + sha(file + b"shop.prod")


def line(text):
    return text + hashlib.sha256(text.encode()).hexdigest() + "\n"


file = snapshot(1, first)
stream = record_stream(first, second)
slot = hashlib.sha256(b"checkout-1").hexdigest()[:32]
boot = ("heliograph-boot/1\nservice checkout%20api\nhost-boot 7d6c\ntrial shop.prod 1.2 1 baked -\n"
        f"run {slot} 000102030405060708090a0b0c0d0e0f shop.prod 1.2\nquarantined shop.prod 1.1\nsha256 ")
print(json.dumps({
    "comment": "Written by golden-snapshot-files.py. Namespace shop.prod: a=one, b=2 at 1.1; then b deleted and c=3 at 1.2.",
    "snapshot": file.hex(),
    "delta": delta(1, 2, second, stream, file[-32:]).hex(),
    "recordStream": stream.hex(),
    "floor": floor(2, 2, root(second), 0).hex(),
    "floorOfDeleted": floor(2, 9, root(second), 1_700_000_000_123).hex(),
    "pointer": line("heliograph-pointer/1 1-1.snap 1.2 "),
    "boot": line(boot),
    "bootFileName": hashlib.sha256(b"checkout api").hexdigest()[:32] + ".boot",
}, indent=2))
