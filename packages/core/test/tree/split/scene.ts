import { type Backend, type BlobRef, Infinitree, Key, type OpenOptions } from '@infinitree/core';
import { Archive, bytesOf, noise, type Tree, World } from '../care/scene.js';
import { type Heads, OBJECT_SIZE } from '../scene.js';

export { Archive, bytesOf, DAY, noise, type Tree } from '../care/scene.js';
export { code, codeOf, collect, errorOf, type Heads, KINDS, OBJECT_SIZE } from '../scene.js';

/** A split tree with a reader, who made it, and one who only writes to it. */
export class SplitWorld extends World {
  readonly readers = Key.random();
  readonly workers = Key.random();
  readonly reader = Key.splitReader(this.readers);
  readonly writer = Key.splitWriter(this.workers);

  static async make(heads: Heads): Promise<SplitWorld> {
    const world = new SplitWorld(heads);
    const tree = await world.create(world.reader);
    await tree.keys.add(world.writer, { label: 'worker' });
    await tree.close();
    return world;
  }

  read(options: Partial<OpenOptions> = {}): Promise<Tree> {
    return this.open({ key: this.reader, ...options });
  }

  write(options: Partial<OpenOptions> = {}): Promise<Tree> {
    return this.open({ key: this.writer, ...options });
  }

  /** What a call on a fresh handle of a reader gives. */
  async asReader<T>(work: (tree: Tree) => Promise<T>): Promise<T> {
    await using tree = await this.read({ takeover: true });
    return await work(tree);
  }
}

export const create = (backend: Backend, key: Key): Promise<Tree> =>
  Infinitree.create(Archive, { backend, key, objectSize: OBJECT_SIZE });

/** The third fills an object alone: nothing else keeps that from being collected. */
const SIZES = [100_000, 70_000, OBJECT_SIZE, 20] as const;

/** Blind changes of every kind that end in storage objects, in several commits; what a reader finds afterwards. */
export async function work(tree: Tree): Promise<{ readonly blobs: readonly string[] }> {
  const { files, notes, apart, counter } = tree.index;
  const bytes = SIZES.map(noise);
  const [one, two, inside, small] = (await inTurn(bytes, (each) => tree.blobs.put(each))) as [
    BlobRef,
    BlobRef,
    BlobRef,
    BlobRef,
  ];
  files.set('one', one);
  files.set('two', [two]);
  for (let i = 0; i < 300; i++) apart.set(i, { i, text: `text ${i}` });
  // To this one nothing refers but a value that its writer cannot read.
  apart.set(1000, { inside });
  await tree.commit('blobs');
  for (let i = 0; i < 400; i++) notes.set(`note ${i}`, Buffer.from(noise(100)).toString('base64'));
  notes.set('latest', new Map([['ref', small]]));
  await tree.commit('notes');
  for (let i = 0; i < 12; i++) {
    counter.value = i;
    apart.set(i, { i, text: `again ${i}` });
    notes.set('filler', Buffer.from(noise(4000)).toString('base64'));
    await tree.commit(`small ${i}`);
  }
  return { blobs: bytes.map((each) => Buffer.from(each).toString('base64')) };
}

/** What a reader finds of that. */
export async function found(tree: Tree): Promise<{ readonly blobs: readonly string[] }> {
  await tree.load();
  const { files, notes, apart, counter } = tree.index;
  expect([notes.size, apart.size, counter.value]).toEqual([402, 301, 11]);
  for (let i = 0; i < 300; i++) expect(apart.get(i)).toEqual({ i, text: i < 12 ? `again ${i}` : `text ${i}` });
  const [two] = files.get('two') as readonly BlobRef[];
  const { inside } = apart.get(1000) as { readonly inside: BlobRef };
  const small = (notes.get('latest') as ReadonlyMap<string, BlobRef>).get('ref');
  const refs = [files.get('one') as BlobRef, two!, inside, small!];
  return { blobs: await inTurn(refs, (ref) => bytesOf(tree, ref)) };
}

async function inTurn<A, B>(all: readonly A[], call: (one: A) => Promise<B>): Promise<B[]> {
  const results: B[] = [];
  for (const one of all) results.push(await call(one));
  return results;
}
