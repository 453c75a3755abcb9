// Trees of small objects, on a storage in whose calls anything can happen.
import {
  type BackendCall,
  type BlobRef,
  type Cancel,
  Infinitree,
  InfinitreeError,
  InterceptedBackend,
  Key,
  MemoryBackend,
  type ObjectId,
  type OpenOptions,
  registerIndex,
  type Verb,
  VersionedMap,
} from '@infinitree/core';
import { SeededRandom, TestClock } from '@infinitree/testing';
import { MemoryStore } from '../../../src/backend/memory-store.js';
import type { Heads } from '../scene.js';
import { OBJECT_SIZE } from '../scene.js';

export class Library {
  books = new VersionedMap<string, unknown>();
  apart = new VersionedMap<string, unknown>();
  files = new VersionedMap<string, BlobRef>();
}
registerIndex(Library, {
  fields: [
    { property: 'books', name: 'stored_books' },
    { property: 'apart', name: 'stored_apart', strategy: 'sparse' },
    { property: 'files', name: 'stored_files' },
  ],
});

export type Tree = Infinitree<Library>;
type When = 'before' | 'after';
type Event = (call: BackendCall) => unknown;

/** A storage, its clock and its calls. */
export class Place {
  readonly clock = new TestClock();
  readonly key = Key.random();
  readonly store = new MemoryStore(() => this.clock.now());
  readonly inner: MemoryBackend<Heads>;
  readonly backend: InterceptedBackend;
  readonly calls: BackendCall[] = [];
  readonly #events: { readonly verb: Verb; readonly when: When; readonly happen: Event }[] = [];

  constructor(readonly heads: Heads = 'cas') {
    this.inner = new MemoryBackend<Heads>({ heads }, this.store);
    // As a cache has it.
    const flushing = Object.assign(new MemoryBackend<Heads>({ heads }, this.store), { flush });
    this.backend = new InterceptedBackend(flushing, {
      call: async (call, work) => {
        this.calls.push(call);
        const [before, after] = [this.#take(call.verb, 'before'), this.#take(call.verb, 'after')];
        await before?.(call);
        const result = await work();
        await after?.(call);
        return result;
      },
      walk: (_, list) => list(),
    });
  }

  /** What happens before or after the next call of a verb, and no other. */
  next(verb: Verb, when: When, happen: Event): void {
    this.#events.push({ verb, when, happen });
  }

  /** Holds the next call of a verb until `go`. */
  hold(verb: Verb, when: When = 'before'): { readonly reached: Promise<void>; go(): void } {
    let go = (): void => undefined;
    const onward = new Promise<void>((resolve) => (go = resolve));
    const reached = new Promise<void>((resolve) => {
      this.next(verb, when, () => (resolve(), onward));
    });
    return { reached, go: () => go() };
  }

  count(verb: Verb): number {
    return this.calls.filter((call) => call.verb === verb).length;
  }

  /** What calls of a verb were about. */
  idsOf(verb: Verb): ObjectId[] {
    return this.calls.filter((call) => call.verb === verb).flatMap(({ ids }) => ids);
  }

  has(ids: readonly ObjectId[]): boolean[] {
    return ids.map((id) => this.store.entries.has(id));
  }

  create(): Promise<Tree> {
    const { backend, key, environment } = this;
    return Infinitree.create(Library, { backend, key, objectSize: OBJECT_SIZE, environment });
  }

  /** Another handle, of which the calls are not watched. */
  open(options: Partial<OpenOptions> = {}): Promise<Tree> {
    const { inner, key, environment } = this;
    return Infinitree.open(Library, { backend: inner, key, environment, takeover: true, ...options });
  }

  /** The messages of what somebody sees who comes now, and the titles. */
  async shown(): Promise<{ messages: string[]; books: string[] }> {
    await using reader = await this.open({ readonly: true, takeover: false });
    await reader.load('books');
    return {
      messages: (await reader.commits()).map(({ message }) => message),
      books: [...reader.index.books.keys()],
    };
  }

  get environment() {
    return { clock: this.clock };
  }

  #take(verb: Verb, when: When): Event | undefined {
    const at = this.#events.findIndex((event) => event.verb === verb && event.when === when);
    return at < 0 ? undefined : this.#events.splice(at, 1)[0]?.happen;
  }
}

/** What a storage says whose answer got lost. */
export const trouble = new InfinitreeError('BACKEND', 'The line went dead.');
export const lost = (): never => {
  throw trouble;
};

/** The call that brings a small commit to storage. */
export const writeOf = (heads: Heads): Verb => (heads === 'cas' ? 'heads.cas' : 'heads.append');

export async function put(tree: Tree, title: string, value: unknown = title) {
  tree.index.books.set(title, value);
  return tree.commit(title);
}

async function flush({ signal }: Cancel = {}): Promise<void> {
  if (signal?.aborted === true) throw new InfinitreeError('ABORTED', 'Flushing was aborted.', { cause: signal.reason });
}

/** Stores objects that no head reaches. */
export async function abandon(place: Place, objects = 1): Promise<ObjectId[]> {
  const before = new Set(place.store.entries.keys());
  await using tree = await place.open();
  const writer = tree.storageWriter();
  for (let i = 0; i < objects; i++) await writer.write(new SeededRandom(i).bytes(OBJECT_SIZE));
  await writer.flush();
  return [...place.store.entries.keys()].filter((id) => !before.has(id));
}
