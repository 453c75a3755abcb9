// Who commits one after the other on storage that answers at once leaves others their turns of the event loop.
import { Infinitree, Key, MemoryBackend, registerIndex, VersionedMap } from '@infinitree/core';

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
