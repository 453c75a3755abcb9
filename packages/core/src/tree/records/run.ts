import type { CanonicalKey } from '../../codec/index-key.js';
import type { Extent } from '../../format/extent.js';
import { idBytes } from '../../format/id-bytes.js';
import type { ObjectId } from '../../format/ids.js';
import { readExtent, writeExtent } from './extent.js';
import { readKey, writeKey } from './key.js';
import { flag, id, integer, list, maybe } from './shape.js';

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

/** A run together with the index objects that it stands in, and how much of them it takes. */
export interface PlacedRun {
  readonly run: RunRef;
  readonly objects: readonly ObjectId[];
  readonly bytes: number;
}

export function writePlacedRun({ run, objects, bytes }: PlacedRun): unknown {
  return [writeRun(run), objects.map(idBytes), bytes];
}

export function readPlacedRun(value: unknown): PlacedRun {
  const [run, objects, bytes] = list(value, 3);
  return { run: readRun(run), objects: list(objects).map(id), bytes: integer(bytes) };
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
