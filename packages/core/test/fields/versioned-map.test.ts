import { isInfinitreeError, type ShortCode } from '../../src/errors.js';
import { storeOf } from '../../src/fields/store-of.js';
import { VersionedMap } from '../../src/fields/versioned-map.js';

interface Plant {
  id: number;
  tags: string[];
}

function loadedMap<K extends number | string | Uint8Array | readonly [string, number], V>(freeze?: boolean) {
  const map = new VersionedMap<K, V>(freeze === undefined ? undefined : { freeze });
  storeOf(map)!.bind('plants');
  storeOf(map)!.markLoaded();
  return map;
}

function unloadedMap() {
  const map = new VersionedMap<number, Plant>();
  storeOf(map)!.bind('plants');
  return map;
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return isInfinitreeError(error) ? error.code : String(error);
  }
  return 'nothing thrown';
}

const code = (short: ShortCode) => `INFINITREE_${short}`;
const plant = (id: number): Plant => ({ id, tags: [] });

describe('reading and changing', () => {
  test('set overwrites and chains', () => {
    const map = loadedMap<number, string>();
    expect(map.set(1, 'a').set(1, 'b').set(2, 'c')).toBe(map);
    expect([...map]).toEqual([
      [1, 'b'],
      [2, 'c'],
    ]);
  });

  test('insert never overwrites and returns the winner', () => {
    const map = loadedMap<number, Plant>();
    const first = plant(1);
    const loser = plant(2);
    expect(map.insert(1, first)).toBe(first);
    expect(map.insert(1, loser)).toBe(first);
    expect(map.get(1)).toBe(first);
    expect(Object.isFrozen(loser)).toBe(false);
  });

  test('update hands over the frozen value and stages what comes back', () => {
    const map = loadedMap<number, Plant>().set(1, plant(1));
    const updated = map.update(1, (old) => {
      expect(Object.isFrozen(old.tags)).toBe(true);
      return { ...old, id: 9 };
    });
    expect(updated).toEqual({ id: 9, tags: [] });
    expect(map.get(1)).toBe(updated);
    expect(Object.isFrozen(updated)).toBe(true);
  });

  test('update of an absent key does not call the function', () => {
    const calls: unknown[] = [];
    const map = loadedMap<number, Plant>();
    expect(map.update(1, (old) => (calls.push(old), plant(1)))).toBeUndefined();
    expect(calls).toEqual([]);
    expect(map.has(1)).toBe(false);
  });

  test('delete, retain and clear take away', () => {
    const map = loadedMap<number, string>().set(1, 'a').set(2, 'b').set(3, 'c');
    map.delete(1);
    expect(map.has(1)).toBe(false);
    const seen: unknown[] = [];
    map.retain((key, value) => (seen.push([key, value]), key === 3));
    expect(seen).toEqual([
      [2, 'b'],
      [3, 'c'],
    ]);
    expect([...map.keys()]).toEqual([3]);
    map.clear();
    expect(map.size).toBe(0);
  });

  test('where the function of update, retain or an admission throws, nothing is staged', () => {
    const map = loadedMap<number, unknown>().set(1, 'a').set(2, 'b');
    const fail = () => {
      throw new Error('mine');
    };
    expect(map.size).toBe(2);
    expect(() => map.update(1, fail)).toThrow('mine');
    expect(() => map.retain((key) => (key === 1 ? false : fail()))).toThrow('mine');
    expect(codeOf(() => map.set(3, () => 0))).toBe(code('INVALID_ARGUMENT'));
    expect(codeOf(() => map.insert(3, () => 0))).toBe(code('INVALID_ARGUMENT'));
    expect(codeOf(() => map.update(2, () => () => 0))).toBe(code('INVALID_ARGUMENT'));
    expect(map.size).toBe(2);
    expect([...map]).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
  });

  test('iteration follows key order, not the order of insertion', () => {
    const map = loadedMap<number, string>().set(10, 'x').set(-1, 'y').set(9, 'z');
    expect([...map.keys()]).toEqual([-1, 9, 10]);
    expect([...map.values()]).toEqual(['y', 'z', 'x']);
    const seen: unknown[] = [];
    map.forEach((value, key, self) => seen.push(value, key, self === map));
    expect(seen).toEqual(['y', -1, true, 'z', 9, true, 'x', 10, true]);
  });

  test('a walk goes on over what is changed meanwhile', () => {
    const map = loadedMap<number, string>().set(1, 'a').set(2, 'b').set(3, 'c');
    const seen: unknown[] = [];
    for (const [key, value] of map.entries()) {
      seen.push([key, value]);
      map.delete(2);
      map.set(3, 'new').set(4, 'd').set(0, 'e');
    }
    expect(seen).toEqual([
      [1, 'a'],
      [3, 'new'],
    ]);
    expect([...map.keys()]).toEqual([0, 1, 3, 4]);
  });

  test('bytes and tuples are keys by what is in them, and bytes are copied in and out', () => {
    const map = loadedMap<Uint8Array | readonly [string, number], string>();
    const bytes = Uint8Array.of(1, 2);
    map.set(bytes, 'bytes').set(['a', 1], 'tuple');
    bytes[0] = 9;
    expect(map.get(Uint8Array.of(1, 2))).toBe('bytes');
    expect(map.get(['a', 1])).toBe('tuple');
    const [key] = map.keys() as IterableIterator<Uint8Array>;
    key![0] = 9;
    expect(map.has(Uint8Array.of(1, 2))).toBe(true);
  });

  test('a key that is none is INVALID_ARGUMENT', () => {
    expect(codeOf(() => loadedMap<number, string>().get(Number.NaN))).toBe(code('INVALID_ARGUMENT'));
  });
});

describe('values', () => {
  test('belong to the map: frozen deeply, so that writing to one is an error', () => {
    const map = loadedMap<number, Plant>();
    const mine = plant(1);
    map.set(1, mine);
    expect(() => (mine.id = 2)).toThrow(TypeError);
    expect(() => mine.tags.push('a')).toThrow(TypeError);
    // @ts-expect-error it is read-only in its type too
    expect(() => (map.get(1)!.id = 2)).toThrow(TypeError);
  });

  test('that cannot be frozen are copied in and out', () => {
    const map = loadedMap<string, Date>();
    const date = new Date(5);
    map.set('a', date);
    date.setTime(6);
    map.get('a')!.setTime(7);
    expect(map.get('a')).toEqual(new Date(5));
  });

  test('stay unfrozen where that was asked for', () => {
    const map = loadedMap<number, Plant>(false);
    const mine = plant(1);
    map.set(1, mine);
    expect(map.get(1)).toBe(mine);
    expect(Object.isFrozen(mine)).toBe(false);
  });

  test('are left alone by a change that is refused', () => {
    const map = loadedMap<number, Plant>();
    storeOf(map)!.setReadonly('This is a view.');
    const mine = plant(1);
    expect(codeOf(() => map.set(1, mine))).toBe(code('READONLY'));
    expect(Object.isFrozen(mine)).toBe(false);
  });
});

describe('a map that is not loaded', () => {
  test.each<[string, (map: VersionedMap<number, Plant>) => unknown]>([
    ['get', (map) => map.get(1)],
    ['has', (map) => map.has(1)],
    ['size', (map) => map.size],
    ['insert', (map) => map.insert(1, plant(1))],
    ['update', (map) => map.update(1, () => plant(1))],
    ['retain', (map) => map.retain(() => true)],
    ['entries', (map) => map.entries()],
    ['keys', (map) => map.keys()],
    ['values', (map) => map.values()],
    ['forEach', (map) => map.forEach(() => undefined)],
    ['iteration', (map) => map[Symbol.iterator]()],
  ])('%s throws NOT_LOADED and names the field and the ways out', (_, read) => {
    const map = unloadedMap();
    expect(map.state).toBe('none');
    expect(codeOf(() => read(map))).toBe(code('NOT_LOADED'));
    expect(() => read(map)).toThrow(
      "'plants' is not in memory: load it with await tree.load('plants'), or read from storage with " +
        "tree.get('plants', key) or tree.entries('plants').",
    );
  });

  test('takes blind changes, and reads the keys that are staged', () => {
    const map = unloadedMap();
    map.set(1, plant(1)).delete(2);
    expect(map.get(1)).toEqual(plant(1));
    expect(map.has(2)).toBe(false);
    expect(map.insert(2, plant(2))).toEqual(plant(2));
    expect(map.update(1, () => plant(3))).toEqual(plant(3));
    expect(codeOf(() => map.get(3))).toBe(code('NOT_LOADED'));
    expect(map.state).toBe('none');
  });

  test('is fully known once it is cleared', () => {
    const map = unloadedMap();
    map.clear();
    expect(map.state).toBe('loaded');
    expect(map.get(1)).toBeUndefined();
    expect(map.size).toBe(0);
    map.set(2, plant(2));
    expect([...map.keys()]).toEqual([2]);
  });

  test('says so where it belongs to no tree', () => {
    expect(() => new VersionedMap().get(1)).toThrow('belongs to no tree yet');
  });
});

test('after close every call is CLOSED, a walk under way included', () => {
  const map = loadedMap<number, string>().set(1, 'a').set(2, 'b');
  const walk = map.values();
  expect(walk.next().value).toBe('a');
  storeOf(map)!.close();
  for (const call of [() => walk.next(), () => map.get(1), () => map.size, () => map.set(1, ''), () => map.clear()]) {
    expect(codeOf(call)).toBe(code('CLOSED'));
  }
});

test('a read-only map refuses every change with the reason', () => {
  const map = loadedMap<number, string>().set(1, 'a');
  storeOf(map)!.setReadonly('It is a view.');
  const changes = [
    () => map.set(1, ''),
    () => map.insert(1, ''),
    () => map.update(1, () => ''),
    () => map.delete(1),
    () => map.clear(),
    () => map.retain(() => false),
  ];
  for (const change of changes) {
    expect(codeOf(change)).toBe(code('READONLY'));
    expect(change).toThrow('It is a view.');
  }
  expect(map.get(1)).toBe('a');
});
