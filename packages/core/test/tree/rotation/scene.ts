import { type Backend, Infinitree, Key, type OpenOptions } from '@infinitree/core';
import { Archive, noise, type Tree, World } from '../care/scene.js';
import { contentOf, grow, open } from '../copy/scene.js';
import type { Heads } from '../scene.js';

export { DAY, HOUR, noise, type Tree, World } from '../care/scene.js';
export { contentIn, contentOf, grow, objectsIn, open } from '../copy/scene.js';
export { code, codeOf, errorOf, type Heads, KINDS } from '../scene.js';

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
