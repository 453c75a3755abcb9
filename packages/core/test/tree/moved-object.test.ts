// Where the chunks of an object are that was sealed again: read as it was written, and nothing else is believed.
import { ByteWriter } from '../../src/bytes/writer.js';
import { MOVED_FIELD, type NewPlace, readMovedObject, writeMovedObject } from '../../src/tree/records/moved-object.js';
import { code, codeOf } from './scene.js';

const fill = (length: number, value: number) => new Uint8Array(length).fill(value);
const place = (object: number, offset: number, seal?: number): NewPlace => ({
  object: fill(32, object),
  offset,
  tag: fill(16, offset),
  ...(seal === undefined ? {} : { seal: fill(48, seal) }),
});

/** A row of the table of chunks. */
const row = (from: number, at: number) => new ByteWriter(28).u32(from).u32(at).u32(7).raw(fill(16, 1)).bytes;
const rows = (...all: [number, number][]) => Buffer.concat(all.map(([from, at]) => row(from, at)));
const refused = (value: unknown) => codeOf(() => readMovedObject(value));

test('is kept in a field of its own', () => {
  expect(MOVED_FIELD).toEqual({ name: '\0moved', type: 'versioned-map', strategy: 'local' });
});

test.each([[undefined], [9]])('chunks are found by the offsets that pointers name, seal %p', (seal) => {
  const chunks = new Map([
    [500, place(1, 10, seal)],
    [0, place(2, 20, seal)],
    [100, place(1, 30, seal)],
    [40, place(2, 40, seal)],
  ]);
  const written = writeMovedObject(chunks);
  // Each object is named once, in the order of its first chunk.
  expect(written.map(({ length }) => length)).toEqual([64, seal === undefined ? 0 : 96, 4 * 28]);
  const moved = readMovedObject(written);
  expect(moved.objects).toEqual(['02'.repeat(32), '01'.repeat(32)]);
  for (const [offset, where] of chunks) expect(moved.find(offset)).toEqual(where);
  for (const offset of [1, 39, 41, 99, 101, 499, 501, 2 ** 32 - 1]) expect(moved.find(offset)).toBeUndefined();
});

test('one without chunks has none', () => {
  const moved = readMovedObject(writeMovedObject(new Map()));
  expect([moved.objects, moved.find(0)]).toEqual([[], undefined]);
});

test('what does not fit together is CORRUPT', async () => {
  const none = new Uint8Array(0);
  const two = fill(64, 1);
  expect(await refused([two, none, rows([0, 0], [1, 1])])).toBe('ok');
  // An id and a half, with seals and without.
  for (const seals of [none, fill(72, 1)]) expect(await refused([fill(48, 1), seals, none])).toBe(code('CORRUPT'));
  // A seal for one object of two, and for three.
  for (const length of [48, 144]) expect(await refused([two, fill(length, 1), none])).toBe(code('CORRUPT'));
  expect(await refused([two, fill(96, 1), none])).toBe('ok');
  // Part of a row, alone and behind another one.
  for (const length of [1, 27, 29, 55]) {
    expect(await refused([two, none, rows([0, 0], [1, 0]).subarray(0, length)])).toBe(code('CORRUPT'));
  }
  // An object that is not named.
  expect(await refused([two, none, rows([0, 2])])).toBe(code('CORRUPT'));
  expect(await refused([two, none, rows([0, 1], [1, 5])])).toBe(code('CORRUPT'));
  // Chunks that are not in order, and one twice.
  expect(await refused([two, none, rows([5, 0], [4, 0])])).toBe(code('CORRUPT'));
  expect(await refused([two, none, rows([5, 0], [5, 1])])).toBe(code('CORRUPT'));
});
