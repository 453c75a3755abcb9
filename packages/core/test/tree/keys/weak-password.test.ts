import { Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { Garden, OBJECT_SIZE } from '../scene.js';

test('a password that can be guessed is warned of where a tree is given it, and not where it opens one', async () => {
  const told: unknown[] = [];
  const { emitWarning } = process;
  process.emitWarning = (...given: unknown[]) => {
    told.push(given);
  };
  try {
    const backend = new MemoryBackend();
    const key = Key.fromCredentials('ada', 'short');
    const tree = await Infinitree.create(Garden, { backend, key, objectSize: OBJECT_SIZE });
    const warning = [
      expect.stringContaining('fewer than 15 bytes'),
      { type: 'InfinitreeWarning', code: 'INFINITREE_SHORT_PASSWORD' },
    ];
    expect(told).toEqual([warning]);
    await tree.keys.add(Key.fromCredentials('bob', 'short too'));
    expect(told).toHaveLength(2);
    await tree.reseal(Key.fromCredentials('ada', 'a long enough password'));
    await tree.keys.add(Key.random());
    await tree.close();
    await (await Infinitree.open(Garden, { backend, key: Key.fromCredentials('bob', 'short too') })).close();
    expect(told).toHaveLength(2);
    expect(JSON.stringify(told)).not.toContain('short too');
  } finally {
    process.emitWarning = emitWarning;
  }
});
