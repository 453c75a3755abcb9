import { sameBytes } from '../../bytes/compare.js';
import type { Block } from '../../codec/block.js';
import { compareCanonical } from '../../codec/key-order.js';
import type { FieldBase } from '../records/checkpoint.js';
import type { CommitRecord } from '../records/commit.js';
import type { BlockRef, RunRef } from '../records/run.js';
import { malformed } from '../records/shape.js';

/** What `docs/format/records.md` says of records beyond their types. Reading relies on it and does not look. */

export function checkFields(fields: readonly FieldBase[], last: number): void {
  for (const [i, { field, clears, runs }] of fields.entries()) {
    const before = fields[i - 1]?.field;
    const order =
      before === undefined
        ? -1
        : compareCanonical(before.name, field.name) || compareCanonical(before.type, field.type);
    if (order >= 0) throw malformed('the fields are not in order');
    if (clears.some((sequence, at) => sequence <= (clears[at - 1] ?? 0) || sequence > last)) {
      throw malformed('the clears of a field are not in order');
    }
    const isWithin = ({ firstSequence, lastSequence }: RunRef) =>
      firstSequence > 0 && firstSequence <= lastSequence && lastSequence <= last;
    if (!runs.every(isWithin)) throw malformed('a run is of commits that there are not');
  }
}

/** A commit and its parent. `newer` is undefined for the newest commit, `record` where there should be one. */
export function checkChain(newer: CommitRecord | undefined, record: CommitRecord | undefined): void {
  if (newer === undefined) return;
  const { parent, sequence, time } = newer;
  const follows = record !== undefined && parent !== undefined && sameBytes(parent, record.id);
  if (!follows || record.sequence !== sequence - 1 || record.time > time) {
    throw malformed(`commit ${sequence} does not follow the one before it`);
  }
}

export function checkRun(run: RunRef, blocks: readonly BlockRef[]): void {
  const count = blocks.reduce((sum, block) => sum + block.count, 0);
  const plainLength = blocks.reduce((sum, block) => sum + block.plainLength, 0);
  if (count !== run.count || plainLength !== run.plainLength) {
    throw malformed(`a run has ${count} entries in its blocks instead of ${run.count}`);
  }
  if (blocks[0]?.firstKey !== run.firstKey || blocks.at(-1)?.lastKey !== run.lastKey) {
    throw malformed('a run does not begin and end with its blocks');
  }
  for (const [i, { firstKey, lastKey }] of blocks.entries()) {
    const before = blocks[i - 1]?.lastKey;
    const gap = before === undefined ? -1 : compareCanonical(before, firstKey);
    // Versions of one key may go on in the next block.
    if (compareCanonical(firstKey, lastKey) > 0 || gap > 0 || (gap === 0 && !run.sequenced)) {
      throw malformed('the blocks of a run are not in order');
    }
  }
}

/** Keys within a block are in order, or it would not have been decoded. */
export function checkBlock(run: RunRef, ref: BlockRef, block: Block, plainLength: number): void {
  const { keys, sequences } = block;
  if (keys.length !== ref.count || plainLength !== ref.plainLength) {
    throw malformed(`a block has ${keys.length} entries instead of ${ref.count}`);
  }
  if (keys[0] !== ref.firstKey || keys.at(-1) !== ref.lastKey) {
    throw malformed('a block does not begin and end as its run says');
  }
  if ((sequences !== undefined) !== run.sequenced) throw malformed('a block has sequences where its run has none');
  const isOutside = (sequence: number) => sequence < run.firstSequence || sequence > run.lastSequence;
  if (sequences?.some(isOutside) === true) throw malformed('an entry is of a commit outside of its run');
}
