// SPDX-License-Identifier: Apache-2.0
// What applications do with the published providers. Arguments: OFREP's address, flagd's host and port. A line {"set": {...flag}} on standard output has the test
// write that flag; it answers with a line on standard input when the flag is committed.
import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { FlagdProvider } from "@openfeature/flagd-provider";
import { OFREPProvider } from "@openfeature/ofrep-provider";
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import { OpenFeature, ProviderEvents } from "@openfeature/server-sdk";
import { OpenFeature as WebOpenFeature, ProviderEvents as WebProviderEvents } from "@openfeature/web-sdk";
import { EventSource } from "eventsource";

globalThis.EventSource = EventSource;
const [ofrep, host, port] = process.argv.slice(2);
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
let passed = 0;
const check = (actual, expected, what) => {
  assert.deepEqual(actual, expected, what);
  passed++;
};
const set = async (flag) => {
  console.log(JSON.stringify({ set: flag }));
  await answers.next();
  return performance.now();
};
const next = (api, event, client) => new Promise((resolve) => client.addHandler(event, function once() {
  client.removeHandler(event, once);
  resolve(performance.now());
}));
const targeting = (users, percent) => ({ name: "Microsoft.Targeting", parameters: { Audience: { Users: users, Groups: [{ Name: "staff", RolloutPercentage: 100 }], DefaultRolloutPercentage: percent } } });
const beta = (enabled) => ({ id: "beta", enabled, conditions: { client_filters: [targeting(["ann"], 0)] } });
const color = (otherwise) => ({
  id: "color", enabled: true,
  variants: [{ name: "red", configuration_value: "#f00" }, { name: "blue", configuration_value: "#00f" }],
  allocation: { user: [{ variant: "red", users: ["ann"] }], default_when_enabled: otherwise },
});
await set(beta(true));
await set(color("blue"));
await set({ id: "plain", enabled: true });
await set({ id: "page", enabled: true, variants: [{ name: "small", configuration_value: { items: 10 } }, { name: "big", configuration_value: { items: 50 } }], allocation: { default_when_enabled: "big" } });

// One evaluation a request
await OpenFeature.setProviderAndWait("ofrep", new OFREPProvider({ baseUrl: ofrep }));
const remote = OpenFeature.getClient("ofrep");
check(await remote.getBooleanValue("plain", false), true, "a plain flag");
check(await remote.getBooleanValue("beta", false, { targetingKey: "ann" }), true, "a user who is named");
check(await remote.getBooleanValue("beta", true, { targetingKey: "bob" }), false, "a user who is not");
check(await remote.getBooleanValue("beta", false, { targetingKey: "bob", groups: ["staff"] }), true, "a group");
check((await remote.getStringDetails("color", "", { targetingKey: "ann" })).variant, "red", "a variant of a user");
check(await remote.getStringValue("color", "", { targetingKey: "bob" }), "#00f", "the default variant");
check(await remote.getObjectValue("page", {}), { items: 50 }, "a variant that is an object");
check((await remote.getBooleanDetails("none", true)).errorCode, "FLAG_NOT_FOUND", "no such flag");

// All flags of one context, told of changes by server-sent events
await WebOpenFeature.setContext({ targetingKey: "bob" });
await WebOpenFeature.setProviderAndWait(new OFREPWebProvider({ baseUrl: ofrep, pollInterval: 600_000 }));
const web = WebOpenFeature.getClient();
check(web.getBooleanValue("beta", true), false, "bulk: a user who is not named");
check(web.getStringValue("color", ""), "#00f", "bulk: the default variant");

// All flags in the process, as flagd's
await OpenFeature.setProviderAndWait("flagd", new FlagdProvider({ host, port: Number(port), tls: false, resolverType: "in-process" }));
const local = OpenFeature.getClient("flagd");
check(await local.getBooleanValue("plain", false), true, "flagd: a plain flag");
check(await local.getBooleanValue("beta", false, { targetingKey: "ann", groups: [] }), true, "flagd: a user who is named");
check(await local.getBooleanValue("beta", true, { targetingKey: "bob", groups: [] }), false, "flagd: a user who is not");
check(await local.getBooleanValue("beta", false, { targetingKey: "bob", groups: ["staff"] }), true, "flagd: a group");
check(await local.getStringValue("color", "", { targetingKey: "ann" }), "#f00", "flagd: a variant of a user");
check(await local.getObjectValue("page", {}, { targetingKey: "ann" }), { items: 50 }, "flagd: a variant that is an object");

// A change is seen by both, without asking
const latencies = { ofrepWeb: [], flagd: [] };
for (let i = 0; i < 6; i++) {
  const seen = [next(WebOpenFeature, WebProviderEvents.ConfigurationChanged, web), next(OpenFeature, ProviderEvents.ConfigurationChanged, local)];
  const otherwise = i % 2 === 0 ? "red" : "blue";
  const committed = await set(color(otherwise));
  const [atWeb, atFlagd] = await Promise.all(seen);
  latencies.ofrepWeb.push(Math.max(0, atWeb - committed));
  latencies.flagd.push(Math.max(0, atFlagd - committed));
  const expected = otherwise === "red" ? "#f00" : "#00f";
  check([web.getStringValue("color", ""), await local.getStringValue("color", "", { targetingKey: "bob" }), await remote.getStringValue("color", "", { targetingKey: "bob" })], [expected, expected, expected], `change ${i}`);
}
console.log(JSON.stringify({ passed, latencies }));
await OpenFeature.close();
await WebOpenFeature.close();
process.exit(0);
