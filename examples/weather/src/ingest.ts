import type { Infinitree } from '@infinitree/core';
import type { Progress } from '@infinitree/example-terminal';
import type { DatedDay } from './csv.js';
import type { Weather } from './weather.js';

/**
 * Stores all days, one commit per year. A year that is there already is passed over, so a run that was interrupted can
 * be made again: a commit is stored as a whole or not at all.
 */
export async function ingest(tree: Infinitree<Weather>, days: readonly DatedDay[], progress: Progress): Promise<void> {
  let done = 0;
  for (const [year, daysOfYear] of byYear(days)) {
    done += daysOfYear.length;
    const [first] = daysOfYear[0] ?? [''];
    if (await tree.has('days', first)) {
      progress.line(`${year}: is stored already`);
      continue;
    }
    // Both work on fields that are not in memory: they do not look at what is there.
    for (const [date, day] of daysOfYear) {
      tree.index.days.set(date, day);
      tree.index.lastDate.value = date;
    }
    progress.update(done, `days, storing ${year}`);
    const commit = await tree.commit(`Weather of ${year}`, { data: { days: daysOfYear.length } });
    progress.line(`${year}: ${daysOfYear.length} days in commit ${commit?.id.slice(0, 8) ?? '?'}, ${done} in all`);
  }
}

function byYear(days: readonly DatedDay[]): Map<string, DatedDay[]> {
  const years = new Map<string, DatedDay[]>();
  for (const day of days) {
    const year = day[0].slice(0, 4);
    const known = years.get(year);
    if (known === undefined) years.set(year, [day]);
    else known.push(day);
  }
  return years;
}
