import { inspect } from 'node:util';
import { derive } from '../../src/crypto/derive.js';
import { loadSuite, type Suite } from '../../src/crypto/suite.js';
import { TreeKeys } from '../../src/crypto/tree-keys.js';
import { pattern } from './suites.js';

let suite: Suite;
beforeAll(async () => {
  suite = await loadSuite();
});

const root = pattern(32, 3);
const make = () => new TreeKeys(suite, root.slice(), pattern(16), 4);

test('derives subkeys from the root secret, and remembers them', () => {
  const keys = make();
  expect(keys.subkey('frame')).toEqual(derive(suite, root, 'frame'));
  expect(keys.subkey('frame')).toBe(keys.subkey('frame'));
  expect(keys.subkey('mark')).not.toEqual(keys.subkey('frame'));
  expect([keys.treeId, keys.keyEpoch]).toEqual([pattern(16), 4]);
});

test('keeps copies of what it is given, and gives copies of the root secret', () => {
  const [secret, id] = [root.slice(), pattern(16)];
  const keys = new TreeKeys(suite, secret, id, 0);
  secret.fill(0);
  id.fill(0);
  keys.copyRootSecret().fill(0);
  expect(keys.copyRootSecret()).toEqual(root);
  expect(keys.subkey('frame')).toEqual(derive(suite, root, 'frame'));
  expect(keys.treeId).toEqual(pattern(16));
});

test('refuses secrets and ids of another length', () => {
  const code = 'INFINITREE_INVALID_ARGUMENT';
  expect(() => new TreeKeys(suite, pattern(31), pattern(16), 0)).toThrow(expect.objectContaining({ code }));
  expect(() => new TreeKeys(suite, root, pattern(32), 0)).toThrow(expect.objectContaining({ code }));
});

test('zeroes what it gave out and refuses to go on when it is wiped', () => {
  const keys = make();
  const [frame, mark] = [keys.subkey('frame'), keys.subkey('mark')];
  keys.wipe();
  keys.wipe();
  expect([frame, mark]).toEqual([new Uint8Array(32), new Uint8Array(32)]);
  const closed = expect.objectContaining({ code: 'INFINITREE_CLOSED' });
  expect(() => keys.subkey('frame')).toThrow(closed);
  expect(() => keys.subkey('lock')).toThrow(closed);
  expect(() => keys.copyRootSecret()).toThrow(closed);
});

test('shows no secret', () => {
  const keys = make();
  keys.subkey('frame');
  expect(JSON.stringify({ keys })).toBe('{"keys":"[TreeKeys]"}');
  expect(inspect({ keys }, { showHidden: true, depth: null })).toContain('keys: TreeKeys { [redacted] }');
  expect(Object.values(keys)).toEqual([suite, 4]);
});

test('are equal where root secret, tree and key epoch are', async () => {
  const suite = await loadSuite();
  const make = (root: number, tree: number, epoch: number) =>
    new TreeKeys(suite, pattern(32, root), pattern(16, tree), epoch);
  const keys = make(1, 2, 3);
  expect(keys.equals(make(1, 2, 3))).toBe(true);
  for (const other of [make(4, 2, 3), make(1, 4, 3), make(1, 2, 4)]) expect(keys.equals(other)).toBe(false);
  keys.wipe();
  expect(() => keys.equals(make(1, 2, 3))).toThrow(expect.objectContaining({ code: 'INFINITREE_CLOSED' }));
});
