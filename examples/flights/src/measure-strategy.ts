import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryBackend } from '@infinitree/backend-directory';
import { Infinitree, Key, VersionedMap } from '@infinitree/core';
import { Field, Index } from '@infinitree/schema';

@Index()
class Local {
  @Field({ strategy: 'local' }) values = new VersionedMap<number, unknown>();
}

@Index()
class Sparse {
  @Field({ strategy: 'sparse' }) values = new VersionedMap<number, unknown>();
}

/** Milliseconds, except for `bytes`. Every reading begins with a handle that was just opened. */
export interface Measured {
  /** One commit of all values, until it is durable. */
  readonly commit: number;
  /** On the disk afterwards. */
  readonly bytes: number;
  /** A pass over all keys, without values. */
  readonly keys: number;
  /** One of some values anywhere, looked up one after the other. */
  readonly get: number;
  /** A pass over all keys and values. */
  readonly values: number;
  /** Loading the field. */
  readonly load: number;
}

const LOOK_UPS = 100;

/** Stores values in a directory of its own by one of the strategies, and reads them again. */
export async function measure(strategy: 'local' | 'sparse', values: readonly unknown[]): Promise<Measured> {
  const target: new () => Local = strategy === 'local' ? Local : Sparse;
  const directory = await mkdtemp(join(tmpdir(), 'infinitree-strategies-'));
  const backend = await DirectoryBackend.open(directory);
  const key = Key.random();
  const reading = async (read: (tree: Infinitree<Local>) => Promise<void>) => {
    await using tree = await Infinitree.open(target, { backend, key, readonly: true });
    return await timed(() => read(tree));
  };
  try {
    const commit = await store(await Infinitree.create(target, { backend, key }), values);
    const keys = await reading(async (tree) => {
      for await (const _ of tree.entries('values', { keysOnly: true }));
    });
    const get = await reading(async (tree) => {
      for (let i = 0; i < LOOK_UPS; i++) await tree.get('values', (i * 7919) % values.length);
    });
    const all = await reading(async (tree) => {
      for await (const _ of tree.entries('values'));
    });
    const load = await reading((tree) => tree.load());
    return { commit, bytes: await bytesIn(directory), keys, get: get / LOOK_UPS, values: all, load };
  } finally {
    await backend.close();
    await rm(directory, { recursive: true });
  }
}

async function store(tree: Infinitree<Local>, values: readonly unknown[]): Promise<number> {
  try {
    values.forEach((value, i) => tree.index.values.set(i, value));
    return await timed(() => tree.commit());
  } finally {
    await tree.close();
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function bytesIn(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
