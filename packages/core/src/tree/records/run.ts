import type { CanonicalKey } from '../../codec/index-key.js';
import type { Extent } from '../../format/extent.js';
import { readExtent, writeExtent } from './extent.js';
import { readKey, writeKey } from './key.js';
import { flag, integer, list, maybe } from './shape.js';

/** A sorted run of entries of one field that stands in index objects. */
export interface RunRef {
  readonly firstKey: CanonicalKey;
  readonly lastKey: CanonicalKey;
  readonly count: number;
  /** The commits whose entries it holds, from first to last. */
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** Whether entries carry their commit's sequence; where they do not, all belong to `firstSequence`. */
  readonly sequenced: boolean;
  /** Whether it holds one version of each key. */
  readonly isUnique: boolean;
  /** Bytes of all its blocks before packing. */
  readonly plainLength: number;
  /** What it consists of. */
  readonly index: Extent;
  /**
   * Where this is history: who reads up to this commit, or a later one, finds something newer of every key, or that it is
   * gone. Undefined in runs that every read looks at.
   */
  readonly shadowedBy: number | undefined;
}

export function writeRun(run: RunRef): unknown {
  return [
    writeKey(run.firstKey),
    writeKey(run.lastKey),
    run.count,
    run.firstSequence,
    run.lastSequence,
    run.sequenced,
    run.isUnique,
    run.plainLength,
    writeExtent(run.index),
    run.shadowedBy ?? null,
  ];
}

export function readRun(value: unknown): RunRef {
  const [firstKey, lastKey, count, firstSequence, lastSequence, sequenced, isUnique, plainLength, index, shadowedBy] =
    list(value, 10);
  return {
    firstKey: readKey(firstKey),
    lastKey: readKey(lastKey),
    count: integer(count),
    firstSequence: integer(firstSequence),
    lastSequence: integer(lastSequence),
    sequenced: flag(sequenced),
    isUnique: flag(isUnique),
    plainLength: integer(plainLength),
    index: readExtent(index),
    shadowedBy: maybe(shadowedBy, integer),
  };
}
