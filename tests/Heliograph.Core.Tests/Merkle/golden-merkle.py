# SPDX-License-Identifier: Apache-2.0
"""Regenerates golden-merkle.json from the definition of the Merkle map alone: python3 golden-merkle.py > golden-merkle.json

Shares nothing with the C# code: the tree is built by plain recursion, the messages are encoded by hand.
"""
import hashlib
import json

ZERO = bytes(32)


def sha(data):
    return hashlib.sha256(data).digest()


def bit(hash_, depth):
    return hash_[depth // 8] >> (7 - depth % 8) & 1


def split(leaves, depth):
    return [leaf for leaf in leaves if not bit(leaf[0], depth)], [leaf for leaf in leaves if bit(leaf[0], depth)]


def node(leaves, depth=0):
    if not leaves:
        return ZERO
    if len(leaves) == 1:
        return sha(b"\x00" + leaves[0][0] + leaves[0][1])
    zero, one = split(leaves, depth)
    return sha(b"\x01" + node(zero, depth + 1) + node(one, depth + 1))


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def field(number, value):
    if not value:
        return b""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def pack(bits):
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def prove(leaves, key):
    key_hash, depth, siblings, bits = sha(key), 0, b"", ""
    while len(leaves) > 1:
        sides = split(leaves, depth)
        side = bit(key_hash, depth)
        depth += 1
        sibling = node(sides[1 - side], depth)
        bits += "0" if sibling == ZERO else "1"
        siblings += b"" if sibling == ZERO else sibling
        leaves = sides[side]
    other = leaves[0] if leaves and leaves[0][0] != key_hash else (b"", b"")
    return field(1, siblings) + field(2, pack(bits)) + field(3, depth) + field(4, other[0]) + field(5, other[1])


def prove_many(leaves, keys):
    shape, siblings, others = [], [], []

    def visit(leaves, hashes, depth):
        if not leaves:
            shape.append("1110")
        elif not hashes:
            shape.append("10")
            siblings.append(node(leaves, depth))
        elif len(leaves) == 1 and leaves[0][0] in hashes:
            shape.append("110")
        elif len(leaves) == 1:
            shape.append("1111")
            others.append(leaves[0][0] + leaves[0][1])
        else:
            shape.append("0")
            for side in (0, 1):
                visit(split(leaves, depth)[side], [h for h in hashes if bit(h, depth) == side], depth + 1)

    visit(leaves, [sha(key) for key in keys], 0)
    return field(1, pack("".join(shape))) + field(2, b"".join(siblings)) + field(3, b"".join(others))


def records(count):
    return [(sha(b"k%d" % i), sha(b"v%d" % i)) for i in range(count)]


def proof(count, key):
    present = key.startswith("k") and int(key[1:]) < count
    return {"records": count, "key": key, "value": "v" + key[1:] if present else None, "proof": prove(records(count), key.encode()).hex()}


print(json.dumps({
    "comment": "Record i has key k{i} and value v{i}, i from 0. Written by golden-merkle.py.",
    "roots": [{"records": count, "root": node(records(count)).hex()} for count in (0, 1, 2, 10, 1000)],
    "proofs": [proof(0, "k0"), proof(1, "k0"), proof(10, "k7"), proof(10, "k10"), proof(1000, "k500"), proof(1000, "k1000"), proof(1000, "k1001")],
    "multi_proofs": [{"records": 1000, "keys": ["k1", "k2", "k3", "k1000", "k1001"], "proof": prove_many(records(1000), [b"k1", b"k2", b"k3", b"k1000", b"k1001"]).hex()}],
}, indent=2))
