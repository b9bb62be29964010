// SPDX-License-Identifier: Apache-2.0
// A service that reads releases through the provider and refreshes for as long as it lives. A line for all it sees: {"releases","settings"} when that changes, {"error"} at every failed refresh.
// Arguments: connection string, prefix. Every setting under the prefix has the number of its release as value.
import { load } from "@azure/app-configuration-provider";

const [connectionString, prefix] = process.argv.slice(2);
const tell = (line) => console.log(JSON.stringify(line));
const settings = await load(connectionString, {
  clientOptions: { allowInsecureConnection: true },
  replicaDiscoveryEnabled: false,
  selectors: [{ keyFilter: `${prefix}*` }],
  refreshOptions: { enabled: true, refreshIntervalInMs: 1_000 },
});
let last = "";
for (;;) {
  const releases = [...new Set([...settings.values()].map(Number))].sort((a, b) => a - b);
  const seen = JSON.stringify(releases);
  if (seen !== last) tell({ releases, settings: settings.size });
  last = seen;
  await new Promise((resolve) => setTimeout(resolve, 100));
  await settings.refresh().catch((error) => tell({ error: `${error.name}: ${error.message} ${(error.errors ?? []).map(String).join("; ")}` }));
}
