import { indexRecordOf, isObjectId, kind, registerIndex } from '@infinitree/core';
import { idBytes } from '../../src/format/id-bytes.js';
import { toObjectId } from '../../src/format/ids.js';
import { objectSizeLog2, toPages } from '../../src/format/limits.js';
import { failureOf } from '../object/scene.js';

test('a class has the declaration that was made of it last, and a subclass has none', () => {
  class Base {}
  class Derived extends Base {}
  expect(indexRecordOf(Base)).toBeUndefined();
  registerIndex(Base, { fields: [] });
  const record = { fields: [{ property: 'a', name: 'b' }] };
  registerIndex(Base, record);

  expect(indexRecordOf(Base)).toBe(record);
  expect(indexRecordOf(Derived)).toBeUndefined();
});

test('the brand of fields is a symbol of this copy of the library alone', () => {
  expect(typeof kind).toBe('symbol');
  expect(Symbol.keyFor(kind)).toBeUndefined();
});

test('an object id is 64 lower-case hex digits, of 32 bytes', async () => {
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => 7 * i);
  const id = toObjectId(bytes);

  expect(isObjectId(id)).toBe(true);
  expect(idBytes(id)).toEqual(bytes);
  for (const text of ['', id.slice(1), `${id}0`, id.toUpperCase(), `${id.slice(1)}g`]) {
    expect(isObjectId(text)).toBe(false);
  }
  expect(await failureOf(() => toObjectId(bytes.subarray(1)))).toContain('INVALID_ARGUMENT');
  expect(await failureOf(() => idBytes('00' as never))).toContain('INVALID_ARGUMENT');
  expect(await failureOf(() => idBytes('x'.repeat(64) as never))).toContain('INVALID_ARGUMENT');
});

test('objects are powers of two from 64 KiB to 4 MiB, journals are written in pages', () => {
  expect([65_536, 131_072, 4_194_304].map(objectSizeLog2)).toEqual([16, 17, 22]);
  for (const size of [0, -1, 32_768, 65_537, 8_388_608, Number.NaN]) expect(objectSizeLog2(size)).toBeUndefined();
  expect([0, 1, 4096, 4097].map(toPages)).toEqual([0, 4096, 4096, 8192]);
});
