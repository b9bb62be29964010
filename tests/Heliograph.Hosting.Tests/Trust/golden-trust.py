# SPDX-License-Identifier: Apache-2.0
"""Regenerates golden-trust.json, which is a trust file, from docs/reference/log-format.md alone: python3 golden-trust.py > golden-trust.json

The trust root is that of ../../Heliograph.Core.Tests/Log/golden-log.json, which golden-log.py encodes by hand.
"""
import base64
import hashlib
import json
import pathlib

golden = json.loads((pathlib.Path(__file__).parent / "../../Heliograph.Core.Tests/Log/golden-log.json").read_text())
root = bytes.fromhex(golden["trust_root"]["bytes"])
print(json.dumps({"format": 1, "realm": "golden", "logId": hashlib.sha256(root).hexdigest(), "root": base64.b64encode(root).decode()}, indent=2))
