import type { CanonicalKey } from '../../codec/index-key.js';
import type { InfinitreeError } from '../../errors.js';
import { isMissingObject } from '../../object/missing.js';
import { isPromise } from '../../platform/promise.js';
import type { Session } from '../session.js';
import type { FieldSources, Snapshot } from '../snapshot.js';
import type { AtHand } from './at-hand.js';
import type { KeyRange } from './cursor.js';
import { type MergedBatch, scan } from './scan.js';
import type { Window } from './window.js';

/** What is read, in whichever snapshot it is found. */
export interface Steady {
  readonly snapshot: Snapshot;
  readonly sourcesIn: (snapshot: Snapshot) => FieldSources | undefined;
}

/**
 * As `scan`, for readers who take their time: where an object was deleted because folding had replaced it, the same
 * commits are found in the newest head, and the scan goes on behind its last key.
 */
export async function* steadyScan(
  session: Session,
  { snapshot, sourcesIn }: Steady,
  window: Window,
  range: KeyRange,
  signal?: AbortSignal,
): AsyncGenerator<MergedBatch, void, undefined> {
  let place = snapshot;
  let last: CanonicalKey | undefined;
  let missing: InfinitreeError | undefined;
  for (;;) {
    const sources = sourcesIn(place);
    if (sources === undefined) {
      // A field that was there cannot be gone from a newer head: that is no end of the data.
      if (missing !== undefined) throw missing;
      return;
    }
    try {
      for await (const batch of scan(session.blocks, sources, window, rangeBehind(range, last), signal)) {
        yield last !== undefined && batch.keys[0] === last ? withoutFirst(batch) : batch;
        last = batch.keys.at(-1);
      }
      return;
    } catch (error) {
      if (!isMissingObject(error)) throw error;
      missing = error;
      place = await session.relocate(place, error);
    }
  }
}

/** Runs a read, and again in the newest head where an object it needs was replaced. */
export function steadyRead<T>(
  session: Session,
  snapshot: Snapshot,
  read: (snapshot: Snapshot) => AtHand<T>,
): AtHand<T> {
  const begun = read(snapshot);
  if (!isPromise(begun)) return begun;
  return begun.catch(async (error: unknown) => {
    if (!isMissingObject(error)) throw error;
    return read(await session.relocate(snapshot, error));
  });
}

/** The rest of a range. Upwards it begins with the last key itself, as there is no name for the key behind it. */
function rangeBehind(range: KeyRange, last: CanonicalKey | undefined): KeyRange {
  if (last === undefined) return range;
  return range.reverse === true ? { ...range, lt: last } : { ...range, gte: last };
}

function withoutFirst({ keys, values, kinds }: MergedBatch): MergedBatch {
  const rest = { at: (index: number) => values.at(index + 1) };
  return { keys: keys.slice(1), values: rest, kinds: kinds && Array.from(kinds).slice(1) };
}
