# SPDX-License-Identifier: Apache-2.0
"""Regenerates golden-frames.json from sync.proto alone: python3 golden-frames.py > golden-frames.json

Shares nothing with the C# code: protobuf and frames are encoded by hand.
"""
import json


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
    return varint(number << 3 | 2) + varint(len(value)) + value


def repeated(number, values):
    return b"".join(message(number, value if isinstance(value, bytes) else value.encode()) for value in values)


def frame(type_, body):
    return ((len(body) + 1).to_bytes(4, "big") + bytes([type_]) + body).hex()


def position(epoch, sequence):
    return field(1, epoch) + field(2, sequence)


LOG_ID = bytes(range(32))
ROOT = bytes(range(100, 132))
instance = (field(1, "cart-1") + field(2, "cart") + field(3, "eu-west") + field(4, "eu-west-1a") + field(5, "canary") + field(6, "2.7.1") + field(7, "host-9")
            + message(8, field(1, "shop.cart") + field(2, "Development") + field(3, "Cart:") + field(4, 1)))
cohort = message(1, position(1, 48213)) + field(2, ROOT) + field(3, "eu-west") + field(4, "canary") + field(5, 300) + field(6, 2) + field(7, 1)
status = (message(1, instance) + message(2, position(1, 48212)) + field(3, ROOT) + field(4, 1)
          + message(5, message(1, position(1, 48213)) + field(2, "wrong_root") + field(3, "why")) + field(6, 1767322800000) + field(7, 1) + field(8, "relay-a/relay-b"))

print(json.dumps({
    "comment": "Written by golden-frames.py.",
    "hello": frame(1, field(1, 1) + field(2, 1) + message(3, instance) + field(4, 2) + field(5, LOG_ID) + field(6, b"token") + field(7, 1) + field(8, "00112233445566778899aabbccddeeff")),
    "subscribe": frame(2, message(1, field(1, "shop.cart") + message(2, position(1, 48213))) + message(1, field(1, "shop.empty") + message(2, b""))),
    "unsubscribe": frame(3, repeated(1, ["shop.cart", "shop.empty"])),
    "status": frame(4, message(1, field(1, "shop.cart") + message(2, cohort) + message(3, status) + field(4, 7))),
    "proof_request": frame(5, repeated(1, ["shop.cart"])),
    "proof_request_all": frame(5, b""),
    "welcome": frame(16, field(1, 1) + field(2, "relay-a") + field(3, "relay") + field(4, LOG_ID) + field(5, 10) + repeated(6, ["tls://b:7401"])),
    "update": frame(17, field(1, "shop.cart") + message(2, position(1, 48212)) + field(3, b"head") + field(4, b"state") + field(5, b"proof") + field(6, 300) + field(7, b"records")),
    "update_snapshot": frame(17, field(1, "shop.cart") + field(3, b"head") + field(4, b"state") + field(5, b"proof") + field(6, 7) + field(7, b"records")),
    "update_chunk": frame(18, field(1, "shop.cart") + field(2, 262144) + field(3, b"more")),
    "freshness": frame(19, field(1, b"head") + message(2, field(1, b"state") + field(2, b"proof"))),
    "freshness_head": frame(19, field(1, b"head") + field(3, 5000)),
    "freshness_joined": frame(19, field(1, b"head") + message(4, repeated(1, [b"state a", b"state b"]) + field(2, b"proof"))),
    "hello_joined": frame(1, field(1, 1) + field(2, 1) + field(5, LOG_ID) + field(12, 1)),
    "refused": frame(20, field(1, "shop.cart") + field(2, "deleted") + field(3, "It was deleted.") + field(4, b"head") + field(5, b"absence")),
    "refused_stream": frame(20, field(2, "wrong_log") + field(3, "Another log.")),
    "hello_reader_keys": frame(1, field(1, 1) + field(2, 1) + field(4, 1) + field(5, LOG_ID) + field(9, 1)),
    "hello_trust": frame(1, field(1, 1) + field(2, 1) + field(5, LOG_ID) + field(10, 3) + field(11, 2)),
    "trust": frame(25, repeated(1, [b"root 4", b"root 5"]) + repeated(2, [b"to epoch 3"])),
    "reader_keys": frame(24, message(1, field(1, "shop.cart") + field(2, LOG_ID))),
    "envelope": (field(1, 5) + field(2, field(1, "shop.cart"))).hex(),
    "drain": frame(21, field(1, "restart") + field(2, 1500) + repeated(3, ["tls://b:7401", "tls://c:7401"])),
    "run": frame(7, message(1, field(1, "shop.cart") + message(2, position(1, 48213)) + field(3, 1)) + field(2, 1) + field(3, 1)),
    "quarantine": frame(23, message(1, field(1, "shop.cart") + message(2, position(1, 48213)) + message(3, position(1, 48212)))),
    "follow": frame(6, repeated(1, ["*", "shop.*"]) + field(2, "shop.cart")),
    "names": frame(22, repeated(1, ["shop.cart", "shop.search"]) + field(2, "shop.search")),
    "hello_entries": frame(1, field(1, 1) + field(2, 1) + field(4, 2) + field(5, LOG_ID) + field(20, 1)),
    "welcome_entries": frame(16, field(1, 1) + field(2, "relay-a") + field(4, LOG_ID) + field(20, 1)),
    "entries_request": frame(8, field(1, 48213) + field(2, 30000)),
    "entry_part": frame(28, field(1, 48214) + field(2, 300) + field(3, 100) + field(4, b"entry")),
    "entries_end": frame(29, field(1, b"head")),
    "names_again": frame(22, field(3, 1)),
}, indent=2))
