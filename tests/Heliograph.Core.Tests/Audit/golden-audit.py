#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Audit chains, by docs/reference/audit-log.md alone: prints golden-audit.json."""
import datetime
import hashlib
import json
import os

LOG = "ab" * 32


def text(members):
    """JSON with members in their order, no spaces, ASCII; what is not printable ASCII, and " and \\, as \\uXXXX."""
    def one(value):
        if isinstance(value, str):
            units = value.encode("utf-16-be")
            units = [units[i] << 8 | units[i + 1] for i in range(0, len(units), 2)]
            return '"' + "".join(chr(u) if 0x20 <= u <= 0x7E and chr(u) not in '"\\' else "\\u%04x" % u for u in units) + '"'
        if isinstance(value, list):
            return "[" + ",".join(one(item) for item in value) + "]"
        if isinstance(value, dict):
            return "{" + ",".join('"%s":%s' % (name, one(item)) for name, item in value.items() if item is not None) + "}"
        return str(value)
    return one(members)


def chain(records):
    previous, lines = bytes(32), []
    for record in records:
        if record.get("event") == "begin":
            record = {**record, "previous": previous.hex()}
        body = text(record).encode("ascii")
        previous = hashlib.sha256(b"heliograph:audit:v1\0" + previous + body).digest()
        lines.append(previous.hex() + " " + body.decode("ascii"))
    return lines


denied = chain([
    {"n": 0, "event": "begin", "format": "heliograph-audit/1", "chain": "denied", "log": LOG, "node": "origin-1"},
    {"n": 1, "at": "2026-11-26T21:58:08.250Z", "event": "denied", "by": "none", "from": "192.0.2.7", "action": "GET api/v1/namespaces", "reason": "unauthenticated"},
    {"n": 2, "at": "2026-11-26T21:58:09.000Z", "event": "denied", "actor": 'ci "quoted" \u00e9\U0001F600\\', "by": "token", "credential": "0123456789abcdef", "from": "2001:db8::1", "action": "PUT api/v1/namespaces/{ns}/setting", "namespace": "shop.api", "reason": "not_authorized"},
    {"n": 3, "at": "2026-11-26T21:58:20.001Z", "event": "denied-many", "since": "2026-11-26T21:58:10.000Z", "proven": 2, "unproven": 41213},
    {"n": 4, "at": "2026-11-26T22:00:00.000Z", "event": "repaired", "cutBytes": 17},
    {"n": 4, "event": "begin", "format": "heliograph-audit/1", "chain": "denied", "log": LOG, "node": "origin-1", "previous": None},
    {"n": 5, "at": "2026-11-26T22:00:01.000Z", "event": "denied", "actor": "x", "by": "certificate", "action": "sync subscribe", "namespace": "shop.api", "reason": "not_authorized"},
])


def fields(data):
    """Fields of a protobuf message: number -> values in order."""
    def varint(at):
        value = shift = 0
        while True:
            value |= (data[at] & 0x7F) << shift
            shift += 7
            at += 1
            if data[at - 1] < 0x80:
                return value, at
    found, at = {}, 0
    while at < len(data):
        tag, at = varint(at)
        value, at = varint(at)
        if tag & 7 == 2:
            value, at = data[at:at + value], at + value
        found.setdefault(tag >> 3, []).append(value)
    return found


KINDS = {16: "settings", 17: "create-namespace", 18: "alter-namespace", 19: "delete-namespace", 24: "create-snapshot", 25: "alter-snapshot"}


def change(entry):
    """The record of an entry of the log (docs/reference/log-format.md)."""
    it = fields(bytes.fromhex(entry["bytes"]))
    one = lambda number: it.get(number, [b""])[0].decode("utf-8") or None
    at = datetime.datetime.fromtimestamp(it[5][0] / 1000, datetime.timezone.utc)
    body = next(number for number in it if number in KINDS)
    record = {
        "n": it[3][0], "at": at.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (it[5][0] % 1000), "event": "change", "actor": one(8), "kind": KINDS[body],
        "namespace": one(10), "revision": "%d.%d" % (it[2][0], it[3][0]), "entry": entry["hash"], "request": one(6), "message": one(9)}
    if body == 16:
        settings = fields(it[16][0])
        if settings.get(2):
            record.update(kind="rollback", rolledBackTo=settings[2][0])
        named = [fields(value) for value in settings.get(1, [])]
        record["settings"] = len(named)
        record["named"] = [{"op": "put" if 3 in value else "delete", "key": value[1][0].decode("utf-8"), "label": value.get(2, [b""])[0].decode("utf-8") or None} for value in named[:20]]
    return record


log = json.load(open(os.path.join("..", "Log", "golden-log.json"), encoding="utf-8"))
realm = bytes.fromhex(log["entries"][0]["bytes"])[2:34].hex()
changes = chain([{"n": 0, "event": "begin", "format": "heliograph-audit/1", "chain": "changes", "log": realm}] + [change(entry) for entry in log["entries"]])
accepted = chain([
    {"n": 0, "event": "begin", "format": "heliograph-audit/1", "chain": "accepted", "log": LOG, "node": "origin-1"},
    {"n": 1, "at": "2026-11-27T01:00:00.000Z", "event": "accepted", "actor": "oidc/corp:ann", "by": "oidc", "credential": "https://id.example.com", "from": "192.0.2.7", "action": "PUT api/v1/namespaces/{ns}/setting", "request": "r-1"},
    {"n": 2, "at": "2026-11-27T01:00:01.500Z", "event": "accepted", "actor": "spiffe://shop/app/ci/deploy", "by": "certificate", "action": "POST api/v1/namespaces", "request": "r-2"},
])
print(json.dumps({"log": LOG, "denied": denied, "accepted": accepted, "realm": realm, "changes": changes}, indent=2))
