import {
  type Backend,
  type BlobRef,
  Infinitree,
  Key,
  MemoryBackend,
  type OpenOptions,
  registerIndex,
  Serialized,
  VersionedMap,
} from '@infinitree/core';
import { SeededRandom, TestClock } from '@infinitree/testing';
import { MemoryStore } from '../../../src/backend/memory-store.js';
import { type Heads, OBJECT_SIZE } from '../scene.js';

export const HOUR = 60 * 60 * 1000;
export const DAY = 24 * HOUR;

/** Everything that can refer to an object: blobs, values apart, runs, and what rides in heads. */
export class Archive {
  files = new VersionedMap<string, BlobRef | readonly BlobRef[]>();
  notes = new VersionedMap<string, unknown>();
  apart = new VersionedMap<number, unknown>();
  counter = new Serialized<number>(0);
}
registerIndex(Archive, {
  fields: [
    { property: 'files', name: 'stored_files' },
    { property: 'notes', name: 'stored_notes' },
    { property: 'apart', name: 'stored_apart', strategy: 'sparse' },
    { property: 'counter', name: 'counter' },
  ],
});

export type Tree = Infinitree<Archive>;

const random = new SeededRandom(7);

/** Bytes that do not compress. */
export function noise(size: number): Uint8Array {
  return random.bytes(size);
}

export async function bytesOf(tree: Tree, ref: BlobRef): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of tree.blobs.get(ref)) parts.push(part);
  return Buffer.concat(parts).toString('base64');
}

/** A storage with a clock of its own, in which trees live. */
export class World {
  readonly clock = new TestClock();
  readonly store = new MemoryStore(() => this.clock.now());
  readonly backend: MemoryBackend<Heads>;
  readonly key = Key.random();

  constructor(heads: Heads) {
    this.backend = new MemoryBackend<Heads>({ heads }, this.store);
  }

  create(key: Key = this.key, backend: Backend = this.backend): Promise<Tree> {
    const environment = { clock: this.clock };
    return Infinitree.create(Archive, { backend, key, objectSize: OBJECT_SIZE, environment });
  }

  open(options: Partial<OpenOptions> = {}): Promise<Tree> {
    const environment = { clock: this.clock };
    return Infinitree.open(Archive, { backend: this.backend, key: this.key, environment, ...options });
  }

  get ids(): string[] {
    return [...this.store.entries.keys()].sort();
  }
}

/** Fills a tree with some of everything, in several commits; gives what it says afterwards. */
export async function fill(tree: Tree): Promise<unknown> {
  const { files, notes, apart, counter } = tree.index;
  files.set('one', await tree.blobs.put(noise(100_000)));
  files.set('two', [await tree.blobs.put(noise(70_000), { dedup: true }), await tree.blobs.put(noise(10))]);
  for (let i = 0; i < 300; i++) apart.set(i, { i, text: Buffer.from(noise(150)).toString('base64') });
  apart.set(1000, { inside: await tree.blobs.put(noise(30_000)) });
  await tree.commit('blobs');
  for (let i = 0; i < 400; i++) notes.set(`note ${i}`, Buffer.from(noise(100)).toString('base64'));
  await tree.commit('notes');
  for (let i = 0; i < 14; i++) {
    counter.value = i;
    notes.set('latest', [i, new Map([['ref', await tree.blobs.put(noise(20))]])]);
    await tree.commit(`small ${i}`);
  }
  files.delete('one');
  apart.set(5, 'changed');
  await tree.commit('last');
  return contentsOf(tree);
}

/** All that can be read of a tree, blobs of the past included, in one comparable value. */
export async function contentsOf(tree: Tree): Promise<unknown> {
  await tree.load();
  const { files, notes, apart, counter } = tree.index;
  const blobs: string[] = [];
  for (const ref of [...files.values()].flat() as BlobRef[]) blobs.push(await bytesOf(tree, ref));
  const inside = apart.get(1000) as { inside: BlobRef };
  blobs.push(await bytesOf(tree, inside.inside));
  const past = await tree.at('HEAD~15');
  blobs.push(await bytesOf(tree, (await past.get('files', 'one')) as BlobRef));
  await past.close();
  return {
    names: [...files.keys()],
    notes: [...notes].length,
    apart: [...apart].filter(([id]) => id < 1000),
    counter: counter.value,
    blobs,
    commits: (await tree.commits()).map(({ message }) => message),
  };
}
