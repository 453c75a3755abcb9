import type { BoundField } from '../bind.js';
import { type Origin, originOf } from '../migration.js';
import type { Session } from '../session.js';
import type { Snapshot } from '../snapshot.js';
import type { KeyRange } from './cursor.js';
import type { MergedBatch } from './scan.js';
import { steadyScan } from './steady-scan.js';
import type { Window } from './window.js';

/** Where the data of a field are; nowhere where a move has staged them all. `to`: the last commit that is asked for. */
export function originIn(session: Session, bound: BoundField, snapshot: Snapshot, to?: number): Origin | undefined {
  const origin = originOf(bound, snapshot, to);
  return origin?.migration !== undefined && session.moves.has(bound) ? undefined : origin;
}

/** The newest version of each key of a field inside the window, tombstones included, in key order. */
export function scanField(
  session: Session,
  bound: BoundField,
  snapshot: Snapshot,
  window: Window,
  range: KeyRange,
  signal: AbortSignal | undefined,
): AsyncGenerator<MergedBatch, void, undefined> {
  const sourcesIn = (place: Snapshot) => originIn(session, bound, place, window.to)?.sources;
  return steadyScan(session, { snapshot, sourcesIn }, window, range, signal);
}

/** Whether all entries of a batch are values that have neither to be fetched nor to be asked of a strategy. */
export function isAtHand({ strategy }: BoundField, { kinds }: MergedBatch): boolean {
  return kinds === undefined && strategy === undefined;
}
