# SPDX-License-Identifier: Apache-2.0
"""Regenerates golden-log.json from the definitions alone: python3 golden-log.py > golden-log.json

Shares nothing with the C# code: protobuf is encoded by hand, the Merkle tree built by plain recursion, P-256 computed from
its curve equation. The key is for this file only.
"""
import hashlib
import json

# ---- protobuf ----


def varint(n):
    n &= (1 << 64) - 1
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def field(number, value):
    """A field with a value other than its default; nothing for a default."""
    if isinstance(value, str):
        value = value.encode()
    if not value:
        return b""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return message(number, value)


def message(number, value):
    """A message, present even if it is empty."""
    return varint(number << 3 | 2) + varint(len(value)) + value


# ---- hashes ----


def sha(data):
    return hashlib.sha256(data).digest()


def bit(hash_, depth):
    return hash_[depth // 8] >> (7 - depth % 8) & 1


def node(leaves, depth=0):
    if not leaves:
        return bytes(32)
    if len(leaves) == 1:
        return sha(b"\x00" + leaves[0][0] + leaves[0][1])
    return sha(b"\x01" + b"".join(node([leaf for leaf in leaves if bit(leaf[0], depth) == side], depth + 1) for side in (0, 1)))


def root(records):
    return node([(sha(key), sha(value)) for key, value in records])


def path(records, key):
    leaves, depth, siblings, bits = [(sha(k), sha(v)) for k, v in records], 0, b"", ""
    while len(leaves) > 1:
        side = bit(sha(key), depth)
        sibling = node([leaf for leaf in leaves if bit(leaf[0], depth) != side], depth + 1)
        leaves = [leaf for leaf in leaves if bit(leaf[0], depth) == side]
        bits += "0" if sibling == bytes(32) else "1"
        siblings += b"" if sibling == bytes(32) else sibling
        depth += 1
    packed = bits + "0" * (-len(bits) % 8)
    packed = bytes(int(packed[i:i + 8], 2) for i in range(0, len(packed), 8))
    return field(1, siblings) + field(2, packed) + field(3, depth)


# ---- ECDSA on P-256 ----
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
     0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def times(k, point):
    result = None
    while k:
        if k & 1:
            result = add(result, point)
        point, k = add(point, point), k >> 1
    return result


def sign(private, data):
    digest = int.from_bytes(sha(data), "big")
    k = int.from_bytes(sha(private.to_bytes(32, "big") + data), "big") % N
    r = times(k, G)[0] % N
    s = pow(k, -1, N) * (digest + r * private) % N
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def public_key(private):
    x, y = times(private, G)
    prefix = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
    return prefix + b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")


# ---- the realm ----
PRIVATE = int.from_bytes(sha(b"heliograph golden vectors"), "big") % N
KEY_ID = "origin-a"
NAMESPACE = "shop.cart"
AT = 1767322800000

trust_root = (field(1, 1) + field(2, 1) + field(3, "golden") + field(4, bytes(range(16)))
              + message(5, field(1, KEY_ID) + field(2, 1) + field(3, public_key(PRIVATE))))
log_id = sha(trust_root)


def setting_value(value, content_type="", tags=(), locked=0):
    tags = b"".join(message(3, field(1, name) + field(2, text)) for name, text in tags)
    return field(1, value) + field(2, content_type) + tags + field(4, locked)


def record_key(key, label=""):
    return b"\x01" + key.encode() + b"\x00" + label.encode()


settings = [
    ("checkout:timeout", "", setting_value("30")),
    ("checkout:timeout", "eu", setting_value("45", "text/plain", [("owner", "payments"), ("tier", "1")], 1)),
    ("empty", "", setting_value("")),
    ("greeting", "de", setting_value("Grüß Gott 👋", "text/plain;charset=utf-8")),
]


def change(key, label, put):
    return message(1, field(1, key) + field(2, label) + (message(3, put) if put is not None else b""))


def entry(sequence, previous, request, namespace, body_number, body, text=""):
    return (field(1, log_id) + field(2, 1) + field(3, sequence) + field(4, previous) + field(5, AT + 1000 * sequence)
            + field(6, request) + field(7, sha(request.encode())) + field(8, "spiffe://golden/people/ada") + field(9, text)
            + field(10, namespace) + message(body_number, body))


bodies = [
    (17, field(1, "The cart"), "first"),
    (16, b"".join(change(*setting) for setting in settings) + change("old", "", None), "Longer waits in the EU"),
    (18, field(1, 1) + field(2, "The old cart"), ""),
    (19, b"", "gone"),
    (16, change("checkout:timeout", "", settings[0][2]) + field(2, 2), "back"),
]
entries, previous = [], bytes(32)
for sequence, (number, body, text) in enumerate(bodies, 1):
    bytes_ = entry(sequence, previous, f"request-{sequence}", NAMESPACE, number, body, text)
    previous = sha(b"\x02" + bytes_)
    entries.append({"sequence": sequence, "bytes": bytes_.hex(), "hash": previous.hex()})

records = [(record_key(key, label), value) for key, label, value in settings]
state_root = root(records)
state = (field(1, NAMESPACE) + field(2, 1) + field(3, 2) + field(4, state_root) + field(5, len(records))
         + field(6, sum(len(key) + len(value) for key, value in records)))
empty_state = field(1, "shop.empty") + field(2, 1) + field(3, 1) + message(4, bytes(32))
directory = [(NAMESPACE.encode(), state), (b"shop.empty", empty_state)]
head = (field(1, log_id) + field(2, 1) + field(3, len(entries)) + field(4, previous) + field(5, root(directory)) + field(6, AT)
        + field(7, AT + 600_000) + field(8, 10) + field(10, 1))
signed_bytes = b"heliograph:head:v1\x00" + head

print(json.dumps({
    "comment": "Written by golden-log.py.",
    "trust_root": {"bytes": trust_root.hex(), "log_id": log_id.hex()},
    "entries": entries,
    "settings": [{"key": key, "label": label, "record_key": record_key(key, label).hex(), "record_value": value.hex(), "etag": sha(value).hex()}
                 for key, label, value in settings],
    "namespace_states": [{"name": NAMESPACE, "bytes": state.hex(), "state_root": state_root.hex()},
                         {"name": "shop.empty", "bytes": empty_state.hex(), "state_root": bytes(32).hex()}],
    "directory": {"root": root(directory).hex(), "proof": path(directory, NAMESPACE.encode()).hex()},
    "head": {"bytes": head.hex(), "signed_bytes": signed_bytes.hex(), "key_id": KEY_ID,
             "signed_head": (message(1, head) + field(2, KEY_ID) + field(3, sign(PRIVATE, signed_bytes))).hex()},
}, indent=2, ensure_ascii=True))
