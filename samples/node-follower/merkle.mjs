// SPDX-License-Identifier: Apache-2.0
// The MerkleMap of docs/reference/log-format.md: the root of a set of records, and the root above one of them by its proof.
import { createHash } from 'node:crypto';

const EMPTY = Buffer.alloc(32);
const LEAF = Buffer.of(0x00);
const NODE = Buffer.of(0x01);

export const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

export const leafOf = (keyHash, value) => sha256(LEAF, keyHash, sha256(value));

const bitOf = (hash, depth) => (hash[depth >> 3] >> (7 - (depth & 7))) & 1;

/** The root of leaves {keyHash, leaf}, sorted by keyHash: an empty set is 32 zeros, one leaf is itself, more are parted by the next bit. */
export function rootOf(leaves, depth = 0) {
  if (leaves.length === 0) return EMPTY;
  if (leaves.length === 1) return leaves[0].leaf;
  let [from, to] = [0, leaves.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (bitOf(leaves[middle].keyHash, depth)) to = middle;
    else from = middle + 1;
  }
  return sha256(NODE, rootOf(leaves.slice(0, from), depth + 1), rootOf(leaves.slice(from), depth + 1));
}

/** The root of the map in which the proof's path ends at this leaf; null if the proof is not well formed. */
export function rootAbove(proof, keyHash, leaf) {
  const { siblings, siblingBits, depth } = proof;
  const isSet = (at) => bitOf(siblingBits, at);
  if (depth > 256 || siblings.length % 32 !== 0 || siblings.length > 256 * 32 || siblingBits.length !== (depth + 7) >> 3) return null;
  if (proof.otherKeyHash.length !== 0 || proof.otherValueHash.length !== 0) return null; // that would be a proof of absence
  let [hash, end] = [leaf, siblings.length];
  for (let at = depth - 1; at >= 0; at--) {
    if (isSet(at) && end === 0) return null;
    const sibling = isSet(at) ? siblings.subarray((end -= 32), end + 32) : EMPTY;
    hash = bitOf(keyHash, at) === 0 ? sha256(NODE, hash, sibling) : sha256(NODE, sibling, hash);
  }
  return end === 0 ? hash : null;
}
