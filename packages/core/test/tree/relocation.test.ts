import {
  type GetOptions,
  Infinitree,
  Key,
  MemoryBackend,
  type ObjectId,
  registerIndex,
  VersionedMap,
} from '@infinitree/core';
import { TestClock } from '@infinitree/testing';
import { type MemoryEntry, MemoryStore } from '../../src/backend/memory-store.js';
import { partsOf } from '../../src/tree/tree-parts.js';

class Counts {
  counts = new VersionedMap<number, number>();
}
registerIndex(Counts, { fields: [{ property: 'counts', name: 'counts' }] });

const HOUR = 60 * 60 * 1000;

describe.each(['cas', 'epoch'] as const)('a reader that outlives what folding replaced (%s heads)', (heads) => {
  const key = Key.random();

  test('finds its commit in the newest head', async () => {
    const clock = new TestClock();
    const backend = new MemoryBackend({ heads });
    const options = { backend, key, environment: { clock } };
    await using tree = await Infinitree.create(Counts, { ...options, objectSize: 65_536 });
    const commitMany = async (from: number, to: number) => {
      for (let i = from; i < to; i++) {
        tree.index.counts.set(i, i);
        await tree.commit(`commit ${i}`);
        await partsOf(tree).compaction.idle();
      }
    };
    // More than a block holds, so that a scan has to fetch again in the middle.
    for (let i = 10_000; i < 20_000; i++) tree.index.counts.set(i, i);
    await tree.commit('bulk');
    await commitMany(0, 300);
    await using reader = await Infinitree.open(Counts, { backend, key, readonly: true });
    const view = await reader.at('HEAD~10');
    const entries = reader.entries('counts');
    expect((await entries.next()).value).toEqual([0, 0]);

    const before = new Set<string>();
    for await (const id of backend.list()) before.add(id);
    for (let round = 0; round < 4; round++) {
      await commitMany(300 + 300 * round, 600 + 300 * round);
      clock.advance(HOUR);
    }
    const after = new Set<string>();
    for await (const id of backend.list()) after.add(id);
    expect([...before].filter((id) => !after.has(id)).length).toBeGreaterThan(0);

    const keys: number[] = [];
    for await (const [id] of entries) keys.push(id);
    expect(keys).toEqual([...range(1, 300), ...range(10_000, 20_000)]);
    expect(await reader.get('counts', 299)).toBe(299);
    expect(await reader.has('counts', 300)).toBe(false);
    expect((await reader.commits()).length).toBe(301);
    await reader.load();
    expect(reader.index.counts.size).toBe(10_300);
    await view.load();
    expect(view.index.counts.size).toBe(10_290);
    const reverse: number[] = [];
    for await (const [id] of reader.entries('counts', { reverse: true, limit: 3 })) reverse.push(id);
    expect(reverse).toEqual([19_999, 19_998, 19_997]);
  });
});

/** Withholds objects, and shows two states in turns to whoever asks for one of them. */
class Wavering<Heads extends 'cas' | 'epoch'> extends MemoryBackend<Heads> {
  readonly withheld = new Set<ObjectId>();
  asked = 0;
  turn: (state: number) => void = () => undefined;

  override async get(id: ObjectId, options?: GetOptions): Promise<Uint8Array | undefined> {
    // Somebody who would go on for ever is let go at last.
    if (!this.withheld.has(id) || this.asked > 100) return super.get(id, options);
    this.turn(this.asked % 2);
    this.asked += 1;
    return undefined;
  }
}

test.each(['cas', 'epoch'] as const)('a reader does not follow a storage to and fro (%s heads)', async (heads) => {
  const store = new MemoryStore();
  const backend = new Wavering({ heads }, store);
  const key = Key.random();
  await using tree = await Infinitree.create(Counts, { backend, key, objectSize: 65_536 });
  for (let i = 0; i < 10_000; i++) tree.index.counts.set(i, i);
  await tree.commit('bulk');
  await using reader = await Infinitree.open(Counts, { backend, key, readonly: true });
  const states: (readonly [ObjectId, MemoryEntry])[][] = [];
  for (const i of [1, 2]) {
    tree.index.counts.set(-i, i);
    await tree.commit(`${i}`);
    states.push([...store.entries].map(([id, entry]) => [id, { ...entry, bytes: entry.bytes.slice() }] as const));
  }
  const [first, second] = states as [(typeof states)[0], (typeof states)[0]];
  const written = new Map(first);
  for (const [id, { bytes }] of second) {
    if (Buffer.compare(bytes, written.get(id)?.bytes ?? new Uint8Array(0)) === 0) backend.withheld.add(id);
  }
  backend.turn = (state) => {
    for (const [id, entry] of states[state] ?? []) store.entries.set(id, entry);
  };

  for (const read of [() => reader.load(), () => reader.get('counts', 5), () => reader.entries('counts').next()]) {
    backend.asked = 0;
    await expect(read()).rejects.toMatchObject({ code: 'INFINITREE_CORRUPT' });
    expect(backend.asked).toBeLessThan(5);
  }
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
