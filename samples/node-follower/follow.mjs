// SPDX-License-Identifier: Apache-2.0
// Follows one namespace over gRPC, verifies, and prints each setting that changes as a line of JSON. See README.md.
import { appendFileSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import grpc from '@grpc/grpc-js';
import { Replica } from './replica.mjs';
import { definition, frame, readTrust, sync } from './wire.mjs';

const { values: told } = parseArgs({
  options: { parent: { type: 'string', multiple: true }, namespace: { type: 'string' }, trust: { type: 'string' }, id: { type: 'string' }, ca: { type: 'string' }, cert: { type: 'string' }, key: { type: 'string' }, record: { type: 'string' }, replay: { type: 'string' } },
});
if (!told.namespace || !told.trust || !(told.parent || told.replay)) {
  console.error('usage: node follow.mjs --parent ADDRESS [--parent ADDRESS]... --namespace NAME --trust FILE [--ca FILE [--cert FILE --key FILE]] [--id NAME] [--record FILE]\n       node follow.mjs --replay FILE --namespace NAME --trust FILE');
  process.exit(2);
}
const { Sync } = grpc.loadPackageDefinition(definition).heliograph.sync.v1;
const trust = readTrust(told.trust);
const replica = new Replica(told.namespace, trust);
const instance = { id: told.id ?? `${hostname()}-${process.pid}`, service: 'node-follower', host: hostname() };
const print = (line) => console.log(JSON.stringify(line));

/** Lets the replica judge a frame and prints what comes of it; whether it held. */
function take(type, bytes) {
  try {
    for (const setting of replica.take(type, bytes)) print({ namespace: told.namespace, revision: replica.revision, ...setting, verified: true });
    return true;
  } catch (refusal) {
    print({ refused: refusal.code, detail: refusal.message, kept: replica.revision });
    return false;
  }
}

/** One call to one parent, to its end; gives how long to wait before the next, as the parent asks. */
function follow(address) {
  return new Promise((resolve) => {
    const url = new URL(address);
    const file = (path) => path && readFileSync(path);
    const credentials = url.protocol === 'grpc:' ? grpc.credentials.createSsl(file(told.ca), file(told.key), file(told.cert)) : grpc.credentials.createInsecure();
    const client = new Sync(url.protocol === 'grpc+unix:' ? `unix:${url.pathname}` : url.host, credentials, { 'grpc.keepalive_time_ms': 30_000, 'grpc.max_receive_message_length': 2 ** 20 + 64 });
    const metadata = new grpc.Metadata();
    if (process.env.HELIOGRAPH_TOKEN) metadata.set('authorization', `Bearer ${process.env.HELIOGRAPH_TOKEN}`);
    const call = client.connect(metadata);
    const send = (type, kind, content) => call.write({ type, message: kind.serialize(content) });
    const silent = setTimeout(() => call.cancel(), 30_000); // a parent from which no fresh head comes is left
    let [notBefore, reportWithinMs, reporting] = [0, 250, null];
    const reportSoon = () => (reporting ??= setTimeout(() => ((reporting = null), report(send)), Math.random() * reportWithinMs)); // spread, so that a fleet does not report as one
    call.on('data', ({ type, message }) => {
      if (told.record) appendFileSync(told.record, `${JSON.stringify({ type, message: message.toString('base64') })}\n`);
      if (type === frame.welcome) {
        const { epoch, sequence } = replica.state ? { epoch: replica.state.lastEpoch, sequence: replica.state.lastSequence } : {};
        send(frame.subscribe, sync.Subscribe, { subscriptions: [{ namespace: told.namespace, cursor: epoch && { epoch, sequence } }] });
      } else if (type === frame.drain) {
        notBefore = Math.min(sync.Drain.deserialize(message).notBeforeMs, 120_000);
        call.end();
      } else if (type === frame.refused) {
        const { code, detail } = sync.Refused.deserialize(message);
        print({ refused: code, detail, kept: replica.revision }); // of the subscription, or of the stream: then the call ends by itself
      } else if (!take(type, message)) call.cancel(); // whoever sends what does not hold is left
      else {
        silent.refresh();
        if (type === frame.freshness) reportWithinMs = Math.min(sync.Freshness.deserialize(message).reportIntervalMs || reportWithinMs, 60_000);
        else if (replica.state) reportSoon();
      }
    });
    call.on('error', ({ code, details }) => code !== grpc.status.CANCELLED && console.error(`${address}: ${details}`));
    call.on('status', () => {
      clearTimeout(silent);
      clearTimeout(reporting);
      client.close();
      resolve(notBefore);
    });
    send(frame.hello, sync.Hello, { protocolMin: 1, protocolMax: 1, instance, logId: trust.logId });
  });
}

/** Tells the parent what this process runs, so that 'helio fleet' and 'helio set --wait' count it. */
function report(send) {
  const { lastEpoch, lastSequence, stateRoot } = replica.state;
  const applied = { revision: { epoch: lastEpoch, sequence: lastSequence }, stateRoot };
  send(frame.status, sync.Status, { namespaces: [{ namespace: told.namespace, cohorts: [{ ...applied, count: 1 }], instances: [{ ...applied, instance, appliedAtMs: Date.now() }] }] });
}

if (told.replay) {
  for (const line of readFileSync(told.replay, 'utf8').split('\n').filter(Boolean)) {
    const { type, message } = JSON.parse(line);
    take(type, Buffer.from(message, 'base64'));
  }
} else {
  for (let [turn, ceiling] = [0, 500]; ; turn++) {
    const head = replica.newestHead;
    const notBefore = await follow(told.parent[turn % told.parent.length]);
    ceiling = head === replica.newestHead ? Math.min(2 * ceiling, 30_000) : 500; // a fleet that comes back must not come as one
    await wait(Math.max(notBefore, (0.5 + Math.random() / 2) * ceiling));
  }
}
