import type { Infinitree } from '@infinitree/core';
import { formatCount } from '@infinitree/example-terminal';
import type { Departure, Flights } from './flights.js';

/** What is known of the flights that leave from one minute of the day up to, but without, another. */
export async function between(tree: Infinitree<Flights>, from: number, to: number): Promise<string[]> {
  let count = 0;
  let late = 0;
  let farthest = 0;
  // Tuples are ordered by their first element, then by their second: row 0 comes before all others of its minute.
  for await (const [, { delay, distance }] of tree.entries('flights', { gte: [from, 0], lt: [to, 0] })) {
    count += 1;
    if (delay > 0) late += 1;
    farthest = Math.max(farthest, distance);
  }
  return [
    `${formatCount(count)} flights, ${formatCount(late)} of them late, the farthest ${formatCount(farthest)} miles`,
  ];
}

/** The mean of single flights, which lie anywhere. */
export async function meansOf(tree: Infinitree<Flights>, keys: readonly Departure[]): Promise<string[]> {
  const found = (await tree.getMany('flights', keys)).filter((flight) => flight !== undefined);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const delay = mean(found.map((flight) => flight.delay)).toFixed(2);
  const distance = mean(found.map((flight) => flight.distance)).toFixed(1);
  return [
    `${formatCount(found.length)} of ${formatCount(keys.length)} found: ${delay} minutes late, ${distance} miles`,
  ];
}
