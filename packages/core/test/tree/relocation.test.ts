import { Infinitree, Key, MemoryBackend, registerIndex, VersionedMap } from '@infinitree/core';
import { TestClock } from '@infinitree/testing';

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

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
