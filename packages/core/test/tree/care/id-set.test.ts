import fc from 'fast-check';
import { type ObjectId, toObjectId } from '../../../src/format/ids.js';
import { IdSet } from '../../../src/tree/care/id-set.js';
import { IdTable } from '../../../src/tree/care/id-table.js';

/** An id of which all bytes but the last few are the same, so that many meet in one slot. */
const near = (last: number): ObjectId => toObjectId(Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? last : 7)));
const anyId = fc.oneof(
  fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toObjectId),
  fc.integer({ min: 0, max: 255 }).map(near),
  // Apart in the first half, or in what slots are found by.
  fc.tuple(fc.nat(31), fc.nat(3)).map(([at, byte]) => toObjectId(new Uint8Array(32).fill(byte, at, at + 1))),
);
const anyStep = fc.tuple(fc.constantFrom('add', 'delete', 'has'), fc.nat(1), anyId);

describe('a compact set of ids', () => {
  test('says what a set says, and so does another one over the same table', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 400 }), (steps) => {
        const table = new IdTable();
        const sets = [new IdSet(table), new IdSet(table)];
        const models = [new Set<ObjectId>(), new Set<ObjectId>()];
        const added = new Set<ObjectId>();
        for (const [step, which, id] of steps) {
          const [set, model] = [sets[which] as IdSet, models[which] as Set<ObjectId>];
          if (step === 'add') {
            expect(set.add(id)).toBe(!model.has(id));
            model.add(id);
            added.add(id);
          } else if (step === 'delete') expect(set.delete(id)).toBe(model.delete(id));
          else expect(set.has(id)).toBe(model.has(id));
          expect(set.size).toBe(model.size);
        }
        expect(table.size).toBe(added.size);
        for (const [i, set] of sets.entries()) {
          expect([...set]).toEqual([...added].filter((id) => models[i]?.has(id)));
        }
      }),
      { numRuns: 200 },
    );
  });

  test('finds each of many ids, and no other, across pages and growing tables', () => {
    const table = new IdTable();
    const set = new IdSet(table);
    const idOf = (i: number, last: number): ObjectId => {
      const bytes = new Uint8Array(32).fill(last, 31);
      const view = new DataView(bytes.buffer);
      // Spread over the slots as MACs are.
      view.setUint32(16, Math.imul(i, 0x9e3779b1));
      view.setUint32(20, Math.imul(i, 0x85ebca6b));
      return toObjectId(bytes);
    };
    const COUNT = 70_000;
    let wrong = 0;
    for (let i = 0; i < COUNT; i++) if (table.add(idOf(i, 1)) !== i) wrong += 1;
    for (let i = 0; i < COUNT; i += 2) set.add(idOf(i, 1));
    expect([table.size, set.size]).toEqual([COUNT, COUNT / 2]);
    for (let i = 0; i < COUNT; i++) {
      if (table.find(idOf(i, 1)) !== i || table.at(i) !== idOf(i, 1) || set.has(idOf(i, 1)) !== (i % 2 === 0))
        wrong += 1;
      if (table.find(idOf(i, 2)) !== undefined || set.has(idOf(i, 2))) wrong += 1;
    }
    expect(wrong).toBe(0);
  });
});
