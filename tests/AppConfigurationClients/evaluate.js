// SPDX-License-Identifier: Apache-2.0
// Evaluates flags with the published library: reads [{flag, user, groups, now}] from standard input, writes [{enabled, variant}].
import { readFileSync } from "node:fs";
import { ConfigurationObjectFeatureFlagProvider, FeatureManager } from "@microsoft/feature-management";

const cases = JSON.parse(readFileSync(0, "utf8"));
const Real = Date;
let now = 0;
globalThis.Date = class extends Real {
  constructor(...given) {
    if (given.length > 0) super(...given);
    else super(now);
  }
  static now() {
    return now;
  }
};
const results = [];
for (const one of cases) {
  now = Real.parse(one.now);
  const manager = new FeatureManager(new ConfigurationObjectFeatureFlagProvider({ feature_management: { feature_flags: [one.flag] } }));
  const context = { userId: one.user, groups: one.groups };
  results.push({ enabled: await manager.isEnabled(one.flag.id, context), variant: (await manager.getVariant(one.flag.id, context))?.name ?? null });
}
process.stdout.write(JSON.stringify(results));
