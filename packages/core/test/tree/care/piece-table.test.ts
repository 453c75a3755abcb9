import fc from 'fast-check';
import { idBytes } from '../../../src/format/id-bytes.js';
import { type ObjectId, toObjectId } from '../../../src/format/ids.js';
import { PieceTable } from '../../../src/tree/care/piece-table.js';
import type { Owner, Piece } from '../../../src/tree/care/walk.js';

const FIELDS = ['a', 'b'].map((name) => ({ name, type: 'versioned-map', strategy: 'local' }));
const anyNumber = fc.oneof(fc.nat(200), fc.maxSafeNat());
const anyOwner: fc.Arbitrary<Owner> = fc.record({
  part: fc.constantFrom('block', 'values', 'chunk'),
  field: fc.constantFrom(undefined, ...FIELDS),
  first: anyNumber,
  last: anyNumber,
  entries: anyNumber,
});
const bytes = (size: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: size, maxLength: size });
const anyObject: fc.Arbitrary<ObjectId> = fc.nat(9).map((i) => toObjectId(new Uint8Array(32).fill(i)));
const anyPiece: fc.Arbitrary<Piece> = fc
  .tuple(anyObject, anyNumber, fc.nat(1000), fc.nat(3), anyOwner, bytes(16), bytes(48), fc.nat(3))
  .map(([object, offset, size, codec, owner, tag, seal, kind]) => {
    const place = { object, offset: Math.min(offset, 2 ** 52), codec, owner };
    const end = place.offset + size;
    if (kind === 0) return { ...place, end, pointer: undefined, name: undefined };
    const plain = { object: idBytes(object), offset: place.offset, size, tag, codec };
    const pointer = kind === 1 ? { ...plain, seal } : plain;
    return { ...place, end, pointer, name: kind === 2 ? { ...plain, offset: 7 } : pointer };
  });

test('a table of pieces gives back what records in maps would, in their order', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyPiece, anyOwner), { maxLength: 300 }), (steps) => {
      const table = new PieceTable();
      const model = new Map<ObjectId, Map<number, Piece>>();
      for (const [piece, owner] of steps) {
        const { object, offset } = piece;
        const known = model.get(object)?.get(offset);
        const place = table.find(object, offset);
        expect(place === undefined).toBe(known === undefined);
        const pieces = model.get(object) ?? new Map<number, Piece>();
        model.set(object, pieces);
        if (known === undefined || place === undefined) table.add(piece);
        else {
          expect(table.ownerOf(place)).toEqual(known.owner);
          table.give(place, owner);
        }
        pieces.set(offset, known === undefined ? piece : { ...known, owner });
      }
      expect([...table.objects()]).toEqual([...model.keys()]);
      for (const [object, pieces] of model) expect([...table.of(object)]).toEqual([...pieces.values()]);
      const absent = toObjectId(new Uint8Array(32).fill(99));
      expect([table.has(absent), [...table.of(absent)], table.find(absent, 0)]).toEqual([false, [], undefined]);
    }),
    { numRuns: 150 },
  );
});

test('and finds each of many pieces, in one object and in many', () => {
  const table = new PieceTable();
  const owner: Owner = { part: 'chunk', field: undefined, first: 1, last: 1, entries: 1 };
  const object = (i: number): ObjectId => toObjectId(new Uint8Array(32).fill(i % 251, 16, 20).fill(i >> 8, 0, 2));
  const at = (i: number): readonly [ObjectId, number] => [object(i % 2 === 0 ? 0 : i), i * 1024];
  for (let i = 0; i < 5000; i++) {
    const [id, offset] = at(i);
    table.add({ object: id, offset, end: offset + 1, codec: 0, pointer: undefined, name: undefined, owner });
  }
  let wrong = 0;
  for (let i = 0; i < 5000; i++) if (table.find(...at(i)) !== i || table.find(at(i)[0], 1) !== undefined) wrong += 1;
  expect([wrong, [...table.of(object(0))].length >= 2500]).toEqual([0, true]);
});
