import { decodeCbor, encodeCbor } from '../../codec/cbor.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import { DEFAULT_MAX_ITEMS } from '../../codec/prescan.js';
import { InfinitreeError } from '../../errors.js';
import type { Extent } from '../../format/extent.js';
import { readExtent, writeExtent } from './extent.js';
import { readKey, writeKey } from './key.js';
import { integer, list, malformed } from './shape.js';

/** Where a block of a run is and what it spans. */
export interface BlockRef {
  readonly firstKey: CanonicalKey;
  readonly lastKey: CanonicalKey;
  readonly count: number;
  /** Length of the block before packing. */
  readonly plainLength: number;
  readonly extent: Extent;
}

/** Where a filter of keys is, and for how many blocks it is. */
export interface FilterRef {
  readonly blocks: number;
  /** Length of the filter. */
  readonly length: number;
  readonly extent: Extent;
}

/** What a run consists of. */
export interface RunIndex {
  /** In key order. */
  readonly blocks: readonly BlockRef[];
  /** For the first blocks, the next ones, and so on; a run may have none. */
  readonly filters: readonly FilterRef[];
}

/** Items of CBOR around all, in what is said of a block or a filter besides its segments, and in each of these. */
const ITEMS = { lists: 3, block: 8, filter: 6, segment: 4 } as const;

/** Throws `UNSUPPORTED` for one that nobody could read; writers of runs end them long before. */
export function encodeRunIndex({ blocks, filters }: RunIndex): Uint8Array {
  if (itemsOf({ blocks, filters }) > DEFAULT_MAX_ITEMS) {
    throw new InfinitreeError(
      'UNSUPPORTED',
      `A run of ${blocks.length} blocks would have an index of more than the ${DEFAULT_MAX_ITEMS} items that are read of one.`,
    );
  }
  return encodeCbor([
    blocks.map(({ firstKey, lastKey, count, plainLength, extent }) => [
      writeKey(firstKey),
      writeKey(lastKey),
      count,
      plainLength,
      writeExtent(extent),
    ]),
    filters.map(({ blocks: some, length, extent }) => [some, length, writeExtent(extent)]),
  ]);
}

export function decodeRunIndex(payload: Uint8Array): RunIndex {
  const [blocks, filters] = list(decodeCbor(payload), 2);
  const index = { blocks: list(blocks).map(readBlock), filters: list(filters).map(readFilter) };
  const filtered = index.filters.reduce((sum, filter) => sum + filter.blocks, 0);
  if (index.filters.length > 0 && filtered !== index.blocks.length) {
    throw malformed('the filters of a run are not for all of its blocks');
  }
  return index;
}

function itemsOf(index: RunIndex): number {
  const segments = extentsOf(index).reduce((sum, extent) => sum + extent.segments.length, 0);
  const { blocks, filters } = index;
  return ITEMS.lists + blocks.length * ITEMS.block + filters.length * ITEMS.filter + segments * ITEMS.segment;
}

/** Everything that a run consists of, its index left out. */
export function extentsOf({ blocks, filters }: RunIndex): Extent[] {
  return [...blocks, ...filters].map(({ extent }) => extent);
}

/** The filter for a block, by its place among the blocks; undefined in a run that has none. */
export function filterOf({ filters }: RunIndex, block: number): FilterRef | undefined {
  let end = 0;
  return filters.find(({ blocks }) => (end += blocks) > block);
}

function readBlock(value: unknown): BlockRef {
  const [firstKey, lastKey, count, plainLength, extent] = list(value, 5);
  return {
    firstKey: readKey(firstKey),
    lastKey: readKey(lastKey),
    count: integer(count),
    plainLength: integer(plainLength),
    extent: readExtent(extent),
  };
}

function readFilter(value: unknown): FilterRef {
  const [blocks, length, extent] = list(value, 3);
  return { blocks: integer(blocks), length: integer(length), extent: readExtent(extent) };
}
