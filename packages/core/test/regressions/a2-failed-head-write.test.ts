import { type Backend, Infinitree, InfinitreeError, Key, MemoryBackend, type ObjectId } from '@infinitree/core';
import { errorOf, hooked, KINDS, Notes, OBJECT_SIZE, put, shown } from '../tree/commit/scene.js';

// Finding A2: one failed write of the root made the original write random bytes over the only root, and the tree was
// gone. Here the state before lies in a head that the next write does not touch, and what failed is left alone.
//
// Fails with these mutations:
// - `CasHeadStore.#slots` gives the slot of the head itself as the one to write next;
// - `EpochHeadStore.#current` passes by `#spoiled`: the takeover writes a mark into the head that failed.

const key = Key.random();

async function bytesOf(backend: Backend, id: ObjectId): Promise<string> {
  return Buffer.from((await backend.get(id)) ?? new Uint8Array()).toString('base64');
}

describe.each(KINDS)('A2, %s heads', (heads) => {
  // How many bytes of a frame arrive; a PUT or a link is all or nothing.
  test.each([0, 200, 8192])('a head write that fails after %i bytes leaves the head before alone', async (arriving) => {
    const inner = new MemoryBackend<'cas' | 'epoch'>({ heads });
    let failing = false;
    let newest: ObjectId | undefined;
    const writes: { id: ObjectId; offset: unknown }[] = [];
    const flaky = hooked(inner, async (verb, phase, [id, second, third]) => {
      if (!['heads.cas', 'heads.append', 'heads.create'].includes(verb)) return;
      if (phase === 'after') {
        newest = id as ObjectId;
        return;
      }
      writes.push({ id: id as ObjectId, offset: second });
      if (!failing) return;
      failing = false;
      if (verb === 'heads.append' && inner.capabilities.heads === 'epoch') {
        const bytes = (third as Uint8Array).subarray(0, arriving);
        await (inner as MemoryBackend<'epoch'>).heads.append(id as ObjectId, second as number, bytes);
      }
      throw new InfinitreeError('BACKEND', 'EIO');
    });
    const tree = await Infinitree.create(Notes, { backend: flaky, key, objectSize: OBJECT_SIZE });
    await put(tree, 'first');
    const head = newest!;
    const before = await bytesOf(inner, head);
    failing = true;
    expect((await errorOf(put(tree, 'second')))?.code).toBe('INFINITREE_COMMIT_UNKNOWN');
    const arrived = heads === 'epoch' && arriving > 4000;
    expect((await shown(inner, key)).messages).toEqual(arrived ? ['first', 'second'] : ['first']);
    if (heads === 'cas') expect(await bytesOf(inner, head)).toBe(before);
    const failed = await bytesOf(inner, head);
    writes.length = 0;
    await tree.commit('second');
    expect((await shown(inner, key)).messages).toEqual(['first', 'second']);
    // The head of before was not written to make that so.
    expect(writes.length).toBeGreaterThan(0);
    expect(writes.filter(({ id }) => id === head)).toEqual([]);
    expect(await bytesOf(inner, head)).toBe(failed);
  });
});
