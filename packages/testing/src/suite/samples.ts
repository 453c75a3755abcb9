import { type Backend, isInfinitreeError, isObjectId, type ObjectId } from '@infinitree/core';
import { SeededRandom } from '../seeded-random.js';

/** The n-th of a fixed row of ids that look as random as real ones. */
export function sampleId(n: number): ObjectId {
  const hex = [...new SeededRandom(n).bytes(32)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  if (!isObjectId(hex)) throw new Error(`${hex} is no id`);
  return hex;
}

/** The n-th of a fixed row of byte strings of that length. */
export function sampleBytes(n: number, length = 300): Uint8Array {
  return new SeededRandom(n ^ 0x5eed).bytes(length);
}

/** Whether long byte strings are the same. A runner's `toEqual` takes seconds to compare four million numbers. */
export function sameLong(actual: Uint8Array | undefined, expected: Uint8Array): boolean {
  if (actual?.length !== expected.length) return false;
  for (let at = 0; at < expected.length; at++) if (actual[at] !== expected[at]) return false;
  return true;
}

/** The short code that a promise rejects with; `'resolved'` where it does not, and what it is where it is not ours. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'resolved';
  } catch (error) {
    return isInfinitreeError(error) ? error.code.replace('INFINITREE_', '') : `not ours: ${String(error)}`;
  }
}

/** All ids of a listing, sorted, since no order is promised. */
export async function idsOf(list: AsyncIterable<ObjectId>): Promise<ObjectId[]> {
  const ids: ObjectId[] = [];
  for await (const id of list) ids.push(id);
  return ids.sort();
}

/** Ids in the order in which `idsOf` gives them. */
export function sorted(...ids: readonly ObjectId[]): ObjectId[] {
  return [...ids].sort();
}

/** Twenty calls at once, the backends taking turns; gives the results in the order of the racers. */
export async function race<T>(
  backends: readonly Backend[],
  run: (backend: Backend, racer: number) => Promise<T>,
): Promise<PromiseSettledResult<T>[]> {
  const rounds = Array.from({ length: Math.ceil(20 / backends.length) }, () => backends).flat();
  return Promise.allSettled(rounds.slice(0, 20).map(run));
}

/**
 * Expects exactly one racer to have resolved with what `won` accepts; gives its number. All others must have lost in
 * the way the contract says: by `lost`, or by rejecting with `EXISTS`.
 */
export function onlyWinner<T>(results: readonly PromiseSettledResult<T>[], won: (value: T) => boolean): number {
  const winners: number[] = [];
  results.forEach((result, racer) => {
    if (result.status === 'fulfilled') {
      if (won(result.value)) winners.push(racer);
    } else if (!isInfinitreeError(result.reason, 'EXISTS')) {
      throw new Error(`Racer ${racer} rejected with something else than EXISTS`, { cause: result.reason });
    }
  });
  const [winner] = winners;
  if (winner === undefined || winners.length !== 1) throw new Error(`${winners.length} of 20 racers won`);
  return winner;
}
