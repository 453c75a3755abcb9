// Storage that gives back other bytes than it was given. Whatever it does, a read gives the right data or `CORRUPT`.
import { isDeepStrictEqual } from 'node:util';
import { isInfinitreeError, type ObjectId } from '@infinitree/core';
import { SeededRandom } from '@infinitree/testing';
import { ledger, readAll, type Storage, whileIts } from './damage-scene.js';
import { code, codeOf, errorOf } from './scene.js';

const FLIPS = 1000;

interface Damage {
  readonly id: ObjectId;
  readonly bytes: Uint8Array | undefined;
  readonly what: string;
}

/** Reads everything from damaged storage. Gives whether the damage was noticed; throws where anything was wrong. */
async function read(storage: Storage, expected: unknown, { id, bytes, what }: Damage): Promise<boolean> {
  return whileIts(storage, id, bytes, async () => {
    let found: unknown;
    try {
      found = await readAll(await storage.open({ expectHead: storage.head }));
    } catch (error) {
      if (isInfinitreeError(error, 'CORRUPT') && error.message.includes(id)) return true;
      throw new Error(`${what} of ${id}: ${String(error)}`, { cause: error });
    }
    if (!isDeepStrictEqual(found, expected)) throw new Error(`${what} of ${id}: other data were read`);
    return false;
  });
}

describe.each([
  ['cas', true],
  ['cas', false],
  ['epoch', true],
] as const)('%s heads, ranges: %p', (heads, ranges) => {
  let storage: Storage;
  let expected: unknown;
  let ids: ObjectId[];
  beforeAll(async () => {
    storage = await ledger(heads, ranges);
    expected = await readAll(await storage.open());
    ids = [...storage.store.entries.keys()];
    expect(ids.length).toBeGreaterThan(5);
  });

  test('a flipped bit is harmless or CORRUPT, and the error names the object', async () => {
    const random = new SeededRandom(heads === 'cas' ? 11 : 12);
    const noticed = new Set<ObjectId>();
    for (let i = 0; i < FLIPS; i++) {
      const id = ids[i % ids.length]!;
      const bytes = storage.store.entries.get(id)!.bytes.slice();
      // Where most is looked at, at the beginning, more often than elsewhere.
      const at = random.int(random.int(3) === 0 ? 1024 : bytes.length);
      bytes[at]! ^= 1 << random.int(8);
      if (await read(storage, expected, { id, bytes, what: `bit at ${at}` })) noticed.add(id);
    }
    // Older heads and replaced objects are there and not read.
    expect(noticed.size).toBeGreaterThan(3);
  }, 120_000);

  test('a truncated, prolonged or emptied object is harmless or CORRUPT', async () => {
    let noticed = 0;
    for (const id of ids) {
      const { bytes } = storage.store.entries.get(id)!;
      for (const length of [0, 1, 511, 512, 4096, 20_000, bytes.length - 1, bytes.length + 1, 2 * bytes.length]) {
        const other = new Uint8Array(length);
        other.set(bytes.subarray(0, length));
        noticed += Number(await read(storage, expected, { id, bytes: other, what: `length ${length}` }));
      }
    }
    expect(noticed).toBeGreaterThan(30);
  });

  test('an object in the place of another is harmless or CORRUPT', async () => {
    for (const [i, id] of ids.entries()) {
      const other = storage.store.entries.get(ids[(i + 1) % ids.length]!)!;
      await read(storage, expected, { id, bytes: other.bytes, what: 'exchange' });
    }
  });

  test('a missing object is CORRUPT and named; a missing key object is a wrong key, a missing head an older state', async () => {
    const outcomes = new Set<string>();
    for (const id of ids) {
      const error = await whileIts(storage, id, undefined, () =>
        errorOf(async () => {
          const found = await readAll(await storage.open({ expectHead: storage.head }));
          expect(isDeepStrictEqual(found, expected)).toBe(true);
        }),
      );
      outcomes.add(error?.code ?? 'harmless');
      if (error?.code === code('CORRUPT')) expect(error.message).toContain(id);
    }
    expect([...outcomes].sort()).toEqual([code('CORRUPT'), code('ROLLBACK'), code('WRONG_KEY'), 'harmless'].sort());
  });

  test('damage in one field leaves the others readable, and loads nothing of its own', async () => {
    const unreadable: Record<string, number> = {};
    for (const id of ids) {
      const bytes = storage.store.entries.get(id)!.bytes.map((byte) => byte ^ 0x55);
      await whileIts(storage, id, bytes, async () => {
        const tree = await storage.open().catch(() => undefined);
        if (tree === undefined) return;
        for (const name of ['small', 'large', 'apart'] as const) {
          if ((await codeOf(() => tree.load(name))) === 'ok') continue;
          unreadable[name] = (unreadable[name] ?? 0) + 1;
          expect(tree.index[name].state).toBe('none');
          // All fields or none, also those that could be read.
          const whole = await storage.open();
          expect(await codeOf(() => whole.load())).toBe(code('CORRUPT'));
          const { small, large, apart, cell } = whole.index;
          expect([small, large, apart, cell].map(({ state }) => state)).toEqual(['none', 'none', 'none', 'none']);
        }
        await tree.close();
      });
    }
    for (const name of ['small', 'large', 'apart']) {
      expect(unreadable[name]).toBeGreaterThan(0);
      expect(unreadable[name]).toBeLessThan(ids.length / 2);
    }
  });

  test('without any head the tree is CORRUPT, not absent, and nothing is made in its place', async () => {
    const { store } = storage;
    const kept = [...store.entries];
    const keyObject = (await keyObjectOf(storage, ids))!;
    store.entries.clear();
    store.entries.set(keyObject, kept.find(([id]) => id === keyObject)![1]);
    try {
      const error = await errorOf(() => storage.open());
      expect(error).toMatchObject({ code: code('CORRUPT') });
      expect(error?.message).toContain('no head');
    } finally {
      store.entries.clear();
      for (const [id, entry] of kept) store.entries.set(id, entry);
    }
  });
});

/** The object without which the key opens nothing. */
async function keyObjectOf(storage: Storage, ids: readonly ObjectId[]): Promise<ObjectId | undefined> {
  for (const id of ids) {
    const result = await whileIts(storage, id, undefined, () => codeOf(() => storage.open()));
    if (result === code('WRONG_KEY')) return id;
  }
  return undefined;
}
