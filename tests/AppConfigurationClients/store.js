// SPDX-License-Identifier: Apache-2.0
// Connection strings of the realm under test, and a key that no other test uses.
import { randomUUID } from "node:crypto";

export const connectionString = required("HELIOGRAPH_APPCONFIGURATION");
export const agentConnectionString = required("HELIOGRAPH_APPCONFIGURATION_AGENT");
export const insecure = { allowInsecureConnection: true };
export const unique = (prefix) => `${prefix}/${randomUUID()}`;

export async function all(pages) {
  const items = [];
  for await (const item of pages) items.push(item);
  return items;
}

export async function until(isSo, milliseconds = 20_000) {
  const end = Date.now() + milliseconds;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error("It did not become so.");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: start 'helio dev --ephemeral -o json' and pass its connection string.`);
  return value;
}
