# SPDX-License-Identifier: Apache-2.0
"""Debian's Python client (python3-azure), unmodified, over TLS. Arguments: connection string, certificate authority."""
import sys
import uuid

from azure.appconfiguration import AzureAppConfigurationClient, ConfigurationSetting, ResourceReadOnlyError
from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError

client = AzureAppConfigurationClient.from_connection_string(sys.argv[1], connection_verify=sys.argv[2])
prefix = str(uuid.uuid4())
passed = 0


def check(name, holds):
    global passed
    if not holds:
        sys.exit(f"failed: {name}")
    passed += 1


def refused(kind, action):
    try:
        action()
    except kind:
        return True
    return False


for text in ["a/b", "a%2Fb", "#?&+ ,*\\", "😀", "..x", "عربى"]:
    client.set_configuration_setting(ConfigurationSetting(key=prefix + text, label=text, value=text))
    read = client.get_configuration_setting(key=prefix + text, label=text)
    check("odd text", (read.key, read.label, read.value) == (prefix + text, text, text))
one = client.set_configuration_setting(ConfigurationSetting(key=prefix + "one", value="1", tags={"a": "b"}, content_type="t"))
check("tags and content type", one.tags == {"a": "b"} and one.content_type == "t")
check("add what is there", refused(ResourceExistsError, lambda: client.add_configuration_setting(ConfigurationSetting(key=prefix + "one", value="2"))))
check("unchanged is none", client.get_configuration_setting(key=prefix + "one", etag=one.etag, match_condition=MatchConditions.IfModified) is None)
two = client.set_configuration_setting(ConfigurationSetting(key=prefix + "one", value="2"))
one.value = "3"
check("overtaken", refused(ResourceModifiedError, lambda: client.set_configuration_setting(one, match_condition=MatchConditions.IfNotModified)))
check("locked", client.set_read_only(two, True).read_only)
check("change of what is locked", refused(ResourceReadOnlyError, lambda: client.set_configuration_setting(ConfigurationSetting(key=prefix + "one", value="4"))))
check("unlocked", not client.set_read_only(two, False).read_only)
for i in range(120):
    client.set_configuration_setting(ConfigurationSetting(key=f"{prefix}/p/{i:03}", value=str(i)))
check("pages", len(list(client.list_configuration_settings(key_filter=f"{prefix}/p/*"))) == 120)
check("without label", [item.value for item in client.list_configuration_settings(key_filter=prefix + "one", label_filter="\0")] == ["2"])
check("revisions", [item.value for item in client.list_revisions(key_filter=prefix + "one")] == ["2", "2", "2", "1"])
check("deleted", client.delete_configuration_setting(key=prefix + "one").value == "2")
check("gone", refused(ResourceNotFoundError, lambda: client.get_configuration_setting(key=prefix + "one")))
print(f"passed {passed}")
