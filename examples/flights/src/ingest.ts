import type { Infinitree } from '@infinitree/core';
import { formatCount, formatDuration, type Progress } from '@infinitree/example-terminal';
import type { Flights } from './flights.js';
import type { DatedFlight } from './read-flights.js';

/** Flights in one commit. */
export const BATCH = 20_000;

/** How often the bar moves. */
const UPDATE_EVERY = 1000;

/**
 * Stores all flights, {@link BATCH} of them in a commit. A batch that is there already is passed over, so a run that was
 * interrupted can be made again.
 */
export async function ingest(
  tree: Infinitree<Flights>,
  flights: readonly DatedFlight[],
  progress: Progress,
): Promise<void> {
  for (let begin = 0; begin < flights.length; begin += BATCH) {
    const batch = flights.slice(begin, begin + BATCH);
    const name = `flights ${formatCount(begin + 1)} to ${formatCount(begin + batch.length)}`;
    const [first] = batch[0] ?? [];
    if (first !== undefined && (await tree.has('flights', first))) {
      progress.line(`${name}: are stored already`);
      continue;
    }
    const start = performance.now();
    batch.forEach(([departure, flight], i) => {
      tree.index.flights.set(departure, flight);
      if (i % UPDATE_EVERY === 0) progress.update(begin + i, 'flights');
    });
    const commit = await tree.commit(name);
    const took = formatDuration(performance.now() - start);
    progress.line(`${name}: commit ${commit?.id.slice(0, 8) ?? '?'} in ${took}`);
  }
}
