// A field that was loaded as columns gives what one gives that was loaded as a map, whatever is asked for in which order.
import fc from 'fast-check';
import { toCanonical } from '../../src/codec/canonical-key.js';
import { FieldStore } from '../../src/fields/field-store.js';
import { ListStore } from '../../src/fields/list-store.js';
import { loadedColumns } from './loaded-columns.js';

const entriesOf = (count: number): [number, string][] =>
  Array.from({ length: count }, (_, i) => [2 * i, `value ${i}`] as [number, string]);

function loaded(entries: [number, string][], onGathered?: () => void): FieldStore {
  const store = new FieldStore();
  const keys = entries.map(([key]) => key);
  store.finishLoad(store.beginLoad(), loadedColumns(entries, 7, onGathered), 'all', keys);
  return store;
}

test('keys that are asked for in any order have the values that a map has', () => {
  const asked = fc.array(fc.oneof(fc.integer({ min: -3, max: 403 }), fc.constant('next' as const)), { maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 200 }), asked, (count, steps) => {
      const entries = entriesOf(count);
      const map = new Map<number, string>(entries);
      const store = loaded(entries);
      let last = -2;
      for (const step of steps) {
        last = step === 'next' ? last + 2 : step;
        expect([last, store.has(last), store.get(last)]).toEqual([last, map.has(last), map.get(last)]);
        expect(store.size).toBe(map.size);
      }
      expect([...store.entries()]).toEqual(entries);
    }),
  );
});

test('going through all of it makes no map, and puts each piece together once', () => {
  let gathered = 0;
  const entries = entriesOf(1000);
  const store = loaded(entries, () => gathered++);
  expect(gathered).toBe(0);
  expect(store.get(0)).toBe('value 0');
  expect(gathered).toBe(1);
  for (let i = 0; i < 3; i++) expect([...store.entries()]).toEqual(entries);
  expect(gathered).toBe(4);
  for (const [key, value] of entries.toReversed()) expect(store.get(key)).toBe(value);
  expect(gathered).toBe(4);
});

test('a value is the same one each time it is asked for', () => {
  const entries = Array.from({ length: 500 }, (_, i) => [i, { i }] as const);
  const store = new FieldStore();
  store.finishLoad(
    store.beginLoad(),
    loadedColumns(entries),
    'all',
    entries.map(([key]) => key),
  );
  const first = entries.map(([key]) => store.get(key));
  for (const [key] of entries.toReversed()) expect(store.get(key)).toBe(first[key]);
});

test('what is committed later lies over what was loaded, and only its own pieces are put together', () => {
  const change = fc.tuple(fc.integer({ min: -2, max: 330 }), fc.option(fc.string(), { nil: undefined }));
  const commits = fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 6 });
  fc.assert(
    fc.property(commits, fc.array(fc.integer({ min: -2, max: 330 }), { maxLength: 5 }), (all, asked) => {
      let gathered = 0;
      const entries = entriesOf(160);
      const store = loaded(entries, () => gathered++);
      const map = new Map<number, string>(entries);
      for (const [i, changes] of all.entries()) {
        for (const [key, value] of changes) {
          if (value === undefined) store.delete(key);
          else store.set(key, () => value);
          if (value === undefined) map.delete(key);
          else map.set(key, value);
        }
        const delta = store.swap();
        if (delta !== undefined) store.settle(delta, i + 2);
        expect(store.size).toBe(map.size);
      }
      // Only those in which the changed keys are.
      if (all.flat().length <= 4) expect(gathered).toBeLessThanOrEqual(all.flat().length);
      for (const key of asked) expect([key, store.get(key)]).toEqual([key, map.get(key)]);
      const sorted = [...map].sort(([a], [b]) => a - b);
      expect([...store.entries()]).toEqual(sorted);
    }),
    { numRuns: 500 },
  );
});

test('what is pushed to a list stays apart from what was loaded', () => {
  const entries = Array.from({ length: 100 }, (_, i) => [toCanonical([1, i]), `value ${i}`] as const);
  const columns = loadedColumns(entries);
  const store = new ListStore();
  store.finishLoad(store.beginLoad(), columns, 'all', columns.keys);
  expect(store.valuesNow()).toHaveLength(100);
  store.push(() => ['new']);
  expect(store.valuesNow().at(-1)).toBe('new');
  store.discard();
  expect(store.valuesNow()).toEqual(entries.map(([, value]) => value));
  expect(columns.keys).toHaveLength(100);
});
