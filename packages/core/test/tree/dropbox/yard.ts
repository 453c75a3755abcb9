// A tree with a dropbox, and a worker at it.
import { Dropbox, Infinitree, Key, MemoryBackend, registerIndex, VersionedList, VersionedSet } from '@infinitree/core';
import { MemoryStore } from '../../../src/backend/memory-store.js';
import { Garden, type Heads, OBJECT_SIZE } from '../scene.js';

/** A class with a field of each kind that a worker can write. */
export class Yard extends Garden {
  names = new VersionedSet<string>();
  events = new VersionedList<string>();
}
registerIndex(Yard, {
  fields: [
    { property: 'plants', name: 'stored_plants', strategy: 'sparse' },
    { property: 'notes', name: 'stored_notes' },
    { property: 'lastTime', name: 'last_time' },
    { property: 'names', name: 'names' },
    { property: 'events', name: 'events' },
  ],
});

export async function yard(heads: Heads, options: { readonly fields?: readonly string[] } = {}) {
  const store = new MemoryStore();
  const backend = new MemoryBackend<Heads>({ heads }, store);
  const key = Key.random();
  const tree = await Infinitree.create(Yard, { backend, key, objectSize: OBJECT_SIZE });
  const { key: workersKey, id } = await tree.dropboxes.add({ label: 'worker', ...options });
  const worker = () => Dropbox.open(Yard, { backend, key: workersKey });
  /** The objects that are there now and were not when this was called. */
  const watch = () => {
    const before = new Set(store.entries.keys());
    return () => [...store.entries.keys()].filter((object) => !before.has(object));
  };
  return { store, backend, key, tree, workersKey, id, worker, watch };
}
