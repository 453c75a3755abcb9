import type { Cancel, EpochHeads } from '../../backend/backend.js';
import { claimName, epochOfClaim, epochOfHeadId, headIdOfEpoch } from '../../crypto/own-ids.js';
import type { TreeKeys } from '../../crypto/tree-keys.js';
import type { ObjectId } from '../../format/ids.js';
import { Slices } from '../slices.js';
import { conflict } from './head-store.js';

/** The claims and heads of one tree among those of all trees in the same storage. */
export class Claims {
  readonly #keys: TreeKeys;
  readonly #heads: EpochHeads;
  /** The last listing and what its names mean: it is asked for at every commit, and seldom differs. */
  #listed: readonly ObjectId[] = [];
  #known: ReadonlyMap<ObjectId, number | undefined> = new Map();
  #epochs: readonly number[] = [];

  constructor(keys: TreeKeys, heads: EpochHeads) {
    this.#keys = keys;
    this.#heads = heads;
  }

  /** Claimed epochs, highest first. */
  async epochs(options: Cancel): Promise<readonly number[]> {
    const names = await this.#heads.claims(options);
    const listed = this.#listed;
    if (names.length !== listed.length || names.some((name, i) => name !== listed[i])) this.#read(names);
    return this.#epochs;
  }

  #read(names: readonly ObjectId[]): void {
    const known = this.#known;
    this.#known = new Map(
      names.map((name) => [name, known.has(name) ? known.get(name) : epochOfClaim(this.#keys, name)]),
    );
    this.#listed = names;
    this.#epochs = [...this.#known.values()].filter((epoch) => epoch !== undefined).sort((a, b) => b - a);
  }

  async highest(options: Cancel): Promise<number> {
    return (await this.epochs(options))[0] ?? 0;
  }

  /**
   * Claims the epoch above the highest claim and above `atLeast`. It looks again afterwards: a higher claim means that
   * somebody came later, and then the storage is theirs.
   */
  async claim(atLeast: number, options: Cancel): Promise<number> {
    // Where claims were cleaned away, heads tell which epochs there were.
    const [highest = 0] = await this.candidates(options);
    const epoch = Math.max(highest, atLeast) + 1;
    const won = await this.#heads.claim(claimName(this.#keys, epoch), options);
    if (!won || (await this.highest(options)) !== epoch) throw conflict('Another writer has taken over the tree.');
    return epoch;
  }

  /** Removes claims below an epoch that has a durable head, and tells which. */
  async releaseBelow(epoch: number, options: Cancel): Promise<readonly number[]> {
    const lower = (await this.epochs(options)).filter((claimed) => claimed < epoch);
    await this.#heads.release(
      lower.map((claimed) => claimName(this.#keys, claimed)),
      options,
    );
    return lower;
  }

  /**
   * Epochs that may have a head, highest first: the claimed ones. Where no claim is found (somebody cleaned up what
   * looked like empty files), the heads themselves are looked for.
   */
  async candidates(options: Cancel): Promise<readonly number[]> {
    const claimed = await this.epochs(options);
    return claimed.length > 0 ? claimed : this.listed(options);
  }

  /** Epochs of the heads that stand in the storage, highest first. */
  async listed(options: Cancel): Promise<number[]> {
    // A storage may repeat or invent names for ever: they take no room, and whoever waits can give up.
    const epochs = new Set<number>();
    const slices = new Slices('Listing the heads', options.signal);
    for await (const id of this.#heads.list(options)) {
      await slices.pause();
      const epoch = epochOfHeadId(this.#keys, id);
      if (epoch !== undefined) epochs.add(epoch);
    }
    return [...epochs].sort((a, b) => b - a);
  }

  headId(epoch: number): ObjectId {
    return headIdOfEpoch(this.#keys, epoch);
  }

  name(epoch: number): ObjectId {
    return claimName(this.#keys, epoch);
  }
}
