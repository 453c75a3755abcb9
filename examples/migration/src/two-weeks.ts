import type { Infinitree } from '@infinitree/core';
import { formatCount } from '@infinitree/example-terminal';
import type { PlantHealth, Version1 } from './version-1.js';

const PLANTS = ['Basil, kitchen', 'Monstera, hall', 'Tomato, balcony'];

const BEGIN = Date.UTC(2026, 4, 4);
const HOUR = 3_600_000;
const HOURS_OF_A_WEEK = 7 * 24;

/** Has the first version measure each plant every hour, and commit once a week. */
export async function twoWeeks(tree: Infinitree<Version1>): Promise<string[]> {
  const { lastTime, measurements, plants } = tree.index;
  for (const [id, plant] of PLANTS.entries()) plants.insert(id, plant);

  const lines: string[] = [];
  for (const [week, name] of ['First week', 'Second week'].entries()) {
    for (let hour = week * HOURS_OF_A_WEEK; hour < (week + 1) * HOURS_OF_A_WEEK; hour++) {
      for (const id of PLANTS.keys()) measurements.insert(hour * PLANTS.length + id, measure(id, hour));
      lastTime.value = new Date(BEGIN + hour * HOUR).toISOString();
    }
    const commit = await tree.commit(name);
    lines.push(`commit ${commit?.id.slice(0, 8) ?? '?'}, ${name}: ${formatCount(measurements.size)} measurements`);
  }
  return lines;
}

/** Warm afternoons, and soil that dries until somebody waters it each third day. */
function measure(id: number, hour: number): PlantHealth {
  const temperature = 21 + 3 * Math.sin(((hour - 9) / 24) * 2 * Math.PI) - id;
  const airHumidity = 70 - temperature;
  const soilHumidity = 60 - (hour % 72) / 3 - 2 * id;
  return { id, airHumidity: tenths(airHumidity), soilHumidity: tenths(soilHumidity), temperature: tenths(temperature) };
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
