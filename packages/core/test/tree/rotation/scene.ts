import { type Backend, Infinitree, Key, type OpenOptions } from '@infinitree/core';
import { keysOf } from '../../../src/crypto/own-ids.js';
import { idBytes } from '../../../src/format/id-bytes.js';
import { partsOf } from '../../../src/tree/tree-parts.js';
import { Archive, DAY, noise, type Tree, World } from '../care/scene.js';
import { contentOf, grow, open } from '../copy/scene.js';
import { codeOf, type Heads, KINDS } from '../scene.js';

export { DAY, HOUR, noise, type Tree, World } from '../care/scene.js';
export { contentIn, contentOf, grow, objectsIn, open } from '../copy/scene.js';
export { code, codeOf, errorOf, type Heads, KINDS } from '../scene.js';

/** What is sealed again. */
export type Policy = 'all' | 'index';
export const WAYS = KINDS.flatMap((heads) => (['index', 'all'] as const).map((policy) => ({ heads, policy })));

/** The objects in a storage that are under the keys of a key epoch, but for the last heads of its chain. */
export function objectsOfEpoch(at: World, tree: Tree, keyEpoch: number): string[] {
  const { context, snapshot } = partsOf(tree).session;
  const ends = new Set<string>(snapshot.care.history?.epochs.flatMap(({ heads }) => heads));
  const known = [context.keys, ...context.keys.earlier];
  if (!known.some((keys) => keys.keyEpoch === keyEpoch)) throw new Error(`There are no keys of the epoch ${keyEpoch}.`);
  const epochOf = (id: string) => keysOf(context.keys, idBytes(id as never)).keyEpoch;
  return at.ids.filter((id) => !ends.has(id) && epochOf(id) === keyEpoch);
}

/**
 * Goes on for some days, until what was replaced is gone: each handle begins with a head, and there have to be two more of
 * them. Gives the last handle.
 */
export async function settled(at: Scene, tree: Tree): Promise<Tree> {
  let next = tree;
  for (let i = 0; i < 4; i++) {
    await next.close();
    at.clock.advance(2 * DAY);
    next = await at.openBeside();
    await next.commit({ mode: 'always' });
    await next.gc();
  }
  return next;
}

/** A tree of some of everything, in several commits, that two keys open. */
export class Scene extends World {
  readonly second = Key.random();
  /** What it says. */
  content: unknown;

  private constructor(heads: Heads) {
    super(heads);
  }

  static made(heads: Heads, commits = 3): Promise<Scene> {
    return Scene.#filled(heads, async (tree) => {
      for (let i = 0; i < commits; i++) await grow(tree, `commit ${i}`);
      if (commits > 0) await plant(tree);
    });
  }

  /** One that is no larger than it takes for there to be something of each kind. */
  static small(heads: Heads): Promise<Scene> {
    return Scene.#filled(heads, async (tree) => {
      tree.index.files.set('blob', await tree.blobs.put(noise(1000)));
      await plant(tree);
    });
  }

  static async #filled(heads: Heads, fill: (tree: Tree) => Promise<void>): Promise<Scene> {
    const scene = new Scene(heads);
    const tree = await scene.create();
    await fill(tree);
    await tree.keys.add(scene.second, { label: 'second' });
    scene.content = await contentOf(tree);
    await tree.close();
    return scene;
  }

  /** A handle of somebody who leaves no note, or takes no notice of others. */
  openBeside(options: Partial<OpenOptions> = {}): Promise<Tree> {
    return this.open({ takeover: true, ...options });
  }
}

/** More than rides in a head. */
async function plant(tree: Tree): Promise<void> {
  for (let i = 0; i < 150; i++) tree.index.notes.set(`note ${i}`, Buffer.from(noise(100)).toString('base64'));
  await tree.commit('notes');
}

/** Which of these keys open a tree for reading, and how they end that do not. */
export async function opening(backend: Backend, keys: readonly Key[]): Promise<string[]> {
  const ends: string[] = [];
  for (const key of keys) {
    try {
      const tree = await open(backend, key, { readonly: true });
      await tree.close();
      ends.push('opens');
    } catch (error) {
      ends.push((error as { code: string }).code);
    }
  }
  return ends;
}

export const archive = (backend: Backend, key: Key): Promise<Tree> => Infinitree.open(Archive, { backend, key });

/** More storage objects than are sealed again at once. */
export async function many(at: Scene, tree: Tree): Promise<void> {
  for (let i = 0; i < 40; i++) tree.index.files.set(`many ${i}`, await tree.blobs.put(noise(65_000)));
  await tree.commit('many');
  at.content = await contentOf(tree);
}

/** Aborts it when so many storage objects were sealed again. */
export async function stopped(tree: Tree, after: number): Promise<string> {
  const controller = new AbortController();
  let moved = 0;
  const onProgress = ({ total }: { readonly total?: number }) => {
    if (total !== undefined && ++moved === after) controller.abort();
  };
  return codeOf(() => tree.rotate({ policy: 'all', signal: controller.signal, onProgress }));
}
