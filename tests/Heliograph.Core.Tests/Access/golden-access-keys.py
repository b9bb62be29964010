# SPDX-License-Identifier: Apache-2.0
"""Regenerates golden-access-keys.json from docs/reference/log-format.md alone: python3 golden-access-keys.py > golden-access-keys.json"""
import hashlib
import hmac
import json
import struct

MASTER = bytes(range(32))


def mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def vector(namespace, identity):
    reader = mac(MASTER, b"heliograph:access-key:read:v1\0" + namespace.encode())
    writer = mac(MASTER, b"heliograph:access-key:write:v1\0" + namespace.encode())
    return {
        "namespace": namespace,
        "id": identity,
        "reader_key": reader.hex(),
        "writer_key": writer.hex(),
        "reader_secrets": [mac(reader, identity.encode() + b"\0" + struct.pack(">I", n)).hex() for n in (1, 2, 258)],
        "writer_secrets": [mac(writer, identity.encode() + b"\0" + struct.pack(">I", n)).hex() for n in (1, 2, 258)],
        "reader_key_hash": hashlib.sha256(b"heliograph:reader-key:v1\0" + namespace.encode() + b"\0" + reader).hexdigest(),
    }


print(json.dumps({"master": MASTER.hex(), "numbers": [1, 2, 258], "keys": [vector("shop.prod", "00112233445566778899"), vector("a", "ffffffffffffffffffff")]}, indent=1))
