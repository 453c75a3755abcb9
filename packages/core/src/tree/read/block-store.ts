import { openBlock } from '../../codec/block.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import { KeyFilter } from '../../codec/key-filter.js';
import type { OpenColumn } from '../../codec/open-column.js';
import { InfinitreeError } from '../../errors.js';
import { admitLoaded } from '../../fields/values.js';
import type { ObjectReader } from '../../object/object-reader.js';
import type { RunRef } from '../records/run.js';
import { type BlockRef, decodeRunIndex, type FilterRef, type RunIndex } from '../records/run-index.js';
import type { AtHand } from './at-hand.js';

/** A decoded block: entries in key order, versions of one key newest first. */
export interface LoadedBlock {
  readonly keys: readonly CanonicalKey[];
  /** In the form in which fields hold values; put together when they are asked for. */
  readonly values: OpenColumn;
  readonly kinds: ArrayLike<number> | undefined;
  readonly sequences: ArrayLike<number> | undefined;
}

/** What a decoded block costs in memory, as a multiple of its encoding. A guess that errs on the high side. */
const DECODED_FACTOR = 4;

/** What is kept until others were used since that take the room. */
interface Kept {
  value: AtHand<LoadedBlock | KeyFilter>;
  readonly cost: number;
}

/** Reads blocks, filters and indexes of runs, and keeps the blocks and filters used last within a budget. */
export class BlockStore {
  readonly #reader: ObjectReader;
  readonly #budget: number;
  readonly #indexes = new WeakMap<RunRef, AtHand<RunIndex>>();
  readonly #kept = new Map<BlockRef | FilterRef, Kept>();
  #used = 0;

  /** `budget`: bytes of decoded blocks and filters to keep. */
  constructor(reader: ObjectReader, budget: number) {
    this.#reader = reader;
    this.#budget = budget;
  }

  /** How many blocks are worth fetching at once. */
  get atOnce(): number {
    return this.#reader.atOnce;
  }

  /** The blocks of a run, in key order. */
  async blocks(run: RunRef): Promise<readonly BlockRef[]> {
    return (await this.index(run)).blocks;
  }

  /** What a run consists of. */
  index(run: RunRef): AtHand<RunIndex> {
    const known = this.#indexes.get(run);
    if (known !== undefined) return known;
    const index = this.#reader.read(run.index).then(decodeRunIndex);
    this.#indexes.set(run, index);
    index.then(
      (value) => this.#indexes.set(run, value),
      () => this.#indexes.delete(run),
    );
    return index;
  }

  /** A block for one of several reads to come: it is kept. Fetched once for all who ask at the same time. */
  block(ref: BlockRef): AtHand<LoadedBlock> {
    return this.#keep(ref, ref.plainLength * DECODED_FACTOR, () => this.scan(ref));
  }

  /** Says which keys may be in some blocks of a run. Kept as blocks are. */
  filter(ref: FilterRef): AtHand<KeyFilter> {
    return this.#keep(ref, ref.length, async () => new KeyFilter(await this.#reader.read(ref.extent, ref.length)));
  }

  /** A block that is read once, as scans do: taken from what is kept, but not kept itself. */
  async scan(ref: BlockRef): Promise<LoadedBlock> {
    return (await this.fetch(ref))();
  }

  /**
   * The same in two steps, for who fetches several before their turn: what is decoded before it is looked at outlives the
   * engine's collections of young garbage.
   */
  async fetch(ref: BlockRef): Promise<() => LoadedBlock> {
    const kept = this.#kept.get(ref);
    if (kept !== undefined) {
      const block = (await kept.value) as LoadedBlock;
      return () => block;
    }
    const bytes = await this.#reader.read(ref.extent, ref.plainLength);
    return () => decoded(bytes, ref.count);
  }

  #keep<T extends LoadedBlock | KeyFilter>(ref: BlockRef | FilterRef, cost: number, read: () => Promise<T>): AtHand<T> {
    const known = this.#kept.get(ref);
    if (known !== undefined) {
      this.#kept.delete(ref);
      this.#kept.set(ref, known);
      return known.value as AtHand<T>;
    }
    const value = read();
    const kept: Kept = { value, cost };
    this.#kept.set(ref, kept);
    this.#used += cost;
    value.then(
      (found) => {
        kept.value = found;
      },
      () => this.#drop(ref),
    );
    for (const oldest of this.#kept.keys()) {
      if (this.#used <= this.#budget || oldest === ref) break;
      this.#drop(oldest);
    }
    return value;
  }

  #drop(ref: BlockRef | FilterRef): void {
    const kept = this.#kept.get(ref);
    if (kept === undefined) return;
    this.#kept.delete(ref);
    this.#used -= kept.cost;
  }
}

function decoded(bytes: Uint8Array, count: number): LoadedBlock {
  const { keys, values, kinds, sequences, plain } = openBlock(bytes);
  if (keys.length !== count) {
    throw new InfinitreeError('CORRUPT', `A block has ${keys.length} entries instead of ${count}.`);
  }
  return { keys, values: plain ? values : admitted(values), kinds, sequences };
}

function admitted(values: OpenColumn): OpenColumn {
  return {
    at: (index) => admitLoaded(values.at(index), false),
    all: () => values.all().map((value) => admitLoaded(value, false)),
  };
}
