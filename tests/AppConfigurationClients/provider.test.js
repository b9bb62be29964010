// SPDX-License-Identifier: Apache-2.0
// The provider: loads at start, refreshes by page etags, reads feature flags; at the origin and at the agent.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AppConfigurationClient } from "@azure/app-configuration";
import { load } from "@azure/app-configuration-provider";
import { ConfigurationMapFeatureFlagProvider, FeatureManager } from "@microsoft/feature-management";
import { agentConnectionString, connectionString, insecure, unique, until } from "./store.js";

const writer = new AppConfigurationClient(connectionString, insecure);
const reading = (prefix) => ({
  clientOptions: insecure,
  replicaDiscoveryEnabled: false,
  selectors: [{ keyFilter: `${prefix}/*` }],
  trimKeyPrefixes: [`${prefix}/`],
  refreshOptions: { enabled: true, refreshIntervalInMs: 1_000 },
});

for (const [tier, address] of [["origin", connectionString], ["agent", agentConnectionString]]) {
  describe(`@azure/app-configuration-provider at the ${tier}`, () => {
    it("loads, and sees a change, an addition and a deletion", async () => {
      const prefix = unique("app");
      await writer.setConfigurationSetting({ key: `${prefix}/color`, value: "red" });
      await writer.setConfigurationSetting({ key: `${prefix}/json`, value: '{"a":1}', contentType: "application/json" });
      let settings;
      await until(async () => {
        settings = await load(address, reading(prefix));
        return settings.get("color") === "red";
      });
      assert.deepEqual(settings.get("json"), { a: 1 });
      await writer.setConfigurationSetting({ key: `${prefix}/color`, value: "blue" });
      await writer.setConfigurationSetting({ key: `${prefix}/size`, value: "9" });
      await writer.deleteConfigurationSetting({ key: `${prefix}/json` });
      await until(async () => {
        await settings.refresh();
        return settings.get("color") === "blue" && settings.get("size") === "9" && settings.get("json") === undefined;
      });
    });

    it("evaluates feature flags with @microsoft/feature-management", async () => {
      const flag = unique("Beta").replaceAll("/", "-");
      const set = (enabled) => writer.setConfigurationSetting({
        key: `.appconfig.featureflag/${flag}`, contentType: "application/vnd.microsoft.appconfig.ff+json;charset=utf-8",
        value: JSON.stringify({ id: flag, enabled, conditions: { client_filters: [] } }),
      });
      await set(true);
      let settings, flags;
      await until(async () => {
        settings = await load(address, { ...reading(unique("none")), featureFlagOptions: { enabled: true, selectors: [{ keyFilter: flag }], refresh: { enabled: true, refreshIntervalInMs: 1_000 } } });
        flags = new FeatureManager(new ConfigurationMapFeatureFlagProvider(settings));
        return (await flags.isEnabled(flag)) === true;
      });
      await set(false);
      await until(async () => {
        await settings.refresh();
        return (await flags.isEnabled(flag)) === false;
      });
    });
  });
}

describe("the time from a commit to the provider", () => {
  it("is at most its own polling interval and a little, at the agent", async () => {
    const prefix = unique("timed");
    await writer.setConfigurationSetting({ key: `${prefix}/n`, value: "0" });
    let settings;
    await until(async () => {
      settings = await load(agentConnectionString, reading(prefix));
      return settings.get("n") === "0";
    });
    const seen = [];
    for (let i = 1; i <= 6; i++) {
      await new Promise((resolve) => setTimeout(resolve, 137 * i)); // at another place of the interval each time
      await writer.setConfigurationSetting({ key: `${prefix}/n`, value: `${i}` });
      const committed = performance.now();
      while (settings.get("n") !== `${i}`) {
        await settings.refresh();
        await new Promise((resolve) => setTimeout(resolve, 5));
        assert.ok(performance.now() - committed < 20_000, "it was not seen");
      }
      seen.push(Math.round(performance.now() - committed));
    }
    console.log(`# seen by the provider after ${seen.join(", ")} ms, polling every 1000`);
  });
});

describe("the agent", () => {
  it("answers a signed read and refuses a write with a pointer to the origin", async () => {
    const client = new AppConfigurationClient(agentConnectionString, { ...insecure, retryOptions: { maxRetries: 0 } });
    await assert.rejects(client.setConfigurationSetting({ key: unique("w"), value: "1" }), (error) => error.statusCode === 403);
  });

  it("lets who wrote at the origin read it at once with the same token", async () => {
    const key = unique("ryw");
    for (let i = 0; i < 10; i++) {
      let token;
      await writer.setConfigurationSetting({ key, value: `${i}` }, { onResponse: (response) => (token = response.headers.get("sync-token") ?? response.headers["sync-token"]) });
      const reader = new AppConfigurationClient(agentConnectionString, insecure);
      reader.updateSyncToken(token);
      assert.equal((await reader.getConfigurationSetting({ key })).value, `${i}`);
    }
  });
});
