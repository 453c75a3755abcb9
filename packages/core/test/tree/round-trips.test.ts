// How often one has to wait for the storage, one answer after the other: what counts where it is far away.
import { Infinitree, Key, MemoryBackend, registerIndex, type Verb, VersionedMap } from '@infinitree/core';
import { DelayedBackend, SeededRandom } from '@infinitree/testing';
import { OBJECT_SIZE } from './scene.js';

class Shelf {
  local = new VersionedMap<number, string>();
  apart = new VersionedMap<number, string>();
}
registerIndex(Shelf, {
  fields: [
    { property: 'local', name: 'local' },
    { property: 'apart', name: 'apart', strategy: 'sparse' },
  ],
});

/** Fields with many blocks, or chunks. */
class Library {
  one = new VersionedMap<number, string>();
  merged = new VersionedMap<number, string>();
  apart = new VersionedMap<number, string>();
}
registerIndex(Library, {
  fields: [
    { property: 'one', name: 'one' },
    { property: 'merged', name: 'merged' },
    { property: 'apart', name: 'apart', strategy: 'sparse' },
  ],
});

const KEY = Key.fromBytes(new Uint8Array(32).fill(5));
/** Nobody is still at work who has not asked for anything after so many turns of the event loop. */
const IDLE_TURNS = 30;

/** A storage that answers all who wait together, once nobody asks for more without an answer. */
class FarAway {
  /** How often it has answered. */
  rounds = 0;
  readonly verbs: Verb[] = [];
  readonly backend: DelayedBackend;
  #waiting: (() => void)[] = [];

  constructor(inner: MemoryBackend) {
    const after = (_: number, then: () => void) => {
      this.#waiting.push(then);
      if (this.#waiting.length === 1) this.#answerWhenIdle(this.#waiting.length, IDLE_TURNS);
      return () => undefined;
    };
    const latencyMs = (verb: Verb) => {
      this.verbs.push(verb);
      return 1;
    };
    this.backend = new DelayedBackend(inner, { latencyMs, timer: { after } });
  }

  #answerWhenIdle(seen: number, turns: number): void {
    setImmediate(() => {
      const { length } = this.#waiting;
      if (length > seen) {
        this.#answerWhenIdle(length, IDLE_TURNS);
        return;
      }
      if (turns > 0) {
        this.#answerWhenIdle(length, turns - 1);
        return;
      }
      this.rounds += 1;
      for (const then of this.#waiting.splice(0)) then();
    });
  }

  /** How many round trips that takes. */
  async count<T>(work: () => Promise<T>): Promise<[rounds: number, result: T]> {
    const before = this.rounds;
    const result = await work();
    return [this.rounds - before, result];
  }
}

/** A tree of so many commits, the values of both fields in objects. */
async function stored(commits: number): Promise<MemoryBackend> {
  const inner = new MemoryBackend();
  await using tree = await Infinitree.create(Shelf, { backend: inner, key: KEY, objectSize: OBJECT_SIZE });
  for (let i = 0; i < 2000; i++) tree.index.local.set(i, `value ${i} ${'v'.repeat(i % 50)}`);
  for (let i = 0; i < 50; i++) tree.index.apart.set(i, `large ${i} ${'v'.repeat(3000)}`);
  await tree.commit();
  // Some share a write, or it would take minutes; each is a commit of its own all the same.
  const more: Promise<unknown>[] = [];
  for (let i = 1; i < commits; i++) {
    tree.index.local.set(10_000 + (i % 100), `change ${i}`);
    more.push(tree.commit());
    if (i % 40 === 0) await Promise.all(more.splice(0));
  }
  await Promise.all(more);
  expect(await tree.commits()).toHaveLength(commits);
  return inner;
}

test.each([10, 10_000])(
  'after %i commits: two to open, two for a value, three for one that stands apart, one to commit',
  async (commits) => {
    const far = new FarAway(await stored(commits));
    const [toOpen, tree] = await far.count(() => Infinitree.open(Shelf, { backend: far.backend, key: KEY }));
    expect([toOpen, far.verbs]).toEqual([2, ['keyObjects.get', 'keyObjects.get', 'heads.read', 'heads.read']]);

    const [toGet, value] = await far.count(() => tree.get('local', 777));
    expect(value).toBe(`value 777 ${'v'.repeat(777 % 50)}`);
    expect(toGet).toBeGreaterThan(0);
    expect(toGet).toBeLessThanOrEqual(2);
    const [toGetAgain] = await far.count(() => tree.get('local', 778));
    expect(toGetAgain).toBe(0);

    const fresh = await Infinitree.open(Shelf, { backend: far.backend, key: KEY, readonly: true });
    const [toGetApart, apart] = await far.count(() => fresh.get('apart', 7));
    expect(apart).toBe(`large 7 ${'v'.repeat(3000)}`);
    expect(toGetApart).toBeGreaterThan(0);
    expect(toGetApart).toBeLessThanOrEqual(3);

    tree.index.local.set(1, 'changed');
    far.verbs.length = 0;
    const [toCommit] = await far.count(() => tree.commit());
    expect(toCommit).toBe(1);
    await tree.close();
    await fresh.close();
  },
  120_000,
);

describe('what is read in a row is fetched several pieces at a time', () => {
  /** 60 blocks in one run, 25 in each of four that overlap, and 60 chunks of values that stand apart. */
  async function long(): Promise<MemoryBackend> {
    const inner = new MemoryBackend();
    await using tree = await Infinitree.create(Library, { backend: inner, key: KEY, objectSize: OBJECT_SIZE });
    const random = new SeededRandom(3);
    const noise = (bytes: number) => Buffer.from(random.bytes(bytes)).toString('base64');
    for (let i = 0; i < 60; i++) tree.index.one.set(i, noise(96_000));
    for (let i = 0; i < 60; i++) tree.index.apart.set(i, noise(48_000));
    for (let part = 0; part < 4; part++) {
      for (let i = 0; i < 25; i++) tree.index.merged.set(4 * i + part, noise(96_000));
      await tree.commit();
    }
    return inner;
  }

  const all = async (entries: AsyncIterable<unknown>): Promise<number> => {
    let count = 0;
    for await (const _ of entries) count += 1;
    return count;
  };

  test('by a load and by a scan, and not many in vain by who leaves early', async () => {
    const far = new FarAway(await long());
    const open = () => Infinitree.open(Library, { backend: far.backend, key: KEY, readonly: true });
    const rounds: Record<string, number> = {};
    for (const [name, entries] of [
      ['one', 60],
      ['merged', 100],
      ['apart', 60],
    ] as const) {
      const tree = await open();
      const [toScan, count] = await far.count(() => all(tree.entries(name)));
      expect([name, count]).toEqual([name, entries]);
      await tree.close();
      const other = await open();
      const [toLoad] = await far.count(() => other.load(name));
      expect(other.index[name].size).toBe(entries);
      await other.close();
      rounds[name] = Math.max(toScan, toLoad);
    }
    expect(rounds['one']).toBeLessThanOrEqual(8);
    expect(rounds['merged']).toBeLessThanOrEqual(12);
    expect(rounds['apart']).toBeLessThanOrEqual(6);

    for (const name of ['one', 'apart'] as const) {
      const tree = await open();
      far.verbs.length = 0;
      expect(await all(tree.entries(name, { limit: 1 }))).toBe(1);
      expect(far.verbs.filter((verb) => verb === 'get').length).toBeLessThanOrEqual(8);
      await tree.close();
    }
  });
});
