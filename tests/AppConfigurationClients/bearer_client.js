// SPDX-License-Identifier: Apache-2.0
// The newest client with a TokenCredential of its own, over TLS. Run by BearerTests: endpoint, authority and tokens come in the environment.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { AppConfigurationClient } from "@azure/app-configuration";

const { HELIOGRAPH_ENDPOINT: endpoint, HELIOGRAPH_CA: ca, HELIOGRAPH_AUTHOR: author, HELIOGRAPH_READER: reader, HELIOGRAPH_EXPIRED: expired } = process.env;
const scopes = [];
const clientOf = (token) =>
  new AppConfigurationClient(endpoint, { getToken: async (asked) => (scopes.push(asked), { token, expiresOnTimestamp: Date.now() + 3_600_000 }) }, { tlsOptions: { ca: readFileSync(ca) }, retryOptions: { maxRetries: 0 } });
const status = (promise) => promise.then(() => 200, (error) => error.statusCode);
let passed = 0;
const check = (actual, expected, what) => {
  assert.deepEqual(actual, expected, what);
  passed++;
};

const [writes, reads, late] = [clientOf(author), clientOf(reader), clientOf(expired)];
check((await writes.setConfigurationSetting({ key: "bearer", value: "over TLS", tags: { a: "b" } })).value, "over TLS", "an author writes");
check((await reads.getConfigurationSetting({ key: "bearer" })).tags, { a: "b" }, "a reader reads");
check((await reads.listConfigurationSettings({ keyFilter: "b*" }).next()).value.key, "bearer", "a reader lists");
check(await status(reads.setConfigurationSetting({ key: "bearer", value: "2" })), 403, "a reader does not write");
check(await status(reads.deleteConfigurationSetting({ key: "bearer" })), 403, "a reader does not delete");
check(await status(late.getConfigurationSetting({ key: "bearer" })), 401, "an expired token opens nothing");
check(await status(clientOf(`${reader.slice(0, -4)}AAAA`).getConfigurationSetting({ key: "bearer" })), 401, "a forged token opens nothing");
check(scopes.length > 0 && scopes.flat().every((scope) => scope.endsWith("/.default")), true, "the client asked for a scope");
console.log(`passed ${passed}`);
