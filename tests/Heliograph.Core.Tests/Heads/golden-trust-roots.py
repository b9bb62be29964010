# SPDX-License-Identifier: Apache-2.0
"""Regenerates golden-trust-roots.json from the definitions alone: python3 golden-trust-roots.py > golden-trust-roots.json

Shares nothing with the C# code; protobuf and P-256 by hand are those of golden-log.py. The keys are for this file only.
"""
import contextlib
import importlib.util
import io
import json
import pathlib

spec = importlib.util.spec_from_file_location("golden_log", pathlib.Path(__file__).parent.parent / "Log" / "golden-log.py")
log = importlib.util.module_from_spec(spec)
with contextlib.redirect_stdout(io.StringIO()):
    spec.loader.exec_module(log)
field, message, sha = log.field, log.message, log.sha


def private(name):
    return int.from_bytes(sha(b"heliograph golden vectors: " + name.encode()), "big") % log.N


def key(number, name):
    return message(number, field(1, name) + field(2, 1) + field(3, log.public_key(private(name))))


def signed(domain, content, names):
    signatures = b"".join(message(2, field(1, name) + message(2, log.sign(private(name), domain + b"\x00" + content))) for name in sorted(names))
    return message(1, content) + signatures


def root(version, head, roots, threshold, recovery, recovery_threshold, expires=0, min_format=0, nonce=b"", log_id=b""):
    return (field(1, 2) + field(2, version) + field(3, "golden") + field(4, nonce) + b"".join(key(5, name) for name in head) + field(6, expires)
            + b"".join(key(7, name) for name in roots) + field(8, threshold) + b"".join(key(9, name) for name in recovery)
            + field(10, recovery_threshold) + field(11, min_format) + field(12, log_id))


ROOT, EPOCH = b"heliograph:root:v1", b"heliograph:epoch:v1"
v1 = root(1, ["head-a"], ["root-1", "root-2", "root-3"], 2, ["rescue-1", "rescue-2"], 2, nonce=bytes(range(16)))
log_id = sha(v1)
v2 = root(2, ["head-a", "head-b"], ["root-1", "root-2", "root-3"], 2, ["rescue-1", "rescue-2"], 2, expires=1830000000000, log_id=log_id)
v3 = root(3, ["head-b"], ["root-3", "root-4"], 1, ["rescue-3"], 1, min_format=2, log_id=log_id)
chain = [signed(ROOT, v2, ["root-1", "root-3"]), signed(ROOT, v3, ["root-2", "root-3"])]


def transition(epoch, base_epoch, base_sequence, base_hash, discarded, reason):
    return (field(1, log_id) + field(2, epoch) + field(3, base_epoch) + field(4, base_sequence) + message(5, base_hash) + field(6, discarded)
            + field(7, 1767322800000) + field(8, reason))


second = transition(2, 1, 100, sha(b"entry 100"), 120, "the store was lost")
third = transition(3, 1, 90, sha(b"entry 90"), 0, "a head key was stolen")

# The same for a realm that was founded with head keys only (golden-log.json): its head keys sign version 2.
old_id = log.log_id
adopted = root(2, ["head-b"], ["root-1"], 1, [], 0, log_id=old_id)
adopted_envelope = message(1, adopted) + b"".join(message(2, field(1, name) + message(2, log.sign(secret, ROOT + b"\x00" + adopted)))
                                                  for name, secret in [("origin-a", log.PRIVATE), ("root-1", private("root-1"))])

print(json.dumps({
    "comment": "Written by golden-trust-roots.py.",
    "first": v1.hex(), "log_id": log_id.hex(),
    "signed_bytes_2": (ROOT + b"\x00" + v2).hex(),
    "roots": [envelope.hex() for envelope in chain],
    "transition_2": second.hex(),
    "signed_bytes_transition_2": (EPOCH + b"\x00" + second).hex(),
    "transitions": [signed(EPOCH, second, ["rescue-1", "rescue-2"]).hex(), signed(EPOCH, third, ["rescue-3"]).hex()],
    "adopted": adopted_envelope.hex(),
    "private_keys": {name: private(name).to_bytes(32, "big").hex() for name in ["head-a", "head-b", "root-1", "root-2", "root-3", "root-4", "rescue-1", "rescue-2", "rescue-3"]},
}, indent=2))
