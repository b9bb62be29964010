// SPDX-License-Identifier: Apache-2.0
// Evaluates flags with flagd's own engine: reads {document, cases: [{flag, user, groups, now}]} from standard input, writes the values.
import { readFileSync } from "node:fs";
import { FlagdCore } from "@openfeature/flagd-core";

const { document, cases } = JSON.parse(readFileSync(0, "utf8"));
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
const quiet = { error() {}, warn() {}, info() {}, debug() {} };
const core = new FlagdCore(undefined, quiet);
core.setConfigurations(document);
process.stdout.write(JSON.stringify(cases.map((one) => {
  now = Real.parse(one.now);
  return core.resolveBooleanEvaluation(one.flag, null, { targetingKey: one.user, groups: one.groups }, quiet).value;
})));
