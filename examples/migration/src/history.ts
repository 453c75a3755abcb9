import type { Infinitree, View } from '@infinitree/core';
import { formatCount } from '@infinitree/example-terminal';
import type { Version1 } from './version-1.js';
import type { Version2 } from './version-2.js';

/** The tree as it was one commit before the migration's, as either version of the class sees it. */
export async function before(tree: Infinitree<Version1> | Infinitree<Version2>): Promise<string[]> {
  await using view: View<Version1> | View<Version2> = await tree.at('HEAD~1');
  await view.load();
  const { lastTime, measurements, plants } = view.index;
  return [
    `lastTime: ${JSON.stringify(lastTime.value)}`,
    `measurements: ${formatCount(measurements.size)}`,
    `plants.get(0): ${JSON.stringify(plants.get(0))}`,
  ];
}
