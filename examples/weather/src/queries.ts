import type { Infinitree } from '@infinitree/core';
import type { Day, Weather } from './weather.js';

/** What is asked of the tree without loading any of it: only what is needed is read and decrypted. */
export async function queries(tree: Infinitree<Weather>): Promise<string[]> {
  const lines: string[] = [];

  lines.push("get('days', '2015-07-19')", `  ${describe(await tree.get('days', '2015-07-19'))}`);

  const christmas = ['2012-12-25', '2013-12-25', '2014-12-25', '2015-12-25', '2016-12-25'];
  lines.push("getMany('days', christmas)");
  const found = await tree.getMany('days', christmas);
  christmas.forEach((date, i) => lines.push(`  ${date}  ${describe(found[i])}`));

  lines.push("entries('days', { gte: '2014-06-01', lt: '2015-01-01', where: isFirstOfMonth, limit: 4 })");
  const firsts = { gte: '2014-06-01', lt: '2015-01-01', where: (date: string) => date.endsWith('-01'), limit: 4 };
  for await (const [date, day] of tree.entries('days', firsts)) lines.push(`  ${date}  ${describe(day)}`);

  lines.push(`loaded meanwhile: ${tree.index.days.state}`);
  return lines;
}

export function describe(day: Readonly<Day> | undefined): string {
  if (day === undefined) return 'not recorded';
  const { temperatureMin, temperatureMax, precipitation, weather } = day;
  const range = `${temperatureMin.toFixed(1)} to ${temperatureMax.toFixed(1)} °C`;
  return `${range.padEnd(16)} ${precipitation.toFixed(1).padStart(4)} mm  ${weather}`;
}
