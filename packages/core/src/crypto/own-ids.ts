import { concat } from '../bytes/concat.js';
import { ByteReader } from '../bytes/reader.js';
import { ByteWriter } from '../bytes/writer.js';
import { idBytes } from '../format/id-bytes.js';
import { CLAIM_NAME, EPOCH_HEAD_ID, HEAD_OF_EPOCH, HEAD_OF_SLOT, OWN_ID } from '../format/id-layout.js';
import { type ObjectId, toObjectId } from '../format/ids.js';
import type { Entropy } from './entropy.js';
import type { EpochKeys } from './epoch-keys.js';
import type { TreeKeys } from './tree-keys.js';

const RANDOM_SIZE = OWN_ID.random[1];
const MAC_SIZE = OWN_ID.mac[1];
const EPOCH_HEAD_TAG_SIZE = EPOCH_HEAD_ID.tag[1];
const CLAIM_TAG_SIZE = CLAIM_NAME.tag[1];

/** The id of a new object: random to others, recognised by `isOwnId`. `hedge` as for `Entropy.bytes32`. */
export function newObjectId(keys: TreeKeys, entropy: Entropy, ...hedge: readonly Uint8Array[]): ObjectId {
  return ownId(keys, entropy.bytes32(...hedge).subarray(0, RANDOM_SIZE));
}

/** Whether an id is the tree's, of whichever key epoch. A stranger's id passes with probability 2^-128. */
export function isOwnId(keys: TreeKeys, id: ObjectId): boolean {
  const bytes = idBytes(id);
  return isIdOf(keys, bytes) || keys.earlier.some((epoch) => isIdOf(epoch, bytes));
}

/** The keys of the key epoch that an object is of; the newest ones for an id that is none of the tree. */
export function keysOf(keys: TreeKeys, id: Uint8Array): EpochKeys {
  if (keys.earlier.length === 0 || isIdOf(keys, id)) return keys;
  return keys.earlier.find((epoch) => isIdOf(epoch, id)) ?? keys;
}

function isIdOf(keys: EpochKeys, id: Uint8Array): boolean {
  const mac = ownMac(keys, id.subarray(0, RANDOM_SIZE));
  return mac !== undefined && keys.suite.equal(id.subarray(RANDOM_SIZE), mac);
}

/**
 * The id of the head of an epoch: an own id whose first half hides the epoch, so that a reader who lists the heads
 * knows their order without opening any. `epoch`: a natural number below 2^53.
 */
export function headIdOfEpoch(keys: TreeKeys, epoch: number): ObjectId {
  const tag = epochHeadTag(keys, epoch);
  return ownId(keys, concat(tag, mask(keys, 'headMask', tag, u64(epoch))));
}

/** The epoch whose head has this id; `undefined` where the id is none of ours or not that of an epoch's head. */
export function epochOfHeadId(keys: TreeKeys, id: ObjectId): number | undefined {
  const bytes = idBytes(id);
  // A head of an earlier key epoch is none of this chain.
  if (!isIdOf(keys, bytes)) return undefined;
  const tag = bytes.subarray(0, EPOCH_HEAD_TAG_SIZE);
  const masked = bytes.subarray(EPOCH_HEAD_TAG_SIZE, RANDOM_SIZE);
  const epoch = new ByteReader(mask(keys, 'headMask', tag, masked)).u64();
  return epoch !== undefined && keys.suite.equal(tag, epochHeadTag(keys, epoch)) ? epoch : undefined;
}

/** The id of one of the two heads of a tree in a store that can swap them conditionally. */
export function headIdOfSlot(keys: TreeKeys, slot: 0 | 1): ObjectId {
  const hash = keys.suite.hmac(keys.subkey('headId'), Uint8Array.of(HEAD_OF_SLOT, slot));
  return ownId(keys, hash.subarray(0, RANDOM_SIZE));
}

/**
 * The name of an epoch's claim: always the same for the same epoch, since claiming is creating it exclusively.
 * `epoch`: a natural number below 2^53.
 */
export function claimName(keys: TreeKeys, epoch: number): ObjectId {
  const tag = claimTag(keys, epoch);
  return toObjectId(concat(tag, mask(keys, 'claimMask', tag, u64(epoch))));
}

/** The epoch this claim is for; `undefined` where it is another tree's. */
export function epochOfClaim(keys: TreeKeys, name: ObjectId): number | undefined {
  const bytes = idBytes(name);
  const tag = bytes.subarray(0, CLAIM_TAG_SIZE);
  const epoch = new ByteReader(mask(keys, 'claimMask', tag, bytes.subarray(CLAIM_TAG_SIZE))).u64();
  return epoch !== undefined && keys.suite.equal(tag, claimTag(keys, epoch)) ? epoch : undefined;
}

/** The name of the tree's lock. */
export function lockName(keys: TreeKeys): ObjectId {
  return toObjectId(keys.subkey('lockName'));
}

function ownId(keys: TreeKeys, random: Uint8Array): ObjectId {
  return toObjectId(concat(random, ownMac(keys, random) as Uint8Array));
}

function ownMac(keys: EpochKeys, random: Uint8Array): Uint8Array | undefined {
  const key = keys.find('ownId');
  return key && keys.suite.hmac(key, random).subarray(0, MAC_SIZE);
}

function epochHeadTag(keys: TreeKeys, epoch: number): Uint8Array {
  const hash = keys.suite.hmac(keys.subkey('headId'), Uint8Array.of(HEAD_OF_EPOCH), u64(epoch));
  return hash.subarray(0, EPOCH_HEAD_TAG_SIZE);
}

function claimTag(keys: TreeKeys, epoch: number): Uint8Array {
  return keys.suite.hmac(keys.subkey('claimTag'), u64(epoch)).subarray(0, CLAIM_TAG_SIZE);
}

/** Hides eight bytes, or shows them again. The mask depends on the tag, so that no two epochs share one. */
function mask(keys: TreeKeys, label: 'headMask' | 'claimMask', tag: Uint8Array, value: Uint8Array): Uint8Array {
  const stream = keys.suite.hmac(keys.subkey(label), tag);
  return value.map((byte, i) => byte ^ (stream[i] ?? 0));
}

function u64(value: number): Uint8Array {
  return new ByteWriter(8).u64(value).bytes;
}
