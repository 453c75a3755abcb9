/** Flags of Node with which packages are what they were compiled from: modules that others reach into. */
export const UNBUNDLED = ['--conditions=unbundled'];

/** What a lookup asked of the blocks of a tree. */
export class BlockCounts {
  /** Blocks looked into, kept in memory or not. */
  visits = 0;
  /** Of these the ones that had to be read and decoded. */
  decoded = 0;
}

/**
 * Counts from now on, in all trees of this process, which runs with `UNBUNDLED`. Reaches into the package, past what it
 * exports: which blocks a lookup looks into shows nowhere outside, since most of them are kept.
 */
export async function countBlocks() {
  const { BlockStore } = await import('../../packages/core/dist/tree/read/block-store.js');
  const counts = new BlockCounts();
  const { block, scan } = BlockStore.prototype;
  BlockStore.prototype.block = function (/** @type {Parameters<typeof block>[0]} */ ref) {
    counts.visits += 1;
    return block.call(this, ref);
  };
  // Only `block` and scans of whole fields come here, and lookups do not scan.
  BlockStore.prototype.scan = function (/** @type {Parameters<typeof scan>[0]} */ ref) {
    counts.decoded += 1;
    return scan.call(this, ref);
  };
  return counts;
}
