import { randomBytes } from 'node:crypto';
import { prescan } from '../../../packages/core/dist/codec/prescan.js';
import { decodeRunIndex, encodeRunIndex } from '../../../packages/core/dist/tree/records/run-index.js';
import { RUN_BOUND } from '../../../packages/core/dist/tree/write/open-run.js';
import { heapMb } from '../grow.js';
import { number } from './limit.js';

/** Items that a reader takes: see the limits of the format. The bound is looked for with fewer, as a long index takes long. */
const MAX_ITEMS = 2 ** 24;
const FEWER_ITEMS = 2 ** 18;
/** One for the list of a block, four in it, three for its extent and the list of its segments, four for a segment. */
const BLOCK_ITEMS = 12;
/** The record itself, its list of blocks and that of filters. */
const LISTS = 3;

/**
 * What the index of a run takes for each of its blocks, and with how many it is still readable.
 *
 * @param {number} blocks
 * @returns {Promise<import('./limit.js').Finding[]>}
 */
export async function runIndexes(blocks) {
  const some = encodeRunIndex({ blocks: refs(blocks), filters: [] });
  const before = heapMb();
  const decoded = decodeRunIndex(some);
  const heap = ((heapMb() - before) * 1e6) / blocks;
  if (decoded.blocks.length !== blocks) throw new Error('A run index comes back otherwise.');
  const fewer = Math.floor((FEWER_ITEMS - LISTS) / BLOCK_ITEMS);
  if (!isReadable(fewer) || isReadable(fewer + 1))
    throw new Error('The most blocks of a run are not as many as thought.');
  const most = Math.floor((MAX_ITEMS - LISTS) / BLOCK_ITEMS);
  return [
    {
      what: 'Blocks of a run',
      measured:
        `${number(some.length / blocks)} bytes in its index for each, ${number(heap)} of heap once it is read, and ${BLOCK_ITEMS} ` +
        'of the items that a reader takes of one record',
      limit:
        `${number(most)} blocks (calculated); writers begin a further run with the next key after ${number(RUN_BOUND.blocks)} blocks, or ` +
        `${number(RUN_BOUND.bytes / 2 ** 20)} MiB of index`,
      where: 'tree/write/open-run.ts, RUN_BOUND; codec/prescan.ts, DEFAULT_MAX_ITEMS',
    },
  ];
}

/** @param {number} count */
function isReadable(count) {
  const [ref] = refs(1);
  const encoded = encodeRunIndex({ blocks: new Array(count).fill(ref), filters: [] });
  try {
    // The first thing that a reader does with it, and the one that has a bound.
    prescan(encoded, { maxItems: FEWER_ITEMS });
    return true;
  } catch {
    return false;
  }
}

/** @param {number} count @returns {any[]} */
function refs(count) {
  return Array.from({ length: count }, (_, i) => {
    const segment = { object: randomBytes(32).toString('hex'), offset: i * 1000, length: 60_000 };
    const extent = { codec: 1, segments: [segment] };
    return { firstKey: i * 1000, lastKey: i * 1000 + 999, count: 1000, plainLength: 100_000, extent };
  });
}
