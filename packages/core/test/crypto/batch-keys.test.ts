import { inspect } from 'node:util';
import fc from 'fast-check';
import { BatchKeys, type BatchPlace, CHAINS, MAX_COUNTER } from '../../src/crypto/batch-keys.js';
import { derive } from '../../src/crypto/derive.js';
import { loadSuite, type Suite } from '../../src/crypto/suite.js';
import { idBytes } from '../../src/format/id-bytes.js';
import { toObjectId } from '../../src/format/ids.js';
import { flipped, pattern } from './suites.js';

let suite: Suite;
let keys: BatchKeys;
beforeAll(async () => {
  suite = await loadSuite();
  keys = new BatchKeys(suite, pattern(32, 1));
});

const places: fc.Arbitrary<BatchPlace> = fc.record({
  chain: fc.oneof(fc.nat({ max: CHAINS - 1 }), fc.constantFrom(0, 1, 2 ** 32 - 1, 2 ** 32, CHAINS - 1)),
  counter: fc.oneof(fc.nat({ max: MAX_COUNTER }), fc.constantFrom(1, 0xffff, 0x10000, MAX_COUNTER)),
});

test('chains and counters have the bounds of the format', () => {
  expect([CHAINS, MAX_COUNTER]).toEqual([2 ** 40, 2 ** 24 - 1]);
});

test('the id of a batch is always the same, and says to those who have the keys which batch it is', () => {
  const others = new BatchKeys(suite, pattern(32, 2));
  fc.assert(
    fc.property(places, (place) => {
      const id = keys.id(place);
      expect(keys.id(place)).toBe(id);
      expect(keys.placeOf(id)).toEqual(place);
      expect(others.placeOf(id)).toBeUndefined();
      expect(others.id(place)).not.toBe(id);
    }),
  );
});

test('an id with any bit turned over is of no batch', () => {
  const id = idBytes(keys.id({ chain: 7, counter: 9 }));
  for (let bit = 0; bit < 256; bit++) expect(keys.placeOf(toObjectId(flipped(id, bit)))).toBeUndefined();
});

test('an id with a place hidden under a tag that is not its own is of no batch', () => {
  const shared = pattern(32, 1);
  const tag = pattern(8, 3);
  const first = Uint8Array.from([...tag, ...derive(suite, shared, 'batchMask', tag).subarray(0, 8)]);
  const mac = derive(suite, shared, 'batchOwnId', first).subarray(0, 16);
  expect(keys.placeOf(toObjectId(Uint8Array.from([...first, ...mac])))).toBeUndefined();
});

test('headers and padding have keys of their own, padding one for each id and salt', () => {
  const shared = pattern(32, 1);
  const ids = [1, 2].map((counter) => keys.id({ chain: 0, counter }));
  expect(keys.headerKey()).toEqual(derive(suite, shared, 'batchHeader'));
  const stream = (id = ids[0]!, salt = pattern(32, 4)) => {
    const target = new Uint8Array(100);
    keys.pad(id, salt, target);
    return target;
  };
  const expected = new Uint8Array(100);
  suite.keyStream(derive(suite, shared, 'batchPadding', idBytes(ids[0]!), pattern(32, 4)), expected);
  expect(stream()).toEqual(expected);
  for (const other of [stream(ids[1]), stream(ids[0], pattern(32, 5))]) expect(other).not.toEqual(expected);
});

test('the key of the padding is zeroed behind it', () => {
  const made: Uint8Array[] = [];
  const spying: Suite = {
    ...suite,
    keyStream: (key, target) => {
      made.push(key);
      suite.keyStream(key, target);
    },
  };
  new BatchKeys(spying, pattern(32, 1)).pad(keys.id({ chain: 0, counter: 1 }), pattern(32), new Uint8Array(9));
  expect(made).toEqual([new Uint8Array(32)]);
});

test('keep a copy of what they are given, refuse another length, and show no secret', () => {
  const given = pattern(32, 1);
  const own = new BatchKeys(suite, given);
  given.fill(0);
  const place = { chain: 3, counter: 4 };
  expect(own.id(place)).toBe(keys.id(place));
  own.wipe();
  expect(own.headerKey()).toEqual(derive(suite, new Uint8Array(32), 'batchHeader'));
  expect(() => new BatchKeys(suite, pattern(31))).toThrow(
    expect.objectContaining({ code: 'INFINITREE_INVALID_ARGUMENT' }),
  );
  expect(JSON.stringify({ keys })).toBe('{"keys":"[BatchKeys]"}');
  expect(inspect({ keys }, { showHidden: true, depth: null })).toContain('BatchKeys { [redacted] }');
});
