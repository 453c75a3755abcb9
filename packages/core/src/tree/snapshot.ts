import type { Extent } from '../format/extent.js';
import type { ObjectId } from '../format/ids.js';
import { InlineTable } from './read/inline-table.js';
import { type Base, EMPTY_BASE } from './records/base.js';
import type { Checkpoint } from './records/checkpoint.js';
import type { CommitBody, CommitRecord, FieldIdentity } from './records/commit.js';
import type { RunRef } from './records/run.js';
import { Tail } from './tail.js';

/** Which head, and which frame of its journal, a state was read from. */
export interface HeadPosition {
  readonly id: ObjectId;
  readonly keyEpoch: number;
  readonly epoch: number;
  readonly headSequence: number;
  readonly hash: Uint8Array;
}

/** Below 0 where `a` comes before `b`, above 0 where it comes behind: by key epoch, then epoch, then head sequence. */
export function comparePositions(a: PlaceInOrder, b: PlaceInOrder): number {
  return a.keyEpoch - b.keyEpoch || a.epoch - b.epoch || a.headSequence - b.headSequence;
}

/** What positions are ordered by. */
type PlaceInOrder = Pick<HeadPosition, 'keyEpoch' | 'epoch' | 'headSequence'>;

/** Where the entries of one field are. */
export interface FieldSources {
  readonly field: FieldIdentity;
  /** Sequences of the commits that cleared the field, ascending. */
  readonly clears: readonly number[];
  readonly runs: readonly RunRef[];
  readonly inline: InlineTable;
}

/** A committed state of the tree. Never changed: a commit makes a new one that shares what stayed the same. */
export interface Snapshot {
  readonly position: HeadPosition;
  /** The newest commit; undefined in a tree that has none. */
  readonly last: CommitRecord | undefined;
  readonly base: Base;
  /** Where the base stands when it is not in the head itself. */
  readonly baseExtent: Extent | undefined;
  /** The commits since the last fold, oldest first. */
  readonly tail: Tail;
  readonly fields: ReadonlyMap<string, FieldSources>;
  readonly care: Care;
}

/** The housekeeping part of a head. */
export interface Care
  extends Pick<Checkpoint, 'credentials' | 'olderHeads' | 'replaced' | 'fork' | 'dropboxes' | 'history' | 'rotation'> {
  /** Head sequence of the last sweep of orphans; 0 where there was none. */
  readonly sweepSequence: number;
  /**
   * Where the head of this state ends its chain, so that nothing may be built upon it: the hash of the first head of the
   * chain that goes on, or zeros where the tree was moved to another storage.
   */
  readonly ended: Uint8Array | undefined;
}

/** Fields of one stored name and different types are different fields: the name was given to another one. */
export function fieldKey(field: Pick<FieldIdentity, 'name' | 'type'>): string {
  return `${field.name}\0${field.type}`;
}

/** The commit sequence of a snapshot: 0 where nothing was committed yet. */
export function sequenceOf(snapshot: Snapshot): number {
  return snapshot.last?.sequence ?? 0;
}

/** The state that a base and the commits behind it make. */
export function makeSnapshot(
  position: HeadPosition,
  base: Base,
  baseExtent: Extent | undefined,
  tail: readonly CommitBody[],
  care: Care,
): Snapshot {
  const fields = new Map<string, FieldSources>();
  const runs = new Map<string, RunRef[]>();
  for (const { field, clears } of base.fields) {
    const key = fieldKey(field);
    const own: RunRef[] = [];
    runs.set(key, own);
    fields.set(key, { field, clears, runs: own, inline: new InlineTable() });
  }
  for (const pack of base.packs) for (const { field, run } of pack.runs) runs.get(fieldKey(field))?.push(run);
  for (const body of tail) applyChanges(fields, body);
  return { position, last: tail.at(-1)?.commit ?? base.last, base, baseExtent, tail: Tail.of(tail), fields, care };
}

/** The state after further commits. */
export function extendSnapshot(snapshot: Snapshot, position: HeadPosition, bodies: readonly CommitBody[]): Snapshot {
  const fields = new Map(snapshot.fields);
  for (const body of bodies) applyChanges(fields, body);
  const last = bodies.at(-1)?.commit ?? snapshot.last;
  return { ...snapshot, position, last, tail: snapshot.tail.with(bodies), fields };
}

export function emptySnapshot(position: HeadPosition, care: Care): Snapshot {
  return makeSnapshot(position, EMPTY_BASE, undefined, [], care);
}

function applyChanges(fields: Map<string, FieldSources>, body: CommitBody): void {
  const { sequence } = body.commit;
  for (const change of body.changes) {
    const key = fieldKey(change.field);
    const known = fields.get(key) ?? { field: change.field, clears: [], runs: [], inline: new InlineTable() };
    if (change.inline !== undefined) known.inline.add(sequence, change.inline, change.decoded);
    fields.set(key, {
      field: change.field,
      clears: change.cleared ? [...known.clears, sequence] : known.clears,
      runs: change.run === undefined ? known.runs : [...known.runs, change.run.run],
      inline: known.inline,
    });
  }
}
