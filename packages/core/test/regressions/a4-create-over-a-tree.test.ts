import { type Backend, Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { errorOf, KINDS, Notes, OBJECT_SIZE, put, shown } from '../tree/commit/scene.js';

// Finding A4: `empty` on existing credentials wrote a new root over the tree, and all its data became undecryptable.
//
// Fails with these mutations:
// - `createTree` goes on where it finds a key object (`if (there !== undefined) throw exists()` is removed);
// - `writeFirst` takes `EXISTS` from the put of the key object for success.

const key = Key.random();
const WRITES = ['put', 'keyObjects.put', 'heads.cas', 'heads.claim', 'heads.create', 'heads.append'];

async function contents(backend: Backend): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const id of backend.list()) {
    found.set(id, Buffer.from((await backend.get(id)) ?? new Uint8Array()).toString('base64'));
  }
  return found;
}

describe.each(KINDS)('A4, %s heads', (heads) => {
  test('create() where a tree of this key stands is EXISTS, and writes nothing', async () => {
    const inner = new MemoryBackend<'cas' | 'epoch'>({ heads });
    const tree = await Infinitree.create(Notes, { backend: inner, key, objectSize: OBJECT_SIZE });
    await put(tree, 'first');
    await tree.close();
    const before = await contents(inner);
    const backend = new FailingBackend(inner);
    const again = Infinitree.create(Notes, { backend, key, objectSize: OBJECT_SIZE });
    expect((await errorOf(again))?.code).toBe('INFINITREE_EXISTS');
    expect(backend.log.map(({ verb }) => verb).filter((verb) => WRITES.includes(verb))).toEqual([]);
    expect(await contents(inner)).toEqual(before);
    expect((await shown(inner, key)).messages).toEqual(['first']);
  });

  test('nor does a race of creations leave a second tree, or half of one', async () => {
    const backend = new MemoryBackend<'cas' | 'epoch'>({ heads });
    const make = async () => Infinitree.create(Notes, { backend, key, objectSize: OBJECT_SIZE });
    const ended = await Promise.allSettled([make(), make()]);
    const won = ended.filter((one) => one.status === 'fulfilled');
    expect(won.length).toBe(1);
    await put(won[0]!.value, 'first');
    expect((await shown(backend, key)).messages).toEqual(['first']);
  });
});
