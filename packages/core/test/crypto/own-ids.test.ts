import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Entropy } from '../../src/crypto/entropy.js';
import {
  claimName,
  epochOfClaim,
  epochOfHeadId,
  headIdOfEpoch,
  headIdOfSlot,
  isOwnId,
  lockName,
  newObjectId,
} from '../../src/crypto/own-ids.js';
import { loadSuite } from '../../src/crypto/suite.js';
import { TreeKeys } from '../../src/crypto/tree-keys.js';
import { idBytes } from '../../src/format/id-bytes.js';
import { type ObjectId, toObjectId } from '../../src/format/ids.js';
import { systemEnvironment } from '../../src/platform/environment.js';
import { flipped, pattern } from './suites.js';

let keys: TreeKeys;
let others: TreeKeys;
let entropy: Entropy;
beforeAll(async () => {
  const suite = await loadSuite();
  keys = new TreeKeys(suite, pattern(32, 1), pattern(16), 0);
  others = new TreeKeys(suite, pattern(32, 2), pattern(16), 0);
  entropy = new Entropy(suite, systemEnvironment);
});

const epochs = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom(0, 1, Number.MAX_SAFE_INTEGER));
const strangers = () => Array.from({ length: 1000 }, () => toObjectId(randomBytes(32)));

test('new ids are own ids, of this tree only, and all different', () => {
  const ids = Array.from({ length: 100 }, () => newObjectId(keys, entropy));
  expect(ids.every((id) => isOwnId(keys, id))).toBe(true);
  expect(ids.some((id) => isOwnId(others, id))).toBe(false);
  expect(new Set(ids).size).toBe(100);
});

test('a thousand ids of strangers are neither own, nor heads, nor claims', () => {
  for (const id of strangers()) {
    expect([isOwnId(keys, id), epochOfHeadId(keys, id), epochOfClaim(keys, id)]).toEqual([false, undefined, undefined]);
  }
});

test('an id with any bit turned over is not own, nor a head, nor a claim', () => {
  const [id, head, claim] = [newObjectId(keys, entropy), headIdOfEpoch(keys, 5), claimName(keys, 5)];
  for (let bit = 0; bit < 256; bit++) {
    expect(isOwnId(keys, toObjectId(flipped(idBytes(id), bit)))).toBe(false);
    expect(epochOfHeadId(keys, toObjectId(flipped(idBytes(head), bit)))).toBeUndefined();
    expect(epochOfClaim(keys, toObjectId(flipped(idBytes(claim), bit)))).toBeUndefined();
  }
});

test("ids of epochs' heads are own and give their epoch back, to this tree only", () => {
  fc.assert(
    fc.property(epochs, (epoch) => {
      const id = headIdOfEpoch(keys, epoch);
      expect(isOwnId(keys, id)).toBe(true);
      expect(epochOfHeadId(keys, id)).toBe(epoch);
      expect(epochOfHeadId(others, id)).toBeUndefined();
      expect(headIdOfEpoch(keys, epoch)).toBe(id);
    }),
  );
});

test('names of claims give their epoch back, to this tree only, and are no own ids', () => {
  fc.assert(
    fc.property(epochs, (epoch) => {
      const name = claimName(keys, epoch);
      expect(epochOfClaim(keys, name)).toBe(epoch);
      expect(epochOfClaim(others, name)).toBeUndefined();
      expect(isOwnId(keys, name)).toBe(false);
      expect(claimName(keys, epoch)).toBe(name);
    }),
  );
});

test('an own id that is no head has no epoch', () => {
  for (let i = 0; i < 100; i++) expect(epochOfHeadId(keys, newObjectId(keys, entropy))).toBeUndefined();
  expect(epochOfHeadId(keys, headIdOfSlot(keys, 0))).toBeUndefined();
});

test('an own id with a small epoch hidden under a tag that is not its own is no head', () => {
  const { suite } = keys;
  const tag = pattern(8, 9);
  const hidden = suite.hmac(keys.subkey('headMask'), tag).slice(0, 8);
  hidden[7] = (hidden[7] ?? 0) ^ 5;
  const random = Uint8Array.from([...tag, ...hidden]);
  const id = toObjectId(Uint8Array.from([...random, ...suite.hmac(keys.subkey('ownId'), random).subarray(0, 16)]));
  expect(isOwnId(keys, id)).toBe(true);
  expect(epochOfHeadId(keys, id)).toBeUndefined();
});

test('slots have two own ids, and the lock a name of its own', () => {
  const names = [headIdOfSlot(keys, 0), headIdOfSlot(keys, 1), lockName(keys), lockName(others)];
  expect(new Set(names).size).toBe(4);
  expect(names.map((name) => isOwnId(keys, name))).toEqual([true, true, false, false]);
  expect(headIdOfSlot(keys, 1)).toBe(names[1]);
});

// Computed by an independent implementation of docs/format/cryptography.md, in Python with hashlib, hmac and
// `cryptography` 48.0.0 (OpenSSL). A change here makes every tree unreadable.
test('are the ids they always were', () => {
  expect([headIdOfEpoch(keys, 1), headIdOfSlot(keys, 0), claimName(keys, 1), lockName(keys)]).toEqual([
    'e12b062d6dc3edbe799fb191eea56913712efaea3fed14cdb5574c27b908ce07',
    'dc51a02bddc9b3a0ca75e3043a5a2f60f1b961096ad1117b61f5a2a3db271184',
    '6796aa8663297880c3866dc72306abba6ee0378ce72902d456dc52c809e9a053',
    'dc19a91f3e27f88dfea53956f48d8784d15299b8df87bef02236ad9255fd3cdd',
  ]);
});

test('ids that are none are refused', () => {
  expect(() => isOwnId(keys, 'zz' as ObjectId)).toThrow('not an object id');
  expect(() => isOwnId(keys, 'abcd' as ObjectId)).toThrow('not an object id');
});
