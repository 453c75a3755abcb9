import type { Infinitree } from '@infinitree/core';
import { describe } from './queries.js';
import type { Weather } from './weather.js';

/** The log, and the tree as it was two commits ago. */
export async function history(tree: Infinitree<Weather>): Promise<string[]> {
  const lines: string[] = [];
  for await (const { id, time, message } of tree.log()) {
    lines.push(`${id.slice(0, 8)}  ${time.toISOString().slice(0, 19).replace('T', ' ')}  ${message}`);
  }

  await using before = await tree.at('HEAD~2');
  await before.load();
  const { days, lastDate } = before.index;
  lines.push('', `at('HEAD~2'): ${days.size} days, the last of them`);
  lines.push(`  ${lastDate.value}  ${describe(days.get(lastDate.value))}`);
  return lines;
}
