import {
  type Backend,
  type BlobRef,
  Infinitree,
  isInfinitreeError,
  Key,
  registerIndex,
  Serialized,
  VersionedMap,
} from '@infinitree/core';
import type { TestClock } from '@infinitree/testing';
import { SeededRandom } from '@infinitree/testing';

export class Shelf {
  notes = new VersionedMap<string, string>();
  apart = new VersionedMap<number, string>();
  cell = new Serialized<string>('');
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

export const KEY = Key.fromBytes(new Uint8Array(32).fill(9));

/** Of a split tree. */
export const READER = Key.splitReader(KEY);

const DAY_MS = 86_400_000;

/** What is written is told apart by its label, in the first byte of everything and nowhere else. */
type Step = (life: Life, label: string) => Promise<void>;

/** What a process does with a tree that it has made: every way in which something is sealed. */
export const STEPS: Readonly<Record<string, Step>> = {
  'small commits': async ({ tree, commit }, label) => {
    for (let i = 0; i < 3; i++) {
      tree.index.notes.set(`note ${i}`, `${label} is what it says`);
      await commit(label);
    }
  },
  'large commit': async ({ tree, commit }, label) => {
    for (let i = 0; i < 60; i++) tree.index.notes.set(`plant ${i}`, `${label} ${noise(i, 700)}`);
    for (let i = 0; i < 10; i++) tree.index.apart.set(i, `${label} ${noise(i, 3000)}`);
    await commit(label);
  },
  blob: async ({ tree, commit }, label) => {
    const bytes = new TextEncoder().encode(`${label} ${noise(1, 80_000)}`);
    tree.index.files.set('file', await tree.blobs.put(bytes, { dedup: true }));
    await commit(label);
  },
  'raw chunk': async ({ tree, commit }, label) => {
    await using writer = tree.storageWriter();
    await writer.write(new TextEncoder().encode(`${label} ${noise(2, 900)}`));
    await commit(label, { mode: 'always' });
  },
  folds: async ({ tree, commit }, label) => {
    for (let i = 0; i < 14; i++) {
      tree.index.notes.set(`page ${i % 6}`, `${label} ${noise(i, 4000)}`);
      await commit(label);
    }
  },
  'another handle': async (life, label) => {
    await life.reopen();
    life.tree.index.cell.value = label;
    await life.commit(label);
  },
  gc: async ({ tree, clock, commit }, label) => {
    clock.advance(2 * DAY_MS);
    await tree.gc();
    tree.index.cell.value = `${label} after`;
    await commit(label);
  },
};

/** A process and its tree, which do the same again whenever they begin with the same. */
export class Life {
  readonly clock: TestClock;
  readonly #backend: Backend;
  readonly #random = new SeededRandom(5);
  readonly #key: Key;
  #tree: Tree | undefined;

  constructor(backend: Backend, clock: TestClock, key = KEY) {
    this.#backend = backend;
    this.clock = clock;
    this.#key = key;
  }

  get tree(): Tree {
    if (this.#tree === undefined) throw new Error('it has not begun');
    return this.#tree;
  }

  async begin(): Promise<void> {
    this.#tree = await Infinitree.create(Shelf, { ...this.#options, objectSize: 65_536 });
  }

  async reopen(): Promise<void> {
    await this.#tree?.close();
    const open = () => Infinitree.open(Shelf, { ...this.#options, takeover: true });
    this.#tree = await open().catch((error: unknown) => {
      if (isInfinitreeError(error, 'BACKEND')) return open();
      throw error;
    });
  }

  /** Commits until it is stored, through whatever comes. */
  readonly commit = async (message: string, options: { mode?: 'always' } = {}): Promise<void> => {
    for (let attempt = 0; attempt < 10; attempt++) {
      try {
        await this.tree.commit(message, options);
        return;
      } catch (error) {
        if (isInfinitreeError(error, 'CONFLICT')) await this.tree.refresh({ onConflict: 'drop' });
        else if (!isInfinitreeError(error, 'COMMIT_UNKNOWN') && !isInfinitreeError(error, 'BACKEND')) throw error;
      }
    }
    throw new Error('it never got through');
  };

  async end(): Promise<void> {
    await this.#tree?.close();
  }

  get #options() {
    return { backend: this.#backend, key: this.#key, environment: { clock: this.clock, random: this.#random } };
  }
}

function noise(seed: number, length: number): string {
  return Buffer.from(new SeededRandom(seed).bytes(length)).toString('base64');
}
