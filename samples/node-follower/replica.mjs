// SPDX-License-Identifier: Apache-2.0
// One namespace as this process holds it, and the judge of what may replace it. Nothing that a parent says is believed: everything is proven, from the
// trust file down. What does not hold is refused, whole, and what is held stays as it is.
import { verify } from 'node:crypto';
import { leafOf, rootAbove, rootOf, sha256 } from './merkle.mjs';
import { frame, readCanonical, readRecords, settingOf, sync } from './wire.mjs';

const DOMAIN = Buffer.from('heliograph:head:v1\0');

export class Refusal extends Error {
  constructor(code, detail) {
    super(detail);
    this.code = code;
  }
}

export class Replica {
  #trust;
  #clock;
  #records = new Map(); // hex of the key's hash -> {key, value, keyHash, leaf}
  #bytes = 0;
  #coming = null; // an update whose records are still on their way
  newestHead = null; // the realm's clock
  head = null; // under which the namespace was last verified
  state = null;

  constructor(namespace, trust, clock = Date.now) {
    this.namespace = namespace;
    this.#trust = trust;
    this.#clock = clock;
  }

  get revision() {
    return this.state && `${this.state.lastEpoch}.${this.state.lastSequence}`;
  }

  /** Takes one frame from a parent; gives the settings that it changed. Throws a Refusal if it does not hold. */
  take(type, bytes) {
    try {
      if (type === frame.update) return this.#begin(sync.Update.deserialize(bytes));
      if (type === frame.updateChunk) return this.#continue(sync.UpdateChunk.deserialize(bytes));
      if (type === frame.freshness) this.#refresh(sync.Freshness.deserialize(bytes));
      return [];
    } catch (error) {
      this.#coming = null;
      throw error instanceof Refusal ? error : new Refusal('malformed', error.message);
    }
  }

  #begin({ namespace, base, signedHead, namespaceState, proof, streamBytes, records }) {
    if (namespace !== this.namespace) throw new Refusal('malformed', `An update of '${namespace}' came.`);
    const head = this.#admitHead(signedHead);
    const state = this.#admitState(head, namespaceState, proof);
    if (base && (base.epoch !== this.state?.lastEpoch || base.sequence !== this.state?.lastSequence)) throw new Refusal('wrong_base', `The delta begins at ${base.epoch}.${base.sequence}.`);
    const most = state.bytes + 16 * state.records + (base ? this.#bytes + 16 * this.#records.size : 0); // signed caps: a parent cannot make this process hold more
    if (streamBytes > most) throw new Refusal('over_limit', `${streamBytes} bytes were announced; the signed caps allow ${most}.`);
    this.#coming = { head, state, isSnapshot: !base, stream: [records], come: records.length, streamBytes };
    return this.#complete();
  }

  #continue({ namespace, offset, records }) {
    if (namespace !== this.namespace || offset !== this.#coming?.come) throw new Refusal('malformed', 'A part of an update came that was not expected.');
    this.#coming.stream.push(records);
    this.#coming.come += records.length;
    return this.#complete();
  }

  /** When all records have come: applies them to a copy, and compares its root with the one that was signed. */
  #complete() {
    const { head, state, isSnapshot, stream, come, streamBytes } = this.#coming;
    if (come < streamBytes) return [];
    if (come > streamBytes) throw new Refusal('malformed', 'More records came than were announced.');
    const records = new Map(isSnapshot ? [] : this.#records);
    for (const { key, value } of readRecords(Buffer.concat(stream))) {
      const keyHash = sha256(key);
      if (value === null) records.delete(keyHash.toString('hex'));
      else records.set(keyHash.toString('hex'), { key, value, keyHash, leaf: leafOf(keyHash, value) });
    }
    const sorted = [...records.values()].sort((left, right) => Buffer.compare(left.keyHash, right.keyHash));
    const bytes = sorted.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
    if (!rootOf(sorted).equals(state.stateRoot) || records.size !== state.records || bytes !== state.bytes) throw new Refusal('wrong_root', 'The records do not have the root that was signed.');
    const changes = this.#differences(records);
    [this.#records, this.#bytes, this.#coming, this.head, this.state] = [records, bytes, null, head, state];
    return changes;
  }

  #differences(records) {
    const [gone, put] = [[], []];
    for (const [id, { key }] of this.#records) if (!records.has(id)) gone.push(settingOf(key, null));
    for (const [id, { key, value }] of records) if (!this.#records.get(id)?.value.equals(value)) put.push(settingOf(key, value));
    return [...gone, ...put].filter((setting) => setting !== null);
  }

  /** A fresh head, and with it perhaps the proof that this namespace is still what is held. */
  #refresh({ signedHead, proofs }) {
    const head = this.#admitHead(signedHead);
    for (const { namespaceState, proof } of proofs) {
      if (readCanonical('NamespaceState', namespaceState).name !== this.namespace) continue;
      const state = this.#admitState(head, namespaceState, proof);
      if (this.state && state.stateRoot.equals(this.state.stateRoot) && state.lastSequence === this.state.lastSequence) this.head = head;
    }
  }

  #admitHead(bytes) {
    const { head: signed, keyId, signature } = readCanonical('SignedHead', bytes);
    const head = readCanonical('Head', signed);
    const key = this.#trust.keys.get(keyId);
    if (!head.logId.equals(this.#trust.logId)) throw new Refusal('wrong_log', 'The head is of another log.');
    if (head.rootVersion !== this.#trust.rootVersion) throw new Refusal('unsupported', `The head is under root version ${head.rootVersion}.`);
    if (!key || !verify('sha256', Buffer.concat([DOMAIN, signed]), { key, dsaEncoding: 'ieee-p1363' }, signature)) throw new Refusal('bad_signature', 'No head key of the trust file signed this head.');
    if (head.features !== 0) throw new Refusal('unsupported', 'The head needs features that this program does not know.');
    if (head.expiresAtMs <= this.#clock()) throw new Refusal('expired', `The head expired at ${new Date(head.expiresAtMs).toISOString()}.`);
    const newest = this.newestHead;
    if (newest && head.epoch !== newest.epoch) throw new Refusal('epoch_unproven', `The head is of epoch ${head.epoch}.`);
    if (newest && head.sequence === newest.sequence && !head.directoryRoot.equals(newest.directoryRoot)) throw new Refusal('equivocation', 'Two heads of one revision say different things.');
    if (!newest || head.sequence > newest.sequence || (head.sequence === newest.sequence && head.issuedAtMs > newest.issuedAtMs)) this.newestHead = head;
    return head;
  }

  /** The state of the namespace, as the head's directory holds it, and not older than what is held. */
  #admitState(head, bytes, proofBytes) {
    const state = readCanonical('NamespaceState', bytes);
    const keyHash = sha256(Buffer.from(this.namespace));
    const root = rootAbove(readCanonical('MerkleProof', proofBytes), keyHash, leafOf(keyHash, bytes));
    if (state.name !== this.namespace || !root?.equals(head.directoryRoot)) throw new Refusal('wrong_proof', 'The proof does not lead to the directory of the head.');
    if (this.head && (head.sequence < this.head.sequence || state.lastEpoch < this.state.lastEpoch || state.lastSequence < this.state.lastSequence)) throw new Refusal('below_floor', 'It is older than what is held.');
    return state;
  }
}
