import { inspect } from 'node:util';
import { applicationKey } from '../../src/crypto/application-key.js';
import { objectKey, padding } from '../../src/crypto/chunk.js';
import { derive } from '../../src/crypto/derive.js';
import { Entropy } from '../../src/crypto/entropy.js';
import { EarlierKeys } from '../../src/crypto/epoch-keys.js';
import { isOwnId, keysOf, newObjectId } from '../../src/crypto/own-ids.js';
import { StorageKeys } from '../../src/crypto/storage-keys.js';
import { loadSuite, type Suite } from '../../src/crypto/suite.js';
import { TreeKeys } from '../../src/crypto/tree-keys.js';
import { idBytes } from '../../src/format/id-bytes.js';
import { toObjectId } from '../../src/format/ids.js';
import type { Label } from '../../src/format/labels.js';
import { systemEnvironment } from '../../src/platform/environment.js';
import { pattern } from './suites.js';

const KEPT: readonly Label[] = ['ownId', 'storageObject', 'padding', 'application'];
const treeId = pattern(16, 9);

let suite: Suite;
let entropy: Entropy;
beforeAll(async () => {
  suite = await loadSuite();
  entropy = new Entropy(suite, systemEnvironment);
});

const whole = (keyEpoch: number) => new TreeKeys(suite, pattern(32, keyEpoch + 1), treeId, keyEpoch);

function kept(keyEpoch: number, labels = KEPT): EarlierKeys {
  const before = whole(keyEpoch);
  return new EarlierKeys(
    before,
    keyEpoch,
    labels.map((label) => [label, before.subkey(label)]),
  );
}

/** Keys of key epoch 2 that keep something of the two before. */
function keysWithEarlier(): TreeKeys {
  const keys = whole(2);
  keys.keep({ contentKey: pattern(32, 50), earlier: [kept(1), kept(0)] });
  return keys;
}

test('objects of all key epochs are own, and each has the keys of its own one', () => {
  const keys = keysWithEarlier();
  for (const keyEpoch of [0, 1, 2]) {
    const then = whole(keyEpoch);
    const id = newObjectId(then, entropy);
    expect(isOwnId(keys, id)).toBe(true);
    expect(keysOf(keys, idBytes(id)).keyEpoch).toBe(keyEpoch);
    expect(objectKey(keys, 'storage', id)).toEqual(objectKey(then, 'storage', id));
    expect(padding(keys, idBytes(id), pattern(32), 40)).toEqual(padding(then, idBytes(id), pattern(32), 40));
    expect(applicationKey(keys, 'logs', keyEpoch)).toEqual(applicationKey(then, 'logs'));
  }
  const stranger = toObjectId(pattern(32, 77));
  expect(isOwnId(keys, stranger)).toBe(false);
  expect(keysOf(keys, idBytes(stranger))).toBe(keys);
  expect(() => applicationKey(keys, 'logs', 3)).toThrow('from 0 to 2');
});

test('what is not kept of a key epoch is not known, and never made of another', () => {
  const keys = whole(1);
  keys.keep({ contentKey: pattern(32, 50), earlier: [kept(0, ['ownId'])] });
  const id = newObjectId(whole(0), entropy);
  expect(objectKey(keys, 'index', id)).toBeUndefined();
  expect(objectKey(keys, 'storage', id)).toBeUndefined();
  expect(() => applicationKey(keys, 'logs', 0)).toThrow('a key epoch of the tree');
  // Nobody has what such an object was filled with.
  expect(padding(keys, idBytes(id), pattern(32), 40)).toEqual(
    (() => {
      const stream = new Uint8Array(40);
      suite.keyStream(derive(suite, keys.subkey('padding'), 'padding', idBytes(id), pattern(32)), stream);
      return stream;
    })(),
  );
});

test('the key of content ids stays the one that was kept', () => {
  const keys = keysWithEarlier();
  expect(keys.subkey('contentId')).toEqual(pattern(32, 50));
  expect(keys.subkey('ownId')).toEqual(whole(2).subkey('ownId'));
});

test('they are copies, which are zeroed with the storage keys beside them', () => {
  const given = pattern(32, 1);
  const storage = StorageKeys.ofReader(suite, pattern(16), pattern(32, 2));
  const keys = new EarlierKeys({ suite, treeId }, 0, [['ownId', given]], storage);
  given.fill(0);
  const found = keys.find('ownId')!;
  expect(found).toEqual(pattern(32, 1));
  expect(keys.find('padding')).toBeUndefined();
  keys.wipe();
  expect(found).toEqual(new Uint8Array(32));
  expect(() => storage.copySecretKey()).toThrow(expect.objectContaining({ code: 'INFINITREE_CLOSED' }));
});

test('who reads storage objects is who has no storage keys, or both halves of them', () => {
  const reader = StorageKeys.ofReader(suite, pattern(16), pattern(32, 2));
  const writer = StorageKeys.ofWriter(suite, pattern(16), reader.publicKey);
  const reads = (storage?: StorageKeys) => new TreeKeys(suite, pattern(32), treeId, 0, storage).readsStorage;
  expect([reads(), reads(reader), reads(writer)]).toEqual([true, true, false]);
});

test('show no secret', () => {
  const keys = kept(0);
  expect(JSON.stringify({ keys })).toBe('{"keys":"[EarlierKeys]"}');
  expect(inspect({ keys }, { showHidden: true, depth: null })).toContain('EarlierKeys { [redacted] }');
});
