import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import {
  type BlobRef,
  type Capabilities,
  Infinitree,
  Key,
  MemoryBackend,
  registerIndex,
  Serialized,
  VersionedList,
  VersionedMap,
} from '@infinitree/core';
import { SeededRandom, TestClock } from '@infinitree/testing';
import { MemoryStore } from '../../packages/core/src/backend/memory-store.js';
import type { Holding } from './storage.js';

export class Ledger {
  small = new VersionedMap<number, Uint8Array>();
  apart = new VersionedMap<number, string>();
  list = new VersionedList<string>();
  cell = new Serialized<number>(0);
  files = new VersionedMap<string, BlobRef>();
}
registerIndex(Ledger, {
  fields: [
    { property: 'small', name: 'small' },
    { property: 'apart', name: 'apart', strategy: 'sparse' },
    { property: 'list', name: 'list' },
    { property: 'cell', name: 'cell' },
    { property: 'files', name: 'files' },
  ],
});

/** What a tree holds as of one commit, to be compared with. */
export interface State {
  readonly id: string;
  readonly sequence: number;
  readonly head: string;
  /** That one, and those before it that stood for the same. */
  readonly heads: readonly string[];
  readonly content: Readonly<Record<string, unknown>>;
  /** A hash of what the newest blob holds. */
  readonly blob: string;
  /** What the storage held then. */
  readonly holding: Holding;
}

export interface Scene {
  readonly name: string;
  readonly kind: Capabilities['heads'];
  readonly objectSize: number;
  readonly key: Key;
  /** One for each commit, in order; the last one is that of the storage. */
  readonly states: readonly State[];
  /** Another tree of the same kind and key, beside nothing. */
  readonly strangers: Holding;
}

export interface SceneOptions {
  readonly kind: Capabilities['heads'];
  readonly objectSize: number;
  readonly commits: number;
}

/** A tree with all that a read may use: runs, values apart, blobs, commits that were folded and commits that were not. */
export async function makeScene({ kind, objectSize, commits }: SceneOptions): Promise<Scene> {
  const random = new SeededRandom(objectSize + commits);
  const key = Key.fromBytes(random.bytes(32));
  const states = await write(kind, objectSize, commits, key, random);
  const strangers = (await write(kind, objectSize, 2, key, random)).at(-1)!.holding;
  return { name: `${kind}, ${objectSize / 1024} KiB`, kind, objectSize, key, states, strangers };
}

/** Enough in each commit that a few of them fill what a head of the smallest tree carries, and are folded. */
const INLINE_BYTES = 3000;

async function write(
  kind: Capabilities['heads'],
  objectSize: number,
  commits: number,
  key: Key,
  random: SeededRandom,
): Promise<State[]> {
  const store = new MemoryStore();
  const backend = new MemoryBackend({ heads: kind }, store);
  const environment = { clock: new TestClock(), random };
  await using tree = await Infinitree.create(Ledger, { backend, key, objectSize, environment });
  const { small, apart, list, cell, files } = tree.index;
  const states: State[] = [];
  for (let i = 1; i <= commits; i++) {
    small.set(i % 5, random.bytes(INLINE_BYTES));
    list.push(`element ${i}`);
    cell.value = i;
    if (i % 4 === 1) for (let k = 0; k < 20; k++) apart.set(k, `${i} ${k} ${random.u32()}`);
    if (i % 4 === 2) small.set(100, random.bytes(20_000));
    if (i % 4 === 3) files.set('file', await tree.blobs.put(random.bytes(objectSize === 65_536 ? 30_000 : 200_000)));
    if (i % 7 === 0) apart.clear();
    const { id, sequence } = (await tree.commit(`commit ${i}`))!;
    const heads = [tree.head];
    // What is merged or folded beside commits is so, and leaves nothing on its way that belongs to no state.
    for (let turn = 0; turn < 100; turn++) {
      await setImmediate();
      if (tree.head !== heads.at(-1)) heads.push(tree.head);
    }
    states.push({
      id,
      sequence,
      head: tree.head,
      heads,
      content: contentOf(tree),
      blob: await blobOf(tree),
      holding: held(store, states.at(-1)?.holding),
    });
  }
  return states;
}

/** Each field in a form that can be compared. A blob is known by its reference, which has the tags of its chunks. */
export const CONTENT: Readonly<Record<keyof Ledger, (index: Ledger) => unknown>> = {
  small: ({ small }) => [...small].map(([name, bytes]) => [name, Buffer.from(bytes).toString('latin1')]),
  apart: ({ apart }) => [...apart],
  list: ({ list }) => [...list.values()],
  cell: ({ cell }) => cell.value,
  files: ({ files }) => [...files],
};

/** All fields, which have to be loaded. */
export function contentOf({ index }: { readonly index: Ledger }): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(CONTENT).map(([name, read]) => [name, read(index)]));
}

/** A hash of what the blob holds that is referred to, if there is one yet. Its field has to be loaded. */
export async function blobOf({ index, blobs }: Infinitree<Ledger>): Promise<string> {
  const hash = createHash('sha256');
  const ref = index.files.get('file');
  if (ref !== undefined) for await (const bytes of blobs.get(ref)) hash.update(bytes);
  return hash.digest('hex');
}

/** What the storage holds now; what has not changed since is not copied again. */
function held({ entries, claims }: MemoryStore, before: Holding | undefined): Holding {
  const objects = [...entries].map(([id, { bytes }]) => {
    const known = before?.objects.get(id);
    return [id, known !== undefined && Buffer.compare(known, bytes) === 0 ? known : bytes.slice()] as const;
  });
  return { objects: new Map(objects), claims: new Set(claims) };
}
