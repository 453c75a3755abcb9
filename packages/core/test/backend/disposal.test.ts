import { Infinitree, Key, MemoryBackend, VersionedMap } from '@infinitree/core';

test('a backend is closed by `await using`', async () => {
  let backend: MemoryBackend;
  {
    await using used = new MemoryBackend();
    backend = used;
  }
  const opening = Infinitree.create(VersionedMap<number, number>, { backend, key: Key.random() });
  await expect(opening).rejects.toMatchObject({ code: 'INFINITREE_CLOSED' });
});

test.each([
  ['no key', { backend: new MemoryBackend() }],
  ['something else as key', { backend: new MemoryBackend(), key: 'secret' }],
  ['no backend', { key: Key.random() }],
  ['something else as backend', { backend: {}, key: Key.random() }],
])('%s is INVALID_ARGUMENT', async (_, options) => {
  for (const open of ['create', 'open', 'openOrCreate'] as const) {
    const opening = Infinitree[open](VersionedMap<number, number>, options as never);
    await expect(opening).rejects.toMatchObject({ code: 'INFINITREE_INVALID_ARGUMENT' });
    await expect(opening).rejects.not.toMatchObject({ message: expect.stringContaining('secret') as string });
  }
});
