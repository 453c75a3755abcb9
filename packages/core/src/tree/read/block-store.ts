import { decodeBlock } from '../../codec/block.js';
import { decodeCbor } from '../../codec/cbor.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import { InfinitreeError } from '../../errors.js';
import { admitLoaded } from '../../fields/values.js';
import type { ObjectReader } from '../../object/object-reader.js';
import { type BlockRef, type RunRef, readBlocks } from '../records/run.js';

/** A decoded block: entries in key order, versions of one key newest first. */
export interface LoadedBlock {
  readonly keys: readonly CanonicalKey[];
  /** In the form in which fields hold values. */
  readonly values: readonly unknown[];
  readonly kinds: ArrayLike<number> | undefined;
  readonly sequences: ArrayLike<number> | undefined;
}

/** What a decoded block costs in memory, as a multiple of its encoding. A guess that errs on the high side. */
const DECODED_FACTOR = 4;

/** Reads blocks and block lists of runs, and keeps the blocks used last within a budget. */
export class BlockStore {
  readonly #reader: ObjectReader;
  readonly #budget: number;
  readonly #indexes = new WeakMap<RunRef, Promise<readonly BlockRef[]>>();
  readonly #blocks = new Map<BlockRef, { readonly block: Promise<LoadedBlock>; readonly cost: number }>();
  #used = 0;

  /** `budget`: bytes of decoded blocks to keep. */
  constructor(reader: ObjectReader, budget: number) {
    this.#reader = reader;
    this.#budget = budget;
  }

  /** How many blocks are worth fetching at once. */
  get atOnce(): number {
    return this.#reader.atOnce;
  }

  /** The blocks of a run, in key order. */
  blocks(run: RunRef): Promise<readonly BlockRef[]> {
    let blocks = this.#indexes.get(run);
    if (blocks === undefined) {
      blocks = this.#reader.read(run.index).then((payload) => readBlocks(decodeCbor(payload)));
      this.#indexes.set(run, blocks);
      blocks.catch(() => this.#indexes.delete(run));
    }
    return blocks;
  }

  /** A block for one of several reads to come: it is kept. Fetched once for all who ask at the same time. */
  block(ref: BlockRef): Promise<LoadedBlock> {
    const kept = this.#blocks.get(ref);
    if (kept !== undefined) {
      this.#blocks.delete(ref);
      this.#blocks.set(ref, kept);
      return kept.block;
    }
    const cost = ref.plainLength * DECODED_FACTOR;
    const block = this.scan(ref);
    this.#blocks.set(ref, { block, cost });
    this.#used += cost;
    block.catch(() => this.#drop(ref));
    for (const oldest of this.#blocks.keys()) {
      if (this.#used <= this.#budget || oldest === ref) break;
      this.#drop(oldest);
    }
    return block;
  }

  /** A block that is read once, as scans do: taken from what is kept, but not kept itself. */
  async scan(ref: BlockRef): Promise<LoadedBlock> {
    const kept = this.#blocks.get(ref);
    if (kept !== undefined) return kept.block;
    const { keys, values, kinds, sequences, plain } = decodeBlock(await this.#reader.read(ref.extent, ref.plainLength));
    if (keys.length !== ref.count) {
      throw new InfinitreeError('CORRUPT', `A block has ${keys.length} entries instead of ${ref.count}.`);
    }
    return { keys, values: plain ? values : values.map((value) => admitLoaded(value, false)), kinds, sequences };
  }

  #drop(ref: BlockRef): void {
    const kept = this.#blocks.get(ref);
    if (kept === undefined) return;
    this.#blocks.delete(ref);
    this.#used -= kept.cost;
  }
}
