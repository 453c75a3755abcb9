import type { Infinitree } from '@infinitree/core';
import { barChart, formatCount, type Style } from '@infinitree/example-terminal';
import type { Flights } from './flights.js';

const WIDTH = 40;

/** A chart of the departures of each hour. The keys tell, so no value is read. */
export async function departures(tree: Infinitree<Flights>, paint: Style): Promise<string[]> {
  const hours = new Array<number>(24).fill(0);
  for await (const [[minute]] of tree.entries('flights', { keysOnly: true })) {
    const hour = Math.floor(minute / 60);
    hours[hour] = (hours[hour] ?? 0) + 1;
  }
  const bars = hours.map((count, hour) => ({
    label: `${hour}:00`.padStart(5),
    value: count,
    text: formatCount(count).padStart(6),
  }));
  return barChart(bars, WIDTH, paint);
}
