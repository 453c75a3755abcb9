import {
  type Backend,
  type CreateOptions,
  Infinitree,
  type InfinitreeError,
  isInfinitreeError,
  Key,
  MemoryBackend,
  registerIndex,
  Serialized,
  type ShortCode,
  VersionedMap,
} from '@infinitree/core';

export const OBJECT_SIZE = 65_536;
export const KINDS = ['cas', 'epoch'] as const;
export type Heads = (typeof KINDS)[number];

export interface Plant {
  readonly id: number;
  readonly tags: readonly string[];
}

/** A class of two maps and a cell. Stored names differ from the properties, so that a mix-up shows. */
export class Garden {
  plants = new VersionedMap<number, Plant>();
  notes = new VersionedMap<string, unknown>();
  lastTime = new Serialized<number>(0);
}
registerIndex(Garden, {
  fields: [
    { property: 'plants', name: 'stored_plants' },
    { property: 'notes', name: 'stored_notes' },
    { property: 'lastTime', name: 'last_time' },
  ],
});

export type Tree = Infinitree<Garden>;

export const plant = (id: number): Plant => ({ id, tags: [`tag ${id}`] });

/** A new tree in memory. */
export async function createGarden(
  heads: Heads = 'cas',
  options: Partial<CreateOptions> = {},
): Promise<{ tree: Tree; backend: MemoryBackend<Heads>; key: Key }> {
  const backend = new MemoryBackend<Heads>({ heads });
  const key = Key.random();
  const tree = await Infinitree.create(Garden, { backend, key, objectSize: OBJECT_SIZE, ...options });
  return { tree, backend, key };
}

/** Plants 1 to `count`, one a commit, then closed and opened again: nothing is loaded. */
export async function reopenedGarden(
  count: number,
  heads: Heads = 'cas',
): Promise<{ tree: Tree; backend: MemoryBackend<Heads>; key: Key }> {
  const { tree, backend, key } = await createGarden(heads);
  for (let id = 1; id <= count; id++) {
    tree.index.plants.set(id, plant(id));
    tree.index.lastTime.value = id;
    await tree.commit(`plant ${id}`);
  }
  await tree.close();
  return { tree: await Infinitree.open(Garden, { backend, key }), backend, key };
}

/** A map that is the only field of its class, for trees that say less. */
export function mapClass<V>(name: string, strategy?: 'sparse'): new () => { map: VersionedMap<string, V> } {
  class One {
    map = new VersionedMap<string, V>();
  }
  registerIndex(One, { fields: [{ property: 'map', name, ...(strategy && { strategy }) }] });
  return One;
}

/** What a call gave: `ok`, or the code of the error it threw or rejected with. Anything but our error is thrown on. */
export async function codeOf(call: () => unknown): Promise<string> {
  return (await errorOf(call))?.code ?? 'ok';
}

/** The error that a call throws or rejects with. Iterables are gone through, since they may fail at any step. */
export async function errorOf(call: () => unknown): Promise<InfinitreeError | undefined> {
  try {
    const result: unknown = await call();
    if (typeof result === 'object' && result !== null && Symbol.asyncIterator in result) {
      for await (const _ of result as AsyncIterable<unknown>);
    }
  } catch (error) {
    if (isInfinitreeError(error)) return error;
    throw error;
  }
  return undefined;
}

export const code = (short: ShortCode): string => `INFINITREE_${short}`;

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Every id in a storage. */
export async function idsIn(backend: Backend): Promise<string[]> {
  return (await collect(backend.list())).sort();
}
