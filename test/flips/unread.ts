import { type Fault, Infinitree, isInfinitreeError, type ObjectId } from '@infinitree/core';
import type { Flip } from './flips.js';
import { FOREIGN, type Found, UNFOUND, WRONG } from './reads.js';
import { Ledger, type Scene } from './scene.js';
import { LyingStorage } from './storage.js';
import type { Tally } from './tally.js';

const PAGE = 4096;
const FOUND = 'found by verify';

/**
 * Bits that no read minds: of padding, and of what only older heads reach. `verify` has to name each of them. It names one
 * place of each object, so that one bit of each object is turned at a time, and what hides behind another one is looked
 * for alone.
 */
export class UnreadFlips {
  readonly #scene: Scene;
  readonly #storage: LyingStorage;
  readonly #left = new Map<ObjectId, Flip[]>();
  #count = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#storage = new LyingStorage(scene.kind, scene.states.at(-1)!.holding);
  }

  get count(): number {
    return this.#count;
  }

  add(flip: Flip): void {
    this.#count += 1;
    const others = this.#left.get(flip.id);
    if (others === undefined) this.#left.set(flip.id, [flip]);
    else others.push(flip);
  }

  /** Looks for all of them; `progress` is told how many are done. */
  async verify(tally: Tally, kind: string, progress: (done: number) => void): Promise<void> {
    await using tree = await Infinitree.open(Ledger, { backend: this.#storage, key: this.#scene.key, readonly: true });
    for (let done = 0; done < this.#count; ) {
      const batch = [...this.#left.values()].flatMap((flips) => flips.splice(-1));
      done += batch.length;
      const found = await this.#found(tree, batch);
      for (const [i, flip] of batch.entries()) {
        const result = found[i]!.outcome === UNFOUND ? (await this.#found(tree, [flip]))[0]! : found[i]!;
        tally.add(kind, `bit ${flip.bit} of byte ${flip.at} of ${flip.id}`, result, false);
      }
      progress(done);
    }
  }

  async #found(tree: Infinitree<Ledger>, flips: readonly Flip[]): Promise<Found[]> {
    const turn = (): void => {
      for (const { id, at, bit } of flips) this.#storage.holding.objects.get(id)![at]! ^= 1 << bit;
    };
    turn();
    try {
      const { faults, olderFaults } = await tree.verify({ readData: true });
      const all = [...faults, ...olderFaults];
      const strange = all.find((fault) => !flips.some((flip) => concerns(fault, flip)));
      if (strange !== undefined) return flips.map(() => ({ outcome: WRONG, detail: strange.message }));
      return flips.map((flip) => ({ outcome: all.some((fault) => concerns(fault, flip)) ? FOUND : UNFOUND }));
    } catch (error) {
      return flips.map(() =>
        isInfinitreeError(error) ? { outcome: error.code } : { outcome: FOREIGN, detail: error },
      );
    } finally {
      turn();
    }
  }
}

/** Of padding the very byte is named, of a mark its page, of anything else the piece that it is in. */
function concerns({ part, object, offset = 0 }: Fault, { id, at }: Flip): boolean {
  return object === id && (part === 'padding' ? [at, at - (at % PAGE)].includes(offset) : offset <= at);
}
