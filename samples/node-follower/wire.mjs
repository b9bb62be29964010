// SPDX-License-Identifier: Apache-2.0
// What travels: the published .proto files, the trust file, the stream of records.
import { readFileSync } from 'node:fs';
import { createPublicKey } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import protoLoader from '@grpc/proto-loader';
import { sha256 } from './merkle.mjs';

// In the repository; elsewhere HELIOGRAPH_PROTOS names the directories that hold the folder heliograph, separated by colons.
const published = ['Heliograph.Protocol', 'Heliograph.Core'].map((project) => fileURLToPath(new URL(`../../src/${project}/Protos`, import.meta.url)));

const load = (defaults) =>
  protoLoader.loadSync(['heliograph/sync/v1/sync.proto', 'heliograph/log/v1/log.proto'], {
    includeDirs: process.env.HELIOGRAPH_PROTOS?.split(':') ?? published,
    defaults,
    longs: Number, // sequences, sizes and milliseconds stay far below 2^53
    bytes: Buffer,
  });

export const definition = load(true);
const exact = load(false);

const message = (name) => definition[`heliograph.${name}`];

/** Reads a message whose bytes are hashed or signed: one that does not give the same bytes when it is written again is none. */
export function readCanonical(name, bytes) {
  const kind = exact[`heliograph.log.v1.${name}`];
  if (!kind.serialize(kind.deserialize(bytes)).equals(bytes)) throw new Error(`A ${name} is not in canonical form.`);
  return message(`log.v1.${name}`).deserialize(bytes);
}

export const sync = Object.fromEntries(['Hello', 'Subscribe', 'Status', 'Welcome', 'Update', 'UpdateChunk', 'Freshness', 'Refused', 'Drain'].map((name) => [name, message(`sync.v1.${name}`)]));

/** Types of frames. */
export const frame = { hello: 1, subscribe: 2, status: 4, welcome: 16, update: 17, updateChunk: 18, freshness: 19, refused: 20, drain: 21 };

/** Reads a trust file: the log's identity, and the keys that may sign its heads. */
export function readTrust(path) {
  const file = JSON.parse(readFileSync(path, 'utf8'));
  const root = Buffer.from(file.root, 'base64');
  const logId = sha256(root);
  if (logId.toString('hex') !== file.logId) throw new Error(`${path}: logId is not the SHA-256 of root.`);
  const { format, rootVersion, realm, headKeys } = readCanonical('TrustRoot', root);
  if (format !== 1 || rootVersion !== 1) throw new Error(`${path}: format ${format} or root version ${rootVersion} is not known here.`);
  const keys = new Map();
  for (const { keyId, algorithm, publicKey } of headKeys) {
    const key = createPublicKey({ key: publicKey, format: 'der', type: 'spki' });
    if (algorithm !== 1 || key.asymmetricKeyDetails.namedCurve !== 'prime256v1') throw new Error(`${path}: head key '${keyId}' is not an ECDSA P-256 key.`);
    keys.set(keyId, key);
  }
  return { logId, rootVersion, realm, keys };
}

/** Reads a stream of records: op (1 put, 2 delete), key and value with their lengths, ordered by key. Throws if it is not exactly that. */
export function* readRecords(stream) {
  let at = 0;
  const counted = () => {
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = stream[at++];
      if (byte === undefined || shift > 28) throw new Error('a length is cut off');
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    if (length > stream.length - at) throw new Error('a record is cut off');
    return stream.subarray(at, (at += length));
  };
  for (let before = Buffer.alloc(0); at < stream.length; ) {
    const op = stream[at++];
    if (op !== 1 && op !== 2) throw new Error(`operation ${op} is not known`);
    const key = counted();
    if (Buffer.compare(before, key) >= 0) throw new Error('keys do not ascend');
    yield { key, value: op === 1 ? counted() : null };
    before = key;
  }
}

/** A record as a setting: key 01 | key | 00 | label, value a SettingValue; null for records of other kinds. */
export function settingOf(key, value) {
  const middle = key.indexOf(0, 1);
  if (key[0] !== 1 || middle < 2) return null;
  const setting = { key: key.toString('utf8', 1, middle), ...(middle + 1 < key.length && { label: key.toString('utf8', middle + 1) }) };
  if (value === null) return { ...setting, deleted: true };
  const { value: text, contentType } = readCanonical('SettingValue', value);
  return { ...setting, value: text.toString('utf8'), ...(contentType && { contentType }) };
}
