import { pack } from '../../codec/compression.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import { KeyHashes } from '../../codec/key-filter.js';
import type { ObjectWriter } from '../../object/object-writer.js';
import type { PlacedRun, RunRef } from '../records/run.js';
import { type BlockRef, encodeRunIndex, extentsOf, type FilterRef } from '../records/run-index.js';
import type { EncodedBlock } from './block-plan.js';
import { objectsIn, sizeOf } from './extents.js';

/** A filter is for about as many keys, so that a lookup in a large run reads a small part of what it knows of keys. */
const FILTER_KEYS = 65_536;
/** Filters are as good as random: there is nothing to be packed. */
const STORED = 0;

/** Which commits a run holds entries of. */
export type RunSpan = Pick<RunRef, 'firstSequence' | 'lastSequence' | 'sequenced' | 'isUnique' | 'shadowedBy'>;

/** Writes the blocks of a run into objects, in key order, with filters behind them, and at last where all of that is. */
export class RunWriter {
  readonly #objects: ObjectWriter;
  readonly #blocks: BlockRef[] = [];
  readonly #filters: FilterRef[] = [];
  #hashes = new KeyHashes();
  /** Blocks that are in a filter. */
  #filtered = 0;

  constructor(objects: ObjectWriter) {
    this.#objects = objects;
  }

  async add(block: EncodedBlock): Promise<void> {
    const { firstKey, lastKey, count, bytes, keys } = block;
    const packed = pack(bytes);
    const extent = await this.#objects.write(packed.codec, packed.bytes);
    await this.keep({ firstKey, lastKey, count, plainLength: bytes.length, extent }, keys);
  }

  /** Takes a block over that stands in objects already. */
  async keep(block: BlockRef, keys: readonly CanonicalKey[]): Promise<void> {
    this.#blocks.push(block);
    for (const key of keys) this.#hashes.add(key);
    if (this.#hashes.count >= FILTER_KEYS) await this.#filter();
  }

  /** The finished run, of one block or more. Nothing may refer to it before the objects were flushed. */
  async finish({ firstSequence, lastSequence, sequenced, isUnique, shadowedBy }: RunSpan): Promise<RunRef> {
    const blocks = this.#blocks;
    // To look into a single block takes no more than to look into its filter.
    if (blocks.length > 1 && this.#filtered < blocks.length) await this.#filter();
    const packed = pack(encodeRunIndex({ blocks, filters: this.#filters }));
    const index = await this.#objects.write(packed.codec, packed.bytes);
    const [first, last] = [blocks[0], blocks.at(-1)] as [BlockRef, BlockRef];
    return {
      firstKey: first.firstKey,
      lastKey: last.lastKey,
      count: blocks.reduce((sum, { count }) => sum + count, 0),
      firstSequence,
      lastSequence,
      sequenced,
      isUnique,
      plainLength: blocks.reduce((sum, { plainLength }) => sum + plainLength, 0),
      index,
      shadowedBy,
    };
  }

  /** The finished run, and where it is. */
  async placed(span: RunSpan): Promise<PlacedRun> {
    const run = await this.finish(span);
    const extents = [run.index, ...extentsOf({ blocks: this.#blocks, filters: this.#filters })];
    return { run, objects: objectsIn(extents), bytes: sizeOf(extents) };
  }

  /** Writes a filter for the blocks that are in none. */
  async #filter(): Promise<void> {
    const filter = this.#hashes.toFilter();
    const extent = await this.#objects.write(STORED, filter);
    this.#filters.push({ blocks: this.#blocks.length - this.#filtered, length: filter.length, extent });
    this.#filtered = this.#blocks.length;
    this.#hashes = new KeyHashes();
  }
}
