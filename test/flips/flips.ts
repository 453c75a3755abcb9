import type { ObjectId } from '@infinitree/core';
import type { SeededRandom } from '@infinitree/testing';
import { SEALED_HEADER_SIZE } from '../../packages/core/src/format/header-layout.js';
import { attempt, type Read, RIGHT, readsOf } from './reads.js';
import type { Scene } from './scene.js';
import { LyingStorage, type Touch } from './storage.js';
import type { Tally } from './tally.js';

/** One bit of an object. */
export interface Flip {
  readonly id: ObjectId;
  readonly at: number;
  readonly bit: number;
}

/** Every bit of the headers of all objects that have one, or could have. */
export function* headerFlips({ states }: Scene): Generator<Flip> {
  for (const id of states.at(-1)!.holding.objects.keys()) {
    for (let i = 0; i < 8 * SEALED_HEADER_SIZE; i++) yield { id, at: i >> 3, bit: i & 7 };
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

/** A read and what it asks for, but for what opening the tree does. */
interface TracedRead {
  readonly read: Read;
  readonly touches: readonly Touch[];
}

/** Turns bits one at a time and reads what that concerns. */
export class Flipper {
  readonly #scene: Scene;
  readonly #storage: LyingStorage;
  readonly #random: SeededRandom;
  readonly #opening: readonly Touch[];
  readonly #reads: readonly TracedRead[];

  private constructor(
    scene: Scene,
    storage: LyingStorage,
    random: SeededRandom,
    reads: readonly TracedRead[],
    opening: readonly Touch[],
  ) {
    this.#scene = scene;
    this.#storage = storage;
    this.#random = random;
    this.#reads = reads;
    this.#opening = opening;
  }

  static async over(scene: Scene, random: SeededRandom): Promise<Flipper> {
    const storage = new LyingStorage(scene.kind, scene.states.at(-1)!.holding);
    const touchesOf = async (reads: readonly Read[]): Promise<readonly Touch[]> => {
      storage.touches = [];
      const { outcome, detail } = await attempt(scene, storage, reads);
      if (outcome !== RIGHT) throw new Error(`Without any damage: ${outcome}`, { cause: detail });
      return storage.touches;
    };
    const opening = await touchesOf([]);
    const reads = [];
    for (const read of readsOf(scene)) {
      reads.push({ read, touches: (await touchesOf([read])).slice(opening.length) });
    }
    storage.touches = undefined;
    return new Flipper(scene, storage, random, reads, opening);
  }

  /** What is asked for by reads of fields, each place once. */
  get touches(): readonly Touch[] {
    const all = this.#reads.filter(({ read }) => read.name !== 'blob').flatMap(({ touches }) => touches);
    return [...new Map(all.map((touch) => [`${touch.id} ${touch.start}`, touch])).values()];
  }

  /** A read that does not ask for a byte cannot know of it: where none does, the data are right, and nothing is run. */
  async flip(tally: Tally, kind: string, { id, at, bit }: Flip): Promise<void> {
    const meets = (touches: readonly Touch[]) =>
      touches.some((touch) => touch.id === id && touch.start <= at && at < touch.end);
    const concerned = this.#reads.filter(({ touches }) => meets(touches)).map(({ read }) => read);
    if (concerned.length === 0 && !meets(this.#opening)) {
      tally.add(kind, 'nobody reads it', { outcome: RIGHT }, false);
      return;
    }
    const bytes = this.#storage.holding.objects.get(id)!;
    bytes[at]! ^= 1 << bit;
    try {
      const reads = concerned.length === 0 ? this.#someReads() : this.#pick(concerned);
      const found = await attempt(this.#scene, this.#storage, reads, this.#scene.states.at(-1)!.head);
      tally.add(kind, `bit ${bit} of byte ${at} of ${id}`, found, false);
    } finally {
      bytes[at]! ^= 1 << bit;
    }
  }

  #pick(reads: readonly Read[]): Read[] {
    const left = [...reads];
    return Array.from(
      { length: Math.min(READS_EACH, left.length) },
      () => left.splice(this.#random.int(left.length), 1)[0]!,
    );
  }

  /** What opening finds is told by the name of the head, which is a hash of it; so few need to read on. */
  #someReads(): Read[] {
    return this.#random.int(64) === 0 ? this.#pick(this.#reads.map(({ read }) => read)) : [];
  }
}
