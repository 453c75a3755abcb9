import { pack } from '../../codec/compression.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import { KeyHashes } from '../../codec/key-filter.js';
import type { ObjectId } from '../../format/ids.js';
import { RUN_TARGET_BLOCKS, RUN_TARGET_SIZE } from '../../format/limits.js';
import type { ObjectWriter } from '../../object/object-writer.js';
import { writeKey } from '../records/key.js';
import type { RunRef } from '../records/run.js';
import { type BlockRef, encodeRunIndex, extentsOf, type FilterRef } from '../records/run-index.js';
import { objectsIn, sizeOf } from './extents.js';

/** A filter is for about as many keys, so that a lookup in a large run reads a small part of what it knows of keys. */
const FILTER_KEYS = 65_536;
/**
 * Up to so many blocks a run has no filter. They are soon merged into a larger one, and whoever looks for keys that are missing keeps
 * so few; to make filters takes a third of the time of encoding them.
 */
const FEW_BLOCKS = 64;
/** Filters are as good as random: there is nothing to be packed. */
const STORED = 0;

/** The most that a reference to a block takes besides its keys and the segments it stands in, and each segment. */
const REF_SIZE = 24;
const SEGMENT_SIZE = 45;

/**
 * How large a run should get. Its index is read as a whole, and of one record no reader takes more than so many items. `bytes`: of
 * the index before packing.
 */
export const RUN_BOUND = { blocks: RUN_TARGET_BLOCKS, bytes: RUN_TARGET_SIZE };

/** What was written of a run, and where. */
export interface EndedRun extends Pick<RunRef, 'firstKey' | 'lastKey' | 'count' | 'plainLength' | 'index'> {
  readonly objects: readonly ObjectId[];
  readonly bytes: number;
}

/** A run that is being written: where its blocks are, and filters behind them. */
export class OpenRun {
  readonly #objects: ObjectWriter;
  readonly #blocks: BlockRef[] = [];
  readonly #filters: FilterRef[] = [];
  /** The keys of blocks that are not hashed yet. */
  readonly #unhashed: (readonly CanonicalKey[])[] = [];
  #hashes = new KeyHashes();
  #hashed = 0;
  /** Blocks that are in a filter. */
  #filtered = 0;
  #bytes = 0;

  constructor(objects: ObjectWriter) {
    this.#objects = objects;
  }

  get isEmpty(): boolean {
    return this.#blocks.length === 0;
  }

  /**
   * Whether a block that begins with this key should begin a further run. Versions of one key stay in one run, up to twice what a
   * run should have.
   */
  endsBefore(key: CanonicalKey): boolean {
    const { blocks, bytes } = RUN_BOUND;
    const full = Math.max(this.#blocks.length / blocks, this.#bytes / bytes);
    return full >= 2 || (full >= 1 && this.#blocks.at(-1)?.lastKey !== key);
  }

  async add(block: BlockRef, keys: readonly CanonicalKey[]): Promise<void> {
    this.#blocks.push(block);
    this.#bytes += sizeOfRef(block);
    this.#unhashed.push(keys);
    // Two for each that comes, so that nobody waits for all of them at once.
    if (this.#blocks.length > FEW_BLOCKS) await this.#hash(2);
  }

  /** Ends a run of one block or more. */
  async end(): Promise<EndedRun> {
    const blocks = this.#blocks;
    if (blocks.length > FEW_BLOCKS) await this.#hash(blocks.length);
    if (this.#filtered < this.#hashed) await this.#filter();
    const filters = this.#filters;
    const packed = pack(encodeRunIndex({ blocks, filters }));
    const index = await this.#objects.write(packed.codec, packed.bytes);
    const extents = [index, ...extentsOf({ blocks, filters })];
    const [first, last] = [blocks[0], blocks.at(-1)] as [BlockRef, BlockRef];
    return {
      firstKey: first.firstKey,
      lastKey: last.lastKey,
      count: blocks.reduce((sum, { count }) => sum + count, 0),
      plainLength: blocks.reduce((sum, { plainLength }) => sum + plainLength, 0),
      index,
      objects: objectsIn(extents),
      bytes: sizeOf(extents),
    };
  }

  async #hash(most: number): Promise<void> {
    for (const keys of this.#unhashed.splice(0, most)) {
      for (const key of keys) this.#hashes.add(key);
      this.#hashed += 1;
      if (this.#hashes.count >= FILTER_KEYS) await this.#filter();
    }
  }

  /** Writes a filter for the blocks that were hashed and are in none. */
  async #filter(): Promise<void> {
    const filter = this.#hashes.toFilter();
    const extent = await this.#objects.write(STORED, filter);
    this.#filters.push({ blocks: this.#hashed - this.#filtered, length: filter.length, extent });
    this.#filtered = this.#hashed;
    this.#hashes = new KeyHashes();
  }
}

function sizeOfRef({ firstKey, lastKey, extent }: BlockRef): number {
  const keys = [firstKey, lastKey].reduce<number>((sum, key) => sum + writeKey(key).length, 0);
  return REF_SIZE + keys + SEGMENT_SIZE * extent.segments.length;
}
