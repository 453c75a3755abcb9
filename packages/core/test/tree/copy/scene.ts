import {
  type Backend,
  type CopyOptions,
  type CopyReport,
  copyTree,
  Infinitree,
  InterceptedBackend,
  type Key,
  MemoryBackend,
  type OpenOptions,
} from '@infinitree/core';
import { Archive, bytesOf, noise, type Tree, World } from '../care/scene.js';
import { type Heads, KINDS } from '../scene.js';

export { Archive, noise, type Tree, World } from '../care/scene.js';
export { code, codeOf, errorOf, type Heads, KINDS } from '../scene.js';

/** From which protocol to which, and whether the tree is moved. */
export const WAYS = KINDS.flatMap((from) =>
  KINDS.flatMap((to) => [false, true].map((move) => ({ from, to, move, name: `${from} to ${to}` }))),
);

export type Way = (typeof WAYS)[number];

/** A tree of some of everything, in several commits, and the place that it is to go to. */
export class Scene extends World {
  readonly target: MemoryBackend<Heads>;

  constructor({ from, to }: Pick<Way, 'from' | 'to'>) {
    super(from);
    this.target = new MemoryBackend<Heads>({ heads: to });
  }

  openThere(options: Partial<OpenOptions> = {}): Promise<Tree> {
    return open(this.target, this.key, { environment: { clock: this.clock }, ...options });
  }

  copy(tree: Tree, options: CopyOptions = {}): Promise<CopyReport> {
    return copyTree(tree, this.target, options);
  }
}

export function open(backend: Backend, key: Key, options: Partial<OpenOptions> = {}): Promise<Tree> {
  return Infinitree.open(Archive, { backend, key, ...options });
}

/** One change of each kind: what rides in the head, a value apart, and a blob. */
export async function grow(tree: Tree, name: string): Promise<void> {
  const { files, notes, apart, counter } = tree.index;
  files.set(name, await tree.blobs.put(noise(90_000)));
  notes.set(name, { name });
  for (let i = 0; i < 40; i++) apart.set(i, { i, name, text: Buffer.from(noise(2000)).toString('base64') });
  counter.value = name.length;
  await tree.commit(name);
}

/** All that a tree says: commits, fields, and the bytes of its blobs. */
export async function contentOf(tree: Tree): Promise<unknown> {
  const entries: unknown[] = [];
  for (const name of ['files', 'notes', 'apart'] as const) {
    for await (const [key, value] of tree.entries(name)) entries.push([name, key, value]);
  }
  const blobs: string[] = [];
  for await (const [, refs] of tree.entries('files')) {
    for (const ref of Array.isArray(refs) ? refs : [refs]) blobs.push(await bytesOf(tree, ref));
  }
  await tree.load('counter');
  return { commits: await tree.commits(), entries, blobs, counter: tree.index.counter.value };
}

/** What whoever opens the tree for reading finds. */
export async function contentIn(backend: Backend, key: Key): Promise<unknown> {
  await using tree = await open(backend, key, { readonly: true });
  return await contentOf(tree);
}

/** Every object of a storage, by id. */
export async function objectsIn(backend: Backend): Promise<Map<string, string>> {
  const objects = new Map<string, string>();
  for await (const id of backend.list()) {
    objects.set(id, Buffer.from((await backend.get(id)) ?? new Uint8Array(0)).toString('base64'));
  }
  return objects;
}

/** Lets something happen before each call of a backend. */
export function interrupted(inner: Backend, step: () => Promise<void>): Backend {
  return new InterceptedBackend(inner, {
    call: async (_, work) => {
      await step();
      return work();
    },
    walk: (_, list) => list(),
  });
}
