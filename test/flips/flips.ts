import { setImmediate } from 'node:timers/promises';
import { Infinitree, type ObjectId } from '@infinitree/core';
import type { SeededRandom } from '@infinitree/testing';
import { KEY_OBJECT_HEADERS } from '../../packages/core/src/format/header-layout.js';
import { ask, attempt, type Found, partsOf, type Read, RIGHT, readsOf } from './reads.js';
import { Ledger, type Scene, type State } from './scene.js';
import { LyingStorage, type Touch } from './storage.js';
import type { Tally } from './tally.js';

/** One bit of an object. */
export interface Flip {
  readonly id: ObjectId;
  readonly at: number;
  readonly bit: number;
}

/** Every bit of the headers of all objects that have some, or could have: a key object has two. */
export function* headerFlips({ states }: Scene): Generator<Flip> {
  for (const id of states.at(-1)!.holding.objects.keys()) {
    for (let i = 0; i < 8 * KEY_OBJECT_HEADERS; i++) yield { id, at: i >> 3, bit: i & 7 };
  }
}

/** A random bit of every byte. */
export function* byteFlips({ states }: Scene, random: SeededRandom): Generator<Flip> {
  for (const [id, bytes] of states.at(-1)!.holding.objects) {
    for (let at = 0; at < bytes.length; at++) yield { id, at, bit: random.int(8) };
  }
}

/** A random bit at each of `count` random places. */
export function* placeFlips({ states }: Scene, random: SeededRandom, count: number): Generator<Flip> {
  const objects = [...states.at(-1)!.holding.objects];
  for (let i = 0; i < count; i++) {
    const [id, bytes] = random.pick(objects);
    yield { id, at: random.int(bytes.length), bit: random.int(8) };
  }
}

/** A random bit of every byte of these places. */
export function* rangeFlips(places: readonly Touch[], random: SeededRandom): Generator<Flip> {
  for (const { id, start, end } of places) {
    for (let at = start; at < end; at++) yield { id, at, bit: random.int(8) };
  }
}

/** How many of the reads that a flip concerns are done. They are picked at random; all of them open the tree first. */
const READS_EACH = 3;
/** One in so many flips is looked at from the opening of the tree on, whatever it concerns, and by several reads. */
const CLOSER_LOOKS = 64;
/** What is held weakly is only let go between turns of the event loop, and a storage in memory never ends one. */
const TURNS = 64;

/** A read and what it asks for, but for what opening the tree does. */
interface TracedRead {
  readonly read: Read;
  readonly touches: readonly Touch[];
}

interface Traces {
  readonly opening: readonly Touch[];
  readonly reads: readonly TracedRead[];
  /** The quickest first. */
  readonly parts: readonly TracedRead[];
}

/** Turns bits one at a time and reads what that concerns. */
export class Flipper {
  readonly #scene: Scene;
  readonly #state: State;
  readonly #storage: LyingStorage;
  readonly #random: SeededRandom;
  readonly #tree: Infinitree<Ledger>;
  readonly #traces: Traces;
  #asked = 0;

  private constructor(
    scene: Scene,
    storage: LyingStorage,
    random: SeededRandom,
    tree: Infinitree<Ledger>,
    traces: Traces,
  ) {
    this.#scene = scene;
    this.#state = scene.states.at(-1)!;
    this.#storage = storage;
    this.#random = random;
    this.#tree = tree;
    this.#traces = traces;
  }

  static async over(scene: Scene, random: SeededRandom): Promise<Flipper> {
    const storage = new LyingStorage(scene.kind, scene.states.at(-1)!.holding);
    const tree = await Infinitree.open(Ledger, { backend: storage, key: scene.key, readonly: true });
    await tree.load('files');
    const traces = await trace(scene, storage, tree);
    storage.touches = undefined;
    return new Flipper(scene, storage, random, tree, traces);
  }

  async close(): Promise<void> {
    await this.#tree.close();
  }

  /** What is asked for by reads of fields, each place once. */
  get touches(): readonly Touch[] {
    const all = this.#traces.reads.filter(({ read }) => read.name !== 'blob').flatMap(({ touches }) => touches);
    return [...new Map(all.map((touch) => [`${touch.id} ${touch.start}`, touch])).values()];
  }

  /**
   * A read that does not ask for a byte cannot know of it: where none does, the data are right, and nothing is run. Where
   * the opening of the tree does, it is opened. Else a handle that is open reads a part that does ask for the byte.
   * Resolves to whether nobody minded.
   */
  async flip(tally: Tally, kind: string, flip: Flip): Promise<boolean> {
    const { opening, reads, parts } = this.#traces;
    const concerned = reads.filter(({ touches }) => meets(touches, flip)).map(({ read }) => read);
    const opens = meets(opening, flip);
    const { id, at, bit } = flip;
    if (concerned.length === 0 && !opens) {
      tally.add(kind, 'nobody reads it', { outcome: RIGHT }, false);
      return true;
    }
    const bytes = this.#storage.holding.objects.get(id)!;
    bytes[at]! ^= 1 << bit;
    try {
      const isClose = this.#random.int(CLOSER_LOOKS) === 0;
      const part = opens || isClose ? undefined : parts.find(({ touches }) => meets(touches, flip));
      const found = (part && (await this.#ask(part.read, flip))) ?? (await this.#open(concerned, opens, isClose));
      tally.add(kind, `bit ${bit} of byte ${at} of ${id}`, found, false);
      return found.outcome === RIGHT;
    } finally {
      bytes[at]! ^= 1 << bit;
    }
  }

  /** Undefined where the handle had that byte in memory after all. */
  async #ask(read: Read, flip: Flip): Promise<Found | undefined> {
    this.#storage.touches = [];
    const found = await ask(this.#tree, read, this.#state);
    const asked = meets(this.#storage.touches, flip);
    this.#storage.touches = undefined;
    if (++this.#asked % TURNS === 0) await setImmediate();
    return asked ? found : undefined;
  }

  /** What opening finds is told by the name of the head, which is a hash of it; so few need to read on. */
  #open(concerned: readonly Read[], opens: boolean, isClose: boolean): Promise<Found> {
    const some = concerned.length === 0 ? this.#traces.reads.map(({ read }) => read) : concerned;
    const reads = opens && !isClose ? [] : this.#pick(some);
    return attempt(this.#scene, this.#storage, reads, this.#state.head);
  }

  #pick(reads: readonly Read[]): Read[] {
    const left = [...reads];
    return Array.from(
      { length: Math.min(READS_EACH, left.length) },
      () => left.splice(this.#random.int(left.length), 1)[0]!,
    );
  }
}

function meets(touches: readonly Touch[], { id, at }: Flip): boolean {
  return touches.some((touch) => touch.id === id && touch.start <= at && at < touch.end);
}

/** What is asked for without any damage. */
async function trace(scene: Scene, storage: LyingStorage, tree: Infinitree<Ledger>): Promise<Traces> {
  const touchesOf = async (work: () => Promise<Found>): Promise<readonly Touch[]> => {
    storage.touches = [];
    const { outcome, detail } = await work();
    if (outcome !== RIGHT) throw new Error(`Without any damage: ${outcome}`, { cause: detail });
    return storage.touches;
  };
  const opening = await touchesOf(() => attempt(scene, storage, []));
  const reads: TracedRead[] = [];
  for (const read of readsOf(scene)) {
    reads.push({ read, touches: (await touchesOf(() => attempt(scene, storage, [read]))).slice(opening.length) });
  }
  const parts: TracedRead[] = [];
  // Once all was read, the handle asks only for what it does not keep.
  for (const read of partsOf(scene)) await ask(tree, read, scene.states.at(-1)!);
  for (const read of partsOf(scene)) {
    parts.push({ read, touches: await touchesOf(() => ask(tree, read, scene.states.at(-1)!)) });
  }
  const size = ({ touches }: TracedRead): number => touches.reduce((sum, { start, end }) => sum + end - start, 0);
  return { opening, reads, parts: parts.sort((a, b) => size(a) - size(b)) };
}
