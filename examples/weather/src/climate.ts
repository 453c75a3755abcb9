import type { Infinitree } from '@infinitree/core';
import { barChart, type Style } from '@infinitree/example-terminal';
import type { Weather } from './weather.js';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const WIDTH = 40;

/** Two charts from one pass over all days, which streams them in the order of their dates. */
export async function climate(tree: Infinitree<Weather>, paint: Style): Promise<string[]> {
  const temperatures = MONTHS.map(() => ({ sum: 0, days: 0 }));
  const rain = new Map<string, number>();
  for await (const [date, day] of tree.entries('days')) {
    const month = temperatures[Number(date.slice(5, 7)) - 1];
    if (month !== undefined) {
      month.sum += (day.temperatureMin + day.temperatureMax) / 2;
      month.days += 1;
    }
    const year = date.slice(0, 4);
    rain.set(year, (rain.get(year) ?? 0) + day.precipitation);
  }

  const warmth = temperatures.map(({ sum, days }, i) => {
    const mean = sum / days;
    return { label: MONTHS[i] ?? '', value: mean, text: `${mean.toFixed(1).padStart(4)} °C` };
  });
  const rainfall = [...rain].map(([label, value]) => ({ label, value, text: `${value.toFixed(0).padStart(4)} mm` }));
  return [
    'Mean temperature of each month',
    ...barChart(warmth, WIDTH, paint),
    '',
    'Rain of each year',
    ...barChart(rainfall, WIDTH, paint),
  ];
}
