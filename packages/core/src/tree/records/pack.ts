import type { Extent } from '../../format/extent.js';
import { idBytes } from '../../format/id-bytes.js';
import type { ObjectId } from '../../format/ids.js';
import type { CommitBody, FieldIdentity } from './commit.js';
import { readExtent, writeExtent } from './extent.js';
import { type RunRef, readRun, writeRun } from './run.js';
import { id, integer, list, malformed } from './shape.js';

/** A run, and of which field it is. */
export interface PackedRun {
  readonly field: FieldIdentity;
  readonly run: RunRef;
}

/** Where a node of the log is, and which commits are in it. */
export interface LogRef {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly extent: Extent;
}

/** What was written at once: runs, nodes of the log, and the index objects that they stand in. */
export interface Pack {
  /** An object goes when no pack names it any more. */
  readonly objects: readonly ObjectId[];
  /** How much of these objects is used. */
  readonly bytes: number;
  readonly runs: readonly PackedRun[];
  /** In the order of commits. */
  readonly log: readonly LogRef[];
}

/** The runs that one commit has put into objects, as a pack; undefined where there is none. Commits may share objects. */
export function packOf({ changes }: CommitBody): Pack | undefined {
  const placed = changes.flatMap(({ field, run }) => (run === undefined ? [] : [{ field, ...run }]));
  if (placed.length === 0) return undefined;
  return {
    objects: [...new Set(placed.flatMap(({ objects }) => objects))],
    bytes: placed.reduce((sum, { bytes }) => sum + bytes, 0),
    runs: placed.map(({ field, run }) => ({ field, run })),
    log: [],
  };
}

/** Tells a pack from all others, wherever it was read from: nothing else has anything at one of its places. */
export function nameOfPack({ runs, log }: Pack): string {
  const extents = [...runs.map(({ run }) => run.index), ...log.map(({ extent }) => extent)];
  const segments = extents.flatMap((extent) => extent.segments.slice(0, 1));
  return segments.map(({ object, offset }) => `${object} ${offset}`).join();
}

/** Whether nothing is left in it that would be read. */
export function isEmpty({ runs, log }: Pack): boolean {
  return runs.length === 0 && log.length === 0;
}

/** `place`: where a field stands in the base. */
export function writePack({ objects, bytes, runs, log }: Pack, place: (field: FieldIdentity) => number): unknown {
  return [
    objects.map(idBytes),
    bytes,
    runs.map(({ field, run }) => [place(field), writeRun(run)]),
    log.map(({ firstSequence, lastSequence, extent }) => [firstSequence, lastSequence, writeExtent(extent)]),
  ];
}

export function readPack(value: unknown, fields: readonly FieldIdentity[]): Pack {
  const [objects, bytes, runs, log] = list(value, 4);
  return {
    objects: list(objects).map(id),
    bytes: integer(bytes),
    runs: list(runs).map((entry) => {
      const [place, run] = list(entry, 2);
      const field = fields[integer(place)];
      if (field === undefined) throw malformed('a run is of a field that there is not');
      return { field, run: readRun(run) };
    }),
    log: list(log).map((entry) => {
      const [firstSequence, lastSequence, extent] = list(entry, 3);
      return {
        firstSequence: integer(firstSequence),
        lastSequence: integer(lastSequence),
        extent: readExtent(extent),
      };
    }),
  };
}
