import { Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { errorOf, KINDS, Notes, OBJECT_SIZE, outcome, put, shown } from './scene.js';

const WHEN = ['before', 'after'] as const;

function storage(heads: 'cas' | 'epoch'): MemoryBackend<'cas' | 'epoch'> {
  return new MemoryBackend<'cas' | 'epoch'>({ heads, locks: true });
}

async function idsIn(backend: MemoryBackend<'cas' | 'epoch'>): Promise<string[]> {
  const ids: string[] = [];
  for await (const id of backend.list()) ids.push(id);
  return ids;
}

describe.each(KINDS)('creating a tree with %s heads', (heads) => {
  test.each(WHEN)(
    'any one call failing %s its effect is a typed error, and a tree is had all the same',
    async (when) => {
      const recording = new FailingBackend(storage(heads));
      const sample = Key.random();
      await Infinitree.create(Notes, { backend: recording, key: sample, objectSize: OBJECT_SIZE });
      const count = recording.count();
      expect(count).toBeGreaterThan(3);
      for (let nth = 1; nth <= count; nth++) {
        const key = Key.random();
        const inner = storage(heads);
        const backend = new FailingBackend(inner, { nth, when });
        const created = await outcome(Infinitree.create(Notes, { backend, key, objectSize: OBJECT_SIZE }));
        expect(created.error?.code).toBe('INFINITREE_BACKEND');
        // Half a tree is none, or a whole one: never one that is taken for damaged.
        const opened = await outcome(shown(inner, key));
        expect([undefined, 'INFINITREE_NOT_FOUND', 'INFINITREE_WRONG_KEY']).toContain(opened.error?.code);
        const again = await outcome(Infinitree.create(Notes, { backend, key, objectSize: OBJECT_SIZE }));
        if (opened.error === undefined) expect(again.error?.code).toBe('INFINITREE_EXISTS');
        const tree = again.value ?? (await Infinitree.open(Notes, { backend, key }));
        await tree.load();
        await put(tree, 'first');
        await tree.close();
        expect((await shown(inner, key)).messages).toEqual(['first']);
        await (await Infinitree.open(Notes, { backend, key })).close();
      }
    },
  );

  test('a crash before the key object leaves nothing that opens, and create works', async () => {
    const key = Key.random();
    const inner = storage(heads);
    const crashing = new FailingBackend(inner, { verb: 'keyObjects.put' });
    await errorOf(Infinitree.create(Notes, { backend: crashing, key, objectSize: OBJECT_SIZE }));
    expect((await errorOf(shown(inner, key)))?.code).toMatch(/^INFINITREE_(NOT_FOUND|WRONG_KEY)$/);
    const tree = await Infinitree.create(Notes, { backend: inner, key, objectSize: OBJECT_SIZE });
    await put(tree, 'first');
    expect((await shown(inner, key)).messages).toEqual(['first']);
  });

  test('a key object without any head is CORRUPT and never adopted', async () => {
    const key = Key.random();
    const backend = storage(heads);
    const calls = new FailingBackend(backend);
    await Infinitree.create(Notes, { backend: calls, key, objectSize: OBJECT_SIZE });
    const keyObject = calls.log.findLast(({ verb }) => verb === 'keyObjects.put')!.id;
    for await (const id of backend.list()) if (id !== keyObject) await backend.delete([id]);
    const options = { backend, key, objectSize: OBJECT_SIZE };
    expect((await errorOf(Infinitree.open(Notes, { ...options, takeover: true })))?.code).toBe('INFINITREE_CORRUPT');
    expect((await errorOf(Infinitree.open(Notes, { ...options, readonly: true })))?.code).toBe('INFINITREE_CORRUPT');
    expect((await errorOf(Infinitree.create(Notes, options)))?.code).toBe('INFINITREE_EXISTS');
    expect((await errorOf(Infinitree.openOrCreate(Notes, { ...options, takeover: true })))?.code).toBe(
      'INFINITREE_CORRUPT',
    );
    expect(await idsIn(backend)).toEqual([keyObject]);
  });

  test('of two at the same moment one wins, the other gets EXISTS and takes its own head away', async () => {
    const key = Key.random();
    const backend = storage(heads);
    const make = () => outcome(Infinitree.create(Notes, { backend, key, objectSize: OBJECT_SIZE }));
    const made = await Promise.all([make(), make(), make()]);
    expect(made.map(({ error }) => error?.code).sort()).toEqual(['INFINITREE_EXISTS', 'INFINITREE_EXISTS', undefined]);
    // One head and one key object are left.
    expect((await idsIn(backend)).length).toBe(2);
    if (heads === 'epoch') expect((await (backend as MemoryBackend<'epoch'>).heads.claims()).length).toBe(1);
    await put(made.find(({ value }) => value !== undefined)!.value!, 'first');
    expect((await shown(backend, key)).messages).toEqual(['first']);
  });
});

describe.each(KINDS)('opening a tree with %s heads', (heads) => {
  test.each(WHEN)('any one call failing %s its effect leaves nothing in the way of the next', async (when) => {
    const key = Key.random();
    const inner = storage(heads);
    const tree = await Infinitree.create(Notes, { backend: inner, key, objectSize: OBJECT_SIZE });
    await put(tree, 'first');
    await tree.close();
    const recording = new FailingBackend(inner);
    await (await Infinitree.open(Notes, { backend: recording, key })).close();
    for (let nth = 1; nth <= recording.count(); nth++) {
      const backend = new FailingBackend(inner, { nth, when });
      const opened = await outcome(Infinitree.open(Notes, { backend, key }));
      // The last calls are those of close().
      if (opened.value !== undefined) await outcome(opened.value.close());
      else expect(opened.error?.code).toBe('INFINITREE_BACKEND');
      const { verb } = backend.log.find(({ failed }) => failed)!;
      // A note whose removal failed stays, and says who left it.
      const stays = verb === 'locks.remove' && when === 'before';
      const again = await outcome(Infinitree.open(Notes, { backend, key, takeover: stays || verb === 'locks.read' }));
      expect([verb, again.error?.message]).toEqual([verb, undefined]);
      await again.value!.close();
    }
  });
});
