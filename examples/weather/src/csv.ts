import { readFile } from 'node:fs/promises';
import type { Day } from './weather.js';

const HEADER = 'date,precipitation,temp_max,temp_min,wind,weather';
const CSV_URL = new URL('../data/seattle-weather.csv', import.meta.resolve('vega-datasets'));

export type DatedDay = readonly [date: string, day: Day];

/** The daily weather of Seattle, 2012 to 2015, from the package vega-datasets. */
export async function readSeattleWeather(): Promise<DatedDay[]> {
  return parseWeather(await readFile(CSV_URL, 'utf8'));
}

/** Reads lines such as `2012-01-01,0.0,12.8,5.0,4.7,drizzle`. Throws, with the line, where one is anything else. */
export function parseWeather(csv: string): DatedDay[] {
  const [header, ...lines] = csv.trimEnd().split(/\r?\n/);
  if (header !== HEADER) throw new Error(`The first line is not "${HEADER}".`);
  return lines.map((line, i) => parseDay(line, i + 2));
}

function parseDay(line: string, lineNumber: number): DatedDay {
  const cells = line.split(',');
  const [date = '', ...measured] = cells;
  const [precipitation = NaN, temperatureMax = NaN, temperatureMin = NaN, wind = NaN] = measured
    .slice(0, 4)
    .map(Number);
  const weather = cells[5] ?? '';
  const day = { precipitation, temperatureMax, temperatureMin, wind, weather };
  if (
    !/^\d{4}-\d\d-\d\d$/.test(date) ||
    cells.includes('') ||
    cells.length !== 6 ||
    Object.values(day).some(Number.isNaN)
  ) {
    throw new Error(`Line ${lineNumber} is no day of weather: ${line}`);
  }
  return [date, day];
}
