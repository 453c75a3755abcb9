import {
  Infinitree,
  Key,
  MemoryBackend,
  type ObjectId,
  registerIndex,
  Serialized,
  VersionedMap,
} from '@infinitree/core';
import { SeededRandom, TestClock } from '@infinitree/testing';
import { MemoryStore } from '../../src/backend/memory-store.js';
import { partsOf } from '../../src/tree/tree-parts.js';
import { collect, type Heads, OBJECT_SIZE } from './scene.js';

export class Ledger {
  small = new VersionedMap<number, string>();
  large = new VersionedMap<string, Uint8Array>();
  apart = new VersionedMap<number, string>();
  cell = new Serialized<string>('');
}
registerIndex(Ledger, {
  fields: [
    { property: 'small', name: 'small' },
    { property: 'large', name: 'large' },
    { property: 'apart', name: 'apart', strategy: 'sparse' },
    { property: 'cell', name: 'cell' },
  ],
});

/** A storage whose bytes can be changed behind the backend's back. */
export interface Storage {
  readonly store: MemoryStore;
  readonly key: Key;
  /** What `tree.head` was at the end. */
  readonly head: string;
  open(options?: { readonly expectHead?: string }): Promise<Infinitree<Ledger>>;
}

/** A tree with everything that a read may use: runs, values apart, folded and unfolded commits, a log node. */
export async function ledger(heads: Heads, ranges: boolean): Promise<Storage> {
  const store = new MemoryStore();
  const backend = new MemoryBackend<Heads>({ heads, ranges }, store);
  const random = new SeededRandom(3);
  const key = Key.fromBytes(random.bytes(32));
  const environment = { clock: new TestClock(), random };
  const tree = await Infinitree.create(Ledger, { backend, key, objectSize: OBJECT_SIZE, environment });
  for (let i = 0; i < 200; i++) tree.index.small.set(i, `number ${i} ${random.u32()}`);
  tree.index.large.set('spans objects', random.bytes(90_000));
  for (let i = 0; i < 300; i++) tree.index.apart.set(i, `apart ${i} ${random.u32()}`);
  await tree.commit('large');
  for (let i = 0; i < 270; i++) {
    tree.index.small.set(i % 20, `again ${i}`);
    if (i % 9 === 0) tree.index.apart.delete(i);
    await tree.commit(`commit ${i}`);
    // What is folded is folded, whatever else there is to do.
    await partsOf(tree).compaction.idle();
  }
  tree.index.cell.value = 'last';
  tree.index.apart.set(1, 'inline');
  await tree.commit('last');
  const { head } = tree;
  await tree.close();
  const open = (options: { readonly expectHead?: string } = {}) =>
    Infinitree.open(Ledger, { backend, key, readonly: true, ...options });
  return { store, key, head, open };
}

/** Everything there is to read, in one value. */
export async function readAll(tree: Infinitree<Ledger>): Promise<unknown> {
  try {
    await tree.load();
    const { small, large, apart, cell } = tree.index;
    const past = await tree.at('HEAD~200');
    const commits = await tree.commits();
    return [
      [...small],
      [...large].map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]),
      [...apart],
      cell.value,
      commits.map(({ id, message, sequence }) => [id, message, sequence]),
      await collect(past.entries('small', { limit: 30 })),
      await past.get('apart', 9),
    ];
  } finally {
    await tree.close();
  }
}

/** Runs `body` while an object has other bytes, or is gone. */
export async function whileIts<T>(
  { store }: Storage,
  id: ObjectId,
  bytes: Uint8Array | undefined,
  body: () => Promise<T>,
): Promise<T> {
  const entry = store.entries.get(id)!;
  if (bytes === undefined) store.entries.delete(id);
  else store.entries.set(id, { ...entry, bytes });
  try {
    return await body();
  } finally {
    store.entries.set(id, entry);
  }
}
