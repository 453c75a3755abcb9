// Who commits one after the other on storage that answers at once leaves others their turns of the event loop.
import { Infinitree, InterceptedBackend, Key, MemoryBackend, registerIndex, VersionedMap } from '@infinitree/core';
import { jest } from '@jest/globals';

class Counter {
  counts = new VersionedMap<string, number>();
}
registerIndex(Counter, { fields: [{ property: 'counts', name: 'counts' }] });

test('a timer fires while commits are made in a row', async () => {
  const backend = new MemoryBackend({ heads: 'epoch' });
  const tree = await Infinitree.create(Counter, { backend, key: Key.random(), objectSize: 65_536 });
  let hasFired = false as boolean;
  setTimeout(() => {
    hasFired = true;
  }, 1);
  let count = 0;
  for (; !hasFired && count < 240; count++) {
    tree.index.counts.set('clicks', count);
    await tree.commit();
  }
  expect(hasFired).toBe(true);
  await tree.close();
});

test('and while values are looked up that are in memory', async () => {
  const backend = new MemoryBackend({ heads: 'epoch' });
  const tree = await Infinitree.create(Counter, { backend, key: Key.random(), objectSize: 65_536 });
  tree.index.counts.set('clicks', 7);
  await tree.commit();
  for (const look of [() => tree.get('counts', 'clicks'), () => tree.has('counts', 'clicks')]) {
    let hasFired = false as boolean;
    setTimeout(() => {
      hasFired = true;
    }, 1);
    for (let count = 0; !hasFired && count < 50_000; count++) await look();
    expect(hasFired).toBe(true);
  }
  await tree.close();
});

test('a refresh that ends in such a turn keeps a commit from passing over what it has found', async () => {
  let now = 0;
  const clock = jest.spyOn(performance, 'now').mockImplementation(() => now);
  const storage = new MemoryBackend({ heads: 'cas' });
  const key = Key.random();
  const first = await Infinitree.create(Counter, { backend: storage, key, objectSize: 65_536 });
  first.index.counts.set('clicks', 1);
  await first.commit();
  let held = Promise.resolve();
  const backend = new InterceptedBackend(storage.reopen(), {
    call: async (call, work) => {
      if (call.verb === 'heads.read') await held;
      return work();
    },
    walk: (_, list) => list(),
  });
  const second = await Infinitree.open(Counter, { backend, key });
  await second.load();
  // From here on nobody has a turn until a commit leaves one.
  second.index.counts.set('other', 1);
  await second.commit();
  await first.refresh();
  first.index.counts.set('clicks', 10);
  await first.commit();

  let release = (): void => undefined;
  held = new Promise((resolve) => {
    release = resolve;
  });
  const refreshed = second.refresh();
  second.index.counts.update('clicks', (count) => count + 1);
  now = 100;
  setImmediate(() => release());
  await expect(second.commit()).rejects.toMatchObject({ code: 'INFINITREE_CONFLICT' });
  await refreshed.catch(() => undefined);
  clock.mockRestore();
  await first.refresh();
  expect(await first.get('counts', 'clicks')).toBe(10);
  await second.close();
  await first.close();
});
