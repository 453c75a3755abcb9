import { sameBytes } from '../../bytes/compare.js';
import type { Block } from '../../codec/block.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import type { KeyFilter } from '../../codec/key-filter.js';
import { compareCanonical } from '../../codec/key-order.js';
import type { Extent } from '../../format/extent.js';
import type { ObjectId } from '../../format/ids.js';
import type { Base, FieldBase } from '../records/base.js';
import type { CommitRecord } from '../records/commit.js';
import { type LogRef, nameOfPack, type Pack, type PackedRun } from '../records/pack.js';
import type { RunRef } from '../records/run.js';
import type { BlockRef } from '../records/run-index.js';
import { malformed } from '../records/shape.js';
import { objectsIn } from '../write/extents.js';

/** What `docs/format/records.md` says of records beyond their types. Reading relies on it and does not look. */

export function checkFields(fields: readonly FieldBase[], last: number): void {
  for (const [i, { field, clears }] of fields.entries()) {
    const before = fields[i - 1]?.field;
    const order =
      before === undefined
        ? -1
        : compareCanonical(before.name, field.name) || compareCanonical(before.type, field.type);
    if (order >= 0) throw malformed('the fields are not in order');
    if (clears.some((sequence, at) => sequence <= (clears[at - 1] ?? 0) || sequence > last)) {
      throw malformed('the clears of a field are not in order');
    }
  }
}

/** `last`: the newest commit. */
export function checkPacks({ packs, isYoung }: Base, last: number): void {
  if (isYoung && packs.length === 0) throw malformed('there is no young pack');
  const names = packs.map(nameOfPack);
  if (new Set(names).size < names.length) throw malformed('two packs are the same');
  for (const pack of packs) checkPack(pack, last);
}

function checkPack({ objects, runs, log }: Pack, last: number): void {
  const isWithin = ({ firstSequence, lastSequence }: Pick<RunRef, 'firstSequence' | 'lastSequence'>) =>
    firstSequence > 0 && firstSequence <= lastSequence && lastSequence <= last;
  if (!runs.every(({ run }) => isWithin(run))) throw malformed('a run is of commits that there are not');
  if (!log.every(isWithin)) throw malformed('a node of the log is of commits that there are not');
  const isShadowed = ({ run: { shadowedBy, lastSequence } }: PackedRun) =>
    shadowedBy === undefined || (shadowedBy >= lastSequence && shadowedBy <= last);
  if (!runs.every(isShadowed)) throw malformed('a run is shadowed by a commit that there is not');
  checkObjects(
    objects,
    log.map(({ extent }) => extent),
  );
}

/** That what is in a pack stands in its objects: with these it goes. */
export function checkObjects(objects: readonly ObjectId[], extents: readonly Extent[]): void {
  if (objectsIn(extents).some((object) => !objects.includes(object))) {
    throw malformed('something stands in an object that its pack does not name');
  }
}

/** All nodes of the log, the newest first. The oldest commits may be lost. */
export function checkLog(nodes: readonly LogRef[], last: CommitRecord | undefined): void {
  for (const [i, { lastSequence }] of nodes.entries()) {
    const newer = nodes[i - 1];
    const expected = newer === undefined ? (last?.sequence ?? 0) : newer.firstSequence - 1;
    if (lastSequence !== expected) throw malformed('the log has a gap');
  }
}

export function checkNode({ firstSequence, lastSequence }: LogRef, commits: readonly CommitRecord[]): void {
  if (commits[0]?.sequence !== firstSequence || commits.at(-1)?.sequence !== lastSequence) {
    throw malformed('a node of the log does not begin and end with its commits');
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
    if (compareCanonical(firstKey, lastKey) > 0 || gap > 0 || (gap === 0 && run.isUnique)) {
      throw malformed('the blocks of a run are not in order');
    }
  }
}

/** A key that a filter does not let pass is not found where it is. */
export function checkFilter(filter: KeyFilter, keys: readonly CanonicalKey[]): void {
  if (!keys.every((key) => filter.mayHold(key))) throw malformed('a filter does not know a key of its blocks');
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
  if (run.isUnique && keys.some((key, i) => i > 0 && key === keys[i - 1])) throw malformed('a run has a key twice');
  if ((sequences !== undefined) !== run.sequenced) throw malformed('a block has sequences where its run has none');
  const isOutside = (sequence: number) => sequence < run.firstSequence || sequence > run.lastSequence;
  if (sequences?.some(isOutside) === true) throw malformed('an entry is of a commit outside of its run');
}
