# SPDX-License-Identifier: Apache-2.0
"""Regenerates golden-etcd.json from docs/reference/storage-etcd.md alone: python3 golden-etcd.py > golden-etcd.json"""
import hashlib
import json
import struct

TABLE = []
for octet in range(256):
    value = octet
    for _ in range(8):
        value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
    TABLE.append(value)


def crc32c(data):
    crc = 0xFFFFFFFF
    for octet in data:
        crc = (crc >> 8) ^ TABLE[(crc ^ octet) & 0xFF]
    return crc ^ 0xFFFFFFFF


def summed(data):
    return data + struct.pack(">I", crc32c(data))


assert crc32c(b"123456789") == 0xE3069283

log_id = bytes(range(1, 33))
prefix = f"/heliograph/{log_id.hex()}/"
entry_bytes = b"an entry of the log"
entry_hash = hashlib.sha256(b"\x02" + entry_bytes).digest()
last_hash = hashlib.sha256(b"\x02" + b"the last entry of its batch").digest()
node, address = "origin-1".encode(), "https://origin-1.example:7443/".encode()

print(json.dumps({
    "log_id": log_id.hex(),
    "keys": {
        "format": prefix + "format", "epoch": prefix + "epoch", "head": prefix + "head", "leader": prefix + "leader",
        "entry_48213": prefix + f"e/{48213:016x}",
        "operation": prefix + "op/deploy-17/ü",
        "chunk_3_of_48215": prefix + f"b/{48215:016x}/{last_hash.hex()}/{3:04x}",
    },
    "head_empty": summed(struct.pack(">IQ32sQ", 1, 0, bytes(32), 0)).hex(),
    "head": {"epoch": 2, "sequence": 48213, "hash": entry_hash.hex(), "committed_at_ms": 1790000000123,
             "bytes": summed(struct.pack(">IQ32sQ", 2, 48213, entry_hash, 1790000000123)).hex()},
    "epoch_first": summed(struct.pack(">IQ32s", 1, 0, bytes(32))).hex(),
    "epoch": {"epoch": 2, "base_sequence": 40000, "base_hash": last_hash.hex(), "bytes": summed(struct.pack(">IQ32s", 2, 40000, last_hash)).hex()},
    "leader": {"node": node.decode(), "address": address.decode(),
               "bytes": summed(struct.pack(">H", len(node)) + node + struct.pack(">H", len(address)) + address).hex()},
    "entry_inline": {"entry": entry_bytes.hex(), "bytes": (b"\x01" + entry_bytes).hex()},
    "entry_chunked": {"hash": entry_hash.hex(), "last_sequence": 48215, "last_hash": last_hash.hex(), "offset": 524288, "length": 300000,
                      "bytes": (b"\x02" + entry_hash + struct.pack(">Q", 48215) + last_hash + struct.pack(">II", 524288, 300000)).hex()},
    "operation_value": struct.pack(">Q", 48213).hex(),
}, indent=2, ensure_ascii=True))
