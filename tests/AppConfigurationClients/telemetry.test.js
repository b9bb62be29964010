// SPDX-License-Identifier: Apache-2.0
// The published vectors of provider telemetry: flags stored here, read by the provider, evaluated by its library; what it would report.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { AppConfigurationClient } from "@azure/app-configuration";
import { load } from "@azure/app-configuration-provider";
import { ConfigurationMapFeatureFlagProvider, createFeatureEvaluationEventProperties, FeatureManager } from "@microsoft/feature-management";
import { agentConnectionString, connectionString, insecure, until } from "./store.js";

const samples = join(process.env.HELIOGRAPH_SHARED ?? "", "data", "feature-management", "Samples");
const skip = existsSync(join(samples, "ProviderTelemetry.tests.json")) ? false : "the published samples are not here (HELIOGRAPH_SHARED)";
const colours = ["Red", "Green", "Blue", "Yellow", "Cyan", "Magenta", "Orange", "Purple", "Pink", "Brown", "Black", "White", "Gray", "Lime", "Indigo", "Violet", "Gold", "Silver", "Teal", "Navy"];
const shown = { Orange: { r: 255, g: 162, b: 0 }, Indigo: { r: 75, g: 0, b: 130 } };

// The flags that the vectors are about.
const flags = [
  {
    id: "Complete", enabled: true, telemetry: { enabled: true },
    conditions: { client_filters: [{ name: "Microsoft.TimeWindow", parameters: { Start: "Mon, 21 Oct 2024 07:00:00 GMT", End: "Fri, 22 Oct 3024 07:00:00 GMT" } }] },
    variants: [{ name: "Large", configuration_value: 100 }, { name: "Medium", configuration_value: 50 }, { name: "Small", configuration_value: 10 }],
    allocation: {
      percentile: [{ variant: "Large", from: 0, to: 25 }, { variant: "Medium", from: 25, to: 55 }, { variant: "Small", from: 55, to: 95 }, { variant: "Large", from: 95, to: 100 }],
      group: [{ variant: "Large", groups: ["beta"] }], user: [{ variant: "Small", users: ["Rachel"] }], seed: "test-seed", default_when_enabled: "Medium", default_when_disabled: "Medium",
    },
  },
  {
    id: "TelemetryVariantPercentile", enabled: true, telemetry: { enabled: true },
    variants: [{ name: "True_Override", configuration_value: { someOtherKey: { someSubKey: "someSubValue" }, someKey4: [3, 1, 4, true], someKey: "someValue", someKey3: 3.14, someKey2: 3 } }],
    allocation: { default_when_enabled: "True_Override", percentile: [{ variant: "True_Override", from: 0, to: 100 }] },
  },
  {
    id: "Background.Colors", enabled: true, telemetry: { enabled: true },
    variants: colours.map((name) => ({ name, configuration_value: shown[name] ?? {} })),
    allocation: { percentile: colours.map((variant, i) => ({ variant, from: 5 * i, to: 5 * i + 5 })), seed: "Rainbow", default_when_enabled: "Red", default_when_disabled: "Red" },
  },
];

describe("provider telemetry", { skip }, () => {
  for (const [tier, address] of [["origin", connectionString], ["agent", agentConnectionString]])
    it(`comes out as the published vectors say, at the ${tier}`, async () => {
      const writer = new AppConfigurationClient(connectionString, insecure);
      const etags = {};
      for (const flag of flags) {
        const stored = await writer.setConfigurationSetting({ key: `.appconfig.featureflag/${flag.id}`, contentType: "application/vnd.microsoft.appconfig.ff+json;charset=utf-8", value: JSON.stringify(flag) });
        etags[flag.id] = stored.etag;
      }
      let manager, last;
      await until(async () => {
        const settings = await load(address, { clientOptions: insecure, replicaDiscoveryEnabled: false, featureFlagOptions: { enabled: true, selectors: flags.map((flag) => ({ keyFilter: flag.id })) } });
        manager = new FeatureManager(new ConfigurationMapFeatureFlagProvider(settings), { onFeatureEvaluated: (result) => (last = createFeatureEvaluationEventProperties(result)) });
        return (await manager.listFeatureNames()).length === flags.length;
      });
      let vectors = 0;
      for (const file of ["ProviderTelemetry", "ProviderTelemetryComplete"])
        for (const vector of JSON.parse(readFileSync(join(samples, `${file}.tests.json`), "utf8"))) {
          const { FeatureFlagName: name, Inputs: { User: userId, Groups: groups }, Telemetry: { EventProperties: expected } } = vector;
          const variant = await manager.getVariant(name, { userId, groups });
          assert.deepEqual(variant?.configuration, vector.Variant.Result.ConfigurationValue, JSON.stringify(vector));
          for (const [property, value] of Object.entries(expected)) {
            if (property === "AllocationId" || property === "FeatureFlagId") continue; // of older providers: 2.6.0 sends neither
            assert.equal(last[property], property === "FeatureFlagReference" ? address.match(/Endpoint=([^;]+)/)[1] + value : value, `${property} of ${JSON.stringify(vector)}`);
          }
          assert.equal(last.ETag, etags[name]); // which state of the flag it was: the same at every tier
          vectors++;
        }
      console.log(`# telemetry vectors at the ${tier}: ${vectors}`);
      assert.equal(vectors, 7);
    });
});
