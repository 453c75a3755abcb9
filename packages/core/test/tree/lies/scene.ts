import {
  type BlobRef,
  Infinitree,
  Key,
  MemoryBackend,
  type ObjectId,
  registerIndex,
  Serialized,
  VersionedMap,
  type View,
} from '@infinitree/core';
import { SeededRandom, TestClock } from '@infinitree/testing';
import { MemoryStore } from '../../../src/backend/memory-store.js';
import type { Heads } from '../scene.js';
import { LyingBackend } from './lying-backend.js';

export class Shelf {
  notes = new VersionedMap<string, string>();
  apart = new VersionedMap<number, string>();
  cell = new Serialized<number>(0);
  files = new VersionedMap<string, BlobRef>();
}
registerIndex(Shelf, {
  fields: [
    { property: 'notes', name: 'notes' },
    { property: 'apart', name: 'apart', strategy: 'sparse' },
    { property: 'cell', name: 'cell' },
    { property: 'files', name: 'files' },
  ],
});

export type Tree = Infinitree<Shelf>;

/** What the tree and the storage held after a commit. */
export interface State {
  readonly head: string;
  readonly id: string;
  readonly content: string;
  readonly entries: ReadonlyMap<ObjectId, Uint8Array>;
  readonly claims: ReadonlySet<ObjectId>;
}

/** A tree with a history in a storage that can lie about it. */
export interface Scene {
  readonly heads: Heads;
  readonly store: MemoryStore;
  readonly storage: LyingBackend;
  readonly clock: TestClock;
  readonly random: SeededRandom;
  readonly states: readonly State[];
  /** Objects of another tree. */
  readonly strangers: readonly (readonly [ObjectId, Uint8Array])[];
}

const KEY = Key.fromBytes(new Uint8Array(32).fill(5));

/** The same history each time, so that one is made and all others are copies. */
export class Origin {
  readonly #heads: Heads;
  readonly #store: MemoryStore;
  readonly #states: readonly State[];
  readonly #strangers: Scene['strangers'];

  private constructor(heads: Heads, store: MemoryStore, states: readonly State[], strangers: Scene['strangers']) {
    this.#heads = heads;
    this.#store = store;
    this.#states = states;
    this.#strangers = strangers;
  }

  static async make(heads: Heads): Promise<Origin> {
    const { store, states } = await write(heads, 1, 8);
    const stranger = await write(heads, 2, 2);
    const strangers = [...stranger.store.entries].map(([id, { bytes }]) => [id, bytes] as const);
    return new Origin(heads, store, states, strangers);
  }

  copy(seed: number): Scene {
    const clock = new TestClock();
    const store = new MemoryStore(() => clock.now());
    for (const [id, { bytes }] of this.#store.entries) store.write(id, bytes);
    for (const claim of this.#store.claims) store.claims.add(claim);
    const storage = new LyingBackend(new MemoryBackend<Heads>({ heads: this.#heads, locks: true }, store));
    const random = new SeededRandom(seed);
    return { heads: this.#heads, store, storage, clock, random, states: this.#states, strangers: this.#strangers };
  }
}

async function write(heads: Heads, seed: number, commits: number): Promise<{ store: MemoryStore; states: State[] }> {
  const random = new SeededRandom(seed);
  const store = new MemoryStore();
  const backend = new MemoryBackend<Heads>({ heads }, store);
  const environment = { clock: new TestClock(), random };
  const states: State[] = [];
  // Handle by handle, so that there are several epochs, and heads beside the newest one.
  for (let i = 0; i < commits; i++) {
    const options = { backend, key: KEY, environment };
    const tree = await (i === 0 ? Infinitree.create(Shelf, { ...options, objectSize: 65_536 }) : open(options));
    for (let k = 0; k < 2; k++) {
      const { id } = await change(tree, random, i);
      const entries = copyOf(store, states.at(-1));
      const content = await contentOf(tree);
      states.push({ head: tree.head, id, content, entries, claims: new Set(store.claims) });
    }
    await tree.close();
  }
  return { store, states };
}

/** Heads are written to where they stand, so what an entry was has to be copied; the same bytes only once. */
function copyOf(store: MemoryStore, before: State | undefined): ReadonlyMap<ObjectId, Uint8Array> {
  const same = (id: ObjectId, bytes: Uint8Array): Uint8Array => {
    const known = before?.entries.get(id);
    return known !== undefined && Buffer.compare(known, bytes) === 0 ? known : bytes.slice();
  };
  return new Map([...store.entries].map(([id, { bytes }]) => [id, same(id, bytes)]));
}

async function open(options: Parameters<typeof Infinitree.open>[1]): Promise<Tree> {
  const tree = await Infinitree.open(Shelf, options);
  await tree.load();
  return tree;
}

/** A commit of some kind. */
export async function change(tree: Tree, random: SeededRandom, i: number): Promise<{ readonly id: string }> {
  const { notes, apart, cell, files } = tree.index;
  cell.value = random.u32();
  notes.set(`note ${random.int(10)}`, text(random, 100));
  if (i % 3 === 1) for (let k = 0; k < 20; k++) notes.set(`page ${k}`, text(random, 900));
  if (i % 3 === 2) for (let k = 0; k < 8; k++) apart.set(k, text(random, 1200));
  if (i % 4 === 1) files.set('file', await tree.blobs.put(random.bytes(70_000)));
  return (await tree.commit(`commit ${i}`))!;
}

function text(random: SeededRandom, length: number): string {
  return Buffer.from(random.bytes(length)).toString('base64');
}

/** Everything that a tree or view shows, in a form that can be compared; all of it is loaded. */
export async function contentOf(shown: Tree | View<Shelf>, blobs: Tree | View<Shelf> = shown): Promise<string> {
  const { notes, apart, cell, files } = shown.index;
  const ref = files.get('file');
  const pieces: Uint8Array[] = [];
  if (ref !== undefined && 'blobs' in blobs) for await (const piece of blobs.blobs.get(ref)) pieces.push(piece);
  const file = ref === undefined ? '' : ref.chunks.map(({ tag }) => Buffer.from(tag).toString('hex'));
  return JSON.stringify([[...notes], [...apart], cell.value, file]);
}

export function openTree(scene: Scene, options: Partial<Parameters<typeof Infinitree.open>[1]> = {}): Promise<Tree> {
  const { storage, clock, random } = scene;
  const environment = { clock, random };
  return Infinitree.open(Shelf, { backend: storage.backend, key: KEY, environment, ...options });
}
