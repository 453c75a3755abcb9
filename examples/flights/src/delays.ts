import type { Infinitree } from '@infinitree/core';
import { barChart, formatCount, type Style } from '@infinitree/example-terminal';
import type { Flights } from './flights.js';

const WIDTH = 40;

/** Where a bar begins, in minutes. */
const BOUNDS = [-Infinity, -30, -15, 0, 15, 30, 45, 60, 120, 240];

/** A histogram of all delays, from one pass over all values, which are streamed in the order of their keys. */
export async function delays(tree: Infinitree<Flights>, paint: Style): Promise<string[]> {
  const counts = BOUNDS.map(() => 0);
  for await (const [, { delay }] of tree.entries('flights')) {
    const bar = BOUNDS.findLastIndex((bound) => bound <= delay);
    counts[bar] = (counts[bar] ?? 0) + 1;
  }
  const bars = counts.map((value, i) => ({ label: nameOf(i), value, text: formatCount(value).padStart(6) }));
  return barChart(bars, WIDTH, paint);
}

function nameOf(bar: number): string {
  const [from = 0, to] = BOUNDS.slice(bar, bar + 2);
  if (to === undefined) return `${from} and more`.padStart(12);
  return (from === -Infinity ? `below ${to}` : `${from} to ${to - 1}`).padStart(12);
}
