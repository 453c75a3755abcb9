// A commit of unknown outcome, after which the storage shows an older state than this handle has seen.
import { Infinitree, isInfinitreeError, Key, MemoryBackend } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { MemoryStore } from '../../../src/backend/memory-store.js';
import { errorOf, KINDS, Notes, OBJECT_SIZE, put, shown } from './scene.js';

type Held = readonly [entries: MemoryStore['entries'], claims: MemoryStore['claims']];

const copyOf = ({ entries, claims }: MemoryStore): Held => [
  new Map([...entries].map(([id, entry]) => [id, { ...entry, bytes: entry.bytes.slice() }])),
  new Set(claims),
];

function putBack(store: MemoryStore, [entries, claims]: Held): void {
  store.entries.clear();
  store.claims.clear();
  for (const [id, entry] of entries) store.entries.set(id, entry);
  for (const claim of claims) store.claims.add(claim);
}

test.each(KINDS)(
  '%s heads: nothing is built upon it, and nothing is lost when the newest state is back',
  async (heads) => {
    const store = new MemoryStore();
    const inner = new MemoryBackend({ heads }, store);
    const backend = new FailingBackend(inner);
    const key = Key.random();
    const tree = await Infinitree.create(Notes, { backend, key, objectSize: OBJECT_SIZE });
    await put(tree, 'first');
    const older = copyOf(store);
    await put(tree, 'second');
    const newest = copyOf(store);
    backend.fail({ verb: heads === 'cas' ? 'heads.cas' : 'heads.append' });
    const error = await errorOf(put(tree, 'third'));
    expect(error?.code).toBe('INFINITREE_COMMIT_UNKNOWN');

    putBack(store, older);
    const heldThen = [...store.entries.keys()];
    if (heads === 'epoch') {
      const refused = await errorOf((error as { resolve?: () => Promise<unknown> }).resolve!());
      expect(refused?.code).toBe('INFINITREE_COMMIT_UNKNOWN');
      expect(isInfinitreeError(refused?.cause, 'ROLLBACK')).toBe(true);
      expect([...store.entries.keys()]).toEqual(heldThen);
    }

    putBack(store, newest);
    await tree.refresh();
    await tree.commit('third');
    expect((await shown(inner, key)).messages).toEqual(['first', 'second', 'third']);
    await tree.close();
  },
);
