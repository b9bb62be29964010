# SPDX-License-Identifier: Apache-2.0
"""Regenerates golden-log-files.json from docs/reference/backup.md alone: python3 golden-log-files.py > golden-log-files.json

Shares nothing with the C# code. Payloads are bytes of no meaning: what they mean is docs/reference/log-format.md's to say.
"""
import hashlib
import json
import struct


def crc32c(data):
    crc = 0xFFFFFFFF
    for octet in data:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def header(kind, log_id, begun_at_ms):
    body = b"HELIOLOG" + struct.pack(">II", 1, kind) + log_id + struct.pack(">qI", begun_at_ms, 0)
    return body + struct.pack(">I", crc32c(body))


def record(kind, payload):
    body = struct.pack(">IB", len(payload), kind) + payload
    return body + struct.pack(">I", crc32c(body))


LOG_ID = hashlib.sha256(b"log").digest()
ROOT, ENTRIES, HEAD = b"a trust root", [b"entry one", b"entry two, which is longer", b"x" * 300], b"a signed head"

headers = [{"kind": k, "logId": LOG_ID.hex(), "begunAtMs": ms, "bytes": header(k, LOG_ID, ms).hex()} for k, ms in [(1, 1_700_000_000_000), (2, 0)]]
records = [{"type": t, "payload": p.hex(), "bytes": record(t, p).hex()} for t, p in [(1, ROOT), (2, ENTRIES[0]), (2, b""), (3, HEAD), (4, bytes(40)), (5, b"a signed root"), (6, b"a signed transition")]]

front = header(1, LOG_ID, 1_700_000_000_000) + record(1, ROOT) + b"".join(record(2, e) for e in ENTRIES) + record(3, HEAD)
end = struct.pack(">Q", len(ENTRIES)) + hashlib.sha256(front).digest()

print(json.dumps({
    "about": "Made by golden-log-files.py from docs/reference/backup.md.",
    "headers": headers,
    "records": records,
    "end": {"entries": len(ENTRIES), "digest": hashlib.sha256(front).hexdigest(), "payload": end.hex()},
    "backup": {"root": ROOT.hex(), "entries": [e.hex() for e in ENTRIES], "head": HEAD.hex(), "bytes": (front + record(4, end)).hex()},
}, indent=1))
